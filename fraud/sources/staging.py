"""The good rows of one file on their way into the staging folder, the bad ones beside them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from fraud.sources.checking import Checked, check
from fraud.sources.combining import one_ruling_each
from fraud.sources.numbers import InOrder, Numbers
from fraud.sources.play_numbers import PlayNumbers, write
from fraud.sources.pseudonyms import Pseudonyms
from fraud.sources.rows import Refused, Rows, refused_frame
from fraud.sources.source import Part, Reading, Telling
from fraud.sources.values import slug
from fraud.tables import (
    DELIVERED,
    LISTENERS,
    PLAYS,
    REFERENCE,
    STATEMENTS,
    STREAMS,
    TRANSIT,
    VERDICTS,
    Table,
)

if TYPE_CHECKING:
    from fraud.sources.deciding import Deciding
    from fraud.sources.play_words import Scanned as ScannedPlays
    from fraud.sources.scanning import Scanned

DayStore = tuple[date, str]

LEAST_APART = 10_000
"""A block with so many rows a day × store is staged day × store by day × store: they are read one
after the other, and nothing else with them."""
NOTHING = pl.Enum([])
"""How a column of texts is staged in which nothing stands."""
_IN_A_SENTENCE = 60
_PARTS = "further parts of a ruling that were added to its first"
_BY_NAME = {table.name: table for table in (*DELIVERED, *TRANSIT, *REFERENCE, *STATEMENTS)}


@dataclass(frozen=True)
class Staged:
    """Good rows of one file for one table, as Parquet in the staging folder."""

    table: Table
    path: Path
    rows: int
    by_day_store: Mapping[DayStore, tuple[int, int]]
    """Rows and streams; empty for a table without days."""
    telling: Telling | None = None
    """What its rows tell, where they are `plays`."""
    by_store_id: bool = False
    """Its rows are of a table without `track_id` and name a track by the store's own id."""
    late: bool = False
    """Its rows came after their day's own report and carry `came_on`."""
    in_order: bool = False
    """Its rows stand in the order of the table's key, and no key twice."""
    numbers: Numbers | None = None
    """Its rows are numbers of these words; `ordering` makes rows of them."""
    play_numbers: PlayNumbers | None = None
    """Its rows are plays in these numbers."""
    made: InOrder | None = None
    """It is a file of the lake, of one day × store and without `report_date`."""
    witness: pl.DataFrame | None = None
    """Rows in which each value that is checked stands at least once, where its keys stand once."""

    @property
    def becomes(self) -> frozenset[str]:
        """Return the names of the tables that its rows are for."""
        return self.telling.tables if self.telling else frozenset({self.table.name})


@dataclass(frozen=True)
class Silence:
    """What an empty file says: a store had no plays in a territory on a day."""

    tables: frozenset[str]
    """Names of the tables that would hold the plays."""
    day_store: DayStore
    territory: str


@dataclass
class FileRead:
    """What became of one file."""

    path: str
    kind: str = ""
    """The table its rows belong to; empty where it is no report."""
    source: str = ""
    numbered: tuple[str, int] | None = None
    """The report of numbered files that it is one of, and its number."""
    rows: int = 0
    """Rows in the file."""
    quarantined: int = 0
    """Rows that were refused."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Rows that are nothing to store, by what they are; `rows` less these and less those that were
    refused were staged."""
    left_out: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How often a stored row told a further table nothing: table, column and what is wrong."""
    note: str = ""
    """Why the file was skipped or refused as a whole, or where it breaks off."""
    refused: bool = False
    """The file as a whole did not enter."""
    partial: bool = False
    """The file breaks off: its days may be incomplete."""
    part: Part | None = None
    """Which part of which report it is."""
    waits: bool = False
    """It was kept out only because other parts of its report are missing."""
    is_empty: bool = False
    """It is whole, and nothing stands in it."""
    silence: Silence | None = None
    """What it says though it is empty."""
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

    def accept(self) -> None:
        """Take back that the whole file was refused."""
        self.note, self.refused, self.refusals = "", False, []

    def discard(self) -> None:
        """Forget the rows of the file."""
        for staged in self.staged:
            staged.path.unlink()
        self.staged, self.refusals = [], []
        self.rows = self.quarantined = 0
        self.passed_over.clear()
        self.left_out.clear()
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
    pseudonyms: Pseudonyms
    play_numbers: PlayNumbers
    """Of the delivery."""
    numbers: Numbers | None = field(init=False)
    """The words of the file, where its rows are streams and nothing else."""
    _is_numbered: bool = field(default=False, init=False)
    _deciding: "Deciding | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers() if self.reading.table is STREAMS else None

    @property
    def private(self) -> bool:
        """Whether rows hold listener ids, for which nothing of a bad row may be repeated.

        Columns may be mixed up, so that an id can stand anywhere; line and column lead to it.
        """
        telling = self.reading.telling
        if telling:
            return LISTENERS.name in telling.tables
        return "listener_id" in self.reading.table.schema

    def add(self, rows: Rows) -> None:
        """Check the rows of a block; stage the good ones and keep the others with their reasons."""
        uses = [name for name in rows.frame.columns if name in self.reading.uses]
        tables = dict(self.reading.rows(rows.frame.select(*uses, "line")))
        if not self._add_good(rows, tables):
            self._add_checked(rows, tables)

    def _add_good(self, rows: Rows, tables: Mapping[str, pl.DataFrame]) -> bool:
        """Stage a block whose cells are all good words, without a look at each; else return False.

        A file of other tables, and rows that are made of rows or left out, take the other way.
        """
        if list(tables) != [STREAMS.name]:
            return False
        told = tables[STREAMS.name]
        if told.height < LEAST_APART and not self._is_numbered:
            return False
        if not told["line"].equals(rows.frame["line"]) or not self._stage_numbers(told):
            return False
        self._refuse(rows.refused)
        self.result.rows += told.height
        return True

    def _stage_numbers(self, rows: pl.DataFrame) -> bool:
        numbered = self.numbers.of(rows) if self.numbers else None
        if self.numbers is None or numbered is None:
            return False
        keys = ["report_date", "store"]
        counted = numbered.group_by(keys).agg(pl.col("streams").sum()).sort(keys)
        if counted.height * LEAST_APART > numbered.height and not self._is_numbered:
            return False
        self._is_numbered = True
        parts = numbered.partition_by(keys, as_dict=True) if counted.height > 1 else {}
        for *key, streams in counted.iter_rows():
            of = self.numbers.day_store((key[0], key[1]))
            self._put_numbers(self.numbers, of, parts.get(tuple(key), numbered), streams)
        return True

    def _put_numbers(
        self, numbers: Numbers, key: DayStore, rows: pl.DataFrame, streams: int
    ) -> None:
        path = self._path(STREAMS)
        numbers.write(rows, path)
        of = {key: (rows.height, streams)}
        self.result.staged.append(Staged(STREAMS, path, rows.height, of, numbers=numbers))

    def add_scanned(self, scanned: "Scanned") -> None:
        """Stage the rows of a block that was scanned."""
        if self.numbers is None:
            raise AssertionError(f"{self.result.path} was scanned and is no report of streams")
        self._is_numbered = True
        for key, numbered in self.numbers.of_scanned(scanned):
            self._put_numbers(self.numbers, key, numbered, int(numbered["streams"].sum()))
        self.result.rows += len(scanned.counts)

    def _add_checked(self, rows: Rows, tables: Mapping[str, pl.DataFrame]) -> None:
        first = self.reading.table
        refused = list(rows.refused)
        good: dict[str, pl.DataFrame] = {}
        stand = at_fault = pl.Series("line", [], pl.Int64())
        for name in (first.name, *(name for name in tables if name != first.name)):
            # A row that is none of the first table is judged as what it is instead.
            own = tables[name] if name == first.name else _without(tables[name], stand)
            checked = check(own, _BY_NAME[name], self.pseudonyms)
            refused += self._faulty(rows, own, checked)
            at_fault = pl.concat([at_fault, own["line"].gather(sorted(checked.faults))])
            stand = pl.concat([stand, own["line"]])
            good[name] = checked.good
            for (column, value), count in checked.others.items():
                self.result.others[column, "" if self.private else value] += count
        self._refuse(refused)
        lines = stand.n_unique()
        self._pass_over(rows.frame.height - lines)
        self.result.rows += lines - at_fault.n_unique()
        for name, frame in tables.items():
            entering = _without(good[name], at_fault) if len(at_fault) else good[name]
            if name != first.name:
                told = _without(frame, pl.concat([entering["line"], at_fault]))
                entering = pl.concat([entering, self._beside(name, told)])
            self._write(_BY_NAME[name], entering)

    def _beside(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the good ones of the rows that a table gets from rows of another."""
        checked = check(frame, _BY_NAME[name], self.pseudonyms)
        for fault in checked.faults.values():
            self.result.left_out[name, fault.column, fault.problem] += 1
        return checked.good

    def _pass_over(self, count: int) -> None:
        if count and not self.reading.passes_over:
            raise AssertionError(f"{self.result.path}: {count} rows are neither staged nor refused")
        self.result.rows += count
        self.result.passed_over[self.reading.passes_over] += count

    def break_off(self, line: int, unfinished: str) -> None:
        """Note that the file ends in (or, without an unfinished row, before) a line."""
        if unfinished:
            reason = "the file breaks off in this row; deliver it again"
            self._refuse([Refused(reason, line, row=unfinished)])
        self.mark_partial(line)

    def close(self) -> None:
        """Make one of the rulings that the file tells in parts, wherever in it they stand."""
        told = [staged for staged in self.result.staged if staged.table is VERDICTS]
        if not told or not self.reading.adds_up:
            return
        parts = pl.concat([pl.read_parquet(staged.path) for staged in told])
        rulings = one_ruling_each(parts)
        for staged in told:
            staged.path.unlink()
            self.result.staged.remove(staged)
        first = replace(told[0], rows=rulings.height)
        rulings.write_parquet(first.path, compression="lz4", statistics=False)
        self.result.staged.append(first)
        if rulings.height < parts.height:
            self.result.passed_over[_PARTS] += parts.height - rulings.height

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
        """Return a refusal for each row of the file with a fault, the first of its faults."""
        at = pl.Series(sorted(checked.faults), dtype=pl.UInt32)
        faulty = primary[at].with_columns(at=at).unique("line", keep="first", maintain_order=True)
        if faulty.is_empty():
            return []
        self._count_by_day_store(faulty)
        places = rows.frame["line"].search_sorted(faulty["line"]).to_list()
        refused = []
        for position, line, text in zip(
            faulty["at"], faulty["line"], rows.raw(places), strict=True
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
        if not table.by_store:
            self._put(table, good, {}, late=late)
            return
        if self._is_numbered and not late and self._stage_numbers(good):
            return
        if table is PLAYS and not late and self._stage_plays(good):
            return
        counted = by_day_store(good)
        if len(counted) * LEAST_APART > good.height:
            self._put(table, good, counted, late=late)
            return
        keys = ["report_date", "store"]
        parts = {next(iter(counted)): good}
        if len(counted) > 1:
            parts = good.partition_by(keys, as_dict=True)
        for key, part in parts.items():
            store = pl.lit(key[1]).cast(pl.Enum([key[1]])).alias("store")
            self._put(table, part.with_columns(store), {key: counted[key]}, late=late)

    def add_plays(self, scanned: "ScannedPlays") -> bool:
        """Stage plays of a block as numbers; return False where any of them is in doubt."""
        if self._deciding is None:
            # It imports what only large files need.
            from fraud.sources.deciding import Deciding

            self._deciding = Deciding(self.reading, self.pseudonyms, self.play_numbers)
        numbered = self._deciding.numbered(scanned)
        if numbered is None:
            return False
        plays, others = numbered
        for (column, value), count in others.items():
            self.result.others[column, "" if self.private else value] += count
        self._is_numbered = True
        self.result.rows += plays.height
        self._put_plays(plays)
        return True

    def _stage_plays(self, good: pl.DataFrame) -> bool:
        """Stage plays of listeners as numbers, where a block holds many."""
        if not self.private or (good.height < LEAST_APART and not self._is_numbered):
            return False
        numbered = self.play_numbers.of(good)
        if numbered is None:
            return False
        self._is_numbered = True
        self._put_plays(numbered)
        return True

    def _put_plays(self, numbered: pl.DataFrame) -> None:
        path = self._path(PLAYS).with_suffix(".arrow")
        write(numbered, path)
        self.result.staged.append(
            Staged(
                PLAYS,
                path,
                numbered.height,
                self.play_numbers.by_day_store(numbered),
                self.reading.telling,
                play_numbers=self.play_numbers,
            )
        )

    def _put(
        self,
        table: Table,
        good: pl.DataFrame,
        counted: dict[DayStore, tuple[int, int]],
        *,
        late: bool,
    ) -> None:
        path = self._path(table)
        if table.by_store:
            silent = [c.name for c in good if c.dtype == pl.String() and c.null_count() == len(c)]
            good = good.with_columns(pl.col(silent).cast(NOTHING))
        good.write_parquet(path, compression="lz4", statistics=False)
        telling = self.reading.telling if table is self.reading.table else None
        by_store_id = "store_track_id" in good.columns and "store_track_id" not in table.schema
        self.result.staged.append(
            Staged(table, path, good.height, counted, telling, by_store_id, late)
        )

    def _path(self, table: Table) -> Path:
        return self.folder / f"{self.name}-{len(self.result.staged)}-{table.name}.parquet"


def by_day_store(rows: pl.DataFrame) -> dict[DayStore, tuple[int, int]]:
    """Return how many rows and streams a frame has of each day × store."""
    counted = rows.group_by("report_date", "store").agg(pl.len(), pl.col("streams").sum())
    return {(day, store): (rows, streams) for day, store, rows, streams in counted.iter_rows()}


def _without(frame: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
    return frame.filter(~pl.col("line").is_in(lines.implode()))


def _short(value: str) -> str:
    return repr(value if len(value) <= _IN_A_SENTENCE else value[: _IN_A_SENTENCE - 1] + "…")
