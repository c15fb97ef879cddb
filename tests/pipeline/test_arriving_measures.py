"""Listeners, saves and the like of a day, held against the weeks before at the gate."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Gate, Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult
from fraud.tables import AUDIENCE
from tests.pipeline.deliveries import SUNDAY, Feed, before, usual
from tests.sources.loading import write
from tests.sources.spotify_files import ndjson, play, sums, track


def audience(day: date, **times: float) -> pl.DataFrame:
    """Return a usual day with listeners and saves, some of them so many times as usual."""
    counts = {"streams": 1.0, "listeners": 1.0, "saves": 1.0} | times
    return usual(day).select(
        "report_date",
        "store",
        "territory",
        "isrc",
        streams=(pl.col("streams") * counts["streams"]).cast(pl.Int64),
        listeners=(pl.col("streams") // 2 * counts["listeners"]).cast(pl.Int64),
        saves=(pl.lit(6) * counts["saves"]).cast(pl.Int64),
    )


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    feed.deliver(*(audience(past) for past in before(SUNDAY)))
    return feed


def told(result: IngestResult) -> list[str]:
    return [one.message for one in result.findings if one.check == "measures"]


def test_a_usual_day_is_told_of_nothing(feed: Feed) -> None:
    assert feed.deliver(audience(SUNDAY)).findings == []


@pytest.mark.parametrize(("times", "counted"), [(0.5, 360), (2, 1_440)])
def test_a_measure_that_halves_or_doubles_is_told(feed: Feed, times: float, counted: int) -> None:
    result = feed.deliver(audience(SUNDAY, saves=times))
    assert result.exit_code == 0
    (message,) = told(result)
    assert message == (
        f"spotify, {SUNDAY}, audience: {counted:,} saves, where 720 are usual on a Sunday:"
        " outside 450 to 1,152"
    )


def test_a_measure_that_was_always_told_and_is_not_now_is_told(feed: Feed) -> None:
    for day in (audience(SUNDAY, saves=0), audience(SUNDAY).drop("saves")):
        (message,) = told(feed.deliver(day))
        assert message == (
            f"spotify, {SUNDAY}, audience: no saves, where 720 are usual on a Sunday:"
            " the report looks incomplete"
        )


def test_a_hit_has_more_of_everything_and_is_told_of_nothing(feed: Feed) -> None:
    hit = audience(SUNDAY, streams=3, listeners=3, saves=3)
    assert feed.deliver(hit).findings == []


def test_it_keeps_the_day_out_where_the_settings_say_so(feed: Feed) -> None:
    feed.settings = feed.settings.model_copy(update={"gate": Gate(measures="fail")})
    result = feed.deliver(audience(SUNDAY, saves=0.5))
    assert result.exit_code == 3
    assert "720 are usual on a Sunday" in result.refusals[0]
    lake = Lake(feed.settings.lake_address)
    assert lake.read(AUDIENCE, SUNDAY, SUNDAY).is_empty()


def test_the_band_is_a_setting(feed: Feed) -> None:
    feed.settings = feed.settings.model_copy(update={"measures_band": 3.0})
    assert feed.deliver(audience(SUNDAY, saves=0.5)).findings == []


def spotify(folder: Path, day: date, saves: int | None = 150, *, plays: bool = True) -> list[Path]:
    """Write a day of the Bulk API: plays, and saves in the sums, which may come alone."""
    files = {}
    if plays:
        stamp = f"{day}T12:15:00"
        files["streams_NL"] = ndjson(*(play(timestamp=stamp, user_id=f"u{n}") for n in range(120)))
        files["tracks"] = ndjson(track())
    if saves is not None:
        of_saves = {"total": saves, "country": {"NL": saves}}
        files["aggregatedstreams"] = ndjson(sums(date=f"{day}", skips=None, saves=of_saves))
    return [write(folder / f"{day}" / f"{name}.json", text) for name, text in files.items()]


@pytest.fixture
def bulk(feed: Feed, tmp_path: Path) -> Feed:
    """Give a home with weeks of the Bulk API."""
    feed.settings = Settings(home=tmp_path / "bulk")
    days = (SUNDAY - timedelta(weeks=n) for n in range(1, 5))
    feed.again(*(path for day in days for path in spotify(tmp_path / "bulk_files", day)))
    return feed


def test_what_comes_later_with_another_report_is_not_missed(bulk: Feed) -> None:
    assert told(bulk.again(*spotify(bulk.folder, SUNDAY, saves=None))) == []


def test_saves_that_come_alone_and_cut_are_told(bulk: Feed) -> None:
    bulk.again(*spotify(bulk.folder, SUNDAY, saves=None))
    assert told(bulk.again(*spotify(bulk.folder, SUNDAY, saves=60, plays=False))) == [
        f"spotify, {SUNDAY}, audience: 60 saves, where 150 are usual on a Sunday: outside 94 to 240"
    ]
    assert told(bulk.again(*spotify(bulk.folder, SUNDAY, plays=False))) == []
