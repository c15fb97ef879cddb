"""One word, three ways to give it (command, spreadsheet, review page), and the nights after it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from fraud.lake import Lake
from fraud.pipeline import verdict_drop
from fraud.pipeline.learning import confirmed, labels
from fraud.pipeline.nights import report
from fraud.report.spreadsheet import csv_bytes
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS, VERDICTS
from tests.cli.conftest import fraud
from tests.report.homes import HIT, LOOP, after
from tests.review.conftest import Served

Say = Callable[[Served, str, str, date | None], None]

SCOPES = ("incident", "track", "artist", "label", "territory", "pattern")
COLUMNS = {
    "track": "isrc",
    "artist": "artist",
    "label": "label",
    "territory": "territories",
    "pattern": "pattern",
}
OF_BOTH = ("territory", "pattern")
"""The hit and the loop are played in one territory and show one pattern."""


def monday(served: Served) -> dict[str, str]:
    """Return the line of the hit in Monday's alerts.csv, its verdict not yet filled in."""
    frame = pl.read_csv(served.client.get(f"{served.night}alerts.csv").content)
    row = frame.filter(pl.col("isrc") == HIT).row(0, named=True)
    return {name: str(row[name]) for name in ("incident_id", *COLUMNS.values())}


def by_command(served: Served, scope: str, verdict: str, until: date | None) -> None:
    line = monday(served)
    about = [line["incident_id"]] if scope == "incident" else [f"--{scope}", line[COLUMNS[scope]]]
    end = ["--until", str(until)] if until else []
    said = fraud("verdict", *about, verdict, *end, "--home", served.settings.home)
    assert said.out == "1 verdict recorded.\n", said.err


def by_spreadsheet(served: Served, scope: str, verdict: str, until: date | None) -> None:
    line = monday(served) | {"verdict": verdict, "scope": scope, "until": str(until or "")}
    folder = served.settings.home / "verdicts"
    folder.mkdir()
    # As a German spreadsheet saves it.
    (folder / "alerts.csv").write_bytes(csv_bytes([*line], [[*line.values()]], ";"))
    (taken,) = verdict_drop.take(served.settings, now=datetime(2026, 3, 3, 8, tzinfo=UTC))
    assert (taken.given.given, taken.given.refused) == (1, [])


def by_button(served: Served, scope: str, verdict: str, until: date | None) -> None:
    about = {"scope": "" if scope == "incident" else scope, "until": str(until or "")}
    answer = served.post(incident=monday(served)["incident_id"], verdict=verdict, **about)
    assert answer.status_code == 303


WAYS = (by_command, by_spreadsheet, by_button)
EACH_SCOPE_IN_SOME_WAY = pytest.mark.parametrize(
    ("scope", "say"), [(scope, WAYS[at % 3]) for at, scope in enumerate(SCOPES)]
)


def listed(served: Served, number: int) -> set[str]:
    """Return which tracks the report of a night lists."""
    return set(report(after(number), served.settings).alerts["isrc"])


@pytest.mark.parametrize("say", WAYS)
@pytest.mark.parametrize("scope", SCOPES)
def test_each_way_records_the_same_word(served: Served, say: Say, scope: str) -> None:
    say(served, scope, "innocent", after(9))
    (word,) = served.said()
    line = monday(served)
    about = {
        "incident_id": line["incident_id"] if scope == "incident" else None,
        "scope": None if scope == "incident" else scope,
        "entity": HIT if scope == "incident" else line[COLUMNS[scope]],
    }
    assert {name: word[name] for name in about} == about
    assert (word["verdict"], word["until"]) == ("innocent", after(9))


@EACH_SCOPE_IN_SOME_WAY
def test_what_she_calls_innocent_is_quiet_and_counted_the_next_night(
    served: Served, say: Say, scope: str
) -> None:
    say(served, scope, "innocent", None)
    quiet = {HIT, LOOP} if scope in OF_BOTH else {HIT}
    assert listed(served, 2) == {HIT, LOOP} - quiet
    page = (served.settings.reports / str(after(2)) / "report.html").read_text()
    number = f"{len(quiet)} incident{'s' * (len(quiet) != 1)} that you called innocent"
    assert "Left alone, as you said" in page
    assert number in page

    # On the fifth night the hit has nine times the plays: that is new, and says so.
    alerts = report(after(4), served.settings).alerts
    back = alerts.filter(pl.col("isrc") == HIT).row(0, named=True)
    assert back["verdict"] == "innocent"
    assert "8,900 suspected plays where 900 were the most until then" in back["counter_evidence"]
    if scope == "incident":
        assert back["counter_evidence"].startswith("Judged innocent on 2026-")
    else:
        assert back["counter_evidence"].startswith(f"Judged innocent as {scope} ")


@EACH_SCOPE_IN_SOME_WAY
def test_what_she_calls_fraud_says_so_and_leaves_the_baseline(
    served: Served, say: Say, scope: str
) -> None:
    say(served, scope, "fraud", None)
    night = report(after(2), served.settings).alerts
    guilty = {HIT, LOOP} if scope in OF_BOTH else {HIT}
    assert set(night.filter(pl.col("verdict") == "fraud")["isrc"]) == guilty
    lake = Lake(served.settings.lake_address)
    tables = (INCIDENTS, JUDGEMENTS, VERDICTS, CATALOG)
    spoilt = confirmed(labels(*(lake.read(table) for table in tables)))
    assert set(spoilt["track_id"]) == guilty


@pytest.mark.parametrize("say", WAYS)
def test_a_word_for_a_time_ends_by_itself(served: Served, say: Say) -> None:
    say(served, "artist", "innocent", after(2))
    assert listed(served, 2) == {LOOP}
    page = (served.settings.reports / str(after(2)) / "report.html").read_text()
    assert f"until {after(2)}" in page
    assert listed(served, 3) == {HIT, LOOP}


def test_a_word_taken_back_is_as_if_it_had_not_been_given(served: Served) -> None:
    by_command(served, "label", "innocent", None)
    assert listed(served, 2) == {LOOP}
    by_command(served, "label", "withdrawn", None)
    assert listed(served, 2) == {HIT, LOOP}
    page = (served.settings.reports / str(after(2)) / "report.html").read_text()
    assert "Left alone, as you said" not in page
