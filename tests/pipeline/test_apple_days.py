"""Days of Apple Music's reports through the pipeline: in any order and any cut, each play once."""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.pipeline.ingest import IngestResult, ingest
from tests.pipeline.homes import home, lake_of
from tests.sources.apple_files import (
    DAY,
    LATE_ROW,
    OTHER,
    RECEIVED,
    REPORTS,
    SUMMARY,
    SUMMARY_ROWS,
    tsv,
)
from tests.sources.loading import write

NOW = datetime(2026, 5, 6, 6, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return home(tmp_path / "home")


def deliver(settings: Settings, folder: Path, *names: str) -> IngestResult:
    paths = [write(folder / f"AppleMusic_{name}_80000001.txt.gz", REPORTS[name]) for name in names]
    return ingest(paths, settings, now=NOW)


def test_reports_may_come_in_any_order(tmp_path: Path) -> None:
    whole = home(tmp_path / "whole")
    assert deliver(whole, tmp_path / "files", *REPORTS).exit_code == 0
    first = lake_of(whole)
    assert first["streams"]["streams"].sum() == 9 + 2
    assert first["audience"].select("streams", "listeners", "shazams").sum().rows() == [(11, 1, 8)]
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
        ("DE", 0, None, 4),
        ("US", 489, 115, None),
        ("US", 5, None, None),
    ]


def test_a_container_report_that_arrives_alone_makes_no_day_of_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "Summary", "Content")
    before = lake_of(settings)
    result = deliver(settings, tmp_path, "Container")
    assert result.exit_code == 0
    (notice,) = result.notices
    assert f"{RECEIVED} are counted by the day on which they arrived" in notice
    assert all(rows.equals(before[name]) for name, rows in lake_of(settings).items())


def test_container_reports_make_days_where_no_other_report_tells_plays(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "Container", "Content")
    again = REPORTS["Container"].replace(RECEIVED, "2026-05-06")
    ingest([write(tmp_path / "next.txt", again)], settings, now=NOW)
    streams = lake_of(settings)["streams"].group_by("report_date").agg(pl.col("streams").sum())
    assert dict(streams.iter_rows()) == {date(2026, 5, 5): 489, date(2026, 5, 6): 489}


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
    assert result.rows.refused == 1
    written = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert b"person-1" not in written
    assert "person-1" not in " ".join([*result.warnings, *result.notices, *result.refusals])


def summary(folder: Path, name: str, *rows: str) -> Path:
    return write(folder / f"{name}.txt", tsv(SUMMARY, *rows))


def plays_by_day(settings: Settings) -> list[tuple[date, int]]:
    streams = lake_of(settings)["streams"]
    return sorted(streams.group_by("report_date").agg(pl.col("streams").sum()).rows())


def test_plays_received_later_are_added_to_their_day_once(
    settings: Settings, tmp_path: Path
) -> None:
    first = SUMMARY_ROWS[0].replace(DAY, "2026-05-01").replace(RECEIVED, "2026-05-02")
    deliver(settings, tmp_path, "Content")
    ingest([summary(tmp_path, "first", first)], settings, now=NOW)
    assert plays_by_day(settings) == [(date(2026, 5, 1), 412)]
    later = summary(tmp_path, "later", *SUMMARY_ROWS, LATE_ROW)
    for _ in range(2):
        ingest([later], settings, now=NOW)
        assert plays_by_day(settings) == [(date(2026, 5, 1), 418), (date(2026, 5, 4), 503)]
        audience = lake_of(settings)["audience"]
        assert audience["streams"].sum() == 418 + 503
    corrected = summary(tmp_path, "corrected", *SUMMARY_ROWS, LATE_ROW.replace("||6", "||2"))
    ingest([corrected], settings, now=NOW)
    assert plays_by_day(settings)[0] == (date(2026, 5, 1), 414)
    ingest([summary(tmp_path, "again", first.replace("412", "400"))], settings, now=NOW)
    assert plays_by_day(settings)[0] == (date(2026, 5, 1), 402)


def test_late_plays_leave_what_other_reports_told_of_their_day(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, "Summary", "Content", "Shazam", "Demographics")
    late = LATE_ROW.replace("2026-05-01", DAY).replace(RECEIVED, "2026-05-09")
    own = SUMMARY_ROWS[0].replace(DAY, "2026-05-08").replace(RECEIVED, "2026-05-09")
    ingest([summary(tmp_path, "later", own, own.replace("412", "3"), late)], settings, now=NOW)
    audience = lake_of(settings)["audience"].filter(pl.col("report_date") == date(2026, 5, 4))
    assert audience.select("territory", "streams", "listeners", "shazams").rows() == [
        ("DE", 9, None, 4),
        ("DE", 0, None, 4),
        ("US", 495, 115, None),
        ("US", 5, None, None),
    ]


def test_a_song_looked_for_without_plays_stays_so_when_its_late_plays_come_again(
    settings: Settings, tmp_path: Path
) -> None:
    texts = {name: REPORTS[name] for name in ("Summary", "Content", "Shazam")}
    texts["Content"] = texts["Content"].replace("QZ-AAA-26-00002", "QZAAA2600009")
    first = [write(tmp_path / f"AppleMusic_{name}.txt", text) for name, text in texts.items()]
    late = f"{DAY}|2026-05-09|{OTHER}|Germany|Student Monthly|Trial||1|0|0|1|16|||6"
    own = SUMMARY_ROWS[0].replace(DAY, "2026-05-08").replace(RECEIVED, "2026-05-09")
    later = summary(tmp_path, "later", own, own.replace("412", "3"), late)
    ingest([*first, later], settings, now=NOW)
    audience = lake_of(settings)["audience"]
    looked_for = audience.filter(pl.col("isrc") == "QZAAA2600009", pl.col("territory") == "DE")
    assert looked_for.select("streams", "shazams").rows() == [(6, 4)]
    for _ in range(2):
        again = ingest([*first, later], settings, now=NOW)
        assert {one.outcome for one in again.day_stores} == {"unchanged"}
        assert lake_of(settings)["audience"].equals(audience)
