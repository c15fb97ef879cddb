"""A delivery: files and folders read, checked and staged, then handed back table by table."""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from fraud.errors import CallError
from fraud.sources import folders, named, ordering, own_day, parts, silent
from fraud.sources.combining import Combined, combine
from fraud.sources.folders import Found
from fraud.sources.headers import NoReportError
from fraud.sources.numbers import InOrder
from fraud.sources.play_numbers import PlayNumbers
from fraud.sources.pseudonyms import Pseudonyms, Salt
from fraud.sources.read_back import load, slices, territories, together
from fraud.sources.reading import read
from fraud.sources.rows import SCHEMA
from fraud.sources.source import Source
from fraud.sources.staging import DayStore, FileRead, Staged
from fraud.sources.unfolding import Unfolded, name_by_isrc, unfold, unfold_late
from fraud.tables import CONTEXT, PEOPLE, PLAYS, TRACK_IDS, Table

TrackIds = Callable[[], pl.DataFrame]
"""Gives the TRACK_IDS known before; only asked where plays name tracks by a store's own id."""

_OF_SILENCE = frozenset({"streams", "listeners", "listening_seconds"})
"""What is known of a territory without plays: nobody listened, for no second."""
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

CHUNK_ROWS = 2_000_000
"""So many rows are held at a time, where more came."""
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
        warnings += [*parts.missing_numbers(self.files)]
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

    def staged_of(self, table: Table, *, late: bool = False) -> list[Staged]:
        """Return what was staged of the days' own reports, or of rows that came late."""
        return list(self._staged(table, late=late))

    def late(self, table: Table) -> Combined:
        """Return the rows that came after their day's own report; they carry `came_on`."""
        frames = [
            load(staged, position, None)
            for position, staged in self.placed()
            if staged.table is table and staged.late
        ]
        if not frames:
            return Combined(table.empty(), 0, pl.DataFrame(schema=SCHEMA))
        whole = together(frames)
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
            sum((part.contradicted for _, part in parts), Counter()),
        )

    def files_of(self, table: Table) -> dict[DayStore, list[str]]:
        """Return, for each day and store of a table, the files that told of it."""
        files: dict[DayStore, list[str]] = defaultdict(list)
        for file in self.files:
            for day_store in sorted(
                {key for s in file.staged if table.name in s.becomes for key in s.by_day_store}
            ):
                files[day_store].append(file.path)
            if file.silence and table.name in file.silence.tables:
                files[file.silence.day_store].append(file.path)
        return files

    def silent(self, table: Table) -> dict[DayStore, frozenset[str]]:
        """Return the territories of each day and store of which an empty file says: no plays."""
        told: dict[DayStore, set[str]] = defaultdict(set)
        for file in self.files:
            if file.silence and table.name in file.silence.tables:
                told[file.silence.day_store].add(file.silence.territory)
        return {key: frozenset(territories) for key, territories in told.items()}

    def silent_days(self, table: Table) -> set[date]:
        """Return the days of which a store tells in empty files only."""
        told = {key for staged in self._staged(table) for key in staged.by_day_store}
        return {key[0] for key in self.silent(table).keys() - told}

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
        self, table: Table, rows: int | None = None, but: Collection[date] = ()
    ) -> Iterator[tuple[list[DayStore], Combined]]:
        """Yield the days and stores of a table and their rows, about so many at a time.

        `but` are days to leave out. They are whole days; of a day that alone has more, they are
        its stores one by one.
        """
        most = rows or CHUNK_ROWS
        counts = self._counts(table, set(but))
        chunk: list[DayStore] = []
        held = 0
        for _, of_day in itertools.groupby(sorted(counts), key=lambda key: key[0]):
            whole = list(of_day)
            day_rows = sum(counts[key] for key in whole)
            for unit in [whole] if day_rows <= most else [[key] for key in whole]:
                size = sum(counts[key] for key in unit)
                if chunk and held + size > most:
                    yield chunk, self._combined(table, chunk)
                    chunk, held = [], 0
                chunk += unit
                held += size
        if chunk:
            yield chunk, self._combined(table, chunk)

    def large_days(self, table: Table) -> list[date]:
        """Return the days that have more rows than are held at a time."""
        by_day: Counter[date] = Counter()
        for (day, _), count in self._counts(table).items():
            by_day[day] += count
        return sorted(day for day, count in by_day.items() if count > CHUNK_ROWS)

    def made_days(self, table: Table) -> list[date]:
        """Return the days all of whose rows lie in files of the lake."""
        days: dict[date, bool] = {}
        for staged in self._staged(table):
            for day, _ in staged.by_day_store:
                days[day] = days.get(day, True) and staged.made is not None
        return sorted(day for day, is_made in days.items() if is_made)

    def made(self, table: Table, day: date) -> dict[str, InOrder]:
        """Return the files of the lake of a day, each with its store."""
        return {
            store: staged.made
            for staged in self._staged(table)
            for of, store in staged.by_day_store
            if of == day and staged.made
        }

    def pieces(self, table: Table, day: date) -> Iterator[tuple[str, Combined]]:
        """Yield the stores of a day, each with some of its rows, all in the order of the key.

        A store has several pieces where it has more rows than are held at a time; a territory that
        comes in any order is one piece.
        """
        for key, count in sorted(self._counts(table).items()):
            if key[0] != day:
                continue
            placed = [(p, s) for p, s in self.placed() if _tells_of(s, table, key)]
            if count <= CHUNK_ROWS:
                yield key[1], self._combined(table, [key])
            elif len(placed) == 1 and placed[0][1].in_order:
                yield from ((key[1], piece) for piece in slices(placed[0][1], key, CHUNK_ROWS))
            else:
                for some in territories([s for _, s in placed], key, CHUNK_ROWS):
                    yield key[1], self._combined(table, [key], some)

    def day_stores(self, table: Table, day: date) -> dict[str, tuple[int, int]]:
        """Return the stores of a day, each with the rows and streams that were delivered."""
        told: dict[str, tuple[int, int]] = {}
        for staged in self._staged(table):
            for (of, store), (rows, streams) in staged.by_day_store.items():
                if of == day:
                    before = told.get(store, (0, 0))
                    told[store] = before[0] + rows, before[1] + streams
        return dict(sorted(told.items()))

    def _counts(self, table: Table, but: Collection[date] = ()) -> Counter[DayStore]:
        counts: Counter[DayStore] = Counter()
        for staged in self._staged(table):
            counts.update(
                {key: rows for key, (rows, _) in staged.by_day_store.items() if key[0] not in but}
            )
        counts.update({key: 0 for key in self.silent(table) if key[0] not in but})
        return counts

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
        return combine(together(frames), table, [file.path for file in self.files])

    def _combined(
        self,
        table: Table,
        day_stores: list[DayStore] | None,
        territories: list[str] | None = None,
    ) -> Combined:
        placed = [
            (position, staged)
            for position, staged in self.placed()
            if staged.table is table
            and not staged.late
            and (day_stores is None or not staged.by_day_store.keys().isdisjoint(day_stores))
        ]
        frames = [load(staged, position, day_stores, territories) for position, staged in placed]
        if not frames:
            return Combined(table.empty(), 0, pl.DataFrame(schema=SCHEMA))
        merged = sum(s.made.merged for _, s in placed if s.made)
        if len(placed) == 1 and placed[0][1].in_order:
            return Combined(table.typed(frames[0]), merged, pl.DataFrame(schema=SCHEMA))
        combined = combine(together(frames), table, [file.path for file in self.files])
        return replace(combined, merged=combined.merged + merged)

    def _staged(self, table: Table, *, late: bool = False) -> Iterator[Staged]:
        return (s for _, s in self.placed() if s.table is table and s.late == late)

    def told_in_parts(self, table: Table) -> dict[DayStore, frozenset[str]]:
        """Return which measures are told of each day and store that came in a store's own parts."""
        told = dict.fromkeys(self.silent(table), _OF_SILENCE)
        for made in self.unfolded:
            if made.staged.table is table and not made.staged.late:
                for key, measures in made.told.items():
                    told[key] = told.get(key, frozenset()) | measures
        return told

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
        made = [o for o in self.unfolded if o.staged.table is table and not o.staged.late]
        told = {key: alone for one in made for key, alone in one.territories.items()}
        whole = {key for one in made for key in one.told} - told.keys()
        for key, without_plays in self.silent(table).items():
            if key not in whole:
                told[key] = told.get(key, frozenset()) | without_plays
        return told

    def placed(self) -> Iterator[tuple[int, Staged]]:
        """Yield what was staged, each with the place of its file in `files`."""
        for position, file in enumerate(self.files):
            yield from ((position, staged) for staged in file.staged)
        yield from ((self._told_first(made.staged.table), made.staged) for made in self.unfolded)

    def _told_first(self, table: Table) -> int:
        """Return the place of the first file whose plays tell of a table."""
        return next(
            position
            for position, file in enumerate(self.files)
            if any(staged.telling and table.name in staged.becomes for staged in file.staged)
        )

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
    daily_facts: Callable[[], None] | None = None,
    came_before: Callable[[], str] = str,
    home: Path | None = None,
) -> Delivery:
    """Read files, and all files below folders, into `staging`, and return what came.

    `known` are the formats to choose `source` from, where they are other than the registry's.
    `salt` is asked for the installation's salt when a file holds listener ids, `track_ids` for what
    is known of the stores' own ids when plays name tracks by them, `came_before` for the paths of
    all files that came before when a report comes in numbered files. `daily_facts` is called once,
    as soon as a file turns out to hold some, before its rows are read. What lies in `home` is no
    report where a folder around it is given. Raises CallError for a path that is not there, a
    source of no name, and paths without any report.
    """
    sources = named(source, known)
    found, notices = folders.find(paths, home)
    delivery = Delivery([], notices)
    pseudonyms, play_numbers = Pseudonyms(salt), PlayNumbers()
    told = _once(daily_facts)
    seen: dict[str, str] = {}
    for number, file in enumerate(found, 1):
        result = read(
            file,
            sources,
            staging,
            f"{number:06}",
            pseudonyms,
            play_numbers=play_numbers,
            opened=told,
        )
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
        why = f" ({notices[0]})" if len(notices) == 1 else ""
        raise CallError(
            f"no report was found in {places}{why}; reports are CSV, Parquet or NDJSON files,"
            " plain, .gz or .zst"
        )
    _refuse_what_was_given(found, delivery)
    notices += silent.settle(delivery.files, named=[one.name for one in sources] == [silent.SOURCE])
    notices += parts.match(delivery.files)
    parts.mind_numbers(delivery.files, came_before)
    own_day.settle(delivery.files)
    delivery.unfold(staging, track_ids)
    ordering.put_in_order(delivery.files, (made.staged for made in delivery.unfolded), staging)
    return delivery


def _refuse_what_was_given(found: Sequence[Found], delivery: Delivery) -> None:
    """Refuse files that were handed over by name, zip files as a whole, and are no reports."""
    given: dict[Path, list[FileRead]] = defaultdict(list)
    for file, result in zip(found, delivery.files, strict=True):
        if file.given:
            given[file.path].append(result)
    for results in given.values():
        if any(result.kind or result.refused for result in results):
            continue
        for result in results:
            delivery.notices.remove(f"{result.path} {result.note}")
            result.refuse(NoReportError(result.note).because("it was handed over by name"))


def _once(daily_facts: Callable[[], None] | None) -> Callable[[Table], None]:
    """Return what is told of each file's table, and calls `daily_facts` at the first of them."""
    waiting = [daily_facts] if daily_facts else []

    def opened(table: Table) -> None:
        if waiting and table.by_store:
            waiting.pop()()

    return opened


def _tells_of(staged: Staged, table: Table, key: DayStore) -> bool:
    return staged.table is table and not staged.late and key in staged.by_day_store


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _and_more(count: int) -> str:
    return f" and {count} more files" if count > 1 else " and 1 more file" if count else ""
