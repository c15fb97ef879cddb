"""A delivery: files and folders read, checked and staged, then handed back table by table."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from fraud.errors import CallError
from fraud.sources import folders, named
from fraud.sources.checking import Salt
from fraud.sources.combining import Combined, combine
from fraud.sources.reading import read
from fraud.sources.rows import SCHEMA
from fraud.sources.staging import DayStore, FileRead, Staged
from fraud.sources.unfolding import Unfolded, unfold
from fraud.tables import PEOPLE, PLAYS, TRACK_IDS, Table

TrackIds = Callable[[], pl.DataFrame]
"""Gives the TRACK_IDS known before; only asked where plays name tracks by a store's own id."""

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
        for file in self.files:
            others.update(file.others)
            for text in file.warnings:
                by_text[text].append(file.path)
        warnings = [
            f"{paths[0]}{_and_more(len(paths) - 1)}: {text}"
            for text, paths in sorted(by_text.items(), key=lambda item: item[1][0])
        ]
        warnings += [text for made in self.unfolded for text in made.warnings()]
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

    def rows(self, table: Table) -> int:
        """Return how many rows were staged for a table."""
        return sum(staged.rows for staged in self._staged(table))

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

    def _combined(self, table: Table, days: list[date] | None) -> Combined:
        frames = [
            _load(staged, position, days)
            for position, staged in self._placed()
            if staged.table is table and (days is None or _tells_of(staged, days))
        ]
        if not frames:
            return Combined(table.empty(), 0, pl.DataFrame(schema=SCHEMA))
        whole = pl.concat(frames, how="diagonal")
        return combine(whole, table, [file.path for file in self.files])

    def _staged(self, table: Table) -> Iterator[Staged]:
        return (staged for _, staged in self._placed() if staged.table is table)

    def told_in_parts(self, table: Table) -> dict[DayStore, frozenset[str]]:
        """Return which measures are told of each day and store that came in a store's own parts."""
        return {
            key: measures
            for made in self.unfolded
            if made.staged.table is table
            for key, measures in made.told.items()
        }

    def _placed(self) -> Iterator[tuple[int, Staged]]:
        """Yield what was staged, each with the place of its file in `files`."""
        for position, file in enumerate(self.files):
            yield from ((position, staged) for staged in file.staged)
        yield from ((0, made.staged) for made in self.unfolded)

    def unfold(self, staging: Path, track_ids: TrackIds) -> None:
        """Make streams, audience and listeners of the plays that were staged."""
        plays = list(self._staged(PLAYS))
        if not plays:
            return
        named = [
            pl.read_parquet(staged.path).select(*TRACK_IDS.schema)
            for staged in self._staged(TRACK_IDS)
        ]
        known = pl.concat([track_ids(), *named])
        self.unfolded = unfold(plays, [s.path for s in self._staged(PEOPLE)], known, staging)


def deliver(
    paths: Sequence[str | Path],
    staging: Path,
    *,
    source: str = "auto",
    salt: Salt,
    track_ids: TrackIds = TRACK_IDS.empty,
    progress: Progress | None = None,
) -> Delivery:
    """Read files, and all files below folders, into `staging`, and return what came.

    `salt` is asked for the installation's salt when a file holds listener ids, `track_ids` for what
    is known of the stores' own ids when plays name tracks by them. Raises CallError
    for a path that is not there, a source of no name, and paths without any report.
    """
    sources = named(source)
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
    delivery.unfold(staging, track_ids)
    return delivery


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
