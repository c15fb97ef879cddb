"""What packed plays come to: listeners, break-downs, and the audience of territories and tracks."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from fraud.sources.play_numbers import COUNTS
from fraud.sources.play_packing import Packed, PackedDay, Piece, Rows
from fraud.tables import PLAYS


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


def sums(day: PackedDay, schema: pa.Schema, pieces: Sequence[Piece]) -> Sums:
    """Put some plays in order and add them up; they are all of the tracks that are among them."""
    rows = day.by_listener.in_order([one.by_listener for one in pieces])
    counts = {name: day.by_listener.counts.column(name, rows.counts) for name in COUNTS}
    ids = day.by_listener.key.column("listener_id", rows.keys)
    is_told = (counts["streams"] > 1) & (ids > 0)
    table, nameless = _listeners(day, rows.keys, counts, is_told, schema)
    return Sums(
        table,
        _streams(day, [one.by_break_down for one in pieces]),
        _audience(day, rows, counts, ids),
        _territories(day, rows, (counts["streams"] > 0) & (ids > 0)),
        int(table["streams"].to_numpy().sum()),
        nameless,
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


def _territories(day: PackedDay, rows: Rows, is_told: NDArray[np.bool_]) -> set[str]:
    ranks = day.by_listener.key.before("track_id", rows.keys[is_told])
    return set(_cells(day.ranked["territory"].values, np.unique(ranks)))


def _audience(
    day: PackedDay, rows: Rows, counts: Mapping[str, Packed], ids: Packed
) -> pl.DataFrame:
    key = day.by_listener.key
    people = _begins(key.before("device", rows.keys))
    cell = key.before("listener_id", rows.keys)
    begins = _begins(cell)
    is_one = ids[people] > 0
    played = _summed(_known(counts["streams"]), people) > 0
    cells = _begins(cell[people])
    listeners = _summed((is_one & played).astype(np.uint64), cells)
    is_named = np.logical_or.reduceat(is_one, cells) if len(cells) else is_one
    sums_of = {name: _sum_of_known(counts[name], begins) for name in COUNTS}
    is_counted = pl.Series(is_named) & sums_of["streams"].is_not_null()
    sums_of["listeners"] = pl.select(pl.when(is_counted).then(pl.Series(listeners))).to_series()
    first = cell[begins]
    return _frame(day, {name: day.cell.column(name, first) for name in day.cell.sizes}, sums_of)


def _listeners(
    day: PackedDay,
    packed: Packed,
    counts: Mapping[str, Packed],
    is_told: NDArray[np.bool_],
    schema: pa.Schema,
) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return the counted plays by listener, and the tracks among them without an ISRC."""
    key, ranked = day.by_listener.key, day.ranked
    keys = packed[is_told]
    begins = _begins(keys)
    first = keys[begins]
    columns = {name: key.column(name, first).view(np.int64) for name in key.sizes}
    seconds = counts["listening_seconds"][is_told]
    is_unknown = np.add.reduceat(seconds == 0, begins, dtype=np.int64) > 0 if len(begins) else None
    listener, track = columns["listener_id"], columns["track_id"]
    columns["tier"] = ranked["tier"].rank[listener].view(np.int64)
    columns["listener_territory"] = ranked["listener_territory"].rank[listener].view(np.int64)
    columns["isrc"] = ranked["isrc"].rank[track].view(np.int64)
    told = {name: ranked[name].texts(ranks) for name, ranks in columns.items()}
    same = pa.array(np.zeros(len(begins), np.int32))
    told["store"] = pa.DictionaryArray.from_arrays(same, [day.key[1]])
    told["report_date"] = pa.array([day.key[0]], pa.date32()).take(same)
    told["line"] = same.cast(pa.int64())
    told["streams"] = pa.array(_summed(_known(counts["streams"][is_told]), begins))
    told["listening_seconds"] = pa.array(_summed(_known(seconds), begins), mask=is_unknown)
    table = pa.table([told[name] for name in schema.names], schema=schema)
    return table, np.unique(track[columns["isrc"] == 0])


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


def _begins(keys: Packed) -> NDArray[np.int64]:
    """Return where in ordered keys a new one begins."""
    is_new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_new[1:])
    return np.flatnonzero(is_new)


def _known(counts: Packed) -> Packed:
    """Return counts as such, those that nothing is told of as 0."""
    return counts - (counts > 0)


def _summed(counts: NDArray[np.uint64], begins: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(begins):
        return np.zeros(0, np.int64)
    return np.add.reduceat(counts, begins).astype(np.int64)


def _sum_of_known(counts: Packed, begins: NDArray[np.int64]) -> pl.Series:
    """Return the sum of each group, null where nothing is told of any of it."""
    is_known = pl.Series(_summed((counts > 0).astype(np.uint64), begins) > 0)
    return pl.select(pl.when(is_known).then(pl.Series(_summed(_known(counts), begins)))).to_series()
