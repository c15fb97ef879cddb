"""A store that was down and caught up is told apart from its listeners."""

from datetime import date, timedelta

import duckdb
import polars as pl

from fraud.quality import outages
from fraud.tables import AUDIENCE, DELIVERIES, LISTENERS, STREAMS

SUNDAY = date(2026, 3, 29)
MONDAY = SUNDAY + timedelta(1)


def told(plays: dict[date, int], first: date, last: date) -> list[tuple[date, str, float | None]]:
    usual = {SUNDAY - timedelta(n): 1_000 for n in range(1, 30)}
    rows = [
        {
            "report_date": day,
            "store": "deezer",
            "territory": "NO",
            "track_id": "A",
            "streams": count,
        }
        for day, count in (usual | plays).items()
    ]
    with duckdb.connect() as connection:
        for table in (STREAMS, AUDIENCE, LISTENERS, DELIVERIES):
            given = rows if table is STREAMS else []
            frame = pl.DataFrame(given, schema=dict(table.schema))
            connection.register(table.name, frame.to_arrow())
        found = outages(connection, first, last)
    return list(found.select("report_date", "state", "times_usual").iter_rows())


def test_a_day_without_plays_and_the_double_day_after_it() -> None:
    assert told({MONDAY: 2_000}, SUNDAY, MONDAY) == [
        (SUNDAY, "missing", None),
        (MONDAY, "catch_up", 2.0),
    ]


def test_a_night_says_what_the_range_says() -> None:
    assert told({MONDAY: 2_000}, MONDAY, MONDAY) == [(MONDAY, "catch_up", 2.0)]


def test_a_double_day_after_a_usual_one_is_no_outage() -> None:
    assert told({SUNDAY: 1_000, MONDAY: 2_000}, SUNDAY, MONDAY) == []


def test_hours_without_service_make_a_short_day() -> None:
    assert told({SUNDAY: 400, MONDAY: 1_000}, SUNDAY, MONDAY) == [(SUNDAY, "short", 0.4)]
