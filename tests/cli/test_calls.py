"""A call that is wrong is answered by a sentence and code 2, whatever is wrong with it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fraud import __version__
from tests.cli.conftest import Answer

Fraud = Callable[..., Answer]

COMMANDS = (
    *("demo", "pull", "ingest", "run", "report", "export", "evidence"),
    *("verdict", "review", "hygiene", "dilution", "simulate", "evaluate", "status"),
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_help_names_every_command(fraud: Fraud) -> None:
    answer = fraud("--help")
    assert answer.code == 0
    assert [line.split()[0] for line in answer.out.partition("Commands:")[2].splitlines()[1:]] == [
        *COMMANDS
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_a_home_and_json(fraud: Fraud, command: str) -> None:
    answer = fraud(command, "--help")
    assert answer.code == 0
    assert "--home PATH" in answer.out
    assert "--json" in answer.out


def test_it_tells_its_version(fraud: Fraud) -> None:
    assert fraud("--version").out == f"fraud {__version__}\n"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("run --date 2026-02-30", "'2026-02-30' is no day; write YYYY-MM-DD, such as 2026-03-14"),
        ("run --date 20260301", "'20260301' is no day"),
        ("run --from yesterday --to 2026-03-01", "'yesterday' is no day"),
        ("run --from 2026-03-02 --to 2026-03-01", "--from 2026-03-02 lies after --to 2026-03-01"),
        ("run --from 2026-03-02", "a range needs both its ends; --to is missing"),
        ("run --to 2026-03-02", "a range needs both its ends; --from is missing"),
        ("run --date 2026-03-02 --to 2026-03-02", "give one of the two"),
        ("run --as-of noon", "'noon' is no moment; write ISO 8601"),
        ("run --date 2026-03-01", "holds no reports; load some with: fraud ingest PATH"),
        ("report --date 2026-03-01", "2026-03-01 was never judged; run it with: fraud run --date"),
        ("report", "Missing option '--date'"),
        ("export scores --out s.csv", "the lake holds no scores yet; run a night first"),
        ("export scores --out s.xlsx", "there is no ending '.xlsx' to export"),
        ("export scores --out s.csv --from 2026-03-02 --to 2026-03-01", "lies after"),
        ("export songs --out s.csv", "there is no table 'songs' to export; choose scores,"),
        ("verdict", "give an incident and a verdict, or --file with a CSV of them"),
        ("verdict INC-1", "the verdict is missing; say fraud, innocent or unsure"),
        ("verdict INC-1 fraud --file v.csv", "give an incident and a verdict, or --file"),
        ("verdict --file v.csv --note why", "--note and --until go with one incident"),
        ("verdict --file v.csv", "v.csv cannot be read: No such file or directory"),
        ("evidence INC-1", "there is no incident 'INC-1'; the lake holds no incidents yet"),
        ("verdict INC-1 fraud", "there is no incident 'INC-1'; the lake holds no incidents yet"),
        ("ingest", "Missing argument 'PATH'"),
        ("ingest nowhere", "nowhere is not there"),
        ("ingest .", "no report was found in ."),
        ("ingest . --source tarot", "there is no source 'tarot'; choose one of auto,"),
        ("simulate out --days 3", "3 days are too few for a world; give 7 or more"),
        ("simulate out --format xlsx", "file format 'xlsx' is none of csv.gz,"),
        ("simulate out --start 1.3.2026", "'1.3.2026' is no day"),
        ("simulate out --days many", "Invalid value for '--days'"),
        ("evaluate nowhere", "nowhere is no folder; name one that fraud simulate wrote"),
        ("evaluate .", ". is not a labelled world"),
        ("status --colour", "No such option"),
        ("--colour status", "No such option"),
        ("--date 2026-03-01 run", "--date stands after the command: fraud run --date"),
        ("--accept", "--accept stands after the command: fraud ingest --accept"),
        ("--from 2026-03-01", "--from stands after the command: fraud COMMAND --from"),
        ("--home", "Option '--home' requires an argument"),
        ("--home h", "Missing command"),
        ("stauts", "No such command 'stauts'"),
    ],
)
def test_a_wrong_call_is_told(fraud: Fraud, call: str, says: str) -> None:
    answer = fraud(*call.split())
    assert answer.code == 2, answer
    assert says in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err


def test_a_wrong_setting_is_told(fraud: Fraud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_ALERT_SCORE", "high")
    answer = fraud("status")
    assert answer.code == 2
    assert answer.err.startswith("Error: setting alert_score: ")
    assert answer.err.endswith("not 'high'\n")


def test_the_home_is_the_flag_then_the_environment_then_here(
    fraud: Fraud, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "at fraud-home/lake is empty" in fraud("status").out
    monkeypatch.setenv("FRAUD_HOME", "of-env")
    assert "at of-env/lake is empty" in fraud("status").out
    assert "at of-flag/lake is empty" in fraud("status", "--home", "of-flag").out


def test_home_and_json_may_stand_before_the_command_and_the_later_counts(fraud: Fraud) -> None:
    assert "at before/lake is empty" in fraud("--home", "before", "status").out
    assert "at after/lake is empty" in fraud("--home", "before", "status", "--home", "after").out
    assert fraud("--json", "--home", "before", "status").json["lake"] == "before/lake"


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("division by [red]zero[/red]\nand more")


def test_what_nobody_expected_is_a_sentence_and_a_file(
    fraud: Fraud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fraud.pipeline.status.status", broken)
    answer = fraud("--home", "h", "status")
    assert answer.code == 1
    (log,) = (tmp_path / "h" / "logs").iterdir()
    assert answer.err == (
        "Error: it failed unexpectedly (ZeroDivisionError: division by [red]zero[/red]); "
        f"the details are in h/logs/{log.name}\n"
    )
    details = log.read_text(encoding="utf-8")
    assert "Traceback (most recent call last):" in details
    assert f"fraud {__version__}, Python {sys.version.split()[0]}" in details


def test_where_the_home_is_what_failed_the_details_lie_elsewhere(
    fraud: Fraud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fraud.pipeline.status.status", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "h").write_text("a file")
    answer = fraud("status", "--home", "h")
    assert answer.code == 1
    (log,) = (tmp_path / "t").iterdir()
    assert str(log) in answer.err


def test_a_developer_can_ask_for_the_exception(
    fraud: Fraud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud.pipeline.status.status", broken)
    monkeypatch.setenv("FRAUD_DEBUG", "1")
    answer = fraud("status")
    assert answer.code == 1
    assert "unexpectedly" not in answer.err


def test_the_process_ends_with_the_code_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from fraud.cli import main; main()", "run", "--date", "x"],
        cwd=Path(__file__).parents[2],
        env={"PATH": "", "FRAUD_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "'x' is no day" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from fraud.cli import app;"
        "CliRunner().invoke(app, ['run', '--help']);"
        "print(*{'polars', 'duckdb', 'deltalake', 'pydantic_settings', 'pyod', 'rich.table'}"
        " & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
