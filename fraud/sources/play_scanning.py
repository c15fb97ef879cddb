"""Blocks of bytes of a large file of plays made numbers without a text for each cell.

The lines of such a file are laid out alike: the same keys in the same order. Each cell is looked up
among those that came before; where several columns say one thing together, such as the word for a
place and its address, they get one number. A block in which any line is laid out otherwise or holds
anything odd is not taken: it goes the careful way as a whole.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from fraud.sources import play_machine as machine
from fraud.sources.lines import Block
from fraud.sources.play_words import Learnt, Scanned
from fraud.sources.rows import Rows
from fraud.sources.source import Decided

MOST_WORDS = 3_000_000
"""A file of more different words goes on the careful way: they are held in memory."""

_SLOTS, _HELD_BYTES = 1 << 19, 1 << 24
"""With so much room for words a scan begins; it doubles as words come."""
_CELL = re.compile(rb'([{,] ?"([A-Za-z0-9_]+)" ?: ?)(?:"[^"\\]*"|[0-9]+|null)')
_NO_CUT = 1 << 30


@dataclass(frozen=True)
class _Column:
    name: str
    group: int
    within: int
    """The column before it of its group, else -1."""


class Scanner:
    """Scans the blocks of one file, one after the other."""

    def __init__(self, line: bytes, names: Mapping[str, str], decided: Sequence[Decided]) -> None:
        """`line` shows how a line is laid out, `names` has what the keys to read are called."""
        cells = [*_CELL.finditer(line)]
        self.is_of_use = bool(cells) and b"".join(one[0] for one in cells) + b"}" == line.strip()
        keys = [one[2].decode() for one in cells]
        self.is_of_use &= len(set(keys)) == len(keys)
        between = [one[1] for one in cells] + [b"}"]
        self._between_sizes = np.array([len(one) for one in between])
        self._between = _masked(between)
        cut = {name: first for one in decided for name, first in one.beginnings.items()}
        group_of = {name: group for group, one in enumerate(decided) for name in one.by}
        self._columns: list[_Column] = []
        self._last: dict[int, int] = {}
        self._roles = np.full(len(keys), machine.IGNORED)
        self._longest = np.full(len(keys), _NO_CUT)
        for cell, key in enumerate(keys):
            name = names.get(key, "")
            if name in group_of:
                group = group_of[name]
                self._roles[cell] = len(self._columns)
                self._longest[cell] = cut.get(name, _NO_CUT)
                self._columns.append(_Column(name, group, self._last.get(group, -1)))
                self._last[group] = len(self._columns) - 1
        self._within = np.array([column.within for column in self._columns], np.int64)
        self.groups = [self._last.get(group, -1) for group in range(len(decided))]
        self.is_of_use &= min(self.groups) >= 0
        self._slots = _table(_SLOTS)
        self._held = np.zeros(_HELD_BYTES, np.uint8)
        self._starts = np.zeros(_SLOTS, np.int64)
        self._kinds = np.zeros(_SLOTS, np.uint64)
        self._sizes = np.zeros(len(self._columns), np.int64)
        self._progress = np.zeros(4, np.int64)
        # What is compiled asks for no memory, so that it need not count who uses it.
        room = (len(self._columns), machine.ROWS)
        self._begins = np.empty(room, np.int64)
        self._cell_kinds, self._hashes = np.empty(room, np.uint64), np.empty(room, np.uint64)
        self._told = 0
        self._cells = {
            int(column): pl.Series([], dtype=pl.String)
            for column in self._within[self._within >= 0]
        }

    def scan(self, block: Block, carefully: Callable[[], Rows]) -> Scanned | None:
        """Return the plays of a block as numbers, None where it has to go the careful way."""
        if block.unfinished or not self.is_of_use or len(block.data) < machine.LONGEST_WORD:
            return None
        if self._progress[machine.WORDS] > MOST_WORDS:
            return None
        numbers = np.empty((len(self._columns), block.line_ends), np.uint32)
        if not self._read(block.data, numbers):
            return None
        return Scanned(
            block.first_line,
            block.line_ends,
            [numbers[column] for column in self.groups],
            self._learnt(),
            carefully,
        )

    def _read(self, data: bytes, numbers: NDArray[np.uint32]) -> bool:
        """Read all lines of a text; return whether nothing was odd."""
        ended = machine.FULL
        self._progress[[machine.POSITION, machine.ROW]] = 0
        while ended == machine.FULL:
            ended = machine.scan(
                np.frombuffer(data, np.uint8),
                _eights(data),
                self._progress,
                self._between,
                self._between_sizes,
                self._roles,
                self._within,
                self._longest,
                self._slots,
                self._held,
                self._starts,
                self._kinds,
                self._sizes,
                self._begins,
                self._cell_kinds,
                self._hashes,
                numbers,
            )
            if ended == machine.FULL:
                self._make_room()
        return ended == machine.DONE

    def _make_room(self) -> None:
        self._held, self._starts = _doubled(self._held), _doubled(self._starts)
        self._kinds = _doubled(self._kinds)
        larger = _table(2 * len(self._slots))
        machine.move(self._slots, larger)
        self._slots = larger

    def _learnt(self) -> list[Learnt]:
        """Return the words that are new, group by group."""
        words = int(self._progress[machine.WORDS])
        kinds = self._kinds[self._told : words]
        starts = self._starts[self._told : words + 1]
        texts = pl.Series(
            pa.Array.from_buffers(
                pa.large_string(),
                len(kinds),
                [
                    None,
                    pa.py_buffer(starts - starts[0]),
                    pa.py_buffer(self._held[starts[0] : starts[-1]].copy()),
                ],
            ),
            dtype=pl.String,
        )
        if (kinds & machine.NULL).any():
            is_text = pl.Series((kinds & machine.NULL) == 0)
            texts = pl.select(pl.when(is_text).then(texts)).to_series()
        columns = (kinds >> machine.COLUMN_SHIFT).astype(np.uint32) & np.uint32(0x3FFF)
        self._told = words
        # In most blocks most columns have no new word.
        new = [np.flatnonzero(columns == column) for column in range(len(self._columns))]
        for column in self._within[self._within >= 0]:
            self._cells[column].append(texts.gather(new[column]))
        learnt = []
        for column in self.groups:
            at, beside = new[column], self._columns[column].within
            cells = {self._columns[column].name: texts.gather(at)}
            if beside >= 0:
                within = (kinds[at] >> machine.WITHIN_SHIFT).astype(np.int64) - 1
                cells[self._columns[beside].name] = self._cells[beside].gather(within)
            learnt.append(Learnt(cells, pl.Series((kinds[at] & machine.CUT) > 0)))
        return learnt


def _doubled(of: NDArray[Any]) -> NDArray[Any]:
    """Return an array of twice the length, whose second half takes no memory before it is used."""
    doubled = np.zeros(2 * len(of), of.dtype)
    doubled[: len(of)] = of
    return doubled


def _table(slots: int) -> NDArray[np.uint64]:
    """Return a free table whose slots are lines of the processor's cache."""
    # Unlike `zeros`, `empty` asks for large pages: a look-up is twice as fast.
    numbers = np.empty((slots + 1) * machine.SLOT, np.uint64)
    numbers.fill(0)
    first = -(numbers.ctypes.data // numbers.itemsize) % machine.SLOT
    return numbers[first : first + slots * machine.SLOT].reshape(slots, machine.SLOT)


def _masked(texts: Sequence[bytes]) -> NDArray[np.uint64]:
    """Return texts, one behind the other, as numbers of eight bytes, each with its mask."""
    eights = [one[at : at + 8] for one in texts for at in range(0, len(one), 8)]
    told = b"".join(one.ljust(8, b"\0") for one in eights)
    masks = b"".join((b"\xff" * len(one)).ljust(8, b"\0") for one in eights)
    return np.stack([np.frombuffer(of, "<u8") for of in (told, masks)], axis=1).astype(np.uint64)


def _eights(data: bytes) -> NDArray[np.uint64]:
    """Return a text as numbers of eight bytes, one from each byte on."""
    # A processor with its low bytes first reads eight bytes as a number from any place on.
    return np.ndarray((max(0, len(data) - 7),), np.dtype("<u8"), data, strides=(1,))
