"""What the words of plays count as, once for each: as numbers, by the rules that rows are held to.

Some columns of a file decide some of the table, whatever the others say. So rows are made in which
each new word stands once, and are translated and checked as the rows of any file are. A play in
which a word is not good as it stands is in doubt, and its block goes the careful way. Ids of
listeners and tracks, most of all words, need no such rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.sources.checking import Checked, check
from fraud.sources.narrowing import narrow
from fraud.sources.play_numbers import COUNTS, UNTOLD, VALUES, PlayNumbers
from fraud.sources.play_words import Learnt, Scanned
from fraud.sources.pseudonyms import Pseudonyms
from fraud.sources.source import Decided, Reading
from fraud.tables import PLAYS

_Others = Counter[tuple[str, str]]


class _Group:
    """The words of columns that decide something together."""

    def __init__(self, decided: Decided) -> None:
        self.decided = decided
        self.number = {name: np.zeros(1, np.uint64) for name in decided.columns}
        self.narrow: dict[str, NDArray[np.unsignedinteger[Any]]] = {}
        self.is_doubtful = np.zeros(1, np.bool_)
        self.others: dict[int, tuple[str, str]] = {}
        self.good: pl.DataFrame | None = None
        """The cells of a word that is good."""

    def grow(self, learnt: Learnt) -> pl.DataFrame:
        """Make room for new words, all in doubt so far; return their cells and numbers."""
        known, new = len(self.is_doubtful), len(learnt.is_cut)
        numbers = pl.int_range(known, known + new, eager=True)
        cells = pl.DataFrame({**learnt.cells, "number": numbers})
        if not new:
            return cells
        self.number = {
            name: np.concatenate([number, np.zeros(new, np.uint64)])
            for name, number in self.number.items()
        }
        self.is_doubtful = np.concatenate([self.is_doubtful, np.ones(new, np.bool_)])
        if self.decided.beginnings and learnt.is_cut.any():
            *_, last = learnt.cells
            usual = pl.col(last).str.contains(self.decided.usual)
            cells = cells.filter(~learnt.is_cut | usual)
        return cells

    def keep(
        self, cells: pl.DataFrame, values: Mapping[str, pl.Series], play_numbers: PlayNumbers
    ) -> None:
        """Keep what new words, which are good, count as."""
        if not cells.height:
            return
        at = cells["number"].to_numpy()
        self.good = cells.head(1)
        self.is_doubtful[at] = False
        for name, number in self.number.items():
            number[at] = play_numbers.of_values(values[name])
            self.narrow[name] = narrow(pl.Series(number)).to_numpy()


class Deciding:
    """Turns scanned plays of one file into numbers of the delivery."""

    def __init__(self, reading: Reading, pseudonyms: Pseudonyms, play_numbers: PlayNumbers) -> None:
        self._reading, self._pseudonyms, self._numbers = reading, pseudonyms, play_numbers
        self._groups = [_Group(decided) for decided in reading.decided]
        self._group_of = {name: g for g, one in enumerate(reading.decided) for name in one.columns}
        self._always: dict[str, int] = {}

    def numbered(self, scanned: Scanned) -> tuple[pl.DataFrame, _Others] | None:
        """Return plays in numbers, and how often a column held a value outside its set.

        None where any of them is in doubt.
        """
        self._learn(scanned.learnt)
        if self._numbers.are_too_many:
            return None
        columns: dict[str, pl.Series] = {}
        others: _Others = Counter()
        for group, numbers in zip(self._groups, scanned.numbers, strict=True):
            if group.is_doubtful[1:].any() and group.is_doubtful[numbers].any():
                return None
            for name, values in group.narrow.items():
                columns[name] = pl.Series(name, values[numbers])
            if group.others:
                counts = np.bincount(numbers, minlength=len(group.is_doubtful))
                for number, other in group.others.items():
                    if counts[number]:
                        others[other] += int(counts[number])
        frame = pl.DataFrame(columns).with_columns(
            pl.lit(number, pl.UInt64).alias(name) for name, number in self._always.items()
        )
        return frame.select(*VALUES, *COUNTS), others

    def _learn(self, learnt: Sequence[Learnt]) -> None:
        """Judge new words."""
        left = [group.grow(new) for group, new in zip(self._groups, learnt, strict=True)]
        left = [
            self._judge_alone(group, cells) for group, cells in zip(self._groups, left, strict=True)
        ]
        while any(cells.height for cells in left):
            shown = [
                cells if cells.height else group.good
                for group, cells in zip(self._groups, left, strict=True)
                if not group.decided.is_listener
            ]
            height = max(cells.height for cells in left)
            at = pl.int_range(height, eager=True)
            rows: dict[str, pl.Series] = {"line": at + 1}
            for cells in shown:
                if cells is None:
                    return  # Nothing can be said of a row of which a word is never good.
                rows |= {name: cells[name].gather(at % cells.height) for name in cells.columns}
            made = self._checked(pl.DataFrame(rows).drop("number"))
            if made is None:
                return
            told, checked = made
            if not checked.faults:
                self._keep(left, told, checked)
                return
            faulty: list[set[int]] = [set() for _ in left]
            for position, fault in checked.faults.items():
                of = self._group_of.get(fault.column)
                if of is None:
                    return
                faulty[of].add(position % max(left[of].height, 1))
            left = [
                cells.filter(~pl.int_range(pl.len()).is_in(list(bad))) if bad else cells
                for cells, bad in zip(left, faulty, strict=True)
            ]

    def _judge_alone(self, group: _Group, cells: pl.DataFrame) -> pl.DataFrame:
        """Judge new words that need no rows; return those of them that do."""
        if not cells.height:
            return cells
        if group.decided.is_listener:
            ids = cells[group.decided.by[0]].alias("listener_id")
            group.keep(cells, {"listener_id": self._pseudonyms.of_words(ids)}, self._numbers)
        elif group.decided.alone:
            told = group.decided.alone(cells)
            line = pl.int_range(1, cells.height + 1, eager=True).alias("line")
            checked = check(told.with_columns(line), PLAYS, self._pseudonyms)
            is_good = ~pl.int_range(cells.height, eager=True).is_in(list(checked.faults))
            good = {name: checked.good[name] for name in group.decided.columns}
            group.keep(cells.filter(is_good), good, self._numbers)
        else:
            return cells
        return cells.clear()

    def _checked(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, Checked] | None:
        """Return what rows tell, before they are checked and after; None where they tell more."""
        tables = self._reading.rows(rows)
        told = tables.get(PLAYS.name)
        if told is None or len(tables) > 1 or not told["line"].equals(rows["line"]):
            return None
        checked = check(told, PLAYS, self._pseudonyms)
        if any(name in told.columns and told[name].count() for name in UNTOLD):
            return None
        return told, checked

    def _keep(self, left: Sequence[pl.DataFrame], told: pl.DataFrame, checked: Checked) -> None:
        """Keep what new words count as."""
        good = checked.good
        always: dict[str, int] = {}
        for name in {*VALUES, *COUNTS} - self._group_of.keys():
            always[name], *more = {*self._numbers.of_values(good[name].unique()).tolist()}
            if more or self._always.get(name, always[name]) != always[name]:
                return
        self._always = always
        for group, cells in zip(self._groups, left, strict=True):
            values = {name: good[name].head(cells.height) for name in group.number}
            group.keep(cells, values, self._numbers)
        for column, value in checked.others:
            group = self._groups[self._group_of[column]]
            cells = left[self._group_of[column]]
            is_other = told[column].head(cells.height).str.strip_chars() == value
            group.others |= dict.fromkeys(cells["number"].filter(is_other), (column, value))
