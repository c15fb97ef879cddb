"""Rows of a break-down as numbers: each different word is judged once, and each row is one number.

A report of millions of rows repeats few words. They are numbered in the order in which they come,
checked as the cells of any row are, and only where all cells of a block are good words do its rows
become numbers. At the end a row is packed into 64 bits, so that rows are put in order, added up and
compared as whole numbers; texts are written once, as the list of words of a Parquet column.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.sources.checking import Checked, counts, judged
from fraud.sources.narrowing import narrow
from fraud.sources.texts import Numbered, Texts
from fraud.tables import STREAMS

if TYPE_CHECKING:
    from fraud.sources.scanning import Scanned

MEASURE = "streams"
WITHIN = ("territory", "isrc", "source", "tier", "device", "playlist_id")
"""What tells the rows of a day × store apart, in the order of the key; a track is its ISRC here."""
MOST_WORDS = 2_000_000
"""A file with more different words in a column is not numbered: their list is held in memory."""
APART = ("report_date", "store")
WORDS = (*APART, *WITHIN)
UNLIKE = ("came_on", "as_of", "playlist_name")
"""Columns that need the rows as they are, where they hold anything."""


@dataclass(frozen=True)
class InOrder:
    """What is known of a file of a day × store: in the order of the key, no key twice."""

    path: Path
    rows: int
    """Rows in the file."""
    delivered: int
    """Rows that they were made of."""
    repeatable: int
    """Delivered rows of two plays and more: those of one play are alike by nature."""
    repeated: int
    """How many of those say the same as another."""

    @property
    def merged(self) -> int:
        """Return how many delivered rows were added to another."""
        return self.delivered - self.rows


class Words:
    """The different words of one column and the numbers of their values; 0 is an empty cell."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen, self._values = Texts(), Texts()
        self.dtype = self._seen.dtype
        self._number = np.zeros(1, np.uint32)
        self._is_doubtful = np.array([is_required(name)])

    @property
    def values(self) -> pl.Series:
        """Return the values as texts; the first has the number 1."""
        return self._values.series

    @property
    def are_too_many(self) -> bool:
        """Return whether the list of words is longer than is held in memory."""
        return len(self._number) > MOST_WORDS

    def numbers(self, words: pl.Series) -> Numbered | None:
        """Return the number of each cell's value, None where a word is not one to enter as it is.

        `words` are cells as categories of `dtype`.
        """
        at = self._seen.numbers(words)
        if len(self._seen) >= len(self._number):
            self._learn()
        if self._is_doubtful[at].any():
            return None
        numbers: Numbered = self._number[at]
        return numbers

    def _learn(self) -> None:
        new = self._seen.series[len(self._number) - 1 :]
        values, is_doubtful = meant(new, self._name)
        self._number = np.concatenate([self._number, self.numbered(values)])
        self._is_doubtful = np.concatenate([self._is_doubtful, is_doubtful])

    def numbered(self, values: pl.Series) -> Numbered:
        """Return the numbers of values."""
        return self._values.numbers(values)


def is_required(name: str) -> bool:
    """Return whether rows in numbers need a value in a column: their track is its ISRC."""
    return name == "isrc" or STREAMS.column(name).required


def meant(words: pl.Series, name: str) -> tuple[pl.Series, NDArray[np.bool_]]:
    """Return the values of a column's words as texts, and which words do not enter as they are."""
    checked = Checked(words.to_frame())
    values = judged(words, STREAMS.column(name), checked)
    is_doubtful = (
        values.is_null() if is_required(name) else pl.repeat(False, len(words), eager=True)
    )
    others = [word for _, word in checked.others]
    is_doubtful |= words.str.strip_chars().is_in(others)
    doubts = is_doubtful.to_numpy(writable=True)
    doubts[list(checked.faults)] = True
    return values.cast(pl.String), doubts


class Numbers:
    """The words of one file of streams, and its rows as numbers."""

    def __init__(self) -> None:
        self._words = {name: Words(name) for name in WORDS}
        self._scanned = {name: np.zeros(1, np.uint32) for name in WORDS}

    def of(self, rows: pl.DataFrame) -> pl.DataFrame | None:
        """Return rows as a number for each word and the count, None where any is in doubt.

        `rows` are text cells as they stand in a report, or rows that were checked.
        """
        if any(name in rows.columns and rows[name].count() for name in UNLIKE):
            return None
        if any(words.are_too_many for words in self._words.values()):
            return None
        if not {*APART, "territory", "isrc", MEASURE} <= set(rows.columns):
            return None
        plays = counts(rows[MEASURE])
        if plays is None or plays.null_count():
            return None
        there = [name for name in WORDS if name in rows.columns]
        words = rows.select(
            pl.col(name).cast(pl.String).cast(self._words[name].dtype) for name in there
        )
        numbered: dict[str, Numbered] = {}
        for name in there:
            numbers = self._words[name].numbers(words[name])
            if numbers is None:
                return None
            numbered[name] = numbers
        return pl.DataFrame(numbered).with_columns(plays)

    def of_scanned(self, scanned: "Scanned") -> Iterator[tuple[tuple[date, str], pl.DataFrame]]:
        """Yield the rows of each day × store of a block that was scanned, as `of` has them."""
        for name, values in scanned.learnt.items():
            known = self._words[name].numbered(values)
            self._scanned[name] = np.concatenate([self._scanned[name], known])
        known_of = {
            name: narrow(pl.Series(self._scanned[name])).to_numpy() for name in scanned.numbers
        }
        begin = 0
        for end in scanned.ends:
            day, store = (known_of[name][scanned.numbers[name][begin]] for name in APART)
            told = {
                name: known_of[name].take(scanned.numbers[name][begin:end])
                for name in WITHIN
                if name in known_of
            }
            plays = scanned.counts[begin:end]
            yield self.day_store((int(day), int(store))), pl.DataFrame({**told, MEASURE: plays})
            begin = end

    @property
    def values(self) -> dict[str, pl.Series]:
        """Return, for each column, the texts that its numbers stand for from 1 on."""
        return {name: words.values for name, words in self._words.items()}

    def day_store(self, key: tuple[int, int]) -> tuple[date, str]:
        """Return the day and the store that two numbers stand for."""
        day, store = (
            str(self._words[name].values[number - 1])
            for name, number in zip(APART, key, strict=True)
        )
        return date.fromisoformat(day), store

    def write(self, numbered: pl.DataFrame, path: Path) -> None:
        """Write the rows of one day × store, each number no wider than it need be."""
        numbered.select(
            narrow(numbered[name]) for name in (*WITHIN, MEASURE) if name in numbered.columns
        ).write_ipc_stream(path)

    def rows(self, path: Path, day_store: tuple[date, str]) -> pl.DataFrame:
        """Return what was written as rows of the table."""
        frame = pl.read_ipc_stream(path)
        told = {
            name: self._words[name].values.gather(
                pl.select(pl.when(frame[name] > 0).then(frame[name].cast(pl.Int64) - 1)).to_series()
            )
            for name in WITHIN
            if name in frame.columns
        }
        return STREAMS.typed(
            pl.DataFrame({**told, MEASURE: frame[MEASURE].cast(pl.Int64)}).with_columns(
                pl.lit(day_store[0]).alias("report_date"),
                pl.lit(day_store[1]).alias("store"),
                pl.col("isrc").alias("track_id"),
            )
        )

    def witness(self) -> pl.DataFrame:
        """Return rows of the table in which each value of each column stands at least once.

        What holds of them holds of every row of the file, whatever is said of single columns.
        """
        told = self.values
        height = max(len(values) for values in told.values())
        at = pl.int_range(height, eager=True)
        return STREAMS.typed(
            pl.DataFrame(
                {
                    name: values.gather(at % len(values))
                    for name, values in told.items()
                    if len(values)
                }
            ).with_columns(pl.col("report_date").str.to_date(), track_id="isrc", streams=pl.lit(0))
        )
