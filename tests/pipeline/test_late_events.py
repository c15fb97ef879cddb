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
