"""A night's report from the tables: what changed since the last one, and what a play was paid."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.nights import report
from fraud.tables import (
    AUDIENCE,
    CATALOG,
    DELIVERIES,
    INCIDENTS,
    LISTENERS,
    RESTATEMENTS,
    ROYALTIES,
    SCORES,
    STREAMS,
    Table,
)
from tests.report.lakes import lake
from tests.report.stories import DAY, catalog, isrc, track

TRACKS = [track(isrc(n), artist=f"Act {n}") for n in range(3)]
EVE = DAY - timedelta(1)


def delivered(day: date, store: str, loaded_at: datetime, **given: Any) -> dict[str, Any]:
    return {
        "report_date": day,
        "store": store,
        "table": "audience" if store == "spotify" else "streams",
        "delivery_id": f"{store} {day}",
        "loaded_at": loaded_at,
        "rows": 10,
        "streams": 1000,
        **given,
    }


def frame(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(list(rows), schema=dict(table.schema)))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a home in which three tracks have a burst, each day on time."""
    settings = Settings(home=tmp_path, dossiers_per_night=0)
    stored, made = Lake(settings.lake_address), lake(TRACKS)
    for table in (AUDIENCE, STREAMS, LISTENERS, SCORES):
        rows = table.conform(made.sql(f"select * from {table.name}").pl())
        stored.replace_days(table, rows, rows["report_date"].unique().to_list())
    stored.merge(CATALOG, catalog(*TRACKS))
    days = [DAY - timedelta(n) for n in range(60)]
    on_time = [
        delivered(day, store, datetime(day.year, day.month, day.day, 23, tzinfo=UTC))
        for day in days
        for store in ("spotify", "apple_music")
    ]
    stored.append(DELIVERIES, frame(DELIVERIES, *on_time))
    return settings


def incident_of(settings: Settings, day: date, track_id: str) -> dict[str, Any]:
    rows = Lake(settings.lake_address).read(INCIDENTS, day, day)
    return rows.filter(pl.col("track_ids") == track_id).row(0, named=True)


def restate(settings: Settings, day: date, loaded_at: datetime) -> None:
    """Let Spotify report a day of the first track again, with 200 plays less."""
    stored = Lake(settings.lake_address)
    known = stored.read(AUDIENCE, day, day)
    less = pl.when((pl.col("track_id") == isrc(0)) & (pl.col("territory") == "VN"))
    stored.replace_days(
        AUDIENCE,
        known.with_columns(streams=less.then(pl.col("streams") - 200).otherwise(pl.col("streams"))),
        [day],
    )
    again = {"delivery_id": "again", "restated": True}
    stored.append(DELIVERIES, frame(DELIVERIES, delivered(day, "spotify", loaded_at, **again)))
    changed = {
        "report_date": day,
        "store": "spotify",
        "track_id": isrc(0),
        "table": "audience",
        "delivery_id": "again",
        "streams_before": 1500,
        "streams_after": 1300,
    }
    stored.append(RESTATEMENTS, frame(RESTATEMENTS, changed))


def test_a_restatement_updates_the_incident_and_says_so_in_the_first_night_that_knows(
    settings: Settings,
) -> None:
    report(EVE, settings)
    restate(settings, EVE - timedelta(2), datetime(2026, 7, 12, 23, 30, tzinfo=UTC))
    night = report(DAY, settings)
    told = incident_of(settings, DAY, isrc(0))
    assert told["status"] == "ongoing"
    assert told["incident_id"] == incident_of(settings, EVE, isrc(0))["incident_id"]
    assert told["changed"] == (
        "spotify restated 2026-07-09: 1,500 plays of its tracks became 1,300."
    )
    assert incident_of(settings, DAY, isrc(1))["changed"] is None
    page = (night.folder / "report.html").read_text(encoding="utf-8")
    assert "2026-07-09: restated, spotify: 1,500 plays became 1,300" in page


def test_the_eve_run_again_does_not_know_what_came_later(settings: Settings) -> None:
    report(EVE, settings)
    restate(settings, EVE - timedelta(2), datetime(2026, 7, 12, 23, 30, tzinfo=UTC))
    report(DAY, settings)
    report(EVE, settings)
    assert incident_of(settings, EVE, isrc(0))["changed"] is None
    assert incident_of(settings, EVE, isrc(0))["status"] == "new"


def test_a_night_in_a_narrowed_lake_writes_what_the_whole_one_says(settings: Settings) -> None:
    night = report(DAY, settings)
    for row in night.alerts.iter_rows(named=True):
        folder = night.folder / row["evidence"]
        daily = pl.read_csv(folder / "daily.csv")
        assert daily["streams"][-1] == row["streams"]
        assert daily.height == 60


def test_pay_that_stores_reported_is_used_and_named(settings: Settings) -> None:
    report(EVE, settings)
    assert incident_of(settings, EVE, isrc(0))["pay_source"] == "assumed"
    paid = {
        "period_start": date(2026, 6, 1),
        "period_end": date(2026, 6, 30),
        "store": "spotify",
        "streams": 1_000_000,
        "amount": 50_000.0,
        "currency": "EUR",
        "origin": "by hand",
        "statement": "2026-06",
    }
    rows = [{**paid, "territory": territory} for territory in ("US", "DE", "SE", "VN")]
    stored = Lake(settings.lake_address)
    stored.append(ROYALTIES, frame(ROYALTIES, *rows))
    report(DAY, settings)
    told = incident_of(settings, DAY, isrc(0))
    assert told["pay_source"] == "reported"
    suspected = told["suspected_artificial_streams"]
    assert told["royalty_at_risk"] == pytest.approx(suspected * 0.05, rel=0.05)
