"""Blocks of bytes of a large table made numbers without a text for each cell.

Each cell is looked up among the words that came before. A word that is new is judged once, as the
cells of any row are. A block with anything odd in it, were it a single quote or a word that is not
good as it stands, is not taken: it goes the careful way as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from fraud.sources.csv_rows import Dialect
from fraud.sources.lines import Block, is_utf8
from fraud.sources.numbers import (
    APART,
    MEASURE,
    MOST_WORDS,
    UNLIKE,
    WORDS,
    is_required,
    meant,
)
from fraud.sources.source import Reading
from fraud.sources.texts import Numbered
from fraud.tables import STREAMS

_SLOTS, _HELD_BYTES = 1 << 14, 1 << 18
"""With so much room for words a scan begins; it doubles as words come."""
_ODD = '["\r\n\0]'
"""No word holds these: the block is quoted, damaged, or ends its lines in several ways."""


@dataclass(frozen=True)
class Scanned:
    """Rows of one block as numbers of words, those of a day × store together."""

    numbers: Mapping[str, Numbered]
    """For each column of words the number of each row's, in the order in which they came in this
    column of the file; 0 is an empty cell."""
    counts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """Where the rows of each day × store end."""
    learnt: Mapping[str, pl.Series]
    """The values of the words that are new since the block before, in the order of their numbers;
    null is no value, as of an empty cell."""


def scanner(names: Sequence[str], dialect: Dialect, reading: Reading) -> "Scanner | None":
    """Return what scans a file with these columns; None where its rows need another way."""
    told = set(names) & reading.uses
    if not reading.as_they_stand or reading.table is not STREAMS or dialect.ragged:
        return None
    if not {*APART, "territory", "isrc", MEASURE} <= told:
        return None
    return Scanner(names, dialect)


class Scanner:
    """Scans the blocks of one file, one after the other."""

    def __init__(self, names: Sequence[str], dialect: Dialect) -> None:
        from fraud.sources import machine

        self._machine = machine
        self._words = [name for name in WORDS if name in names]
        fixed = {MEASURE: machine.COUNT, **dict.fromkeys(UNLIKE, machine.EMPTY)}
        of_word = {name: place for place, name in enumerate(self._words)}
        self._roles = np.array([{**fixed, **of_word}.get(n, machine.IGNORED) for n in names])
        self._required = np.array([is_required(name) for name in self._words], np.bool_)
        self._separator = ord(dialect.separator)
        self._slots = np.zeros((_SLOTS, machine.SLOT), np.uint64)
        self._held = np.zeros(_HELD_BYTES, np.uint8)
        self._starts = np.zeros(_SLOTS // 2, np.int64)
        self._columns = np.zeros(_SLOTS // 2, np.uint8)
        self._sizes = np.zeros(len(self._words), np.int64)
        self._progress = np.zeros(4, np.int64)
        # Held from block to block, as memory that is asked for anew has to be cleared each time.
        self._numbers = np.empty((len(self._words), 0), np.uint32)
        self._counts = np.empty(0, np.int64)
        self._judged = 0
        self._is_doubtful = np.zeros(0, np.bool_)
        self._learnt: dict[str, list[pl.Series]] = {name: [] for name in self._words}
        self._has_taken = False

    def scan(self, block: Block, least_apart: int) -> Scanned | None:
        """Return the rows of a block as numbers, None where it has to go the careful way.

        The first that is taken has at least so many rows a day × store.
        """
        data = block.data + block.unfinished
        if self._progress[self._machine.WORDS] > MOST_WORDS or not self._is_text(data):
            return None
        rows = block.line_ends + bool(block.unfinished)
        if rows > len(self._counts):
            self._numbers = np.empty((len(self._words), rows + rows // 8), np.uint32)
            self._counts = np.empty(rows + rows // 8, np.int64)
        is_whole = self._read(data, self._numbers, self._counts)
        if self._learn() or not is_whole:
            return None
        days, stores = self._sizes[: len(APART)] + 1
        if days * stores > 1 << 16:
            return None
        numbers = self._numbers[:, :rows]
        apart = (numbers[0] * np.uint32(stores) + numbers[1]).astype(np.uint16)
        sizes = np.bincount(apart)
        sizes = sizes[sizes > 0]
        if not self._has_taken and len(sizes) * least_apart > rows:
            return None
        self._has_taken = True
        order = np.argsort(apart, kind="stable")
        told = dict(zip(self._words, numbers.take(order, axis=1), strict=True))
        counts = self._counts.take(order)
        learnt = {name: pl.concat(values) for name, values in self._learnt.items() if values}
        self._learnt = {name: [] for name in self._words}
        return Scanned(told, counts, np.cumsum(sizes), learnt)

    def _is_text(self, data: bytes) -> bool:
        """Return whether what no column is read of is text; words are looked at one by one."""
        return self._machine.IGNORED not in self._roles or data.isascii() or is_utf8(data)

    def _read(self, data: bytes, numbers: NDArray[np.uint32], counts: NDArray[np.int64]) -> bool:
        """Read all rows of a text; return whether nothing was odd."""
        text = np.frombuffer(data, np.uint8)
        # A processor with its low bytes first reads eight bytes as a number from any place on.
        eights = np.ndarray((max(0, len(data) - 7),), np.dtype("<u8"), data, strides=(1,))
        line_end = ord("\r") if data[: data.find(b"\n")].endswith(b"\r") else ord("\n")
        machine, ended = self._machine, self._machine.FULL
        self._progress[[machine.POSITION, machine.ROW]] = 0
        while ended == machine.FULL:
            ended = machine.scan(
                text,
                eights,
                self._progress,
                self._roles,
                self._required,
                self._separator,
                line_end,
                self._slots,
                self._held,
                self._starts,
                self._columns,
                self._sizes,
                numbers,
                counts,
            )
            if ended == machine.FULL:
                self._make_room()
        return bool(ended == machine.DONE)

    def _make_room(self) -> None:
        slots = np.zeros((2 * len(self._slots), self._machine.SLOT), np.uint64)
        self._machine.move(self._slots, slots)
        self._slots = slots
        self._held, self._starts, self._columns = (
            np.concatenate([one, np.zeros_like(one)])
            for one in (self._held, self._starts, self._columns)
        )

    def _learn(self) -> bool:
        """Judge the words that are new; return whether one of them is in doubt."""
        first, end = self._judged, int(self._progress[self._machine.WORDS])
        if first == end:
            return False
        self._judged = end
        places = self._starts[first : end + 1] - self._starts[first]
        told = self._held[self._starts[first] : self._starts[end]]
        binary = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), end - first, [None, pa.py_buffer(places), pa.py_buffer(told)]
        )
        words = _texts(binary)
        is_doubtful = (words.is_null() | words.str.contains(_ODD)).to_numpy(writable=True)
        words = words.fill_null("")
        column = self._columns[first:end]
        for place, name in enumerate(self._words):
            at = np.flatnonzero(column == place)
            if len(at):
                values, doubts = meant(words.gather(at), name)
                self._learnt[name].append(values)
                is_doubtful[at] |= doubts
        self._is_doubtful = np.concatenate([self._is_doubtful, is_doubtful])
        if is_doubtful.any():
            self._machine.doubt(self._slots, self._is_doubtful)
        return bool(is_doubtful.any())


def _texts(words: pa.LargeBinaryArray) -> pl.Series:
    """Return words as texts, null for one that is not UTF-8."""
    try:
        return pl.Series(words).cast(pl.String)
    except pl.exceptions.ComputeError:
        # Polars makes no null of such a word, however it is asked.
        told = (word if is_utf8(word) else None for word in words.to_pylist())
        return pl.Series([word and word.decode() for word in told], dtype=pl.String)
