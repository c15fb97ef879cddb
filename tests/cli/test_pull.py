"""fraud pull, as a user meets it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import stamina

from tests.cli.conftest import Answer
from tests.feeds.services import CLIENT_SECRET, Service, service
from tests.sources.loading import STREAMS_CSV

__all__ = ["service"]

Fraud = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    (made / "in").mkdir(parents=True)
    (made / "in" / "plays_2026-05-04.csv").write_text(STREAMS_CSV)
    return made


def write(home: Path, text: str) -> None:
    (home / "fraud.toml").write_text(text)


def test_what_came_is_told_and_loaded(fraud: Fraud, home: Path) -> None:
    write(home, '[feeds.trends]\nplace = "in"\n')
    answer = fraud("pull", "--home", home)
    assert answer.code == 0
    lines = [line.split() for line in answer.out.splitlines()]
    assert lines[0][:5] == ["feed", "seen", "new", "changed", "unchanged"]
    assert lines[2] == ["trends", "1", "1", "0", "0", "0", str(len(STREAMS_CSV)), "0", "0", "0"]
    assert "3 rows entered from 1 file." in answer.out
    again = fraud("pull", "--home", home, "--json").json
    assert (again[0]["new"], again[0]["unchanged"], again[0]["loaded"]) == (0, 1, None)


def test_nothing_is_loaded_where_it_should_not(fraud: Fraud, home: Path) -> None:
    write(home, '[feeds.trends]\nplace = "in"\n')
    answer = fraud("pull", "trends", "--no-ingest", "--home", home)
    assert answer.code == 0 and "entered" not in answer.out
    assert (home / "landing" / "trends" / "2026-05-04" / "plays_2026-05-04.csv").is_file()
    assert not (home / "lake" / "streams").exists()


def test_days_limit_what_is_pulled(fraud: Fraud, home: Path) -> None:
    write(home, '[feeds.trends]\nplace = "in"\n')
    outside = ("--from", "2026-05-05", "--to", "2026-05-06")
    assert fraud("pull", *outside, "--home", home, "--json").json[0]["seen"] == 0
    half = fraud("pull", "--from", "2026-05-05", "--home", home)
    assert half.code == 2 and "--to is missing" in half.err


def test_a_feed_that_fails_is_told_beside_one_that_does_not(fraud: Fraud, home: Path) -> None:
    write(home, '[feeds.gone]\nplace = "nowhere"\n[feeds.trends]\nplace = "in"\n')
    answer = fraud("pull", "--home", home)
    assert answer.code == 3
    assert "Error: gone: nowhere is not there" in answer.err
    assert "3 rows entered" in answer.out
    assert fraud("pull", "gone", "--home", home).code == 1


def test_without_feeds_it_is_told_how_to_describe_one(fraud: Fraud, home: Path) -> None:
    answer = fraud("pull", "--home", home)
    assert answer.code == 2
    assert "describe one under [feeds.NAME] in fraud.toml" in answer.err


def test_a_secret_is_printed_nowhere(
    fraud: Fraud, home: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAUD_FEEDS_BULK_CLIENT_SECRET", CLIENT_SECRET)
    described = service.settings()
    lines = [f"{name} = {value!r}" for name, value in described.items()]
    write(home, "\n".join(["[feeds.bulk]", *lines, ""]))
    service.faults["/api/token"] = [500] * 9
    for arguments in ((), ("--json",)):
        with stamina.set_testing(True, attempts=3):
            answer = fraud("pull", "--home", home, *arguments)
        assert answer.code == 1
        assert "127.0.0.1 answered 500, it is busy" in answer.out + answer.err
        assert CLIENT_SECRET not in answer.out + answer.err
    for path in home.rglob("*"):
        assert not path.is_file() or CLIENT_SECRET.encode() not in path.read_bytes()
