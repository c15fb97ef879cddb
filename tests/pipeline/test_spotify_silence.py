"""Empty files of Spotify's Bulk API: no plays in that country on that day, which is no fault."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.tables import DELIVERIES
from tests.pipeline.deliveries import SUNDAY, Feed
from tests.pipeline.homes import lake_of
from tests.sources.loading import write
from tests.sources.spotify_files import ndjson, play, track

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)
NL, SE = "streams_NL_2026-05-04.json.gz", "streams_SE_2026-05-04.json.gz"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def deliver(settings: Settings, *paths: Path, source: str = "auto") -> IngestResult:
    return ingest(paths, settings, now=NOW, source=source)


def by_territory(settings: Settings) -> list[tuple[str, int]]:
    streams = lake_of(settings)["streams"]
    return sorted(streams.group_by("territory").agg(pl.col("streams").sum()).rows())


@pytest.mark.parametrize("content", [b"", gzip.compress(b""), gzip.compress(b"\n")])
def test_an_empty_country_had_no_plays(settings: Settings, tmp_path: Path, content: bytes) -> None:
    whole = write(tmp_path / SE, ndjson(play(country="SE"), play(country="SE")))
    tracks = write(tmp_path / "tracks.json", ndjson(track()))
    result = deliver(settings, whole, tracks, write(tmp_path / NL, content))
    assert (result.exit_code, by_territory(settings)) == (0, [("SE", 2)])
    assert f"{tmp_path / NL} is empty: no plays in NL on 2026-05-04" in result.notices


def test_a_country_without_plays_loses_those_it_had_and_no_other_does(
    settings: Settings, tmp_path: Path
) -> None:
    tracks = write(tmp_path / "tracks.json", ndjson(track()))
    files = [write(tmp_path / name, ndjson(play(country=name[8:10]))) for name in (NL, SE)]
    deliver(settings, tracks, *files)
    assert by_territory(settings) == [("NL", 1), ("SE", 1)]
    result = deliver(settings, write(tmp_path / "again" / NL, b""))
    assert (result.exit_code, by_territory(settings)) == (0, [("SE", 1)])
    held = lake_of(settings)
    assert held["audience"].filter(pl.col("streams") > 0)["territory"].to_list() == ["SE"]
    assert held["listeners"]["territory"].to_list() == ["SE"]


def test_a_day_of_empty_files_is_told_and_not_missing(settings: Settings, tmp_path: Path) -> None:
    assert deliver(settings, write(tmp_path / NL, b"")).exit_code == 0
    known = Lake(settings.lake_address).read(DELIVERIES).filter(pl.col("table") == "streams")
    assert known.select("report_date", "store", "streams").rows() == [
        (date(2026, 5, 4), "spotify", 0)
    ]


def test_a_day_of_empty_files_is_kept_out_where_plays_are_usual(
    settings: Settings, tmp_path: Path
) -> None:
    feed = Feed(settings, tmp_path / "files")
    feed.weeks()
    result = feed.again(write(tmp_path / f"streams_NL_{SUNDAY}.json.gz", b""))
    assert result.exit_code == 3
    assert "0 plays, where" in result.refusals[0]


def test_the_plays_beside_it_or_the_named_format_tell_what_an_empty_file_is(
    settings: Settings, tmp_path: Path
) -> None:
    day = tmp_path / "spotify" / "2026" / "05" / "04"
    plays = write(day / "SE.json", ndjson(play(country="SE")))
    empty = write(day / "NL.json", b"")
    assert deliver(settings, plays, empty).exit_code == 0
    assert deliver(settings, empty, source="spotify_bulk").exit_code == 0
    assert deliver(settings, empty).refusals == [f"{empty} is empty"]


def test_an_empty_file_of_short_plays_takes_no_plays_away(
    settings: Settings, tmp_path: Path
) -> None:
    tracks = write(tmp_path / "tracks.json", ndjson(track()))
    deliver(settings, tracks, write(tmp_path / NL, ndjson(play())))
    result = deliver(settings, write(tmp_path / f"sub_30_sec_{NL}", b""))
    assert result.notices == [
        f"{tmp_path / f'sub_30_sec_{NL}'} is empty: no short plays in NL on 2026-05-04"
    ]
    assert by_territory(settings) == [("NL", 1)]


def test_other_empty_files_are_refused(settings: Settings, tmp_path: Path) -> None:
    files = [write(tmp_path / name, b"") for name in ("report.csv", "streams_2026-05-04.json.gz")]
    assert deliver(settings, *files).refusals == [f"{path} is empty" for path in sorted(files)]
