"""What packed plays come to: listeners, break-downs, and the audience of territories and tracks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from fraud.sources.play_numbers import COUNTS
from fraud.sources.play_packing import Packed, PackedDay, Piece, Rows
from fraud.tables import PLAYS

Rank = TypeVar("Rank", np.uint64, np.int64)

RUN_ROWS = 1 << 16
"""So many plays are looked at at once: what is made of them stays in the processor's cache."""


class Sums(NamedTuple):
    """What some plays of a day and store come to."""

    listeners: pa.Table
    streams: pl.DataFrame
    """A row a break-down, as `plays` has them."""
    audience: pl.DataFrame
    territories_of_listeners: set[str]
    """Those in which plays are told of anybody who is named.

    Only of these a report tells listeners at all; a track may still have none.
    """
    plays: int
    """Plays of listeners."""
    nameless: NDArray[np.int64]
    """Ranks of the tracks of listeners that have no ISRC."""


class _Run(NamedTuple):
    """What the plays of some tracks come to, as numbers: a row a listener, and a row a track."""

    keys: Packed
    plays: NDArray[np.int64]
    seconds: NDArray[np.int64]
    is_unknown: NDArray[np.bool_]
    """Whether the seconds of any play are not told."""
    territories: Packed
    """Those of listeners, by rank."""
    cells: Packed
    sums: NDArray[np.int64]
    """Below one another those of each count."""
    is_known: NDArray[np.bool_]
    """Whether any of what was added up is told."""
    listeners: NDArray[np.int64]
    is_named: NDArray[np.bool_]
    """Whether anybody is named among the listeners of the track."""


def sums(day: PackedDay, schema: pa.Schema, pieces: Sequence[Piece]) -> Sums:
    """Put some plays in order and add them up; they are all of the tracks that are among them."""
    rows = day.by_listener.in_order([one.by_listener for one in pieces])
    runs = [_run(day, run) for run in _runs(day, rows)]
    every = _Run(*(np.concatenate(of, axis=-1) for of in zip(*runs, strict=True)))
    table, nameless = _listeners(day, every, schema)
    territories = _cells(day.ranked["territory"].values, np.unique(every.territories))
    return Sums(
        table,
        _streams(day, [one.by_break_down for one in pieces]),
        _audience(day, every),
        set(territories),
        int(every.plays.sum()),
        nameless,
    )


def _runs(day: PackedDay, rows: Rows) -> Iterator[Rows]:
    """Yield rows so many at a time, those of a track together; there is one at least."""
    within = np.uint64((1 << day.by_listener.key.bits_from(len(day.cell.sizes))) - 1)
    begin = 0
    while not begin or begin < len(rows.keys):
        end = min(begin + RUN_ROWS, len(rows.keys))
        if begin < end < len(rows.keys):
            end = int(np.searchsorted(rows.keys, rows.keys[end - 1] | within, side="right"))
        yield Rows(rows.keys[begin:end], rows.counts[begin:end])
        begin = max(end, 1)


def _run(day: PackedDay, rows: Rows) -> _Run:
    key = day.by_listener.key
    counts = {name: day.by_listener.counts.column(name, rows.counts) for name in COUNTS}
    ids = key.column("listener_id", rows.keys)
    is_told = (counts["streams"] > 1) & (ids > 0)
    is_named = (counts["streams"] > 0) & (ids > 0)
    keys, seconds = rows.keys[is_told], counts["listening_seconds"][is_told]
    listeners = _begins(keys)
    person = key.before("device", rows.keys)
    people = _begins(person)
    cell = key.before("listener_id", rows.keys)
    cells = _begins(cell)
    is_one = ids[people] > 0
    played = _summed(_known(counts["streams"]), people) > 0
    tracks = _begins(cell[people])
    return _Run(
        keys[listeners],
        _summed(_known(counts["streams"][is_told]), listeners),
        _summed(_known(seconds), listeners),
        _summed(seconds == 0, listeners) > 0,
        _different(key.before("track_id", rows.keys[is_named])),
        cell[cells],
        np.stack([_summed(_known(counts[name]), cells) for name in COUNTS]),
        np.stack([_summed(counts[name] > 0, cells) > 0 for name in COUNTS]),
        _summed(is_one & played, tracks),
        _summed(is_one, tracks) > 0,
    )


def _streams(day: PackedDay, packed: Sequence[Packed]) -> pl.DataFrame:
    key = day.by_break_down.key
    rows = day.by_break_down.in_order(packed)
    is_told = rows.counts > 0
    keys, told = rows.keys[is_told], rows.counts[is_told]
    begins = _begins(keys)
    first = keys[begins]
    columns = {name: key.column(name, first) for name in key.sizes}
    return _frame(day, columns, {"streams": pl.Series(_summed(told - np.uint64(1), begins))})


def _audience(day: PackedDay, of: _Run) -> pl.DataFrame:
    told = {name: _where(of.is_known[place], of.sums[place]) for place, name in enumerate(COUNTS)}
    told["listeners"] = _where(of.is_named & of.is_known[COUNTS.index("streams")], of.listeners)
    return _frame(day, {name: day.cell.column(name, of.cells) for name in day.cell.sizes}, told)


def _listeners(day: PackedDay, of: _Run, schema: pa.Schema) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return the counted plays by listener, and the tracks among them without an ISRC."""
    key, ranked = day.by_listener.key, day.ranked
    columns = {name: key.column(name, of.keys).view(np.int64) for name in key.sizes}
    listener, track = columns["listener_id"], columns["track_id"]
    columns["tier"] = ranked["tier"].rank[listener].view(np.int64)
    columns["listener_territory"] = ranked["listener_territory"].rank[listener].view(np.int64)
    columns["isrc"] = ranked["isrc"].rank[track].view(np.int64)
    told = {name: ranked[name].texts(ranks) for name, ranks in columns.items()}
    same = pa.array(np.zeros(len(of.keys), np.int32))
    told["store"] = pa.DictionaryArray.from_arrays(same, [day.key[1]])
    told["report_date"] = pa.array([day.key[0]], pa.date32()).take(same)
    told["line"] = same.cast(pa.int64())
    told["streams"] = pa.array(of.plays)
    told["listening_seconds"] = pa.array(of.seconds, mask=of.is_unknown)
    table = pa.table([told[name] for name in schema.names], schema=schema)
    return table, np.unique(_different(track[columns["isrc"] == 0]))


def _frame(
    day: PackedDay, columns: dict[str, Packed], counts: Mapping[str, pl.Series]
) -> pl.DataFrame:
    columns["isrc"] = day.ranked["isrc"].rank[columns["track_id"]]
    told = {name: _cells(day.ranked[name].values, of) for name, of in columns.items()}
    date, store = day.key
    return PLAYS.typed(
        pl.DataFrame(told | dict(counts)).with_columns(
            report_date=pl.lit(date), store=pl.lit(store)
        )
    )


def _cells(values: pl.Series, ranks: Packed) -> pl.Series:
    """Return the values of ranks, null for rank 0."""
    at = pl.Series(ranks.astype(np.int64) - 1)
    return values.gather(pl.select(pl.when(at >= 0).then(at)).to_series())


def _different(ranks: NDArray[Rank]) -> NDArray[Rank]:
    """Return ranks without those that are as the one before, which nearly all are."""
    return ranks[_begins(ranks)]


def _begins(keys: NDArray[Rank]) -> NDArray[np.int64]:
    """Return where in ordered keys a new one begins."""
    is_new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_new[1:])
    return np.flatnonzero(is_new)


def _known(counts: Packed) -> Packed:
    """Return counts as such, those that nothing is told of as 0."""
    return counts - (counts > 0)


def _summed(
    counts: NDArray[np.uint64] | NDArray[np.bool_], begins: NDArray[np.int64]
) -> NDArray[np.int64]:
    if not len(begins):
        return np.zeros(0, np.int64)
    return np.add.reduceat(counts.astype(np.int64), begins)


def _where(is_known: NDArray[np.bool_], sums_of: NDArray[np.int64]) -> pl.Series:
    """Return sums, null where nothing is told of any of them."""
    return pl.select(pl.when(pl.Series(is_known)).then(pl.Series(sums_of))).to_series()
