"""Plays that are held as numbers, grouped into what streams, audience and listeners tell of them.

They are packed, put in order and added up without a look at a text. Listeners, nearly as many as
plays, become a file; of streams and audience so few rows are left that they are completed by other
reports as any are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from fraud.sources.ahead import ahead
from fraud.sources.packing import Ranked
from fraud.sources.play_numbers import PlayNumbers, read, write
from fraud.sources.play_packing import PackedDay
from fraud.sources.play_sums import Sums, sums
from fraud.sources.source import Telling
from fraud.sources.staging import DayStore, Staged
from fraud.tables import LISTENERS, PLAYS

_LISTS_BYTES = 64 << 20
"""A list of so many different texts is written once; the usual 1 MB holds few listeners."""

PARTS_AHEAD = 1


class Listened(NamedTuple):
    """What is known of the listeners of a day and store."""

    rows: int
    plays: int
    nameless: int
    """Tracks without an ISRC."""


@dataclass
class Grouped:
    """Plays added up."""

    telling: Telling
    listeners: Path
    """A row a listener, in the order of the table's key: of one day and store as the lake has it,
    of several with `report_date` and `line`."""
    listened: dict[DayStore, Listened] = field(default_factory=dict)
    """Of each day and store in that file."""
    witness: pl.DataFrame = field(default_factory=LISTENERS.empty)
    """Rows in which each value that is checked stands at least once."""
    streams: list[pl.DataFrame] = field(default_factory=list)
    """A row a break-down, as `plays` has them."""
    audience: list[pl.DataFrame] = field(default_factory=list)
    """A row a territory and track, with its listeners counted."""

    def add(self, key: DayStore, parts: Iterable[Sums], file: pq.ParquetWriter) -> None:
        """Take over what the parts of a day and store come to, and write its listeners."""
        rows = plays = 0
        nameless = [np.zeros(0, np.int64)]
        audience, territories = [PLAYS.empty()], set[str]()
        for part in parts:
            # Each group of rows has a list of its listeners: as few groups as parts.
            file.write_table(part.listeners, row_group_size=max(1, part.listeners.num_rows))
            rows, plays = rows + part.listeners.num_rows, plays + part.plays
            nameless.append(part.nameless)
            self.streams.append(part.streams)
            audience.append(part.audience)
            territories |= part.territories_of_listeners
        if rows:
            without_isrc = len(np.unique(np.concatenate(nameless)))
            self.listened[key] = Listened(rows, plays, without_isrc)
        listeners = pl.when(pl.col("territory").is_in(territories)).then("listeners")
        self.audience.append(pl.concat(audience).with_columns(listeners.alias("listeners")))


def grouped(
    plays: Sequence[Staged], people: pl.DataFrame, track_ids: pl.DataFrame, folder: Path
) -> tuple[Grouped | None, list[Staged]]:
    """Return the plays by listener added up, and the other plays; else all of them as rows.

    Plays by listener are added up where they are of one report and fit into numbers; some of them
    are staged so. `people` and `track_ids` explain listeners and tracks, each of them once.
    """
    numbers = next(staged.play_numbers for staged in plays if staged.play_numbers)
    by_listener = [_in_numbers(s, numbers) for s in plays if _tells_listeners(s)]
    first, *more = {staged.telling for staged in by_listener}
    others = [staged for staged in plays if not _tells_listeners(staged)]
    parts = {staged.telling.part for staged in others if staged.telling}
    is_whole = all(staged.play_numbers for staged in by_listener)
    if first and is_whole and not more and first.part not in parts:
        made = _grouped(first, by_listener, _ranked(numbers, track_ids), people, folder)
        if made:
            return made, others
    return None, [_as_rows(staged) for staged in plays]


def _tells_listeners(staged: Staged) -> bool:
    return bool(staged.telling and LISTENERS.name in staged.telling.tables)


def _in_numbers(staged: Staged, numbers: PlayNumbers) -> Staged:
    """Return what is staged in numbers, where it says no more than they hold."""
    numbered = None if staged.play_numbers else numbers.of(pl.read_parquet(staged.path))
    if numbered is None:
        return staged
    path = staged.path.with_suffix(".arrow")
    write(numbered, path)
    return replace(staged, path=path, play_numbers=numbers)


def _as_rows(staged: Staged) -> Staged:
    if staged.play_numbers is None:
        return staged
    path = staged.path.with_suffix(".rows.parquet")
    rows = staged.play_numbers.rows(read(staged.path))
    rows.write_parquet(path, compression="lz4", statistics=False)
    return replace(staged, path=path, play_numbers=None)


def _grouped(
    telling: Telling,
    plays: Sequence[Staged],
    ranked: Mapping[str, Ranked],
    people: pl.DataFrame,
    folder: Path,
) -> Grouped | None:
    of: dict[DayStore, list[Staged]] = defaultdict(list)
    for staged in plays:
        for key in staged.by_day_store:
            of[key].append(staged)
    day = min(of)[0] if len(of) == 1 else None
    path = folder / (f"report_date={day}" if day else "") / "grouped.parquet"
    path.parent.mkdir(exist_ok=True)
    made = Grouped(telling, path)
    schema = _schema(with_day=not day)
    with pq.ParquetWriter(
        path,
        schema,
        write_statistics=False,
        store_schema=False,
        dictionary_pagesize_limit=_LISTS_BYTES,
    ) as file:
        for key, pieces in sorted(of.items()):
            ranks = {**ranked} | _accounts(ranked["listener_id"].values, people, key[1])
            day_store = PackedDay(key, pieces, ranks)
            if not day_store.fits:
                return None
            # As they are added up as fast as they are written, one thread for each is enough.
            parts = ahead(map(partial(sums, day_store, schema), day_store.parts()), PARTS_AHEAD)
            made.add(key, parts, file)
            made.witness = pl.concat([made.witness, _witness(key, ranks)])
    return made


def _witness(key: DayStore, ranked: Mapping[str, Ranked]) -> pl.DataFrame:
    """Return listeners of a day and store in whom each value of a column stands at least once.

    Of an id nothing is asked but that there is one, and each of them is a text.
    """
    told = {name: of.values for name, of in ranked.items() if name in LISTENERS.schema}
    told["listener_id"] = told["listener_id"].head(1)
    height = max(len(values) for values in told.values())
    at = pl.int_range(height, eager=True)
    columns = {name: of.gather(at % len(of)) for name, of in told.items() if len(of)}
    return LISTENERS.typed(
        pl.DataFrame(columns).with_columns(
            report_date=pl.lit(key[0]), store=pl.lit(key[1]), streams=pl.lit(1)
        )
    )


def _ranked(numbers: PlayNumbers, track_ids: pl.DataFrame) -> dict[str, Ranked]:
    """Return the values of each column in order; those of a column are numbered from 1 on.

    A track is what a look-up names it, and its ISRC goes by its rank.
    """
    values = numbers.values
    tracks = values.pop("track_id").alias("track_id").to_frame()
    known = track_ids.select(
        "isrc", pl.concat_str("store", pl.lit(":"), "store_track_id").alias("track_id")
    )
    found = tracks.join(known, on="track_id", how="left", maintain_order="left")
    names = found.select("isrc", name=pl.coalesce("isrc", "track_id"))
    distinct = names.unique("name").sort("name")
    rank = np.zeros(names.height + 1, np.uint64)
    rank[1:] = distinct["name"].search_sorted(names["name"]).to_numpy() + 1
    return {name: Ranked.of(of) for name, of in values.items()} | {
        "track_id": Ranked(distinct["name"], rank),
        "isrc": _by_rank(distinct["isrc"]),
    }


def _accounts(listeners: pl.Series, people: pl.DataFrame, store: str) -> dict[str, Ranked]:
    """Return what is known of the listeners of a store, by the rank of the listener."""
    of_store = people.filter(pl.col("store") == store)
    told = (
        listeners.alias("listener_id")
        .to_frame()
        .join(of_store, on="listener_id", how="left", maintain_order="left")
    )
    return {name: _by_rank(told[name]) for name in ("tier", "listener_territory")}


def _by_rank(values: pl.Series) -> Ranked:
    """Return values in order, `rank` of each by its position from 1 on."""
    distinct = values.drop_nulls().unique().sort()
    rank = np.zeros(len(values) + 1, np.uint64)
    if len(distinct):
        held = values.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt64) + 1
        rank[1:] = held.fill_null(0).to_numpy()
    return Ranked(distinct, rank)


def _schema(*, with_day: bool) -> pa.Schema:
    """Return the table's columns; where its partition says the day, without it."""
    kinds = {pl.Date(): pa.date32(), pl.Int64(): pa.int64()}
    text = pa.dictionary(pa.int32(), pa.string())
    fields = [(c.name, kinds.get(c.dtype, text)) for c in LISTENERS.columns]
    if with_day:
        return pa.schema([*fields, ("line", pa.int64())])
    return pa.schema([one for one in fields if one[0] != "report_date"])
