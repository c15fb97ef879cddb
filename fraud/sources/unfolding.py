"""Plays as stores tell them, unfolded into streams, audience and listeners.

A store may tell one day in many files: plays by listener, who the listeners are, which ISRC a track
has, how often it was saved. They are joined here, in DuckDB, which spills to the staging folder, so
that memory does not grow with the files.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from fraud.sources.numbers import InOrder
from fraud.sources.source import Telling
from fraud.sources.staging import DayStore, Staged
from fraud.sql import statement
from fraud.tables import (
    AUDIENCE,
    DELIVERED,
    LISTENERS,
    PEOPLE,
    PLAYS,
    STREAMS,
    TRACK_IDS,
    Column,
    Table,
)

if TYPE_CHECKING:
    from fraud.sources.play_grouping import Grouped

MEASURES = tuple(
    c.name for c in AUDIENCE.columns if c.dtype == pl.Int64() and c.name not in AUDIENCE.key
)
MEMORY = "1GB"
MOST_TEXTS = 2_000_000
"""A column of more different texts stays as it is: their list has to be held in memory."""


@dataclass(frozen=True)
class Unfolded:
    """Rows that were made from plays, and which reports told them."""

    staged: Staged
    parts: Mapping[DayStore, str]
    """The report whose rows were taken, or those that complete each other with `+` between."""
    left: Mapping[DayStore, str]
    """Reports that tell the same plays in less detail and were left, with `+` between."""
    told: Mapping[DayStore, frozenset[str]]
    """The measures that any of the reports tells; the others are unknown to this delivery."""
    territories: Mapping[DayStore, frozenset[str]]
    """The territories told of a day and store whose reports come a territory a file."""
    nameless: Mapping[DayStore, int]
    """Tracks that no look-up names by an ISRC."""
    by_arrival: frozenset[DayStore] = frozenset()
    """Days and stores of which all plays are counted by the day they arrived on."""
    taken: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Which measures (true where so) were taken of each day × store × territory × part."""

    def notices(self) -> list[str]:
        """Return a sentence for each report that a better one makes idle."""
        days: dict[tuple[str, str, str], list[date]] = {}
        for day, store in sorted(self.left):
            parts = (store, self.left[day, store], self.parts.get((day, store), "a day beside it"))
            days.setdefault(parts, []).append(day)
        if self.staged.table is AUDIENCE:
            return [
                f"{self.staged.table.name} of {store} on {_days(of)}: another report tells better"
                f" all that {left} tells"
                for (store, left, _), of in days.items()
            ]
        return [
            f"{self.staged.table.name} of {store} on {_days(of)}: {left} tells the plays of"
            f" {taken} in less detail and was not added to them"
            for (store, left, taken), of in days.items()
        ]

    def warnings(self) -> list[str]:
        """Return a sentence for each store of which tracks entered without an ISRC."""
        most: dict[str, int] = {}
        days: dict[str, list[date]] = {}
        for (day, store), count in sorted(self.nameless.items()):
            most[store] = max(count, most.get(store, 0))
            days.setdefault(store, []).append(day)
        return [
            f"{self.staged.table.name} of {store} on {_days(of)}: {most[store]:,} tracks have no"
            " ISRC in any look-up and entered under the store's own id; deliver the store's"
            " catalogue report with the plays"
            for store, of in days.items()
        ]


def unfold(
    plays: Sequence[Staged],
    people: Sequence[Path],
    track_ids: pl.DataFrame,
    folder: Path,
    came_on: date | None = None,
) -> list[Unfolded]:
    """Return the rows of each table that staged plays tell, as Parquet in `folder`.

    `people` are staged accounts, `track_ids` rows of TRACK_IDS: those of the delivery and those
    known before; of several ISRCs for one id the last is taken. `came_on` is the day of the report
    that brought late plays.
    """
    if not plays:
        return []
    accounts = pl.concat(
        [PEOPLE.empty(), *(PEOPLE.typed(pl.read_parquet(path)) for path in people)]
    ).unique(PEOPLE.key, keep="last", maintain_order=True)
    known = track_ids.unique(TRACK_IDS.key, keep="last", maintain_order=True)
    grouped, rows = _apart(plays, accounts, known, folder)
    spill = str(folder / "spill")
    with duckdb.connect(config={"temp_directory": spill, "memory_limit": MEMORY}) as connection:
        # Its own progress bar would stand in the midst of what a command prints.
        connection.execute("set enable_progress_bar = false")
        # As `fraud.ordering` has it, so that what is made need not be sorted again.
        connection.execute("set default_null_order = 'nulls_first'")
        _open(connection, rows, accounts, known)
        if grouped:
            _beside(connection, grouped.audience, grouped.telling)
        else:
            _as_numbers(connection)
        connection.execute(f"create table told as {statement('sources/told')}")
        told = connection.table("told").pl()
        alone = {s.telling.part for s in plays if s.telling and s.telling.by_territory}
        return [
            made
            for table in DELIVERED
            if any(table.name in staged.becomes for staged in plays)
            for made in _made(
                connection, table, told, grouped, alone=alone, folder=folder, came_on=came_on
            )
        ]


def unfold_late(
    plays: Sequence[Staged], people: Sequence[Path], track_ids: pl.DataFrame, folder: Path
) -> list[Unfolded]:
    """Return what late plays tell, those of each report's day by themselves; see `unfold`."""
    by_day: dict[date, list[Staged]] = {}
    for staged in plays:
        whole = pl.read_parquet(staged.path)
        for (came_on,), rows in whole.partition_by("came_on", as_dict=True).items():
            path = staged.path.with_suffix(f".{came_on}.parquet")
            rows.drop("came_on").write_parquet(path)
            by_day.setdefault(came_on, []).append(replace(staged, path=path))
    return [
        made
        for came_on, of in sorted(by_day.items())
        for made in unfold(of, people, track_ids, folder, came_on)
    ]


def name_by_isrc(path: Path, track_ids: pl.DataFrame) -> int:
    """Name staged rows of context by an ISRC instead of artist and store's id, where one is known.

    Returns how many rows are left without one.
    """
    rows = pl.read_parquet(path)
    known = track_ids.unique(TRACK_IDS.key, keep="last").rename({"isrc": "known"})
    named = rows.join(known, on=TRACK_IDS.key, how="left", maintain_order="left").with_columns(
        isrc=pl.coalesce("isrc", "known"),
        artist=pl.when(pl.coalesce("isrc", "known").is_null()).then("artist"),
    )
    named.select(name for name in rows.columns if name != "store_track_id").write_parquet(path)
    return named["isrc"].null_count()


def _apart(
    plays: Sequence[Staged], people: pl.DataFrame, track_ids: pl.DataFrame, folder: Path
) -> tuple["Grouped | None", list[Staged]]:
    """Return the plays that are added up as numbers, where they can be, and the others as rows."""
    if not any(staged.play_numbers for staged in plays):
        return None, list(plays)
    # It imports what only large files need.
    from fraud.sources.play_grouping import grouped

    return grouped(plays, people, track_ids, folder)


def _open(
    connection: duckdb.DuckDBPyConnection,
    plays: Sequence[Staged],
    people: pl.DataFrame,
    track_ids: pl.DataFrame,
) -> None:
    files = [str(staged.path) for staged in plays]
    if files:
        connection.read_parquet(files, filename=True).create_view("delivered")
    else:
        nothing = PLAYS.empty().with_columns(filename=pl.lit(""))
        connection.register("delivered", nothing.to_arrow())
    parts = pl.concat(
        [
            _tells(staged.telling).with_columns(file=pl.lit(str(staged.path)))
            for staged in plays
            if staged.telling
        ]
        or [_tells(Telling("", frozenset())).clear().with_columns(file=pl.lit(""))]
    )
    connection.register("parts", parts.to_arrow())
    connection.register("track_ids", track_ids.to_arrow())
    connection.register("people", people.to_arrow())
    connection.execute(f"create view told_plays as {statement('sources/plays')}")


def _tells(telling: Telling) -> pl.DataFrame:
    """Return what a report tells beside its rows."""
    return pl.DataFrame(
        {
            "part": [telling.part],
            "precedence": [telling.precedence],
            "by_arrival": [telling.by_arrival],
            **{f"tells_{table.name}": [table.name in telling.tables] for table in DELIVERED},
        }
    )


def _beside(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[pl.DataFrame], telling: Telling
) -> None:
    """Make `plays` of the plays that are rows and of some that were added up before."""
    added_up = pl.concat([PLAYS.empty(), *rows]).join(_tells(telling), how="cross")
    connection.register("added_up", added_up.to_arrow())
    connection.execute(
        "create or replace view plays as from told_plays union all by name from added_up"
    )


def _as_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `plays`, in which numbers that sort alike stand for the texts that are grouped by."""
    numbered = []
    for name in ("store", "territory", "track_id", "source", "tier", "device", "listener_id"):
        # What no look-up completes is read without them.
        rows = "told_plays" if name in {"track_id", "tier"} else "delivered"
        connection.execute(
            f"create or replace temp table texts as"
            f" select distinct {name} from {rows} where {name} is not null"
        )
        if 0 < len(connection.table("texts")) <= MOST_TEXTS:
            connection.execute(f"create type told_{name} as enum (from texts order by {name})")
            numbered.append(f"{name}::told_{name} as {name}")
    replaced = f"replace ({', '.join(numbered)})" if numbered else ""
    connection.execute(f"create temp table plays as select * {replaced} from told_plays")


def _made(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    told: pl.DataFrame,
    grouped: "Grouped | None",
    *,
    alone: Set[str],
    folder: Path,
    came_on: date | None,
) -> Iterator[Unfolded]:
    telling = told.filter(f"tells_{table.name}")
    keys = telling.select("report_date", "store").unique().rows()
    # What is all of one day and store is written as the lake has it.
    day = keys[0][0] if len(keys) == 1 and not came_on else None
    if grouped and table is LISTENERS:
        path = grouped.listeners
    else:
        if grouped and table is STREAMS:
            _beside(connection, grouped.streams, grouped.telling)
        elif grouped:
            _beside(connection, grouped.audience, grouped.telling)
        path = _written(connection, table, folder, day, came_on)
    rows = _rows(connection, table, path, grouped, is_of_day=day is not None)
    if not rows:
        return
    parts, left, measures = _told(telling, table)
    taken = _taken(telling, table)
    if table is AUDIENCE:
        left = _idle(taken, telling)
    count = sum(row[2] for row in rows)
    yield Unfolded(
        Staged(
            table,
            path,
            count,
            {(day, store): (size, streams) for day, store, size, streams, _ in rows},
            late=came_on is not None,
            in_order=True,
            made=InOrder(path, count, count, 0, 0) if day else None,
            witness=grouped.witness if grouped and table is LISTENERS else None,
        ),
        parts,
        left,
        measures,
        _territories(telling, alone),
        {(day, store): nameless for day, store, _, _, nameless in rows if nameless},
        _by_arrival(telling),
        taken.with_columns(came_on=pl.lit(came_on, pl.Date)),
    )


def _rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    path: Path,
    grouped: "Grouped | None",
    *,
    is_of_day: bool,
) -> list[tuple[date, str, int, int, int]]:
    """Return day, store, rows, streams and nameless tracks of each day × store of a file."""
    if grouped and table is LISTENERS:
        return [(*key, *of) for key, of in grouped.listened.items()]
    made = connection.read_parquet(str(path), hive_partitioning=is_of_day)
    return made.aggregate(
        "report_date::date, store, count(*), coalesce(sum(streams), 0)::bigint,"
        " count(distinct track_id) filter (isrc is null)",
        "report_date, store",
    ).fetchall()


def _written(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    folder: Path,
    day: date | None,
    came_on: date | None,
) -> Path:
    """Write the rows of a table; return where: of a day, as the lake has it."""
    path = folder / f"unfolded-{table.name}-{came_on or 'own'}.parquet"
    if day:
        path = folder / f"report_date={day}" / path.name
        path.parent.mkdir(exist_ok=True)
        columns = ", ".join(_as_declared(c) for c in table.columns if c.name != "report_date")
    else:
        columns = "*, 0::bigint as line" + (f", date '{came_on}' as came_on" if came_on else "")
    connection.execute(
        f"copy (select {columns} from ({statement(f'sources/{table.name}')}))"
        f" to '{path}' (format parquet)"
    )
    return path


def _as_declared(column: Column) -> str:
    kind = "bigint" if column.dtype == pl.Int64() else "varchar"
    return f'"{column.name}"::{kind} as "{column.name}"'


def _told(
    told: pl.DataFrame, table: Table
) -> tuple[dict[DayStore, str], dict[DayStore, str], dict[DayStore, frozenset[str]]]:
    """Return which reports were taken for each day × store, which were left, what they tell."""
    parts: dict[DayStore, set[str]] = {}
    left: dict[DayStore, set[str]] = {}
    measures: dict[DayStore, frozenset[str]] = {}
    for row in told.iter_rows(named=True):
        key = (row["report_date"], row["store"])
        known = frozenset(name for name in MEASURES if row[name])
        if table is STREAMS and not row["taken"]:
            if row["streams"]:
                left.setdefault(key, set()).add(row["part"])
            continue
        parts.setdefault(key, set()).add(row["part"])
        measures[key] = measures.get(key, frozenset()) | known
    wholly_left = {key: names - parts.get(key, set()) for key, names in left.items()}
    return _joined(parts), _joined(wholly_left), measures


def _by_arrival(told: pl.DataFrame) -> frozenset[DayStore]:
    taken = told.filter("taken").group_by("report_date", "store").agg(pl.col("by_arrival").all())
    return frozenset((day, store) for day, store, arrived in taken.iter_rows() if arrived)


def _taken(told: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return which measures a table takes of each group of `told`, as its statement does."""
    group = ["report_date", "store", "territory", "part"]
    if table is not AUDIENCE:
        of = "taken" if table is STREAMS else "streams"
        taken = {"streams": pl.col(of).fill_null(value=False)}
    else:
        told = told.sort("precedence", "part")
        counts = {name: pl.col(name) for name in MEASURES} | {
            "streams": pl.col("streams") & pl.col("stands")
        }
        last = pl.struct("precedence", "part")
        taken = {
            name: told_so & (last == last.filter(told_so).last().over(group[:3]))
            for name, told_so in counts.items()
        }
    unsaid = {name: pl.lit(value=False) for name in MEASURES if name not in taken}
    return told.select(*group, **taken, **unsaid).select(*group, *MEASURES)


def _idle(taken: pl.DataFrame, told: pl.DataFrame) -> dict[DayStore, str]:
    """Return the reports of audience alone of which nothing was taken."""
    of_audience = told.filter(~pl.col("tells_streams")).select("part").unique()
    idle = (
        taken.join(of_audience, on="part", how="semi")
        .group_by("report_date", "store", "part")
        .agg(used=pl.any_horizontal(MEASURES).any())
        .filter(~pl.col("used"))
    )
    left: dict[DayStore, set[str]] = {}
    for day, store, part, _ in idle.iter_rows():
        left.setdefault((day, store), set()).add(part)
    return _joined(left)


def _territories(told: pl.DataFrame, alone: Set[str]) -> dict[DayStore, frozenset[str]]:
    """Return the territories of each day × store of which only reports in `alone` tell."""
    by_day_store = told.group_by("report_date", "store").agg(
        pl.col("territory"), pl.col("part").is_in(list(alone)).all()
    )
    return {
        (day, store): frozenset(territories)
        for day, store, territories, told_alone in by_day_store.iter_rows()
        if told_alone
    }


def _days(days: Sequence[date]) -> str:
    more = len(days) - 1
    return f"{days[0]}" + (f" and {more} more day{'s' if more > 1 else ''}" if more else "")


def _joined(parts: Mapping[DayStore, Set[str]]) -> dict[DayStore, str]:
    return {key: "+".join(sorted(of)) for key, of in parts.items() if of}
