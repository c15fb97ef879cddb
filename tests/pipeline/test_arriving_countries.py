"""Countries of a day that come one by one are each held against what is usual of that country."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fraud.config import Settings
from fraud.pipeline.ingest import IngestResult, ingest
from tests.pipeline.homes import lake_of
from tests.sources.loading import write
from tests.sources.spotify_files import ndjson, play

TUESDAY = date(2026, 5, 5)
COUNTRIES = ("DE", "NL", "SE")
TRACKS, PLAYS = 20, 12
WHOLE = TRACKS * PLAYS


def country(folder: Path, day: date, code: str, tracks: int = TRACKS) -> Path:
    plays = [
        play(country=code, timestamp=f"{day}T12:00:00", track_id=f"t{n}")
        for n in range(tracks)
        for _ in range(PLAYS)
    ]
    return write(folder / f"{day}" / f"streams_{code}.json", ndjson(*plays))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home")
    weeks = [TUESDAY - timedelta(days) for days in (21, 14, 7)]
    files = [country(tmp_path, day, code) for day in weeks for code in COUNTRIES]
    assert deliver(made, *files).exit_code == 0
    return made


def deliver(settings: Settings, *files: Path) -> IngestResult:
    return ingest(files, settings, now=datetime(2026, 5, 6, 6, tzinfo=UTC))


def plays_of(settings: Settings) -> int:
    streams = lake_of(settings)["streams"]
    return int(streams.filter(streams["report_date"] == TUESDAY)["streams"].sum())


def test_a_day_that_comes_country_by_country_enters_as_it_comes(
    settings: Settings, tmp_path: Path
) -> None:
    for number, code in enumerate(COUNTRIES, 1):
        result = deliver(settings, country(tmp_path, TUESDAY, code))
        assert result.refusals == []
        assert plays_of(settings) == number * WHOLE
        absent = [one.message for one in result.findings if one.check == "missing_territory"]
        assert len(absent) == (3 if number == 1 else 0)
        assert all(told.endswith("are absent: NL, SE") for told in absent)


def test_a_first_country_that_is_cut_is_kept_out(settings: Settings, tmp_path: Path) -> None:
    result = deliver(settings, country(tmp_path, TUESDAY, "NL", tracks=9))
    assert {one.outcome for one in result.day_stores} == {"held"}
    assert "11 of 20 tracks × territories" in result.refusals[0]
    assert plays_of(settings) == 0
    assert deliver(settings, country(tmp_path, TUESDAY, "NL")).exit_code == 0
    assert plays_of(settings) == WHOLE
