"""A night is told once, and again only where it came out differently."""

import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.config import Settings
from fraud.notify.night import notify
from fraud.tables import INCIDENTS

OWNERS = dict.fromkeys(("incident_id", "artist", "label"), pl.String)


@dataclass(frozen=True)
class Night:
    day: date
    alerts: pl.DataFrame
    folder: Path
    warnings: list[str] = field(default_factory=list)
    stopped: bool = False
    owners: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OWNERS))


def alerts(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(INCIDENTS.schema))


def alert(rank: int, **more: Any) -> dict[str, Any]:
    row = {"rank": rank, "incident_id": f"i{rank}", "status": "new", "severity": "high"}
    return row | {"title": f"Song {rank}", "artist": "Näme", "reason_1": "why"} | more


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def night(settings: Settings) -> Night:
    day = date(2026, 3, 1)
    return Night(day, alerts(alert(1)), settings.reports / "2026-03-01")


def told(settings: Settings) -> list[dict[str, Any]]:
    text = (settings.home / "notifications.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_tells_of_the_night(night: Night, settings: Settings) -> None:
    rows = (alert(2, severity="low", status="ongoing"), alert(1), alert(3, status="ended"))
    text = notify(replace(night, alerts=alerts(*rows)), settings)
    assert text == "2026-03-01: 2 alerts (1 high, 1 low), 1 of them new; worst: Song 1 by Näme."
    (line,) = told(settings)
    assert line["text"] == text
    assert line["report"] == "reports/2026-03-01"
    assert [worst["incident_id"] for worst in line["worst"]] == ["i1", "i2"]
    assert (line["alerts"], line["new"]) == (2, 1)


def test_a_quiet_night_and_a_stopped_one_are_told_too(night: Night, settings: Settings) -> None:
    quiet = replace(night, alerts=alerts())
    assert notify(quiet, settings) == "2026-03-01: no alerts."
    stopped = replace(quiet, stopped=True, warnings=["Nothing arrived."])
    assert notify(stopped, settings) == "2026-03-01: the gate stopped the day. Nothing arrived."
    assert [line["stopped"] for line in told(settings)] == [False, True]


def test_the_same_outcome_is_told_once(night: Night, settings: Settings) -> None:
    other = replace(night, day=date(2026, 3, 2))
    assert notify(night, settings)
    assert notify(other, settings)
    assert notify(night, settings) is None
    assert notify(replace(night, alerts=alerts(alert(1, severity="low"))), settings)
    assert notify(night, settings)
    assert len(told(settings)) == 4


def test_an_incident_without_a_title_goes_by_its_id(night: Night, settings: Settings) -> None:
    nameless = replace(night, alerts=alerts(alert(1, title=None, artist=None)))
    assert str(notify(nameless, settings)).endswith("worst: i1.")


def test_a_line_cut_short_by_a_dying_process_hides_nothing(
    night: Night, settings: Settings
) -> None:
    notify(night, settings)
    path = settings.home / "notifications.ndjson"
    path.write_bytes(path.read_bytes() + b'{"day": "2026-03-01", "te')
    assert notify(night, settings) is None
    assert notify(replace(night, alerts=alerts()), settings)
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["alerts"] == 0


def test_the_file_is_made_where_the_home_is_new(night: Night, tmp_path: Path) -> None:
    assert notify(night, Settings(home=tmp_path / "new" / "home"))
    assert (tmp_path / "new" / "home" / "notifications.ndjson").is_file()
