"""Plays of a day and store packed into whole numbers, those of the same tracks together.

Each column has some bits of a number: the ranks of its values, in the order of a table's key, so
that numbers in order are rows in order. Plays are read and packed once; where they are more than
are put in order at a time, they are kept apart on the disk by the tracks that they are of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.sources.packing import Ranked
from fraud.sources.play_numbers import COUNTS, read
from fraud.sources.side_by_side import side_by_side
from fraud.sources.staging import DayStore, Staged

MOST_ROWS = 1_000_000
"""So many plays are put in order by themselves."""
BITS = 64

Packed = NDArray[np.uint64]
Ranks = NDArray[np.unsignedinteger[Any]]
_SAMPLED = 64


@dataclass(frozen=True)
class Key:
    """Columns of ranks packed into one number, the first highest."""

    sizes: Mapping[str, int]
    """How many different ranks each has."""

    @property
    def bits(self) -> int:
        """Return how many bits all columns take."""
        return self.bits_from(0)

    def bits_from(self, place: int) -> int:
        """Return how many bits the columns from a place on take."""
        return sum((size - 1).bit_length() for size in [*self.sizes.values()][place:])

    def packed(self, columns: Mapping[str, Ranks]) -> Packed:
        """Return the columns as numbers."""
        first, *others = self.sizes
        packed = columns[first].astype(np.uint64)
        for name in others:
            packed <<= np.uint64((self.sizes[name] - 1).bit_length())
            packed |= columns[name]
        return packed

    def column(self, name: str, packed: Packed) -> Packed:
        """Return the ranks of a column."""
        below = self.bits_from([*self.sizes].index(name) + 1)
        bits = (self.sizes[name] - 1).bit_length()
        return (packed >> np.uint64(below)) & np.uint64((1 << bits) - 1)

    def before(self, name: str, packed: Packed) -> Packed:
        """Return the numbers without the columns from `name` on."""
        return packed >> np.uint64(self.bits_from([*self.sizes].index(name)))


class Rows(NamedTuple):
    """Packed keys in order, each with its packed counts."""

    keys: Packed
    counts: Packed


@dataclass(frozen=True)
class Counted:
    """A key with the counts that stand beside it."""

    key: Key
    counts: Key

    @property
    def _is_one(self) -> bool:
        """Whether key and counts are one number; such are sorted ten times faster than two."""
        return self.key.bits + self.counts.bits <= BITS

    def packed(self, columns: Mapping[str, Ranks]) -> Packed:
        """Return rows as one number each, or as two, one below the other."""
        keys, counts = self.key.packed(columns), self.counts.packed(columns)
        if not self._is_one:
            return np.stack([keys, counts])
        keys <<= np.uint64(self.counts.bits)
        keys |= counts
        return keys[np.newaxis]

    def in_order(self, pieces: Sequence[Packed]) -> Rows:
        """Return packed rows in the order of their keys."""
        rows = np.concatenate(pieces, axis=1)
        if self._is_one:
            (one,) = rows
            one.sort()
            bits = self.counts.bits
            return Rows(one >> np.uint64(bits), one & np.uint64((1 << bits) - 1))
        keys, counts = rows
        order = np.argsort(keys, kind="stable")
        return Rows(keys[order], counts[order])


class Piece(NamedTuple):
    """Packed plays of the same tracks."""

    by_listener: Packed
    by_break_down: Packed


class PackedDay:
    """The plays of a day and store."""

    def __init__(
        self, key: DayStore, pieces: Sequence[Staged], ranked: Mapping[str, Ranked]
    ) -> None:
        """`pieces` are staged in the same numbers."""
        self.key, self.ranked = key, ranked
        self._pieces = pieces
        self._rank = {name: one.rank.astype(np.uint32) for name, one in ranked.items()}
        numbers = next(one.play_numbers for one in pieces if one.play_numbers)
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
        self.cell = Key(ranks(*cell))
        # Tier and country of an account come from the listener: they change nothing of the order.
        listeners = Key(ranks(*cell, "listener_id", "device"))
        break_down = Key(ranks(*cell, "source", "tier", "device", "playlist_id"))
        self.by_listener = Counted(listeners, Key(counts))
        self.by_break_down = Counted(break_down, Key({"streams": counts["streams"]}))

    @property
    def fits(self) -> bool:
        """Return whether the columns of each key, and the counts, fit into a number."""
        keys = (
            of for one in (self.by_listener, self.by_break_down) for of in (one.key, one.counts)
        )
        return max(key.bits for key in keys) <= BITS

    def parts(self) -> Iterator[list[Piece]]:
        """Yield the plays in parts of so many rows: whole tracks of a territory, in their order."""
        bounds = self._bounds()
        if not len(bounds):
            yield [self._packed(self._columns(staged)) for staged in self._pieces]
            return
        apart = [*side_by_side(self._pieces, lambda staged: self._apart(staged, bounds))]
        for part in range(len(bounds) + 1):
            yield [one.piece(part) for one in apart]
        for one in apart:
            one.forget()

    def _bounds(self) -> Packed:
        """Return the first track of each part but the first."""
        rows = sum(staged.by_day_store[self.key][0] for staged in self._pieces)
        number = ceil(rows / MOST_ROWS)
        if number == 1:
            return np.zeros(0, np.uint64)
        sampled = np.sort(np.concatenate([self._cells_sampled(one) for one in self._pieces]))
        return np.unique(sampled[[len(sampled) * n // number for n in range(1, number)]])

    def _cells_sampled(self, staged: Staged) -> Packed:
        sampled = self._frame(staged).gather_every(_SAMPLED)
        return self.cell.packed(self._ranks(sampled, self.cell.sizes))

    def _apart(self, staged: Staged, bounds: Packed) -> "_Apart":
        columns = self._columns(staged)
        part = np.searchsorted(bounds, self.cell.packed(columns), side="right").astype(np.uint16)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=len(bounds) + 1))
        piece = Piece(*(packed[:, order] for packed in self._packed(columns)))
        day, store = self.key
        return _Apart(staged.path.with_suffix(f".{day}.{store}"), piece, ends)

    def _packed(self, columns: Mapping[str, Ranks]) -> Piece:
        return Piece(self.by_listener.packed(columns), self.by_break_down.packed(columns))

    def _columns(self, staged: Staged) -> dict[str, Ranks]:
        names = {*self.by_listener.key.sizes, *self.by_break_down.key.sizes} - {"tier"}
        frame = self._frame(staged)
        columns = self._ranks(frame, names)
        columns["tier"] = self._rank["tier"][columns["listener_id"]]
        return columns | {name: frame[name].to_numpy() for name in COUNTS}

    def _frame(self, staged: Staged) -> pl.DataFrame:
        frame = read(staged.path)
        if len(staged.by_day_store) > 1:
            frame = frame.filter(pl.col(name) == number for name, number in self._numbers)
        return frame

    def _ranks(self, frame: pl.DataFrame, names: Iterable[str]) -> dict[str, Ranks]:
        return {name: self._rank[name][frame[name].to_numpy()] for name in names}


class _Apart:
    """A piece on the disk, the plays of each part together."""

    def __init__(self, path: Path, piece: Piece, ends: NDArray[np.int64]) -> None:
        self._paths = [Path(f"{path}.{name}.npy") for name in Piece._fields]
        self._ends = ends
        for one, packed in zip(self._paths, piece, strict=True):
            np.save(one, packed)
        self._whole = [np.load(one, mmap_mode="r") for one in self._paths]

    def piece(self, part: int) -> Piece:
        begin, end = self._ends[part - 1] if part else 0, self._ends[part]
        return Piece(*(packed[:, begin:end] for packed in self._whole))

    def forget(self) -> None:
        for path in self._paths:
            path.unlink()
