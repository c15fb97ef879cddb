"""An analyst's word reaches the lake, one at a time or as the alerts.csv that she filled in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.verdict import Given, Word, give, give_file
from fraud.pipeline.verdict_drop import take
from fraud.report.alerts_csv import alerts_csv
from fraud.report.spreadsheet import csv_bytes
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS
from tests.report.stories import catalog, isrc, track

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


@pytest.fixture
def listed(settings: Settings) -> Settings:
    """Return a home whose catalogue knows two artists."""
    rows = {
        "track_id": ["GBAAA2600001", "GBAAA2600002"],
        "artist": ["Mara Quill", "The Lanterns"],
        "label": ["Kite", "Kite"],
        "upc": ["0012", "0013"],
    }
    Lake(settings.lake_address).merge(CATALOG, pl.DataFrame(rows))
    return settings


def test_a_word_on_a_scope_is_recorded_with_its_days(listed: Settings) -> None:
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    word = Word(None, "fraud", "farm", april, "artist", "Mara Quill", march)
    assert give(word, listed, now=NOW) == Given(1, 0)
    assert give(word, listed, now=NOW) == Given(0, 1)
    (row,) = Lake(listed.lake_address).read(JUDGEMENTS).rows(named=True)
    assert (row["incident_id"], row["scope"], row["entity"]) == (None, "artist", "Mara Quill")
    assert (row["since"], row["until"], row["verdict"]) == (march, april, "fraud")


def test_a_scope_that_the_lake_does_not_know_is_answered_with_the_nearest(
    listed: Settings,
) -> None:
    for scope, entity, says in (
        ("artist", "Mara Quil", "the lake knows no artist 'Mara Quil'; the nearest are 'Mara Qu"),
        ("genre", "pop", "'genre' is no scope; say track, release, artist, label, account"),
        ("territory", "XX", "the lake knows no territory 'XX'"),
        ("label", "", "the label is not named"),
    ):
        with pytest.raises(CallError, match=says):
            give(Word(None, "fraud", scope=scope, entity=entity), listed, now=NOW)


def test_a_word_can_be_taken_back_once(settings: Settings) -> None:
    back = Word(IDS[0], "withdrawn")
    with pytest.raises(CallError, match="there is no word on 'INC-7K3QX2' to take back"):
        give(back, settings, now=NOW)
    give(Word(IDS[0], "fraud"), settings, now=NOW)
    assert give(back, settings, now=NOW + timedelta(hours=1)) == Given(1, 0)
    with pytest.raises(CallError, match="to take back"):
        give(back, settings, now=NOW + timedelta(hours=2))


def test_a_word_remembers_what_its_incident_was_about(settings: Settings) -> None:
    later = {"report_date": date(2026, 3, 2), "incident_id": IDS[0], "level": "label"}
    later |= {"entity": "Kite", "track_ids": "A|B", "first_day": date(2026, 3, 1)}
    rows = pl.DataFrame([later | {"last_active": date(2026, 3, 2)}], schema=dict(INCIDENTS.schema))
    Lake(settings.lake_address).append(INCIDENTS, rows)
    give(Word(IDS[0], "fraud"), settings, now=NOW)
    (row,) = Lake(settings.lake_address).read(JUDGEMENTS).rows(named=True)
    assert (row["scope"], row["level"], row["entity"]) == (None, "label", "Kite")
    assert (row["track_ids"], row["since"], row["seen"]) == (
        "A|B",
        date(2026, 3, 1),
        date(2026, 3, 2),
    )


def test_a_note_longer_than_a_page_is_refused(settings: Settings) -> None:
    with pytest.raises(CallError, match="the note has 2,001 characters; 2,000 are kept"):
        give(Word(IDS[0], "fraud", "x" * 2_001), settings, now=NOW)


def test_a_line_of_a_file_may_speak_of_a_scope(listed: Settings, tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(
        "incident_id,artist,territories,upc,verdict,scope\n"
        f"{IDS[0]},Mara Quill,US|DE,'0012\t,fraud,artist\n"
        f"{IDS[1]},Mara Quill,US|DE,0012\t,innocent,Release\n"
        f"{IDS[1]},Mara Quill,US|DE,,fraud,territory\n"
        f"{IDS[1]},,US|DE,,fraud,artist\n"
        f"{IDS[1]},,US|DE,,fraud,planet\n"
        f"{IDS[2]},Mara Quill,,,innocent,artist\n"
        f"{IDS[2]},Mara Quill,,,unsure,\n"
    )
    given = give_file(path, listed, now=NOW)
    held = Lake(listed.lake_address).read(JUDGEMENTS)
    assert held.select("incident_id", "scope", "entity", "verdict").rows() == [
        (None, "artist", "Mara Quill", "fraud"),
        (None, "release", "0012", "innocent"),
        (IDS[2], None, None, "unsure"),
    ]
    assert given.refused == [
        "v.csv, line 4: the line names several territories (US|DE); leave the one that is meant",
        "v.csv, line 5: the line names no artist: its column artist is empty",
        (
            "v.csv, line 6: 'planet' is no scope; say track, release, artist, label, account,"
            " pattern, territory or leave it empty"
        ),
        "v.csv, line 7: artist Mara Quill stands above with another verdict; leave one of them",
    ]


@pytest.mark.parametrize(
    "name", ["'Til Tuesday", "=Equal=", "Two  Spaces", "\u202eBackwards\u202c", "007", "@here", "-"]
)
def test_a_name_is_known_again_as_its_cell_shows_it(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    Lake(settings.lake_address).merge(CATALOG, catalog(track(isrc(1), artist=name)))
    line = csv_bytes(("artist", "incident_id", "verdict", "scope"), [(name, "", "fraud", "artist")])
    (tmp_path / "v.csv").write_bytes(line)
    assert give_file(tmp_path / "v.csv", settings, now=NOW) == Given(1, 0)
    assert Lake(settings.lake_address).read(JUDGEMENTS)["entity"].to_list() == [name]


def test_alerts_csv_given_back_untouched_changes_no_word(
    settings: Settings, tmp_path: Path
) -> None:
    give(Word(IDS[0], "innocent", "on tour", date(2026, 4, 1)), settings, now=NOW)
    path = tmp_path / "alerts.csv"
    path.write_text(f"incident_id,verdict\n{IDS[0]},innocent\n")
    assert give_file(path, settings, now=NOW + timedelta(days=1)) == Given(0, 1)
    assert held(settings)[-1][2:4] == ("on tour", date(2026, 4, 1))


def left(settings: Settings, name: str, text: str) -> Path:
    folder = settings.home / "verdicts"
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text(text)
    return folder


def test_files_left_in_the_folder_are_taken_once(settings: Settings) -> None:
    folder = left(settings, "alerts.csv", f"incident_id;verdict\n{IDS[0]};fraud\n")
    left(settings, ".~lock.alerts.csv#", "her spreadsheet is open")
    (taken,) = take(settings, now=NOW)
    assert (taken.name, taken.given) == ("alerts.csv", Given(1, 0))
    assert [path.name for path in folder.iterdir()] == [".~lock.alerts.csv#"]
    assert len(list((settings.home / "taken").rglob("verdicts/alerts.csv"))) == 1
    assert take(settings, now=NOW) == []
    assert [row[:2] for row in held(settings)] == [(IDS[0], "fraud")]


def test_what_is_wrong_with_a_file_is_left_beside_it_until_it_is_mended(
    settings: Settings,
) -> None:
    folder = left(settings, "a.csv", f"incident_id,verdict\n{IDS[0]},perhaps\n{IDS[1]},fraud\n")
    left(settings, "b.xlsx", "PK")
    left(settings, "c.csv", "title\n")
    left(settings, "d.csv", "PK\x03\x04\x00\x00 a workbook under another name")
    left(
        settings,
        "e.csv",
        ",".join(f"a column of a name without end {n} {'x' * 99}" for n in range(99)),
    )
    given = [one.given for one in take(settings, now=NOW)]
    assert [(one.given, len(one.refused)) for one in given] == [(1, 1), *[(0, 1)] * 4]
    names = {f"{name}.faults.txt" for name in ("a.csv", "b.xlsx", "c.csv", "d.csv", "e.csv")}
    assert {path.name for path in folder.iterdir()} == names
    told = (folder / "a.csv.faults.txt").read_text()
    assert told == "a.csv, line 2: 'perhaps' is no verdict; say fraud, innocent or unsure\n"
    for name in ("b.xlsx", "d.csv"):
        assert "save it as CSV" in (folder / f"{name}.faults.txt").read_text()
    assert len((folder / "e.csv.faults.txt").read_text()) < 500
    left(settings, "a.csv", f"incident_id,verdict\n{IDS[0]},fraud\n")
    take(settings, now=NOW + timedelta(hours=1))
    assert {path.name for path in folder.iterdir()} == names - {"a.csv.faults.txt"}


def test_a_word_of_an_older_version_still_counts(settings: Settings) -> None:
    older = replace(JUDGEMENTS, columns=JUDGEMENTS.columns[:5], key=("incident_id", "given_at"))
    row = {"incident_id": IDS[0], "verdict": "fraud", "given_at": NOW}
    Lake(settings.lake_address).append(older, pl.DataFrame([row], schema=dict(older.schema)))
    assert give(Word(IDS[0], "fraud"), settings, now=NOW) == Given(0, 1)
    assert give(Word(IDS[1], "fraud"), settings, now=NOW) == Given(1, 0)
    assert [row[0] for row in held(settings)] == [IDS[0], IDS[1]]
