"""A small world goes through every command: simulated, loaded, judged, exported, answered."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fraud.lake import Lake
from fraud.tables import INCIDENTS, JUDGEMENTS
from tests.cli.conftest import Answer, Worked

Fraud = Callable[..., Answer]


def test_simulate_tells_what_the_world_holds(worked: Worked) -> None:
    assert worked.simulated.code == 0
    assert worked.simulated.out.startswith("40 tracks over 35 days have ")
    assert f"The truth lies in {worked.world}/truth." in worked.simulated.out
    assert worked.simulated.err == "Simulating 40 tracks over 35 days\n"


def test_simulate_answers_a_machine(fraud: Fraud, tmp_path: Path) -> None:
    size = ("--days", "7", "--tracks", "20", "--territories", "2", "--stores", "deezer")
    answer = fraud("simulate", tmp_path / "w", *size, "--format", "parquet", "--json")
    assert answer.json["folder"] == str(tmp_path / "w")
    assert answer.json["tracks"] == 20
    assert {path.suffix for path in (tmp_path / "w" / "reports").iterdir()} == {".parquet"}


def test_ingest_tells_what_came_in_and_how_far_it_is(worked: Worked) -> None:
    assert worked.ingested.code == 0
    lines = [line.split() for line in worked.ingested.out.splitlines()]
    assert lines[0][:4] == ["store", "table", "first", "last"]
    assert [line[:3] for line in lines if line[0] == "deezer"] == [
        ["deezer", "audience", "2026-03-02"],
        ["deezer", "streams", "2026-03-02"],
    ]
    assert "catalog: 40 rows" in worked.ingested.out
    assert worked.ingested.err.startswith("Read 1 of ")


def test_the_same_delivery_again_changes_nothing(worked: Worked) -> None:
    answer = worked.fraud("ingest", worked.world / "reports", "--json")
    assert answer.code == 0
    assert {one["outcome"] for one in answer.json["day_stores"]} == {"unchanged"}


def test_ingest_refuses_what_is_wrong_and_loads_the_rest(fraud: Fraud, tmp_path: Path) -> None:
    head = "report_date,store,territory,isrc,streams\n"
    good = "2026-03-01,spotify,NA,USAAA2600001,5\n"
    (tmp_path / "[red]a.csv").write_text(head + good + "2026-02-30,spotify,DE,USAAA2600001,5\n")
    (tmp_path / "b.csv").write_text("")
    answer = fraud("ingest", tmp_path, "--home", tmp_path / "home")
    assert answer.code == 3
    assert answer.out.endswith(
        "2 rows came in: 1 taken, 1 refused, 0 passed over.\n"
        "1 row entered from 2 files, 1 row refused.\n"
    )
    told = [line for line in answer.err.splitlines() if line.startswith("Refused")]
    assert told[0] == f"Refused: {tmp_path}/b.csv is empty"
    assert told[1].startswith(f"Refused: {tmp_path}/[red]a.csv, line 3, column report_date: ")
    status = fraud("status", "--home", tmp_path / "home")
    assert "Refused, the whole file of 1 file: the file is empty" in status.out


def test_run_answers_a_machine(worked: Worked) -> None:
    assert worked.ran.code == 0
    (night,) = worked.ran.json["nights"]
    assert (night["day"], night["stopped"]) == ("2026-04-05", False)
    with Path(night["alerts_csv"]).open(encoding="utf-8-sig", newline="") as file:
        listed = [row for row in csv.DictReader(file) if row["status"] != "ended"]
    assert [row["incident_id"] for row in listed] == [a["incident_id"] for a in night["alerts"]]
    assert Path(night["report"]).is_file()


def test_report_writes_the_same_bytes_again(worked: Worked) -> None:
    alerts = worked.home / "reports" / "2026-04-05" / "alerts.csv"
    before = alerts.read_bytes()
    alerts.unlink()
    answer = worked.fraud("report", "--date", "2026-04-05")
    assert answer.code == 0
    assert answer.out.endswith(f"{alerts}\n")
    assert alerts.read_bytes() == before


def test_report_opens_in_the_browser_only_when_asked(
    worked: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    worked.fraud("report", "--date", "2026-04-05")
    assert opened == []
    worked.fraud("report", "--date", "2026-04-05", "--open")
    report = worked.home / "reports" / "2026-04-05" / "report.html"
    assert opened == [report.resolve().as_uri()]


def test_a_day_without_reports_is_stopped_with_code_4(worked: Worked) -> None:
    answer = worked.fraud("run", "--date", "2027-01-01", "--no-notify")
    assert answer.code == 4
    assert answer.out == "2027-01-01: stopped by the gate\n"
    assert "Warning: 2027-01-01: no store reported anything" in answer.err
    assert not (worked.home / "reports" / "2027-01-01").exists()


def test_a_run_takes_the_verdicts_that_were_left_and_names_their_faults(worked: Worked) -> None:
    folder = worked.home / "verdicts"
    folder.mkdir()
    (folder / "mine.csv").write_text("incident_id,verdict\nINC-none,fraud\n")
    answer = worked.fraud("run", "--date", "2027-01-01", "--json")
    assert answer.code == 4
    assert answer.json["verdicts"]["given"] == 0
    (fault,) = answer.json["verdicts"]["refused"]
    assert fault.startswith("mine.csv, line 2: there is no incident 'INC-none'; ")
    assert [path.name for path in folder.iterdir()] == ["mine.csv.faults.txt"]
    again = worked.fraud("run", "--date", "2027-01-01", "--no-notify", "--json")
    assert again.json["verdicts"] == {"given": 0, "refused": []}


def test_a_word_on_an_artist_and_a_look_at_the_catalogue(worked: Worked) -> None:
    answer = worked.fraud("verdict", "--artist", "Nobody at all", "fraud")
    assert answer.code == 2
    assert "the lake knows no artist 'Nobody at all'" in answer.err
    two = worked.fraud("verdict", "--artist", "A", "--label", "B", "fraud")
    assert "--artist and --label are two scopes; give one" in two.err or (
        "--label and --artist are two scopes; give one" in two.err
    )
    assert (
        "--from goes with a scope"
        in worked.fraud("verdict", "INC-1", "fraud", "--from", "2026-01-01").err
    )
    made = worked.fraud("hygiene", "--date", "2026-04-06", "--json")
    assert made.code == 0
    assert made.json["tracks"] == 40
    assert Path(made.json["page"]).is_file()
    assert "40 tracks: " in worked.fraud("hygiene", "--date", "2026-04-06").out


def test_export_writes_what_the_night_scored(worked: Worked, tmp_path: Path) -> None:
    out = tmp_path / "s.parquet"
    answer = worked.fraud("export", "scores", "--level", "track", "--out", out, "--json")
    frame = pl.read_parquet(out)
    assert answer.json == {
        "file": str(out),
        "rows": frame.height,
        "first_day": "2026-04-05",
        "last_day": "2026-04-05",
    }
    assert frame.columns[:5] == ["date", "isrc", "track_id", "score", "rank"]
    assert frame["score"].is_between(0, 1).all()
    assert sorted(frame["rank"]) == list(range(1, frame.height + 1))


def test_status_tells_of_the_stores_and_the_night(worked: Worked) -> None:
    answer = worked.fraud("status")
    assert answer.code == 0
    heads = answer.out.splitlines()[0].split()
    assert heads[:5] == ["store", "table", "first", "last", "days"]
    assert "1 night judged, 2026-04-05 to 2026-04-05;" in answer.out
    assert worked.fraud("status", "--json").json["nights"] == ["2026-04-05"]


@pytest.fixture
def with_incident(tmp_path: Path) -> Path:
    rows = [{"report_date": date(2026, 3, 1), "incident_id": name} for name in ("INC-1", "INC-2")]
    frame = pl.DataFrame(rows, schema=dict(INCIDENTS.schema))
    Lake(tmp_path / "home" / "lake").append(INCIDENTS, frame)
    return tmp_path / "home"


def test_a_verdict_is_recorded(fraud: Fraud, with_incident: Path) -> None:
    home = ("--home", with_incident)
    words = ("verdict", "INC-1", "innocent", "--note", "tour", "--until", "2026-12-31")
    assert fraud(*words, *home) == Answer(0, "1 verdict recorded.\n", "")
    assert fraud(*words, *home).out == "0 verdicts recorded, 1 as given before.\n"
    (row,) = Lake(with_incident / "lake").read(JUDGEMENTS).rows(named=True)
    assert (row["verdict"], row["note"], row["until"]) == ("innocent", "tour", date(2026, 12, 31))
    answer = fraud("verdict", "INC-3", "fraud", *home)
    assert (answer.code, answer.out) == (2, "")
    assert "there is no incident 'INC-3'; the nearest are INC-2, INC-1" in answer.err


def test_a_file_of_verdicts_with_a_fault_ends_with_code_3(
    fraud: Fraud, with_incident: Path, tmp_path: Path
) -> None:
    (tmp_path / "v.csv").write_text("incident_id;verdict\nINC-1;fraud\nINC-2;perhaps\n")
    answer = fraud("verdict", "--file", tmp_path / "v.csv", "--home", with_incident)
    assert answer == Answer(
        3,
        "1 verdict recorded.\n",
        "Warning: v.csv, line 3: 'perhaps' is no verdict; say fraud, innocent or unsure\n",
    )
    answer = fraud("verdict", "--file", tmp_path / "v.csv", "--home", with_incident, "--json")
    assert (answer.json["given"], answer.json["unchanged"]) == (0, 1)


def test_evaluate_measures_the_detector_beside_the_baselines(worked: Worked, fraud: Fraud) -> None:
    answer = fraud("evaluate", worked.world, "--json")
    assert answer.code == 0
    detector, *baselines = answer.json["evaluations"]
    assert detector["name"] == "fraud"
    assert len(baselines) == 3
    for one in (detector, *baselines):
        assert set(one["figures"]["average precision"]) == {"value", "low", "high"}


def test_the_demo_can_be_run_again(
    fraud: Fraud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TRACKS": 40, "DAYS": 35, "NIGHTS": 2}.items():
        monkeypatch.setattr(f"fraud.pipeline.worlds.DEMO_{name}", value)
    first = fraud("demo", "--home", tmp_path)
    assert first.code == 0
    lines = first.out.splitlines()
    report = Path(lines[-2])
    assert report.name == "report.html"
    assert report.is_relative_to(tmp_path / "demo" / "reports")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("alerts.csv"))}
    again = fraud("demo", "--home", tmp_path)
    assert again.out == first.out
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("alerts.csv"))} == before


def test_json_is_all_that_standard_output_holds(worked: Worked) -> None:
    answer = worked.fraud("report", "--date", "2026-04-05", "--json")
    assert answer.json["day"] == "2026-04-05"
    assert io.StringIO(answer.out).readline() == "{\n"
