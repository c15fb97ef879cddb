"""What the lake holds is told: a month of two stores with every trouble that deliveries have."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.health import health
from fraud.pipeline.status import status
from fraud.tables import CATALOG, DELIVERIES, INCIDENTS, JUDGEMENTS, QUARANTINE, SCORES, Table

FIRST = date(2026, 3, 1)
MORNING = datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.lake_address)


def put(lake: Lake, table: Table, *rows: dict[str, Any]) -> None:
    lake.append(table, pl.DataFrame(rows, schema=dict(table.schema)))


def delivery(day: int, store: str = "spotify", after: int = 0, **more: Any) -> dict[str, Any]:
    """Return a load of day 0, 1, 2, … that came so many days after the morning it was due."""
    return {
        "report_date": FIRST + timedelta(days=day),
        "store": store,
        "table": "streams",
        "delivery_id": f"{day}-{after}",
        "loaded_at": MORNING + timedelta(days=day + after),
        "rows": 10,
        "streams": 100,
        "quarantined": 0,
        "partial": False,
        "restated": False,
    } | more


def line(lake: Lake, settings: Settings, *rows: dict[str, Any]) -> dict[str, Any]:
    put(lake, DELIVERIES, *rows)
    return status(settings).stores.row(0, named=True)


def test_an_empty_home_says_how_to_fill_it(settings: Settings) -> None:
    held = status(settings)
    assert held.stores.is_empty()
    assert held.sentences() == [
        f"The lake at {settings.lake_address} is empty; fill it with: fraud ingest PATH"
    ]
    assert not settings.home.exists()


def test_a_store_is_told_by_table(lake: Lake, settings: Settings) -> None:
    put(lake, DELIVERIES, delivery(0), delivery(1), delivery(0, table="audience", rows=4))
    put(lake, DELIVERIES, delivery(0, "deezer", quarantined=3))
    told = status(settings).stores.select(
        *("store", "table", "first_day", "last_day", "days", "rows", "streams", "quarantined")
    )
    assert told.rows() == [
        ("deezer", "streams", FIRST, FIRST, 1, 10, 100, 3),
        ("spotify", "audience", FIRST, FIRST, 1, 4, 100, 0),
        ("spotify", "streams", FIRST, FIRST + timedelta(days=1), 2, 20, 200, 0),
    ]


def test_gaps_are_the_days_between_the_first_and_the_last(lake: Lake, settings: Settings) -> None:
    put(lake, DELIVERIES, *(delivery(day) for day in (0, 2, 3, 7)))
    put(lake, DELIVERIES, *(delivery(day, table="audience") for day in (0, 1, 2, 3, 7)))
    put(lake, DELIVERIES, delivery(0, "deezer"))
    held = status(settings)
    assert held.stores["missing_days"].to_list() == [0, 3, 4]
    assert held.gaps.select("table", "first_day", "last_day", "days").rows() == [
        ("audience", date(2026, 3, 5), date(2026, 3, 7), 3),
        ("streams", date(2026, 3, 2), date(2026, 3, 2), 1),
        ("streams", date(2026, 3, 5), date(2026, 3, 7), 3),
    ]
    assert held.sentences()[:2] == [
        "Missing: audience and streams of spotify, 2026-03-05 to 2026-03-07 (3 days).",
        "Missing: streams of spotify, 2026-03-02.",
    ]


def test_status_and_report_name_the_same_missing_and_late_days(
    lake: Lake, settings: Settings
) -> None:
    put(lake, DELIVERIES, *(delivery(day) for day in range(20) if day != 12))
    put(lake, DELIVERIES, *(delivery(day, "deezer", after=9 * (day == 10)) for day in range(17)))
    held = status(settings)
    night = FIRST + timedelta(days=19)
    reported = health(lake, night, night)[night]
    for state, runs in (("missing", held.gaps), ("late", held.late)):
        told = {
            (store, first + timedelta(days=n))
            for store, first, days in runs.select("store", "first_day", "days").iter_rows()
            for n in range(days)
        }
        rows = reported.filter(pl.col("state") == state)
        assert told == set(rows.select("store", "report_date").iter_rows())
    assert held.sentences()[:3] == [
        "Missing: streams of deezer, 2026-03-18 to 2026-03-20 (3 days).",
        "Missing: streams of spotify, 2026-03-13.",
        "Late: streams of deezer, 2026-03-11.",
    ]


def test_a_day_is_late_where_a_later_one_came_before_it(lake: Lake, settings: Settings) -> None:
    told = line(lake, settings, delivery(0, after=3), delivery(1), delivery(2))
    assert told["late_days"] == 1


def test_days_that_come_at_once_are_not_late(lake: Lake, settings: Settings) -> None:
    told = line(lake, settings, *(delivery(day, loaded_at=MORNING) for day in range(3)))
    assert told["late_days"] == 0


def test_a_restatement_is_not_late_and_its_counts_are_what_the_lake_holds(
    lake: Lake, settings: Settings
) -> None:
    again = delivery(0, after=5, streams=80, rows=8, restated=True)
    told = line(lake, settings, again, delivery(0), delivery(1))
    assert (told["late_days"], told["restated_days"]) == (0, 1)
    assert (told["days"], told["rows"], told["streams"]) == (2, 18, 180)


def test_a_broken_off_day_is_partial_until_it_comes_whole(lake: Lake, settings: Settings) -> None:
    broken = [delivery(day, partial=True) for day in (0, 1)]
    told = line(lake, settings, *broken, delivery(1, after=1, restated=True))
    assert told["partial_days"] == 1


def test_refusals_are_counted_by_reason(lake: Lake, settings: Settings) -> None:
    row = {"loaded_at": MORNING, "reason": "streams is negative; give 0 or more"}
    put(lake, QUARANTINE, row | {"file": "a.csv", "line": 2}, row | {"file": "a.csv", "line": 9})
    put(lake, QUARANTINE, row | {"file": "b.csv", "line": 2})
    put(lake, QUARANTINE, {"loaded_at": MORNING, "file": "c.csv", "reason": "the file is empty"})
    assert status(settings).sentences()[:2] == [
        "Refused, 3 rows of 2 files: streams is negative; give 0 or more",
        "Refused, the whole file of 1 file: the file is empty",
    ]


def test_catalogue_nights_and_verdicts_are_counted(lake: Lake, settings: Settings) -> None:
    put(lake, DELIVERIES, delivery(0))
    assert status(settings).sentences() == [
        "The catalogue knows 0 tracks.",
        "No night was judged yet; judge one with: fraud run --date YYYY-MM-DD",
    ]
    put(lake, CATALOG, {"track_id": "A"})
    put(lake, SCORES, *({"report_date": FIRST + timedelta(days=n)} for n in (0, 1)))
    last = {"report_date": FIRST + timedelta(days=1)}
    put(
        lake,
        INCIDENTS,
        last | {"status": "new"},
        last | {"status": "ended"},
        {"report_date": FIRST},
    )
    put(lake, JUDGEMENTS, {"incident_id": "a", "verdict": "fraud", "given_at": MORNING})
    assert status(settings).sentences() == [
        "The catalogue knows 1 track.",
        "2 nights judged, 2026-03-01 to 2026-03-02; 1 open incident on the last.",
        "Analysts gave 1 verdict.",
    ]


def test_a_machine_gets_plain_values(lake: Lake, settings: Settings) -> None:
    put(lake, DELIVERIES, delivery(0), delivery(2))
    put(lake, SCORES, {"report_date": FIRST})
    told = status(settings).as_dict()
    assert told["nights"] == ["2026-03-01"]
    (gap,) = told["gaps"]
    assert gap == {
        "store": "spotify",
        "table": "streams",
        "days": 1,
        "first_day": "2026-03-02",
        "last_day": "2026-03-02",
    }


def found(lake: Lake, night: int) -> list[tuple[object, ...]]:
    day = FIRST + timedelta(days=night)
    return health(lake, day, day)[day].rows()


def test_a_healthy_night_has_no_findings(lake: Lake) -> None:
    put(lake, DELIVERIES, *(delivery(day, store) for day in range(20) for store in ("a", "b")))
    assert found(lake, 19) == []


def test_a_missing_store_is_told_until_it_is_no_longer_expected(lake: Lake) -> None:
    put(lake, DELIVERIES, *(delivery(day) for day in range(30)))
    put(lake, DELIVERIES, *(delivery(day, "deezer") for day in range(14)))
    missing = [row[0] for row in found(lake, 29) if row[1:3] == ("deezer", "missing")]
    assert missing == [FIRST + timedelta(days=day) for day in range(14, 21)]
    assert [row[0] for row in found(lake, 15)] == missing[:2]


def test_a_store_of_which_one_table_came_is_not_missing(lake: Lake) -> None:
    tables = ("audience", "streams")
    put(lake, DELIVERIES, *(delivery(day, table=name) for day in range(20) for name in tables))
    put(lake, DELIVERIES, delivery(20))
    assert found(lake, 20) == []


def test_the_tables_of_a_store_are_told_of_together(lake: Lake) -> None:
    tables = ("audience", "streams")
    put(lake, DELIVERIES, *(delivery(day, table=name) for day in range(20) for name in tables))
    put(lake, DELIVERIES, *(delivery(20, table=name, quarantined=2, rows=8) for name in tables))
    assert found(lake, 20) == [
        (
            FIRST + timedelta(days=20),
            "spotify",
            "quarantined",
            4,
            "2 rows of audience were refused, 8 entered; 2 rows of streams were refused, 8 entered",
        )
    ]


def test_what_broke_off_came_late_or_came_again_is_told(lake: Lake) -> None:
    put(lake, DELIVERIES, delivery(0, partial=True), delivery(1, after=5), delivery(2))
    put(lake, DELIVERIES, delivery(2, after=9, streams=90, restated=True))
    assert [row[1:3] + row[4:] for row in found(lake, 2)] == [
        ("spotify", "quarantined", "streams broke off after 10 rows"),
        ("spotify", "late", "streams came after a later day had come"),
        ("spotify", "restated", "streams counted 100 plays first, 90 now"),
    ]


def test_a_night_is_told_the_same_alone_in_a_range_and_with_later_days_there(lake: Lake) -> None:
    put(lake, DELIVERIES, *(delivery(day, after=day % 3) for day in range(18) if day != 9))
    nights = [FIRST + timedelta(days=day) for day in range(18)]
    alone = {night: health(lake, night, night)[night].rows() for night in nights[:-1]}
    put(lake, DELIVERIES, delivery(18), delivery(30))
    together = health(lake, nights[0], nights[-1])
    assert {night: together[night].rows() for night in alone} == alone
    assert {row[2] for row in alone[nights[12]]} == {"missing", "late"}
