"""Days of Spotify's Bulk API through the pipeline: in any order and any cut, each play once."""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.pipeline.ingest import IngestResult, ingest
from tests.pipeline.homes import home, lake_of
from tests.sources.loading import write
from tests.sources.spotify_files import BOB, account, ndjson, play, sums, track

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)

FILES = {
    "streams_NL": ndjson(play(), play(user_id=BOB, length=40)),
    "streams_SE": ndjson(play(user_id=BOB, country="SE")),
    "sub_30_sec_streams_NL": ndjson(play(length=5)),
    "users": ndjson(account(), account(user_id=BOB, country="SE", type="ad", access="free")),
    "tracks": ndjson(track()),
    "aggregatedstreams": ndjson(sums()),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def deliver(settings: Settings, folder: Path, *names: str) -> IngestResult:
    paths = [write(folder / f"{name}.json.gz", FILES[name]) for name in names]
    return ingest(paths, settings, now=NOW)


def test_files_may_come_in_any_order(tmp_path: Path) -> None:
    whole = home(tmp_path / "whole")
    assert deliver(whole, tmp_path / "files", *FILES).exit_code == 0
    first = lake_of(whole)
    assert first["streams"]["streams"].sum() == 3
    assert first["audience"].select(
        "streams", "listeners", "saves", "skips", "sub30_plays"
    ).sum().rows() == [(3, 3, 1, 4, 1)]
    for number, order in enumerate(list(itertools.permutations(FILES))[::300]):
        other = home(tmp_path / f"other-{number}")
        deliver(other, tmp_path / "files", *order)
        assert all(rows.equals(first[name]) for name, rows in lake_of(other).items())


def test_sums_that_come_later_complete_the_day_and_wipe_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "streams_NL", "streams_SE", "users", "tracks")
    before = lake_of(settings)
    deliver(settings, tmp_path, "aggregatedstreams")
    after = lake_of(settings)
    assert after["streams"].equals(before["streams"])
    assert after["listeners"].equals(before["listeners"])
    told = after["audience"].select("territory", "streams", "listeners", "saves", "skips")
    assert told.rows() == [
        ("NL", 2, 2, None, 4),
        ("SE", 1, 1, None, None),
        ("ZZ", 0, None, 1, None),
    ]


def test_sums_that_know_less_do_not_change_the_plays(settings: Settings, tmp_path: Path) -> None:
    deliver(settings, tmp_path, "streams_NL", "streams_SE", "tracks")
    late = write(tmp_path / "late.json", ndjson(sums(streams={"total": 1, "NL": 1})))
    ingest([late], settings, now=NOW)
    after = lake_of(settings)
    assert after["streams"]["streams"].sum() == 3
    assert after["audience"].select("territory", "streams").rows() == [
        ("NL", 2),
        ("SE", 1),
        ("ZZ", 0),
    ]


def test_short_plays_that_come_later_leave_the_counted_ones(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "streams_NL", "users", "tracks")
    before = lake_of(settings)
    deliver(settings, tmp_path, "sub_30_sec_streams_NL")
    after = lake_of(settings)
    assert after["streams"].equals(before["streams"])
    assert after["listeners"].equals(before["listeners"])
    assert after["audience"].select("streams", "listeners", "sub30_plays").rows() == [(2, 2, 1)]


def test_a_territory_that_comes_later_leaves_the_others(settings: Settings, tmp_path: Path) -> None:
    deliver(settings, tmp_path, "streams_NL", "users", "tracks")
    deliver(settings, tmp_path, "streams_SE", "users", "tracks")
    after = lake_of(settings)
    assert dict(after["streams"].group_by("territory").agg(pl.col("streams").sum()).rows()) == {
        "NL": 2,
        "SE": 1,
    }
    assert sorted(after["listeners"]["territory"]) == ["NL", "NL", "SE"]
    assert after["audience"].select("territory", "streams").rows() == [("NL", 2), ("SE", 1)]
    again = deliver(settings, tmp_path, "streams_SE", "users", "tracks")
    assert {one.outcome for one in again.day_stores} == {"unchanged"}


def test_the_same_day_again_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    deliver(settings, tmp_path, *FILES)
    before = lake_of(settings)
    again = deliver(settings, tmp_path, *FILES)
    assert {one.outcome for one in again.day_stores} == {"unchanged"}
    assert all(rows.equals(before[name]) for name, rows in lake_of(settings).items())


def test_tracks_that_nobody_names_keep_the_stores_id_until_they_are(
    settings: Settings, tmp_path: Path
) -> None:
    result = deliver(settings, tmp_path, "streams_NL")
    assert all(t.startswith("spotify:8f19") for t in lake_of(settings)["streams"]["track_id"])
    assert any("1 tracks have no ISRC in any look-up" in text for text in result.warnings)
    deliver(settings, tmp_path, "tracks")
    deliver(settings, tmp_path, "streams_NL")
    streams = lake_of(settings)["streams"]
    assert streams["track_id"].unique().to_list() == ["QZAAA2600001"]
    assert streams["report_date"].unique().to_list() == [date(2026, 5, 4)]
