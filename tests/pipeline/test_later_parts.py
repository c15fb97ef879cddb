"""A further part of a day that comes as a delivery of its own."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.pipeline.ingest import IngestResult, ingest
from tests.pipeline.deliveries import SUNDAY, Feed, before
from tests.pipeline.homes import lake_of
from tests.pipeline.test_arriving_parts import events
from tests.sources.loading import write
from tests.sources.spotify_files import ndjson, play

NOW = datetime(2026, 3, 30, 6, tzinfo=UTC)
PLAYS = {"NL": 400, "SE": 150}


def country(folder: Path, day: date, name: str, plays: int) -> Path:
    """Write a country of a day: each track id has ten plays."""
    rows = (
        play(timestamp=f"{day}T12:15:00", country=name, track_id=f"t{n // 10:031}", user_id=f"u{n}")
        for n in range(plays)
    )
    return write(folder / f"streams_{name}_{day}.json", ndjson(*rows))


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """Give a home with four weeks of two countries."""
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    weeks = [day for day in before(SUNDAY) if day.weekday() == SUNDAY.weekday()]
    feed.again(*(country(feed.folder, day, *of) for day in weeks for of in PLAYS.items()))
    return feed


def plays_of(settings: Settings, day: date = SUNDAY) -> Counter[str]:
    rows = lake_of(settings)["streams"].filter(pl.col("report_date") == day)
    return Counter(dict(rows.group_by("territory").agg(pl.col("streams").sum()).iter_rows()))


def test_one_more_country_adds_to_its_day(feed: Feed) -> None:
    assert feed.again(country(feed.folder, SUNDAY, "NL", 400)).exit_code == 0
    result = feed.again(country(feed.folder, SUNDAY, "SE", 150))
    assert (result.exit_code, result.refusals) == (0, [])
    assert plays_of(feed.settings) == PLAYS
    assert [one for one in result.findings if one.check != "outage"] == []


def test_a_country_that_comes_again_cut_is_kept_out_though_others_are_whole(feed: Feed) -> None:
    feed.again(*(country(feed.folder, SUNDAY, *of) for of in PLAYS.items()))
    result = feed.again(country(feed.folder / "cut", SUNDAY, "SE", 60))
    assert result.exit_code == 3
    assert any("rows would replace" in text for text in result.refusals)
    assert plays_of(feed.settings) == PLAYS
    assert feed.again(country(feed.folder / "more", SUNDAY, "SE", 140)).exit_code == 0
    assert plays_of(feed.settings) == PLAYS | {"SE": 140}


def parts(folder: Path, *numbers: int) -> list[Path]:
    """Write parts of one export, each with tracks of its own."""
    stamp = f"{SUNDAY + timedelta(1):%Y%m%d}060000"
    return [
        write(
            folder / f"label_trends_extract_{stamp}.json_{number}",
            events(SUNDAY, range(10 * number, 10 * number + 10)),
        )
        for number in numbers
    ]


def load(settings: Settings, *paths: Path) -> IngestResult:
    return ingest(paths, settings, now=NOW)


def test_a_later_part_of_an_export_does_not_delete_the_first(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert load(settings, *parts(tmp_path, 1)).exit_code == 0
    held = plays_of(settings)
    result = load(settings, *parts(tmp_path, 2))
    assert result.exit_code == 3
    (path,) = parts(tmp_path, 2)
    (refusal,) = result.refusals
    assert refusal == (
        f"{path} is part 2 of label_trends_extract_20260330060000, of which part 1 came before and"
        " would be lost; deliver all its parts together"
    )
    assert plays_of(settings) == held
    assert load(settings, *parts(tmp_path, 1, 2)).exit_code == 0
    assert plays_of(settings)["FI"] == sum(20 + track for track in range(10, 30))
    assert load(settings, *parts(tmp_path, 1)).exit_code == 3


def test_a_day_that_keeps_little_of_its_plays_is_told(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    head = "report_date,store,territory,isrc,streams\n"
    first = write(tmp_path / "a.csv", f"{head}{SUNDAY},deezer,DE,USAAA2600001,90\n")
    load(settings, first)
    result = load(
        settings, write(tmp_path / "b.csv", f"{head}{SUNDAY},deezer,DE,USAAA2600002,10\n")
    )
    (notice,) = result.notices
    assert notice == (
        f"streams of deezer on {SUNDAY} came again and was replaced: 90 plays before, 10 now;"
        " what is told in several files is delivered together"
    )


def test_a_second_store_of_the_same_day_leaves_the_first(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    head = "report_date,store,territory,isrc,streams\n"
    for store in ("deezer", "spotify"):
        text = f"{head}{SUNDAY},{store},DE,USAAA2600001,90\n"
        load(settings, write(tmp_path / f"{store}.csv", text))
    assert plays_of(settings) == {"DE": 180}
