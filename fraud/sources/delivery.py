"""A delivery: files and folders read, checked and staged, then handed back table by table."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from fraud.errors import CallError
from fraud.sources import folders, named, own_day
from fraud.sources.checking import Salt
from fraud.sources.combining import Combined, combine
from fraud.sources.reading import read
from fraud.sources.rows import SCHEMA
from fraud.sources.source import Source
from fraud.sources.staging import DayStore, FileRead, Staged
from fraud.sources.unfolding import Unfolded, name_by_isrc, unfold, unfold_late
from fraud.tables import CONTEXT, PEOPLE, PLAYS, TRACK_IDS, Table

TrackIds = Callable[[], pl.DataFrame]
"""Gives the TRACK_IDS known before; only asked where plays name tracks by a store's own id."""

STATEMENT_KEY = ("origin", "statement", "store", "period_start", "period_end")


class Statement(NamedTuple):
    """What a report by period replaces whole when it is delivered again."""

    origin: str
    statement: str
    store: str
    period_start: date
    period_end: date


Progress = Callable[[str, int, int], None]
"""Is told what was just done, how many are done, and of how many."""

CHUNK_ROWS = 3_000_000
LISTED_VALUES = 20


@dataclass
class Delivery:
    """What came in. Its rows lie in a staging folder until they are asked for."""

    files: list[FileRead]
    notices: list[str] = field(default_factory=list)
    """What was skipped, one sentence each."""
    unfolded: list[Unfolded] = field(default_factory=list)
    """What was made of plays."""
    unnamed_causes: int = 0
    """Rows of context whose song no look-up names by an ISRC."""

    @property
    def passed_over(self) -> Counter[str]:
        """Return how many rows were nothing to store, by what they are."""
        return sum((file.passed_over for file in self.files), Counter())

    @property
    def delivery_id(self) -> str:
        """Return a hash of what was delivered, whatever the order, packing and place of files."""
        digests = sorted(file.digest for file in self.files if file.digest)
        return hashlib.blake2b("\n".join(digests).encode(), digest_size=16).hexdigest()

    @property
    def refused(self) -> pl.DataFrame:
        """Return the refused rows and files, in the order of files and lines."""
        frames = [frame for file in self.files for frame in file.refusals]
        return pl.concat([pl.DataFrame(schema=SCHEMA), *frames])

    @property
    def warnings(self) -> list[str]:
        """Return a sentence for each thing that entered differently from how it was delivered."""
        by_text: dict[str, list[str]] = defaultdict(list)
        others: Counter[tuple[str, str]] = Counter()
        left_out: Counter[tuple[str, str, str]] = Counter()
        for file in self.files:
            others.update(file.others)
            left_out.update(file.left_out)
            for text in file.warnings:
                by_text[text].append(file.path)
        warnings = [
            f"{paths[0]}{_and_more(len(paths) - 1)}: {text}"
            for text, paths in sorted(by_text.items(), key=lambda item: item[1][0])
        ]
        warnings += [*self._missing_numbers()]
        warnings += [text for made in self.unfolded for text in made.warnings()]
        warnings += [
            f"{_rows(count)} told the {table} nothing, since {column} {problem}"
            for (table, column, problem), count in sorted(left_out.items())
        ]
        if self.unnamed_causes:
            warnings.append(
                f"context: the songs of {_rows(self.unnamed_causes)} have no ISRC in any look-up,"
                " which were limited to the artist instead"
            )
        ranked = sorted(others.items(), key=lambda item: (-item[1], item[0]))
        warnings += [
            f"{column}{f' {value!r}' if value else ''} is no known value;"
            f" {_rows(count)} entered as other"
            for (column, value), count in ranked[:LISTED_VALUES]
        ]
        if len(ranked) > LISTED_VALUES:
            rest = sum(count for _, count in ranked[LISTED_VALUES:])
            warnings.append(
                f"{len(ranked) - LISTED_VALUES} more values are not known;"
                f" {_rows(rest)} entered as other"
            )
        return warnings

    def _missing_numbers(self) -> Iterator[str]:
        """Yield a sentence for each report in numbered files of which some are not there."""
        numbers: dict[str, set[int]] = defaultdict(set)
        for file in self.files:
            if file.numbered:
                numbers[file.numbered[0]].add(file.numbered[1])
        for report, there in sorted(numbers.items()):
            missing = sorted(set(range(1, max(there))) - there)
            if missing:
                listed = ", ".join(str(number) for number in missing[:LISTED_VALUES])
                yield (
                    f"{report} came without part{'s' if len(missing) > 1 else ''} {listed};"
                    " deliver all parts together"
                )

    @property
    def partial(self) -> set[tuple[str, date, str]]:
        """Return table, day and store of what may be incomplete because a file breaks off."""
        return {
            (name, *day_store)
            for file in self.files
            if file.partial
            for staged in file.staged
            for name in staged.becomes
            for day_store in staged.by_day_store
        }

    def rows(self, table: Table, *, late: bool = False) -> int:
        """Return how many rows were staged for a table: of the days' own reports, or late ones."""
        return sum(staged.rows for staged in self._staged(table, late=late))

    def paths(self, table: Table) -> list[Path]:
        """Return the Parquet files in which the rows of the days' own reports lie."""
        return [staged.path for staged in self._staged(table)]

    def late(self, table: Table) -> Combined:
        """Return the rows that came after their day's own report; they carry `came_on`."""
        frames = [
            _load(staged, position, None)
            for position, staged in self.placed()
            if staged.table is table and staged.late
        ]
        if not frames:
            return Combined(table.empty(), 0, pl.DataFrame(schema=SCHEMA))
        whole = pl.concat(frames, how="diagonal")
        names = [file.path for file in self.files]
        parts = [
            (came_on, combine(rows.drop("came_on"), table, names))
            for (came_on,), rows in whole.partition_by(
                "came_on", as_dict=True, maintain_order=True
            ).items()
        ]
        return Combined(
            pl.concat(part.rows.with_columns(came_on=pl.lit(day)) for day, part in parts),
            sum(part.merged for _, part in parts),
            pl.concat(part.refused for _, part in parts),
            [text for _, part in parts for text in part.warnings],
        )

    def files_of(self, table: Table) -> dict[DayStore, list[str]]:
        """Return, for each day and store of a table, the files that told of it."""
        files: dict[DayStore, list[str]] = defaultdict(list)
        for file in self.files:
            for day_store in sorted(
                {key for s in file.staged if table.name in s.becomes for key in s.by_day_store}
            ):
                files[day_store].append(file.path)
        return files

    def quarantined_of(self, table: Table) -> Counter[DayStore]:
        """Return, for each day and store of a table, how many rows of its files were refused."""
        counts: Counter[DayStore] = Counter()
        for file in self.files:
            if file.kind == table.name or (
                file.kind == PLAYS.name and any(table.name in s.becomes for s in file.staged)
            ):
                counts.update(file.quarantined_by_day_store)
        return counts

    def chunks(
        self, table: Table, rows: int | None = None
    ) -> Iterator[tuple[list[DayStore], Combined]]:
        """Yield the days and stores of a table and their rows: whole days, about so many rows."""
        by_day: Counter[date] = Counter()
        stores: dict[date, set[str]] = defaultdict(set)
        for staged in self._staged(table):
            for (day, store), (count, _) in staged.by_day_store.items():
                by_day[day] += count
                stores[day].add(store)
        days: list[date] = []
        held = 0
        for day in sorted(by_day):
            if days and held + by_day[day] > (rows or CHUNK_ROWS):
                yield _store_days(days, stores), self._combined(table, days)
                days, held = [], 0
            days.append(day)
            held += by_day[day]
        if days:
            yield _store_days(days, stores), self._combined(table, days)

    def reference(self, table: Table) -> Combined:
        """Return the rows of a table without days."""
        return self._combined(table, None)

    def statements(
        self, table: Table, rows: int | None = None
    ) -> Iterator[tuple[list[Statement], Combined]]:
        """Yield the statements of a table and their rows: whole ones, about so many rows."""
        placed = [(position, s) for position, s in self.placed() if s.table is table]
        counts: Counter[Statement] = Counter()
        for _, staged in placed:
            grouped = pl.scan_parquet(staged.path).group_by(STATEMENT_KEY).agg(pl.len()).collect()
            counts.update({Statement(*key): count for *key, count in grouped.iter_rows()})
        chunk: list[Statement] = []
        for statement in sorted(counts):
            held = sum(counts[one] for one in chunk)
            if chunk and held + counts[statement] > (rows or CHUNK_ROWS):
                yield chunk, self._stated(table, placed, chunk)
                chunk = []
            chunk.append(statement)
        if chunk:
            yield chunk, self._stated(table, placed, chunk)

    def _stated(
        self, table: Table, placed: list[tuple[int, Staged]], chunk: list[Statement]
    ) -> Combined:
        wanted = pl.DataFrame(
            chunk, schema={name: table.schema[name] for name in STATEMENT_KEY}, orient="row"
        ).lazy()
        frames = [
            pl.scan_parquet(staged.path)
            .join(wanted, on=STATEMENT_KEY, how="semi", maintain_order="left")
            .with_columns(file=pl.lit(position, pl.Int32))
            .collect()
            for position, staged in placed
        ]
        return combine(pl.concat(frames), table, [file.path for file in self.files])

    def _combined(self, table: Table, days: list[date] | None) -> Combined:
        frames = [
            _load(staged, position, days)
            for position, staged in self.placed()
            if staged.table is table
            and not staged.late
            and (days is None or _tells_of(staged, days))
        ]
        if not frames:
            return Combined(table.empty(), 0, pl.DataFrame(schema=SCHEMA))
        whole = pl.concat(frames, how="diagonal")
        return combine(whole, table, [file.path for file in self.files])

    def _staged(self, table: Table, *, late: bool = False) -> Iterator[Staged]:
        return (s for _, s in self.placed() if s.table is table and s.late == late)

    def told_in_parts(self, table: Table) -> dict[DayStore, frozenset[str]]:
        """Return which measures are told of each day and store that came in a store's own parts."""
        return {
            key: measures
            for made in self.unfolded
            if made.staged.table is table and not made.staged.late
            for key, measures in made.told.items()
        }

    def counted_by_arrival(self, table: Table) -> set[DayStore]:
        """Return the days and stores whose plays are only counted by the day they arrived on."""
        return {
            key
            for made in self.unfolded
            if made.staged.table is table and not made.staged.late
            for key in made.by_arrival
        }

    def told_by_territory(self, table: Table) -> dict[DayStore, frozenset[str]]:
        """Return the territories told of each day and store whose reports come one by one."""
        return {
            key: territories
            for made in self.unfolded
            if made.staged.table is table and not made.staged.late
            for key, territories in made.territories.items()
        }

    def placed(self) -> Iterator[tuple[int, Staged]]:
        """Yield what was staged, each with the place of its file in `files`."""
        for position, file in enumerate(self.files):
            yield from ((position, staged) for staged in file.staged)
        yield from ((0, made.staged) for made in self.unfolded)

    def unfold(self, staging: Path, track_ids: TrackIds) -> None:
        """Make streams, audience and listeners of plays; name by ISRC what the store's id names."""
        plays, late = list(self._staged(PLAYS)), list(self._staged(PLAYS, late=True))
        people = [staged.path for staged in self._staged(PEOPLE)]
        if people and not plays and not late:
            self.notices.append(
                "accounts came without plays and were not kept; deliver them with the plays of"
                " their day"
            )
        causes = [staged.path for staged in self._staged(CONTEXT) if staged.by_store_id]
        if not plays and not late and not causes:
            return
        named = [
            pl.read_parquet(staged.path).select(*TRACK_IDS.schema)
            for staged in self._staged(TRACK_IDS)
        ]
        known = pl.concat([track_ids(), *named])
        self.unfolded = [
            *unfold(plays, people, known, staging),
            *unfold_late(late, people, known, staging),
        ]
        self.notices += [text for made in self.unfolded for text in made.notices()]
        self.unnamed_causes = sum(name_by_isrc(path, known) for path in causes)


def deliver(
    paths: Sequence[str | Path],
    staging: Path,
    *,
    source: str = "auto",
    known: Sequence[Source] | None = None,
    salt: Salt,
    track_ids: TrackIds = TRACK_IDS.empty,
    progress: Progress | None = None,
) -> Delivery:
    """Read files, and all files below folders, into `staging`, and return what came.

    `known` are the formats to choose `source` from, where they are other than the registry's.
    `salt` is asked for the installation's salt when a file holds listener ids, `track_ids` for what
    is known of the stores' own ids when plays name tracks by them. Raises CallError
    for a path that is not there, a source of no name, and paths without any report.
    """
    sources = named(source, known)
    found, notices = folders.find(paths)
    delivery = Delivery([], notices)
    seen: dict[str, str] = {}
    for number, file in enumerate(found, 1):
        result = read(file, sources, staging, f"{number:06}", salt)
        first = seen.setdefault(result.digest, result.path) if result.rows else result.path
        if first != result.path:
            result.discard()
            result.digest = ""
            result.note = f"says the same as {first} and was skipped"
        if result.note and not result.refused and not result.partial:
            notices.append(f"{result.path} {result.note}")
        delivery.files.append(result)
        if progress:
            progress(result.path, number, len(found))
    if not any(file.kind or file.refused for file in delivery.files):
        places = ", ".join(str(path) for path in paths)
        raise CallError(
            f"no report was found in {places}; reports are CSV, Parquet or NDJSON files,"
            " plain, .gz or .zst"
        )
    _match_parts(delivery)
    own_day.settle(delivery.files)
    delivery.unfold(staging, track_ids)
    return delivery


def _match_parts(delivery: Delivery) -> None:
    """Keep the newest version of each part of a report, and none of a report that lacks a part."""
    reports: dict[str, dict[int, FileRead]] = defaultdict(dict)
    for file in delivery.files:
        if file.part and file.rows:
            other = reports[file.part.report].setdefault(file.part.number, file)
            if other is not file and other.part:
                newer = file if file.part.version > other.part.version else other
                older = other if newer is file else file
                reports[file.part.report][file.part.number] = newer
                older.discard()
                older.note = f"is an older version of {newer.path} and was skipped"
                delivery.notices.append(f"{older.path} {older.note}")
    for parts in reports.values():
        of = max(file.part.of for file in parts.values() if file.part)
        missing = [str(number) for number in range(1, of + 1) if number not in parts]
        for number, file in parts.items():
            if missing:
                file.refuse(
                    f"is part {number} of {of} of a report whose part {', '.join(missing)} is"
                    " missing; it enters with that part"
                )
                file.waits = True


def _load(staged: Staged, position: int, days: list[date] | None) -> pl.DataFrame:
    frame = pl.read_parquet(staged.path)
    if days is not None and not {day for day, _ in staged.by_day_store} <= set(days):
        frame = frame.filter(pl.col("report_date").is_in(days))
    return frame.with_columns(file=pl.lit(position, pl.Int32))


def _tells_of(staged: Staged, days: list[date]) -> bool:
    return not {day for day, _ in staged.by_day_store}.isdisjoint(days)


def _store_days(days: list[date], stores: dict[date, set[str]]) -> list[DayStore]:
    return [(day, store) for day in days for store in sorted(stores[day])]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _and_more(count: int) -> str:
    return f" and {count} more files" if count > 1 else " and 1 more file" if count else ""
