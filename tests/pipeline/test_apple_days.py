"""Days of Apple Music's reports through the pipeline: in any order and any cut, each play once."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.tables import AUDIENCE, CONTEXT, LISTENERS, STREAMS
from tests.sources.apple_files import REPORTS
from tests.sources.loading import SALT, write

NOW = datetime(2026, 5, 6, 6, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return home(tmp_path / "home")


def home(folder: Path) -> Settings:
    """Return settings of a home of its own with the same salt as the others."""
    write(folder / "salt", SALT)
    return Settings(home=folder)


def deliver(settings: Settings, folder: Path, *names: str) -> IngestResult:
    paths = [write(folder / f"AppleMusic_{name}_80000001.txt.gz", REPORTS[name]) for name in names]
    return ingest(paths, settings, now=NOW)


def lake_of(settings: Settings) -> dict[str, pl.DataFrame]:
    lake = Lake(settings.lake_address)
    return {table.name: lake.read(table) for table in (STREAMS, AUDIENCE, LISTENERS, CONTEXT)}


def test_reports_may_come_in_any_order(tmp_path: Path) -> None:
    whole = home(tmp_path / "whole")
    assert deliver(whole, tmp_path / "files", *REPORTS).exit_code == 0
    first = lake_of(whole)
    assert first["streams"]["streams"].sum() == 9 + 2
    assert first["audience"].select("streams", "listeners", "shazams").sum().rows() == [(11, 1, 4)]
    for number, order in enumerate(list(itertools.permutations(REPORTS))[::2000]):
        other = home(tmp_path / f"other-{number}")
        deliver(other, tmp_path / "files", *order)
        assert all(rows.equals(first[name]) for name, rows in lake_of(other).items())


def test_reports_that_come_later_complete_the_day_and_wipe_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "Summary", "Content")
    before = lake_of(settings)
    assert deliver(settings, tmp_path, "Demographics", "Shazam").exit_code == 0
    after = lake_of(settings)
    assert after["streams"].equals(before["streams"])
    assert after["audience"].select("territory", "streams", "listeners", "shazams").rows() == [
        ("DE", 9, None, 4),
        ("US", 489, 115, None),
        ("US", 5, None, None),
    ]


def test_the_same_reports_again_change_nothing(settings: Settings, tmp_path: Path) -> None:
    deliver(settings, tmp_path, *REPORTS)
    before = lake_of(settings)
    again = deliver(settings, tmp_path, *REPORTS)
    assert {one.outcome for one in again.day_stores} == {"unchanged"}
    assert all(rows.equals(before[name]) for name, rows in lake_of(settings).items())


def test_a_song_that_an_earlier_content_report_named_is_known(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "Content")
    result = deliver(settings, tmp_path, "Summary", "EditorialPlaylistAdds")
    assert result.warnings == []
    assert lake_of(settings)["streams"]["isrc"].null_count() == 0
    assert lake_of(settings)["context"]["isrc"].to_list() == ["QZAAA2600001"]


def test_no_person_is_anywhere_below_the_home(settings: Settings, tmp_path: Path) -> None:
    damaged = REPORTS["Detail"].replace("\tUS\t", "\tNarnia\t", 1)
    write(tmp_path / "files" / "detail.txt", damaged)
    result = ingest([tmp_path / "files"], settings, now=NOW)
    assert result.rows_quarantined == 1
    written = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert b"person-1" not in written
    assert "person-1" not in " ".join([*result.warnings, *result.notices, *result.refusals])
