"""The gate in front of the lake: what a delivery brought, judged before any of it enters."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.quality.arrival import (
    BESIDE,
    COUNTED,
    LOOK_BACK_DAYS,
    Counted,
    measure,
    past_days,
)
from fraud.quality.judged import Judged, Judgement, judge_arrivals
from fraud.sources.delivery import Delivery
from fraud.sources.staging import Staged
from fraud.tables import AUDIENCE, DELIVERED, DELIVERIES, FINDINGS, Table

MAIN_SHARE, LEAST_MAIN_ROWS = 0.9, 100
"""A file is of one day where that day has such a share of its rows, and so many."""


def judge_delivery(
    lake: Lake,
    delivery: Delivery,
    settings: Settings,
    folder: Path,
    *,
    now: datetime,
    accept: bool = False,
) -> Judgement | None:
    """Return the verdict on each delivered day × store, None where the delivery brought no day.

    Late additions are rows of other days and are not judged as days. `folder` takes a file in
    passing.
    """
    measured = [
        _measured(lake, delivery, table, rows, now)
        for table in DELIVERED
        if (rows := _rows(delivery, table, _completed_later(lake, delivery, table)))
    ]
    if not measured:
        return None
    return judge_arrivals(measured, settings, folder, accept=accept)


def record(
    lake: Lake, findings: Iterable[Judged], delivery: Delivery, delivery_id: str, now: datetime
) -> None:
    """Keep what the gate found, once, however often the same files are delivered."""
    files = {table.name: delivery.files_of(table) for table in DELIVERED}
    rows = [
        {
            "report_date": one.day,
            "store": one.store,
            "table": one.table,
            "delivery_id": delivery_id,
            "judged_at": now,
            "check": one.check,
            "verdict": one.verdict,
            "found": one.found,
            "lowest": one.lowest,
            "highest": one.highest,
            "message": one.message,
            "files": ",".join(files[one.table][one.day, one.store]),
        }
        for one in findings
    ]
    if not rows:
        return
    found = pl.DataFrame(rows, schema=dict(FINDINGS.schema))
    days = found["report_date"]
    known = lake.read(FINDINGS, days.min(), days.max())  # type: ignore[arg-type]
    same = ["delivery_id", "report_date", "store", "table", "check", "verdict"]
    lake.append(FINDINGS, found.join(known, on=same, how="anti"))


def _measured(
    lake: Lake,
    delivery: Delivery,
    table: Table,
    by_day_store: Counter[tuple[date, str]],
    now: datetime,
) -> pl.DataFrame:
    days = sorted({day for day, _ in by_day_store})
    first, last = days[0] - timedelta(LOOK_BACK_DAYS), days[-1]
    totals = _totals(lake, table, first, last)
    with lake.connect([table], first, last) as connection:
        staged = delivery.own(table)
        _view(connection, table, staged, by_day_store, past_days(days))
        connection.register("known_totals", totals.to_arrow())
        beside = _beside(delivery, table, by_day_store, totals, now)
        return measure(connection, table, beside, _counted(staged, by_day_store))


def _view(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    staged: Sequence[Staged],
    judged: Iterable[tuple[date, str]],
    past: list[date],
) -> None:
    columns = ", ".join(f'"{name}"' for name in table.schema)
    rows = [_files(one.path for one in staged if not one.made), "hive_partitioning = false"]
    days = [_files(one.path for one in staged if one.made), "hive_types = {'report_date': date}"]
    told = " union all ".join(
        f"select {columns} from read_parquet({files}, {option})"
        for files, option in (rows, days)
        if files != "[]"
    )
    listed = ", ".join(f"date '{day}'" for day in past)
    named = pl.DataFrame(sorted(judged), schema=["report_date", "store"], orient="row")
    connection.register("judged_here", named.to_arrow())
    connection.execute(
        f"create view arrived as select * from ({told})"
        " semi join judged_here using (report_date, store)"
    )
    connection.execute(
        f"create view before as select * from {table.name} where report_date in ({listed})"
    )


def _files(paths: Iterable[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def _counted(staged: Sequence[Staged], judged: Collection[tuple[date, str]]) -> Counted | None:
    """Return what is known of rows that were added up before the gate sees them."""
    rows, words = [], {}
    for one in staged:
        ((key, (delivered, streams)), *_) = one.by_day_store.items()
        if one.made and one.numbers and key in judged:
            file = id(one.numbers)
            words[file] = one.numbers
            unlike = one.made.repeatable - one.made.repeated
            rows.append(
                (*key, file, delivered, streams, one.made.repeatable, unlike, one.made.repeated)
            )
    if not rows:
        return None
    return Counted(
        pl.DataFrame(rows, schema=COUNTED, orient="row"),
        pl.concat([of.witness().with_columns(file=pl.lit(file)) for file, of in words.items()]),
    )


def _completed_later(lake: Lake, delivery: Delivery, table: Table) -> Collection[tuple[date, str]]:
    """Return the day × stores that the delivery tells only a part of.

    What it leaves unsaid stays as the lake has it, so that the delivered rows alone are no day to
    judge. Audience told in a store's own parts is judged by its plays, which are streams.
    """
    if table is AUDIENCE:
        return delivery.told_in_parts(table)
    told = delivery.told_by_territory(table)
    if not told:
        return ()
    days = [day for day, _ in told]
    held = lake.read(table, min(days), max(days)).group_by("report_date", "store")
    return {
        (day, store)
        for day, store, territories in held.agg("territory").iter_rows()
        if not set(territories) <= told.get((day, store), set(territories))
    }


def _rows(
    delivery: Delivery, table: Table, left: Collection[tuple[date, str]]
) -> Counter[tuple[date, str]]:
    rows: Counter[tuple[date, str]] = Counter()
    for _, staged in delivery.placed():
        if staged.table is table and not staged.late:
            by_day_store = staged.by_day_store.items()
            rows.update({key: count for key, (count, _) in by_day_store if key not in left})
    return rows


def _totals(lake: Lake, table: Table, first: date, last: date) -> pl.DataFrame:
    """Return rows and plays of each day × store that the lake holds, as they were recorded."""
    return (
        lake.read(DELIVERIES, first, last)
        .filter(pl.col("table") == table.name)
        .sort("loaded_at")
        .unique(["report_date", "store"], keep="last")
        .select("report_date", "store", "rows", "streams")
        .sort("report_date", "store")
    )


def _beside(
    delivery: Delivery,
    table: Table,
    by_day_store: Counter[tuple[date, str]],
    totals: pl.DataFrame,
    now: datetime,
) -> pl.DataFrame:
    bad, stray = _bad(delivery, table), _stray(delivery, table)
    held = {(day, store): (rows, streams) for day, store, rows, streams in totals.iter_rows()}
    tomorrow = now.date() + timedelta(1)
    rows = []
    for (day, store), count in sorted(by_day_store.items()):
        strays, astray = stray[day, store], "lie outside the day that the file is of"
        if day > tomorrow:
            strays, astray = count, f"are of a day to come, seen from {now.date()}"
        rows.append(
            (day, store, bad[day, store], strays, astray, *held.get((day, store), (None, None)))
        )
    return pl.DataFrame(rows, schema=BESIDE, orient="row")


def _bad(delivery: Delivery, table: Table) -> Counter[tuple[date, str]]:
    """Count refused rows by day and store; those that tell neither are shared out by rows."""
    bad = delivery.quarantined_of(table)
    for file in delivery.files:
        unknown = file.quarantined - sum(file.quarantined_by_day_store.values())
        staged = [s for s in file.staged if s.table is table and not s.late]
        rows = sum(one.rows for one in staged)
        if file.kind == table.name and unknown and rows:
            for one in staged:
                for key, (count, _) in one.by_day_store.items():
                    bad[key] += unknown * count // rows
    return bad


def _stray(delivery: Delivery, table: Table) -> Counter[tuple[date, str]]:
    """Count the rows that lie outside the day that nearly all of their file is of."""
    stray: Counter[tuple[date, str]] = Counter()
    for file in delivery.files:
        by_day: Counter[date] = Counter()
        by_key: Counter[tuple[date, str]] = Counter()
        for staged in file.staged:
            if staged.table is table and not staged.late:
                for (day, store), (count, _) in staged.by_day_store.items():
                    by_day[day] += count
                    by_key[day, store] += count
        if len(by_day) < 2:
            continue
        ((main, most),) = by_day.most_common(1)
        if most >= max(LEAST_MAIN_ROWS, MAIN_SHARE * by_day.total()):
            stray.update({key: count for key, count in by_key.items() if key[0] != main})
    return stray
