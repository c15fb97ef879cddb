"""The weekly look at a catalogue: findings as a table and a page, from what the lake holds."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.config import Settings
from fraud.errors import CallError
from fraud.hygiene.checks import inspect
from fraud.lake import Lake
from fraud.pipeline.hygiene import inspect_catalogue
from fraud.tables import CATALOG, QUARANTINE

TODAY = datetime.now(UTC).date()


def row(number: int, **given: Any) -> dict[str, Any]:
    """Return a track that no check has anything against."""
    name = f"GBAAA26{number:05}"
    made = {"track_id": name, "isrc": name, "title": f"Song {number}", "artist": f"Act {number}"}
    made |= {"account_id": f"account {number % 7}", "upc": f"{number:013}"}
    made |= {"duration_seconds": 120 + number % 97, "ai_disclosure": "none"}
    return made | {"release_date": date(2025, 1, 1) + timedelta(number)} | given


def settings_with(home: Path, *rows: dict[str, Any]) -> Settings:
    settings = Settings(home=home)
    frame = pl.DataFrame(list(rows), schema=dict(CATALOG.schema))
    Lake(settings.lake_address).merge(CATALOG, frame)
    return settings


CLEAN = [row(number) for number in range(200)]


def checks(settings: Settings, day: date = TODAY) -> list[str]:
    found = inspect_catalogue(day, settings).findings["check"]
    return [str(check) for check in found.unique().sort()]


def test_a_clean_catalogue_has_no_findings(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, *CLEAN)
    made = inspect_catalogue(TODAY, settings)
    assert made.findings.rows() == []
    assert made.tracks == 200
    assert made.table == tmp_path / "hygiene" / str(TODAY) / "findings.csv"
    assert "Nothing to report" in made.page.read_text()


def test_each_check_speaks_for_itself(tmp_path: Path) -> None:
    farm = [
        row(
            1_000 + number,
            account_id="farm",
            artist=f"Mood {chr(65 + number)}",
            title="Rain",
            duration_seconds=31,
            release_date=TODAY - timedelta(2),
            ai_disclosure=None if number == 0 else "full",
        )
        for number in range(20)
    ]
    copied = [
        row(2_000, account_id="thief", artist="Act 1", title="Song 1", duration_seconds=121),
        row(2_001, account_id="thief", artist="X", title="Song 2 (nightcore)"),
        row(2_002, account_id="thief", artist="Moоd A", title="Y"),
    ]
    settings = settings_with(tmp_path, *CLEAN, *farm, *copied)
    refused = {"file": "c.csv", "line": 2, "column": "isrc", "value": "GB-1"}
    loaded_at = datetime.combine(TODAY, time(6), UTC)
    refused |= {"loaded_at": loaded_at, "delivery_id": "d"}
    Lake(settings.lake_address).append(
        QUARANTINE, pl.DataFrame([refused], schema=dict(QUARANTINE.schema))
    )
    assert checks(settings) == [
        "ISRC ill-formed",
        "bulk upload",
        "duplicate title and length",
        "equal lengths",
        "imitated title",
        "just over 30 s",
        "look-alike letters",
        "missing AI disclosure",
        "recording claimed twice",
    ]
    made = inspect_catalogue(TODAY, settings)
    told = dict(made.findings.select("check", "finding").rows())
    assert told["bulk upload"].startswith("20 releases on ")
    assert told["just over 30 s"].startswith("20 tracks last 30 to 35 s, 100.0 % of this account;")
    assert told["missing AI disclosure"].startswith("1 track does not say")
    severities = made.findings["severity"].to_list()
    assert severities == sorted(severities, key=["high", "medium", "low"].index)


def test_an_isrc_that_names_another_recording_than_a_week_ago_is_told(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, *CLEAN)
    lake = Lake(settings.lake_address)
    before = lake.read(CATALOG)
    changed = pl.DataFrame([row(5, title="Another", artist="Else")], schema=dict(CATALOG.schema))
    lake.merge(CATALOG, changed)
    with lake.connect([CATALOG, QUARANTINE]) as connection:
        connection.register("catalog_before", before.to_arrow())
        (found,) = inspect(connection, TODAY).rows(named=True)
    assert (found["check"], found["examples"]) == ("ISRC used again", "GBAAA2600005")
    # A week from now, what stands today is what stood a week before.
    assert checks(settings, TODAY + timedelta(7)) == []


def test_the_table_opens_by_double_click_and_the_page_runs_nothing(tmp_path: Path) -> None:
    hostile = [
        row(3_000 + number, account_id="=cmd|' /C calc'!A0", title="<script>x</script>",
            duration_seconds=60)
        for number in range(2)
    ]  # fmt: skip
    settings = settings_with(tmp_path, *CLEAN, *hostile)
    made = inspect_catalogue(TODAY, settings, out=tmp_path / "out.csv")
    assert made.table == tmp_path / "out.csv"
    assert made.table.read_bytes() == (made.page.parent / "findings.csv").read_bytes()
    text = made.table.read_text(encoding="utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["account_id"].startswith("'=cmd")
    page = made.page.read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_lake_without_a_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"holds no catalogue; load one with: fraud ingest"):
        inspect_catalogue(TODAY, Settings(home=tmp_path))


def test_names_to_be_guarded_are_read_from_a_file(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, *CLEAN, row(4_000, artist="Famous Actt"))
    known = tmp_path / "known.txt"
    known.write_text("Famous Act\n\n", encoding="utf-8-sig")
    made = inspect_catalogue(TODAY, settings, known=known)
    assert made.findings["check"].to_list() == ["near-equal name"]
    known.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CallError, match="is not UTF-8"):
        inspect_catalogue(TODAY, settings, known=known)
    with pytest.raises(CallError, match="cannot be read"):
        inspect_catalogue(TODAY, settings, known=tmp_path / "none.txt")
