"""An analyst's word reaches the lake, one at a time or as the alerts.csv that she filled in."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.verdict import Given, Word, give, give_file
from fraud.report.alerts_csv import alerts_csv
from fraud.tables import INCIDENTS, JUDGEMENTS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAID = ("incident_id", "verdict", "note", "until", "given_at")
IDS = ("INC-7K3QX2", "INC-7K3QX9", "INC-M0MM1T")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    Lake(settings.lake_address).append(INCIDENTS, incidents())
    return settings


def incidents() -> pl.DataFrame:
    rows = [
        {"report_date": date(2026, 3, 1), "rank": n, "incident_id": name, "title": "Ä; b"}
        for n, name in enumerate(IDS, 1)
    ]
    return pl.DataFrame(rows, schema=dict(INCIDENTS.schema))


def held(settings: Settings) -> list[tuple[object, ...]]:
    return Lake(settings.lake_address).read(JUDGEMENTS).select(SAID).rows()


def test_a_verdict_is_recorded_with_its_note_and_end(settings: Settings) -> None:
    word = Word(IDS[0], "innocent", "on tour", date(2026, 4, 1))
    assert give(word, settings, now=NOW) == Given(1, 0)
    assert held(settings) == [(IDS[0], "innocent", "on tour", date(2026, 4, 1), NOW)]


def test_every_word_stays_on_record_and_a_repeated_one_changes_nothing(settings: Settings) -> None:
    later, latest = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    give(Word(IDS[0], "unsure"), settings, now=NOW)
    assert give(Word(IDS[0], "fraud"), settings, now=later) == Given(1, 0)
    assert give(Word(IDS[0], "fraud"), settings, now=latest) == Given(0, 1)
    assert [(row[1], row[4]) for row in held(settings)] == [("unsure", NOW), ("fraud", later)]


def test_an_unknown_incident_is_answered_with_the_nearest(settings: Settings) -> None:
    with pytest.raises(CallError) as told:
        give(Word("INC-7K3QXQ", "fraud"), settings, now=NOW)
    assert str(told.value) == (
        "there is no incident 'INC-7K3QXQ'; the nearest are INC-7K3QX9, INC-7K3QX2"
    )
    with pytest.raises(CallError, match=r"'xx'; copy the incident_id of a line of alerts\.csv"):
        give(Word("xx", "fraud"), settings, now=NOW)
    assert held(settings) == []


def test_without_incidents_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="the lake holds no incidents yet; run a night first"):
        give(Word(IDS[0], "fraud"), Settings(home=tmp_path), now=NOW)


def test_another_word_is_no_verdict(settings: Settings) -> None:
    with pytest.raises(CallError, match="'guilty' is no verdict; say fraud, innocent or unsure"):
        give(Word(IDS[0], "guilty"), settings, now=NOW)


def filled(**words: str) -> str:
    """Return alerts.csv with its verdict column filled in, as text without a byte order mark."""
    judged = incidents().with_columns(
        verdict=pl.col("incident_id").replace_strict(
            {name.replace("_", "-"): word for name, word in words.items()}, default=None
        )
    )
    return alerts_csv(judged).decode("utf-8-sig")


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), id="as it was written"),
        pytest.param(lambda text: text.replace("\r\n", "\n").encode(), id="LF, no BOM"),
        pytest.param(
            lambda text: text.replace(",", ";").replace("Ä; b", "'Ä. b'").encode("cp1252"),
            id="semicolons in Windows-1252",
        ),
        pytest.param(
            lambda text: ("sep=;\r\n" + text.replace('"', "").replace("; b", "").replace(",", ";"))
            .encode("utf-8-sig"),
            id="a line that names the separator",
        ),
        pytest.param(
            lambda text: text.replace('"', "").replace(",", "\t").encode("utf-16"),
            id="Unicode text with tabs",
        ),
    ],
)  # fmt: skip
def test_alerts_csv_comes_back_as_a_spreadsheet_saves_it(
    settings: Settings, tmp_path: Path, saved: object
) -> None:
    assert callable(saved)
    path = tmp_path / "alerts.csv"
    path.write_bytes(saved(filled(INC_7K3QX2="fraud", INC_M0MM1T="Innocent ")))
    assert give_file(path, settings, now=NOW) == Given(2, 0)
    assert [row[:2] for row in held(settings)] == [(IDS[0], "fraud"), (IDS[2], "innocent")]
    assert give_file(path, settings, now=NOW + timedelta(days=1)) == Given(0, 2)


def test_a_file_may_carry_notes_and_ends(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(
        "Verdict;Incident_ID;Note;Until\n"
        f'unsure;{IDS[0]};"two\nlines; one cell";2026-04-01\n'
        f"fraud;{IDS[1]};;1.4.2026\n"
    )
    assert give_file(path, settings, now=NOW) == Given(2, 0)
    assert [row[2:4] for row in held(settings)] == [
        ("two\nlines; one cell", date(2026, 4, 1)),
        (None, date(2026, 4, 1)),
    ]


def test_lines_at_fault_lose_none_of_the_others(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(
        "incident_id,verdict,until\n"
        f"{IDS[0]},maybe,\n"
        f"{IDS[1]},fraud,\n"
        "\n"
        "INC-M0MM1X,fraud,\n"
        f"{IDS[1]},innocent,\n"
        f"{IDS[2]},fraud,04/01/2026\n"
        f"{IDS[2]},,\n"
    )
    given = give_file(path, settings, now=NOW)
    assert (given.given, given.unchanged) == (1, 0)
    assert given.refused == [
        "v.csv, line 2: 'maybe' is no verdict; say fraud, innocent or unsure",
        (
            "v.csv, line 5: there is no incident 'INC-M0MM1X'; the nearest are INC-M0MM1T, "
            "INC-7K3QX9, INC-7K3QX2"
        ),
        "v.csv, line 6: INC-7K3QX9 stands above with another verdict; leave one of them",
        "v.csv, line 7: until is '04/01/2026'; write a day as YYYY-MM-DD",
    ]
    assert [row[:2] for row in held(settings)] == [(IDS[1], "fraud")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"incident_id,word\n", "lacks the column verdict; its first line holds incident_id, word"),
        (b"", "lacks the column incident_id and verdict; its first line holds nothing"),
    ],
)
def test_a_file_without_the_columns_is_refused(
    settings: Settings, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "v.csv").write_bytes(content)
    with pytest.raises(CallError, match=says):
        give_file(tmp_path / "v.csv", settings, now=NOW)


def test_a_file_that_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"none\.csv cannot be read: No such file or directory"):
        give_file(tmp_path / "none.csv", settings, now=NOW)
