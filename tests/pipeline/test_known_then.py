"""What was known when: a restated day, the nights it reaches, and what was to be seen before."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from fraud.cli import app
from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.pipeline.nights import run
from fraud.pipeline.status import status
from fraud.pipeline.verdict import Word, give
from fraud.simulate import World, simulate
from fraud.sql import statement
from fraud.tables import FINDINGS, RESTATEMENTS
from tests.pipeline.deliveries import SUNDAY, Feed, before, usual

START = date(2026, 1, 7)
LAST = date(2026, 2, 20)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("known") / "world"
    size = {"days": (LAST - START).days + 1, "tracks": 40, "territories": 4}
    return simulate(folder, seed=5, start=START, stores=("spotify",), fraud_share=0.1, **size)


def restated(world: World, folder: Path, share: float) -> Path:
    """Return a report of the last day in which the store took back a part of the plays."""
    (file,) = world.reports.glob(f"streams_spotify_{LAST}*")
    lower = pl.read_csv(file, null_values=[""]).with_columns(
        (pl.col("streams") * share).ceil().cast(pl.Int64)
    )
    lower.write_csv(folder / "restated.csv")
    return folder / "restated.csv"


def test_a_night_looked_back_at_has_the_bytes_it_had(world: World, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", alert_score=0.0, floor_streams=0)
    ingest([world.reports, world.catalog, world.context], settings, now=NOW)
    (then,) = run(LAST, LAST, settings, notify=False)
    assert then.alerts.height, "a report without incidents would prove little"
    names = ("alerts.csv", "report.html")
    bytes_then = [(then.folder / name).read_bytes() for name in names]
    moment = _a_moment_later()

    # Everything that a night reads changes after the moment.
    later = tmp_path / "later"
    later.mkdir()
    catalog = pl.read_csv(world.catalog, infer_schema=False, null_values=[""])
    catalog.with_columns(title=pl.lit("Renamed")).write_csv(later / "catalog.csv")
    (later / "context.csv").write_text(
        f"kind,start_date,end_date,note\ntour,{START},{LAST},everybody was on tour\n"
    )
    isrc = catalog["isrc"][0]
    (later / "verdicts.csv").write_text(
        "store,period_start,period_end,isrc,artificial_streams\n"
        f"spotify,{START},{LAST},{isrc},100\n"
    )
    restated(world, later, 0.7)
    ingest([later], settings, now=NOW + timedelta(1))
    word = Word(then.alerts["incident_id"][0], "innocent", None, None)
    give(word, settings, now=NOW + timedelta(1))
    (now,) = run(LAST, LAST, settings, notify=False)
    assert [(now.folder / name).read_bytes() for name in names] != bytes_then

    (seen,) = run(LAST, LAST, settings, as_of=moment, notify=False)
    assert [(seen.folder / name).read_bytes() for name in names] == bytes_then


def test_a_finding_of_the_gate_is_not_known_before_it_was_found(tmp_path: Path) -> None:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    feed.weeks()
    feed.deliver(usual(SUNDAY))
    moment = _a_moment_later()
    feed.deliver(usual(SUNDAY).head(50))
    lake = Lake(feed.settings.lake_address)
    assert not lake.read(FINDINGS).is_empty()
    assert lake.at(moment).read(FINDINGS).is_empty()
    (now,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    (then,) = run(SUNDAY, SUNDAY, feed.settings, as_of=moment, notify=False)
    assert any("kept" in text for text in now.warnings)
    assert not any("kept" in text for text in then.warnings)


def test_a_restated_day_names_the_nights_that_it_reaches(tmp_path: Path) -> None:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    feed.deliver(*(usual(day) for day in before(SUNDAY, 42)), usual(SUNDAY))
    nights = [SUNDAY - timedelta(2), SUNDAY]
    run(nights[0], nights[-1], feed.settings, notify=False)
    assert status(feed.settings).stale_nights == ()

    changed = SUNDAY - timedelta(1)
    result = feed.deliver(usual(changed, times=0.9))
    assert result.affected_nights == [changed, SUNDAY]
    held = status(feed.settings)
    assert held.stale_nights == (changed, SUNDAY)
    assert (
        f"Judged before their plays changed: {changed} to {SUNDAY};"
        f" judge again with: fraud run --from {changed} --to {SUNDAY}"
    ) in held.sentences()

    run(changed, SUNDAY, feed.settings, notify=False)
    assert status(feed.settings).stale_nights == ()
    assert feed.deliver(usual(SUNDAY + timedelta(1))).affected_nights == []
    assert feed.again(feed.folder / "report-2.csv").affected_nights == []


def test_the_command_names_the_nights_and_how_to_judge_them_again(tmp_path: Path) -> None:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    feed.deliver(*(usual(day) for day in before(SUNDAY, 14)), usual(SUNDAY))
    run(SUNDAY, SUNDAY, feed.settings, notify=False)
    usual(SUNDAY, times=0.8).write_csv(tmp_path / "again.csv")
    asked = ["ingest", str(tmp_path / "again.csv"), "--home", str(feed.settings.home)]
    answer = CliRunner().invoke(app, asked, prog_name="fraud")
    assert answer.exit_code == 0
    assert (
        f"The night {SUNDAY} was judged by other numbers than the lake now holds;"
        f" judge again with: fraud run --date {SUNDAY}"
    ) in answer.output


def test_what_a_store_takes_back_is_known_by_track_and_day(tmp_path: Path) -> None:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    feed.weeks()
    bought = pl.col("isrc") == "USAAA2600003"
    day = usual(SUNDAY).with_columns(
        pl.when(bought).then(900).otherwise("streams").alias("streams")
    )
    feed.deliver(day)
    feed.deliver(day.with_columns(pl.when(bought).then(20).otherwise("streams").alias("streams")))
    lake = Lake(feed.settings.lake_address)
    with lake.connect([RESTATEMENTS]) as connection:
        span = {"first_day": SUNDAY, "last_day": SUNDAY}
        purged = connection.sql(statement("quality/purged"), params=span).fetchall()
    assert purged == [(SUNDAY, "spotify", "USAAA2600003", 4 * 880)]


def _a_moment_later() -> datetime:
    """Return a moment after all that was written; commits count milliseconds."""
    time.sleep(0.01)
    moment = datetime.now(UTC)
    time.sleep(0.01)
    return moment
