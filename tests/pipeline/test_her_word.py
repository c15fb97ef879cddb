"""An analyst's word, and the nights after it: the whole way, from her spreadsheet to the report."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline import verdict_drop
from fraud.pipeline.learning import confirmed, labels
from fraud.pipeline.nights import report
from fraud.pipeline.verdict import Word, give
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS, VERDICTS
from tests.report.homes import HIT, LOOP, MONDAY, after, suspect_home

MORNING = datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return a home in which a hit and a loop were suspect on each of five nights."""
    return suspect_home(tmp_path)


def alerts(settings: Settings, day: date) -> dict[str, dict[str, str]]:
    """Write the day's report and return the lines of its alerts.csv by title."""
    folder = report(day, settings).folder
    text = (folder / "alerts.csv").read_text(encoding="utf-8-sig")
    return {row["title"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_a_word_and_the_nights_after_it(settings: Settings) -> None:
    # Monday's report shows two new incidents that nobody has spoken of.
    monday = alerts(settings, MONDAY)
    assert {title: (row["status"], row["verdict"]) for title, row in monday.items()} == {
        "Hit": ("new", ""),
        "Loop": ("new", ""),
    }

    # She fills in the column verdict and leaves the file in the folder.
    (settings.home / "verdicts").mkdir()
    lines = [f"{monday['Hit']['incident_id']};innocent;fan party"]
    lines.append(f"{monday['Loop']['incident_id']};fraud;")
    text = "\r\n".join(["incident_id;verdict;note", *lines])
    (settings.home / "verdicts" / "monday.csv").write_text(text, encoding="utf-8-sig")
    (taken,) = verdict_drop.take(settings, now=MORNING)
    assert (taken.given.given, taken.given.refused) == (2, [])

    # The next night, what is innocent is quiet, and what is fraud says so.
    tuesday = alerts(settings, after(1))
    assert {title: row["verdict"] for title, row in tuesday.items()} == {"Loop": "fraud"}
    page = (settings.reports / str(after(1)) / "report.html").read_text()
    assert "How right the last weeks were" in page
    assert "50 %" in page

    # It stays quiet, night after night.
    assert list(alerts(settings, after(2))) == ["Loop"]
    assert list(alerts(settings, after(3))) == ["Loop"]

    # Until it grows: then it is back under the same name and says why.
    friday = alerts(settings, after(4))["Hit"]
    assert friday["incident_id"] == monday["Hit"]["incident_id"]
    assert friday["verdict"] == "innocent"
    assert friday["counter_evidence"] == (
        "Judged innocent on 2026-03-03 (fan party); new since then:"
        " 8,900 suspected plays where 900 were the most until then."
    )

    # A rerun forgets nothing, and she may take her word back.
    assert list(alerts(settings, after(2))) == ["Loop"]
    give(Word(monday["Hit"]["incident_id"], "withdrawn"), settings, now=MORNING.replace(hour=9))
    assert sorted(alerts(settings, after(2))) == ["Hit", "Loop"]


def test_the_next_night_learns_from_both_words(settings: Settings) -> None:
    names = {title: row["incident_id"] for title, row in alerts(settings, MONDAY).items()}
    give(Word(names["Hit"], "innocent"), settings, now=MORNING)
    give(Word(names["Loop"], "fraud"), settings, now=MORNING)
    for number in range(1, 4):
        alerts(settings, after(number))
    lake = Lake(settings.lake_address)
    known = labels(*(lake.read(table) for table in (INCIDENTS, JUDGEMENTS, VERDICTS, CATALOG)))
    assert known.select("track_id", "first_day", "last_day", "label").rows() == [
        (HIT, MONDAY, MONDAY, "innocent"),
        (LOOP, MONDAY, after(3), "fraud"),
    ]
    assert confirmed(known)["track_id"].to_list() == [LOOP]
