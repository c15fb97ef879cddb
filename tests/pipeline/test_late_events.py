"""LabelCamp's exports in the lake: each event on its day, late ones added once."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from fraud import config
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.tables import AUDIENCE, STREAMS, Table

NOW = datetime(2026, 2, 14, tzinfo=UTC)


def events(day: str, *people: str) -> str:
    """Return a line of the export for each play of a day."""
    same = {"quantity": 1, "played_seconds": 40, "retail_name": "Spotify", "code_alpha_2": "FI"}
    return "".join(
        json.dumps(same | {"isrc_code": "QZAAA2600001", "transaction_date": day, "user_id": one})
        + "\n"
        for one in people
    )


def test_an_event_is_a_play_of_its_own_day_however_often_it_is_delivered(tmp_path: Path) -> None:
    everybody = [f"u{number}" for number in range(50)]
    first = tmp_path / "idol_trends_extract_20260212060000.json_1"
    first.write_text(
        events("2026-02-11", *everybody) + events("2026-02-09", "z") + events("2026-02-12", "early")
    )
    second = tmp_path / "idol_trends_extract_20260213060000.json_1"
    second.write_text(events("2026-02-12", *everybody) + events("2026-02-11", "late", "u1"))
    settings = config.load(home=tmp_path / "home", lake="")
    for export in (first, second, first, second):
        assert ingest([export], settings, now=NOW).exit_code == 0

    def plays(table: Table) -> list[tuple[date, int]]:
        rows = Lake(settings.lake_address).read(table)
        return sorted(rows.group_by("report_date").agg(pl.col("streams").sum()).rows())

    told = [(date(2026, 2, 9), 1), (date(2026, 2, 11), 52), (date(2026, 2, 12), 51)]
    assert plays(STREAMS) == told
    assert plays(AUDIENCE) == told


def test_a_file_of_any_name_is_of_the_day_that_nearly_all_its_plays_are_of(tmp_path: Path) -> None:
    everybody = [f"u{number}" for number in range(50)]
    first, second = tmp_path / "export-a.json", tmp_path / "export-b.json"
    first.write_text(
        events("2026-02-11", *everybody) + events("2026-02-09", "z") + events("2026-02-12", "early")
    )
    second.write_text(events("2026-02-12", *everybody) + events("2026-02-11", "late", "u1"))
    settings = config.load(home=tmp_path / "home", lake="")
    for export in (second, first, second, first):
        assert ingest([export], settings, now=NOW).exit_code == 0
    named = tmp_path / "idol_trends_extract_20260213060000.json_1"
    named.write_text(second.read_text())
    assert ingest([named], settings, now=NOW).exit_code == 0
    rows = Lake(settings.lake_address).read(STREAMS)
    by_day = rows.group_by("report_date").agg(pl.col("streams").sum()).sort("report_date")
    assert by_day.rows() == [
        (date(2026, 2, 9), 1),
        (date(2026, 2, 11), 52),
        (date(2026, 2, 12), 51),
    ]


def test_a_part_that_is_an_error_page_is_refused(tmp_path: Path) -> None:
    good = tmp_path / "idol_trends_extract_20260212060000.json_0"
    good.write_text(events("2026-02-11", "anna"))
    page = tmp_path / "idol_trends_extract_20260212060000.json_1"
    page.write_text("<!DOCTYPE html><html><body>503 Service Unavailable</body></html>")
    settings = config.load(home=tmp_path / "home", lake="")
    result = ingest([good, page], settings, now=NOW)
    assert result.exit_code == 3
    assert result.refusals == [f"{page} is no report, though it is named like one"]
