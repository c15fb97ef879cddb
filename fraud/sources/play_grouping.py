"""Plays that are held as numbers, grouped into what streams, audience and listeners tell of them.

A play is packed into 64 bits: the ranks of its values in the order of a table's key, then its
counts. So plays are put in order and added up without a look at a text. Listeners, nearly as many
as plays, become a file; of streams and audience so few rows are left that they are completed by
other reports as any are.
"""

import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import ceil, prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fraud.sources.packing import Ranked
from fraud.sources.play_numbers import COUNTS, PlayNumbers, read, write
from fraud.sources.source import Telling
from fraud.sources.staging import DayStore, Staged
from fraud.tables import LISTENERS, PLAYS

MOST_ROWS = 1_000_000
"""So many plays are put in order by themselves."""
AT_A_TIME = 2
"""So many times that many at once; most of it is work without the interpreter."""
BITS = 64

_Packed = NDArray[np.uint64]
_Flags = NDArray[np.bool_]
_SAMPLED = 64
_LISTS_BYTES = 64 << 20
"""A list of so many different texts is written once; the usual 1 MB holds few listeners."""


class Grouped(NamedTuple):
    """Plays added up."""

    telling: Telling
    listeners: Path
    """A row a listener, in the order of the table's key: of one day and store as the lake has it,
    of several with `report_date` and `line`."""
    streams: list[pl.DataFrame]
    """A row a break-down, as `plays` has them."""
    audience: list[pl.DataFrame]
    """A row a territory and track, with its listeners counted."""


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
        made = _grouped(by_listener, numbers, _ranked(numbers, track_ids), people, folder)
        if made:
            return Grouped(first, *made), others
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
    plays: Sequence[Staged],
    numbers: PlayNumbers,
    ranked: Mapping[str, Ranked],
    people: pl.DataFrame,
    folder: Path,
) -> tuple[Path, list[pl.DataFrame], list[pl.DataFrame]] | None:
    of: dict[DayStore, list[Staged]] = defaultdict(list)
    for staged in plays:
        for key in staged.by_day_store:
            of[key].append(staged)
    day = min(of)[0] if len(of) == 1 else None
    path = folder / (f"report_date={day}" if day else "") / "grouped.parquet"
    path.parent.mkdir(exist_ok=True)
    streams: list[pl.DataFrame] = []
    audience: list[pl.DataFrame] = []
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
            day_store = _DayStore(key, pieces, numbers, ranks)
            if not day_store.fits:
                return None
            of_tracks, counted = [PLAYS.empty()], set[str]()
            for sums in _side_by_side(day_store.parts(), lambda part: part.sums(schema)):
                file.write_table(sums.listeners)
                streams.append(sums.streams)
                of_tracks.append(sums.audience)
                counted |= sums.territories_of_listeners
            listeners = pl.when(pl.col("territory").is_in(counted)).then("listeners")
            audience.append(pl.concat(of_tracks).with_columns(listeners.alias("listeners")))
    return path, streams, audience


@dataclass(frozen=True)
class _Key:
    """Columns of ranks packed into one number, the first highest."""

    sizes: Mapping[str, int]

    @property
    def size(self) -> int:
        return prod(self.sizes.values())

    def packed(self, columns: Mapping[str, _Packed]) -> _Packed:
        first, *others = self.sizes
        packed = columns[first].astype(np.uint64)
        for name in others:
            packed *= np.uint64(self.sizes[name])
            packed += columns[name]
        return packed

    def columns(self, packed: _Packed) -> dict[str, _Packed]:
        columns = {}
        for name, size in reversed([*self.sizes.items()]):
            rest = packed // np.uint64(size)
            columns[name] = packed - rest * np.uint64(size)
            packed = rest
        return columns

    def column(self, name: str, packed: _Packed) -> _Packed:
        names = list(self.sizes)
        below = prod(self.sizes[one] for one in names[names.index(name) + 1 :])
        return packed // np.uint64(below) % np.uint64(self.sizes[name])

    def before(self, name: str, packed: _Packed) -> _Packed:
        """Return the numbers without the columns from `name` on."""
        names = list(self.sizes)
        return packed // np.uint64(prod(self.sizes[one] for one in names[names.index(name) :]))


class _DayStore:
    """The plays of a day and store."""

    def __init__(
        self,
        key: DayStore,
        pieces: Sequence[Staged],
        numbers: PlayNumbers,
        ranked: Mapping[str, Ranked],
    ) -> None:
        self.key, self.ranked = key, ranked
        self._pieces = pieces
        self._numbers = [
            (name, numbers.number(name, str(value)))
            for name, value in zip(("report_date", "store"), key, strict=True)
        ]
        most = pl.concat(
            read(staged.path).select(COUNTS).max().cast(pl.UInt64) for staged in pieces
        ).max()
        counts = {name: int(most[name][0]) + 1 for name in COUNTS}

        def ranks(*names: str) -> dict[str, int]:
            return {name: len(ranked[name].values) + 1 for name in names}

        cell = ("territory", "track_id")
        self.cell = _Key(ranks(*cell))
        # Tier and country of an account come from the listener: they change nothing of the order.
        self.by_listener = _Key(ranks(*cell, "listener_id", "device"))
        self.by_break_down = _Key(ranks(*cell, "source", "tier", "device", "playlist_id"))
        self.counts = _Key(counts)
        self.plays = _Key({"streams": counts["streams"]})

    @property
    def fits(self) -> bool:
        """Return whether the columns of each key fit into a number."""
        return max(self.by_listener.size, self.by_break_down.size) <= 1 << BITS

    def parts(self) -> Iterator["_Part"]:
        """Yield the plays in parts of so many rows: whole tracks of a territory, in their order."""
        for cells in self._cells():
            yield _Part(self, cells)

    def _cells(self) -> Iterator[tuple[np.uint64, np.uint64] | None]:
        rows = sum(staged.by_day_store[self.key][0] for staged in self._pieces)
        number = ceil(rows / MOST_ROWS)
        if number == 1:
            yield None
            return
        sampled = np.sort(np.concatenate([self._cells_sampled(one) for one in self._pieces]))
        starts = sampled[[len(sampled) * n // number for n in range(1, number)]]
        bounds = np.unique(np.array([0, *starts, 1 << 63], np.uint64))
        yield from itertools.pairwise(bounds)

    def _cells_sampled(self, staged: Staged) -> _Packed:
        sampled = self._frame(staged).gather_every(_SAMPLED)
        return self.cell.packed(self._ranks(sampled, self.cell.sizes))

    def packed(self, cells: tuple[np.uint64, np.uint64] | None) -> list[tuple["_Rows", "_Rows"]]:
        """Return the plays of tracks by listener and by break-down; None are all tracks."""
        return [self._packed(staged, cells) for staged in self._pieces]

    def _packed(
        self, staged: Staged, cells: tuple[np.uint64, np.uint64] | None
    ) -> tuple["_Rows", "_Rows"]:
        """Return a piece by listener and by break-down; `cells` are the tracks to take of it."""
        names = {*self.by_listener.sizes, *self.by_break_down.sizes} - {"tier"}
        frame = self._frame(staged)
        if cells:
            of = self.cell.packed(self._ranks(frame, self.cell.sizes))
            frame = frame.filter(pl.Series((of >= cells[0]) & (of < cells[1])))
        columns = self._ranks(frame, names)
        columns["tier"] = self.ranked["tier"].rank[columns["listener_id"]]
        columns |= {name: frame[name].to_numpy() for name in COUNTS}
        return (
            _Rows(self.by_listener.packed(columns), self.counts.packed(columns)),
            _Rows(self.by_break_down.packed(columns), self.plays.packed(columns)),
        )

    def _frame(self, staged: Staged) -> pl.DataFrame:
        frame = read(staged.path)
        if len(staged.by_day_store) > 1:
            frame = frame.filter(pl.col(name) == number for name, number in self._numbers)
        return frame

    def _ranks(self, frame: pl.DataFrame, names: Iterable[str]) -> dict[str, _Packed]:
        return {name: self.ranked[name].rank[frame[name].to_numpy()] for name in names}


@dataclass(frozen=True)
class _Rows:
    """Packed keys, each with its packed counts."""

    keys: _Packed
    counts: _Packed

    @classmethod
    def in_order(cls, rows: Sequence["_Rows"], key: _Key, counts: _Key) -> "_Rows":
        """Return rows in the order of their keys."""
        keys = np.concatenate([one.keys for one in rows])
        beside = np.concatenate([one.counts for one in rows])
        shift = np.uint64((counts.size - 1).bit_length())
        if key.size << int(shift) <= 1 << BITS:
            # Numbers alone are sorted ten times faster than with what goes with them.
            keys <<= shift
            keys |= beside
            keys.sort()
            return cls(keys >> shift, keys & np.uint64((1 << int(shift)) - 1))
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], beside[order])


class _Sums(NamedTuple):
    """What some plays of a day and store come to."""

    listeners: pa.Table
    streams: pl.DataFrame
    audience: pl.DataFrame
    territories_of_listeners: set[str]


class _Part:
    """Some plays of a day and store: all of the tracks that are among them."""

    def __init__(self, of: _DayStore, cells: tuple[np.uint64, np.uint64] | None) -> None:
        self._of, self._cells = of, cells

    def sums(self, schema: pa.Schema) -> _Sums:
        """Put the plays in order and add them up."""
        of = self._of
        packed = of.packed(self._cells)
        self._by_listener = _Rows.in_order([one for one, _ in packed], of.by_listener, of.counts)
        self._by_break_down = [one for _, one in packed]
        return _Sums(
            self.listeners(schema),
            self.streams(),
            self.audience(),
            self.territories_of_listeners(),
        )

    def streams(self) -> pl.DataFrame:
        """Return the plays by break-down."""
        of = self._of
        rows = _Rows.in_order(self._by_break_down, of.by_break_down, of.plays)
        is_told = rows.counts > 0
        keys, told = rows.keys[is_told], rows.counts[is_told]
        begins = _begins(keys)
        told_columns = of.by_break_down.columns(keys[begins])
        return self._frame(
            told_columns, {"streams": pl.Series(_summed(told - np.uint64(1), begins))}
        )

    def territories_of_listeners(self) -> set[str]:
        """Return the territories in which plays are told of anybody who is named.

        Only of these a report tells listeners at all; a track may still have none.
        """
        of, rows = self._of, self._by_listener
        is_told = of.counts.columns(rows.counts)["streams"] > 0
        is_told &= of.by_listener.column("listener_id", rows.keys) > 0
        ranks = of.by_listener.before("track_id", rows.keys[is_told])
        return set(_cells(of.ranked["territory"].values, np.unique(ranks)))

    def audience(self) -> pl.DataFrame:
        """Return the plays by territory and track."""
        of, rows = self._of, self._by_listener
        counts = of.counts.columns(rows.counts)
        person = of.by_listener.before("device", rows.keys)
        people = _begins(person)
        cell = person // np.uint64(of.by_listener.sizes["listener_id"])
        begins = _begins(cell)
        is_one = person[people] % np.uint64(of.by_listener.sizes["listener_id"]) > 0
        played = _summed(_known(counts["streams"]), people) > 0
        cells = _begins(cell[people])
        listeners = _summed((is_one & played).astype(np.uint64), cells)
        is_named = np.logical_or.reduceat(is_one, cells) if len(cells) else is_one
        sums = {name: _sum_of_known(counts[name], begins) for name in COUNTS}
        is_counted = pl.Series(is_named) & sums["streams"].is_not_null()
        sums["listeners"] = pl.select(pl.when(is_counted).then(pl.Series(listeners))).to_series()
        return self._frame(of.cell.columns(cell[begins]), sums)

    def listeners(self, schema: pa.Schema) -> pa.Table:
        """Return the counted plays by listener."""
        of, rows = self._of, self._by_listener
        counts = of.counts.columns(rows.counts)
        ids = of.by_listener.column("listener_id", rows.keys)
        is_told = (counts["streams"] > 1) & (ids > 0)
        keys = rows.keys[is_told]
        begins = _begins(keys)
        columns = of.by_listener.columns(keys[begins])
        seconds = counts["listening_seconds"][is_told]
        is_unknown = (
            np.add.reduceat(seconds == 0, begins, dtype=np.int64) > 0 if len(begins) else None
        )
        listener = columns["listener_id"]
        columns["tier"] = of.ranked["tier"].rank[listener]
        columns["listener_territory"] = of.ranked["listener_territory"].rank[listener]
        columns["isrc"] = of.ranked["isrc"].rank[columns["track_id"]]
        same = pa.array(np.zeros(len(begins), np.int32))
        told = {
            name: of.ranked[name].texts(ranks.astype(np.int64, copy=False))
            for name, ranks in columns.items()
        }
        told["store"] = pa.DictionaryArray.from_arrays(same, [of.key[1]])
        told["report_date"] = pa.array([of.key[0]], pa.date32()).take(same)
        told["line"] = same.cast(pa.int64())
        told["streams"] = pa.array(_summed(_known(counts["streams"][is_told]), begins))
        told["listening_seconds"] = pa.array(_summed(_known(seconds), begins), mask=is_unknown)
        return pa.table([told[name] for name in schema.names], schema=schema)

    def _frame(self, columns: dict[str, _Packed], counts: Mapping[str, pl.Series]) -> pl.DataFrame:
        columns["isrc"] = self._of.ranked["isrc"].rank[columns["track_id"]]
        told = {name: _cells(self._of.ranked[name].values, of) for name, of in columns.items()}
        day, store = self._of.key
        return PLAYS.typed(
            pl.DataFrame(told | dict(counts)).with_columns(
                report_date=pl.lit(day), store=pl.lit(store)
            )
        )


def _cells(values: pl.Series, ranks: _Packed) -> pl.Series:
    """Return the values of ranks, null for rank 0."""
    at = pl.Series(ranks.astype(np.int64) - 1)
    return values.gather(pl.select(pl.when(at >= 0).then(at)).to_series())


def _side_by_side(parts: Iterable[_Part], work: Callable[[_Part], _Sums]) -> Iterator[_Sums]:
    """Yield what is made of each part, in their order, `AT_A_TIME` of them made at once."""
    with ThreadPoolExecutor(AT_A_TIME) as workers:
        made: deque[Future[_Sums]] = deque()
        for part in parts:
            made.append(workers.submit(work, part))
            if len(made) > AT_A_TIME:
                yield made.popleft().result()
        while made:
            yield made.popleft().result()


def _begins(keys: _Packed) -> NDArray[np.int64]:
    """Return where in ordered keys a new one begins."""
    is_new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_new[1:])
    return np.flatnonzero(is_new)


def _known(counts: _Packed) -> _Packed:
    """Return counts as such, those that nothing is told of as 0."""
    return np.where(counts > 0, counts - np.uint64(1), np.uint64(0))


def _summed(counts: NDArray[np.uint64], begins: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(begins):
        return np.zeros(0, np.int64)
    return np.add.reduceat(counts, begins).astype(np.int64)


def _sum_of_known(counts: _Packed, begins: NDArray[np.int64]) -> pl.Series:
    """Return the sum of each group, null where nothing is told of any of it."""
    is_known = pl.Series(_summed((counts > 0).astype(np.uint64), begins) > 0)
    return pl.select(pl.when(is_known).then(pl.Series(_summed(_known(counts), begins)))).to_series()


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
