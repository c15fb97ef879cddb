"""The health of a night's data: what did not come, came late, came again or only in part."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from fraud.lake import Lake
from fraud.quality.checks import MOST_OF_14_DAYS
from fraud.report.health import HEALTH, NIGHT_DAYS
from fraud.sql import statement
from fraud.tables import DELIVERIES, FINDINGS

LOOK_BACK_DAYS = 42

Row = Mapping[str, Any]


def health(lake: Lake, first_night: date, last_night: date) -> dict[date, pl.DataFrame]:
    """Return for each night of a range what is wrong with the data it is judged by, as HEALTH rows.

    A night looks at the 28 days that end with it and at no delivery of a later day. The tables of a
    store are told of together; missing is a store of which none came.
    """
    look_back = first_night - timedelta(days=LOOK_BACK_DAYS)
    with lake.connect([DELIVERIES, FINDINGS], look_back, last_night) as connection:
        kept_out = _kept_out(connection, first_night, last_night)
        result = connection.execute(
            statement("quality/health"),
            {
                "first_day": first_night,
                "last_day": last_night,
                "most_of_14_days": MOST_OF_14_DAYS,
            },
        )
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    nights: dict[date, list[dict[str, Any]]] = {
        first_night + timedelta(days=n): [] for n in range((last_night - first_night).days + 1)
    }
    came = {(row["report_date"], row["store"]) for row in rows if not row["missing"]}
    for held in kept_out:
        state = "quarantined" if (held["report_date"], held["store"]) in came else "missing"
        note = (
            f"the gate kept {held['table']} out: {held['why']} (quality/{held['report_date']}.html)"
        )
        for night in _nights_of(held["report_date"], first_night, last_night):
            nights[night].append(_finding(held, state, note))
    came |= {(held["report_date"], held["store"]) for held in kept_out}
    for row in rows:
        if not row["missing"]:
            nights[row["night"]] += _findings(row)
        elif (row["report_date"], row["store"]) not in came:
            note = f"{row['table']} missing, though it came on most of the 14 days before"
            nights[row["night"]].append(_finding(row, "missing", note))
    return {night: _by_store(findings) for night, findings in nights.items()}


def _kept_out(
    connection: duckdb.DuckDBPyConnection, first_night: date, last_night: date
) -> list[dict[str, Any]]:
    """Return what the gate keeps out of the days that the nights look at."""
    span = {"first_day": first_night - timedelta(NIGHT_DAYS - 1), "last_day": last_night}
    found: pl.DataFrame = connection.sql(statement("quality/kept_out"), params=span).pl()
    return found.to_dicts()


def _nights_of(day: date, first_night: date, last_night: date) -> Iterator[date]:
    """Yield the nights that look at a day."""
    night = max(day, first_night)
    while night <= min(last_night, day + timedelta(NIGHT_DAYS - 1)):
        yield night
        night += timedelta(1)


def _findings(row: Row) -> Iterator[dict[str, Any]]:
    what = row["table"]
    if row["partial"]:
        yield _finding(row, "quarantined", f"{what} broke off after {row['rows'] or 0:,} rows")
    if row["late"]:
        yield _finding(row, "late", f"{what} came after a later day had come")
    if row["restated"]:
        before, now = row["first_streams"] or 0, row["streams"] or 0
        yield _finding(row, "restated", f"{what} counted {before:,} plays first, {now:,} now")
    if row["quarantined"]:
        out, entered = row["quarantined"], row["rows"] or 0
        note = f"{out:,} rows of {what} were refused, {entered:,} entered"
        yield _finding(row, "quarantined", note, out)


def _finding(row: Row, state: str, note: str, rows: int | None = None) -> dict[str, Any]:
    return {
        "report_date": row["report_date"],
        "store": row["store"],
        "state": state,
        "rows": rows,
        "note": note,
    }


def _by_store(findings: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(findings, schema=dict(HEALTH.schema))
    together = frame.group_by(HEALTH.key, maintain_order=True).agg(
        pl.when(pl.col("rows").is_not_null().any()).then(pl.col("rows").sum()).alias("rows"),
        pl.col("note").str.join("; "),
    )
    return HEALTH.conform(together)
