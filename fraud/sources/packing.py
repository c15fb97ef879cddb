"""Numbered rows of a day × store put in order as whole numbers, and written as a file of the lake.

Each row is packed into 64 bits: the ranks of its words in the order of the key, then its plays. So
rows are sorted, compared and added up without a look at a text; each text is written once, in the
list of words of a Parquet column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fraud.sources.numbers import MEASURE, WITHIN, InOrder
from fraud.tables import STREAMS

MOST_ROWS = 8_000_000
"""So many rows are packed at a time; more of one day × store come territory by territory."""
RUN_ROWS = 1 << 16
"""So many are looked at at once: what is made of them stays in the processor's cache."""
BITS = 64

_Numbers = NDArray[np.uint64]
_TEXT = pa.dictionary(pa.int32(), pa.string())
_FILE = pa.schema(
    [
        (name, pa.int64() if name == MEASURE else _TEXT)
        for name in STREAMS.schema
        if name != "report_date"
    ]
)
"""The partition of a day says which day it is."""


@dataclass(frozen=True)
class Ranked:
    """The values of a column in order; rank 0 is an empty cell."""

    values: pl.Series
    rank: _Numbers
    """By number."""

    @classmethod
    def of(cls, values: pl.Series) -> "Ranked":
        """Rank values that are numbered from 1 on."""
        order = values.arg_sort()
        rank = np.zeros(len(values) + 1, np.uint64)
        rank[order.to_numpy() + 1] = np.arange(1, len(values) + 1)
        return cls(values.gather(order), rank)

    @property
    def size(self) -> int:
        """Return how many ranks there are, that of an empty cell counted."""
        return len(self.rank)

    def texts(self, ranks: NDArray[np.int64]) -> pa.DictionaryArray:
        """Return the values of ranks as numbers of those that occur, and their list."""
        occurs = np.zeros(self.size, np.bool_)
        occurs[ranks] = True
        used = np.flatnonzero(occurs[1:])
        number = np.zeros(self.size, np.int32)
        number[used + 1] = np.arange(len(used))
        empty = ranks == 0 if occurs[0] else None
        texts = self.values.gather(used).to_arrow().cast(pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(number.take(ranks), mask=empty), texts)


def ranked_words(values: Mapping[str, pl.Series]) -> dict[str, Ranked]:
    """Return the words of each column in order; those of a column are numbered from 1 on."""
    return {name: Ranked.of(values[name]) for name in WITHIN}


def in_order(
    paths: Sequence[Path], ranked: Mapping[str, Ranked], store: str, path: Path
) -> InOrder | None:
    """Write the rows of a day × store to `path`; None where a row does not fit into 64 bits.

    `paths` are streams of Arrow with a number for each word and the plays.
    """
    frames = [pl.read_ipc_stream(one) for one in paths]
    shift = max(int(frame[MEASURE].max()).bit_length() for frame in frames)  # type: ignore[arg-type]
    combinations = 1
    for one in ranked.values():
        combinations *= one.size
    if ((combinations - 1) << shift).bit_length() > BITS:
        return None
    rows = delivered = repeatable = repeated = 0
    with pq.ParquetWriter(path, _FILE, write_statistics=False, store_schema=False) as file:
        for part in _parts(frames, ranked["territory"]):
            packed = _packed(part, ranked, shift)
            packed.sort()
            delivered += len(packed)
            keys, plays = list[_Numbers](), list[NDArray[np.int64]]()
            for run in _runs(packed, shift):
                key = run >> np.uint64(shift)
                count = (run & np.uint64((1 << shift) - 1)).view(np.int64)
                is_counted = count >= 2
                repeatable += _count(is_counted)
                repeated += _count((run[1:] == run[:-1]) & is_counted[1:])
                begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
                keys.append(key.take(begins))
                plays.append(np.add.reduceat(count, begins))
            rows += sum(map(len, keys))
            file.write_table(_table(np.concatenate(keys), np.concatenate(plays), ranked, store))
    return InOrder(path, rows, delivered, repeatable, repeated)


def _count(condition: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(condition))


def _parts(frames: Sequence[pl.DataFrame], territory: Ranked) -> Iterator[list[pl.DataFrame]]:
    """Yield the frames in parts of so many rows: whole territories, in their order."""
    if sum(frame.height for frame in frames) <= MOST_ROWS:
        yield list(frames)
        return
    counts = np.zeros(territory.size, np.int64)
    for frame in frames:
        counts += np.bincount(territory.rank[frame["territory"].to_numpy()], minlength=len(counts))
    part_of = np.zeros(territory.size, np.int64)
    part, held = 0, 0
    for rank, count in enumerate(counts):
        if held and held + count > MOST_ROWS:
            part, held = part + 1, 0
        part_of[rank] = part
        held += int(count)
    for number in range(part + 1):
        chosen = [
            frame.filter(
                pl.Series(part_of[territory.rank[frame["territory"].to_numpy()]]) == number
            )
            for frame in frames
        ]
        yield chosen


def _packed(frames: Sequence[pl.DataFrame], ranked: Mapping[str, Ranked], shift: int) -> _Numbers:
    packed = np.zeros(sum(frame.height for frame in frames), np.uint64)
    begin = 0
    for frame in frames:
        some = packed[begin : begin + frame.height]
        for name, one in ranked.items():
            some *= np.uint64(one.size)
            if name in frame.columns:
                some += one.rank.take(frame[name].to_numpy())
        some <<= np.uint64(shift)
        some |= frame[MEASURE].to_numpy().astype(np.uint64)
        begin += frame.height
    return packed


def _runs(packed: _Numbers, shift: int) -> Iterator[_Numbers]:
    """Yield rows in order so many at a time, those of a key together."""
    begin = 0
    while begin < len(packed):
        end = begin + RUN_ROWS
        if end < len(packed):
            last_of_key = packed[end - 1] | np.uint64((1 << shift) - 1)
            end = int(np.searchsorted(packed, last_of_key, side="right"))
        yield packed[begin:end]
        begin = end


def _table(
    keys: _Numbers, plays: NDArray[np.int64], ranked: Mapping[str, Ranked], store: str
) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name, one in reversed([*ranked.items()]):
        rest = keys // np.uint64(one.size)
        columns[name] = one.texts((keys - rest * np.uint64(one.size)).view(np.int64))
        keys = rest
    same = pa.array(np.zeros(len(plays), np.int32))
    columns["store"] = pa.DictionaryArray.from_arrays(same, [store])
    columns["track_id"] = columns["isrc"]
    columns[MEASURE] = pa.array(plays)
    return pa.table(
        [
            columns[name] if name in columns else pa.nulls(len(plays), field.type)
            for name, field in zip(_FILE.names, _FILE, strict=True)
        ],
        schema=_FILE,
    )
