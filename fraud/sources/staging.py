"""The good rows of one file on their way into the staging folder, the bad ones beside them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from fraud.sources.checking import Checked, Salt, check
from fraud.sources.rows import Refused, Rows, refused_frame
from fraud.sources.source import Reading
from fraud.sources.values import slug
from fraud.tables import DELIVERED, LISTENERS, REFERENCE, Table

DayStore = tuple[date, str]

_IN_A_SENTENCE = 60
_BY_NAME = {table.name: table for table in (*DELIVERED, *REFERENCE)}


@dataclass(frozen=True)
class Staged:
    """Good rows of one file for one table, as Parquet in the staging folder."""

    table: Table
    path: Path
    rows: int
    by_day_store: Mapping[DayStore, tuple[int, int]]
    """Rows and streams; empty for a table without days."""
    late: bool = False
    """Its rows came after their day's own report and carry `came_on`."""


@dataclass
class FileRead:
    """What became of one file."""

    path: str
    kind: str = ""
    """The table its rows belong to; empty where it is no report."""
    source: str = ""
    rows: int = 0
    """Rows in the file."""
    quarantined: int = 0
    """Rows that were refused; `rows` less these were staged."""
    note: str = ""
    """Why the file was skipped or refused as a whole, or where it breaks off."""
    refused: bool = False
    """The file as a whole did not enter."""
    partial: bool = False
    """The file breaks off: its days may be incomplete."""
    digest: str = ""
    """Hash of what the file says, however it is packed."""
    warnings: list[str] = field(default_factory=list)
    others: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a column held a value outside its set."""
    staged: list[Staged] = field(default_factory=list)
    refusals: list[pl.DataFrame] = field(default_factory=list)
    """Frames of `rows.SCHEMA`."""
    quarantined_by_day_store: Counter[DayStore] = field(default_factory=Counter)

    def refuse(self, reason: str) -> None:
        """Keep the whole file out; nothing of it stays staged."""
        self.discard()
        self.note, self.refused = reason, True
        self.refusals = [refused_frame(self.path, [Refused(f"the file {reason}")])]

    def discard(self) -> None:
        """Forget the rows of the file."""
        for staged in self.staged:
            staged.path.unlink()
        self.staged, self.refusals = [], []
        self.rows = self.quarantined = 0
        self.partial = False
        self.warnings.clear()
        self.others.clear()
        self.quarantined_by_day_store.clear()


@dataclass
class Stage:
    """Takes the rows of one file block by block."""

    reading: Reading
    result: FileRead
    folder: Path
    name: str
    """What the Parquet files of this file begin with."""
    salt: Salt

    @property
    def private(self) -> bool:
        """Whether rows hold listener ids, for which nothing of a bad row may be repeated.

        Columns may be mixed up, so that an id can stand anywhere; line and column lead to it.
        """
        return self.reading.table is LISTENERS

    def add(self, rows: Rows) -> None:
        """Check the rows of a block; stage the good ones and keep the others with their reasons."""
        uses = [name for name in rows.frame.columns if name in self.reading.uses]
        tables = self.reading.rows(rows.frame.select(*uses, "line"))
        primary = tables[self.reading.table.name]
        checked = check(primary, self.reading.table, self.salt)
        refused = [*rows.refused, *self._faulty(rows, primary, checked)]
        self._refuse(refused)
        entered = checked.good.height
        if entered + len(refused) != rows.frame.height + len(rows.refused):
            raise AssertionError(f"{self.result.path}: a row is neither staged nor quarantined")
        self.result.rows += entered
        for (column, value), count in checked.others.items():
            self.result.others[column, "" if self.private else value] += count
        self._write(self.reading.table, checked.good)
        for name, beside in tables.items():
            if name != self.reading.table.name:
                entering = beside.filter(~pl.int_range(pl.len()).is_in(list(checked.faults)))
                self._write(_BY_NAME[name], check(entering, _BY_NAME[name], self.salt).good)

    def break_off(self, line: int, unfinished: str) -> None:
        """Note that the file ends in (or, without an unfinished row, before) a line."""
        if unfinished:
            reason = "the file breaks off in this row; deliver it again"
            self._refuse([Refused(reason, line, row=unfinished)])
        self.mark_partial(line)

    def mark_partial(self, line: int) -> None:
        """Note that what the file says of its days may be incomplete."""
        self.result.partial = True
        self.result.note = f"breaks off in line {line}; deliver it again"

    def _refuse(self, refused: list[Refused]) -> None:
        if self.private:
            refused = [replace(one, row=None) for one in refused]
        self.result.rows += len(refused)
        self.result.quarantined += len(refused)
        if refused:
            self.result.refusals.append(refused_frame(self.result.path, refused))

    def _faulty(self, rows: Rows, primary: pl.DataFrame, checked: Checked) -> list[Refused]:
        positions = sorted(checked.faults)
        if not positions:
            return []
        faulty = primary[positions]
        self._count_by_day_store(faulty)
        refused = []
        for position, line, text in zip(
            positions, faulty["line"], rows.raw(positions), strict=True
        ):
            fault = checked.faults[position]
            column = self.reading.names.get(fault.column, fault.column)
            value = None if self.private else fault.value
            shown = "" if value is None else f" {_short(value)}"
            refused.append(Refused(f"{column}{shown} {fault.problem}", line, column, value, text))
        return refused

    def _count_by_day_store(self, faulty: pl.DataFrame) -> None:
        if {"report_date", "store"} <= set(faulty.columns):
            days = faulty["report_date"].str.to_date("%Y-%m-%d", strict=False)
            for day, store in zip(days, faulty["store"], strict=True):
                if day is not None and store is not None:
                    self.result.quarantined_by_day_store[day, slug(store)] += 1

    def _write(self, table: Table, good: pl.DataFrame) -> None:
        if "came_on" not in good.columns or not table.by_store:
            self._stage(table, good)
            return
        is_late = (pl.col("came_on") > pl.col("report_date")).fill_null(value=False)
        self._stage(table, good.filter(~is_late).drop("came_on"))
        self._stage(table, good.filter(is_late), late=True)

    def _stage(self, table: Table, good: pl.DataFrame, *, late: bool = False) -> None:
        if good.is_empty():
            return
        path = self.folder / f"{self.name}-{len(self.result.staged)}-{table.name}.parquet"
        by_day_store: dict[DayStore, tuple[int, int]] = {}
        if table.by_store:
            counted = good.group_by("report_date", "store").agg(pl.len(), pl.col("streams").sum())
            by_day_store = {
                (day, store): (rows, streams) for day, store, rows, streams in counted.iter_rows()
            }
        good.write_parquet(path, compression="lz4")
        self.result.staged.append(Staged(table, path, good.height, by_day_store, late))


def _short(value: str) -> str:
    return repr(value if len(value) <= _IN_A_SENTENCE else value[: _IN_A_SENTENCE - 1] + "…")
