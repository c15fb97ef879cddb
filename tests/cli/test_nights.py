"""One night is shown with its worst alerts, several as a line each."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.cli.nights import as_dict, show, show_top
from fraud.pipeline.nights import Night
from fraud.report.names import owners_of
from fraud.tables import CATALOG, INCIDENTS

DAY = date(2026, 3, 1)


def night(
    *severities: str, after: int = 0, warnings: tuple[str, ...] = (), stopped: bool = False
) -> Night:
    """Return a night with an active alert for each severity, worst last, and one that ended."""
    rows: list[dict[str, Any]] = [
        {
            "rank": len(severities) - at,
            "incident_id": f"INC-{at}",
            "status": "new",
            "severity": severity,
            "title": f"Song {at}",
            "reason_1": "why",
        }
        for at, severity in enumerate(severities)
    ]
    rows.append({"rank": len(rows) + 1, "incident_id": "INC-X", "status": "ended"})
    day = DAY + timedelta(days=after)
    alerts = pl.DataFrame(rows, schema=dict(INCIDENTS.schema))
    folder = Path("reports") / day.isoformat()
    owners = owners_of(alerts, CATALOG.empty())
    return Night(day, alerts, folder, list(warnings), stopped, owners)


def test_a_night_lists_its_active_alerts_worst_first(capsys: pytest.CaptureFixture[str]) -> None:
    show([night("low", "high", warnings=("deezer is missing",))])
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0] == "2026-03-01: 2 alerts"
    assert [line.split() for line in lines[3:5]] == [
        ["1", "high", "Song", "1", "–", "why"],
        ["2", "low", "Song", "0", "–", "why"],
    ]
    assert lines[5:] == ["reports/2026-03-01/report.html", "reports/2026-03-01/alerts.csv"]
    assert shown.err == "Warning: deezer is missing\n"


def test_a_quiet_night_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_top(night())
    assert capsys.readouterr().out.splitlines()[0] == "2026-03-01: no alerts."


def test_only_the_worst_ten_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    show_top(night(*["low"] * 12))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2026-03-01: 12 alerts, the worst 10"
    assert [line.split()[0] for line in lines[3:-2]] == [str(n) for n in range(1, 11)]


def test_a_long_title_is_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    one = night("low")
    titled = one.alerts.with_columns(title=pl.lit("L" + "o" * 50 + "ng"))
    show_top(replace(one, alerts=titled))
    assert f"L{'o' * 30}…  " in capsys.readouterr().out


def test_a_group_is_listed_by_what_it_is_and_not_by_its_worst_track(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = night("low", "high")
    named = one.alerts.with_columns(
        level=pl.Series(["lockstep", "label", "track"]),
        label=pl.lit("Kite"),
        title=pl.lit(None, pl.String),
        tracks=pl.lit(60),
        worst_title=pl.lit("Song 9"),
    )
    show_top(replace(one, alerts=named))
    shown = capsys.readouterr().out
    assert "label Kite" in shown
    assert "60 tracks that moved together" in shown
    assert "Song 9" not in shown


def test_several_nights_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = night(after=2, warnings=("nothing arrived",), stopped=True)
    show([night("low", "high", "low"), night(after=1, warnings=("deezer is missing",)), stopped])
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "2026-03-01: 3 alerts (1 high, 2 low)",
        "2026-03-02: no alerts, 1 warning",
        "2026-03-03: stopped by the gate",
        "2 nights, 3 alerts; reports in reports",
    ]
    assert shown.err.splitlines() == ["Warning: deezer is missing", "Warning: nothing arrived"]


def test_of_many_nights_the_warnings_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    show([night(after=n, warnings=("deezer is missing",)) for n in range(8)])
    shown = capsys.readouterr()
    assert shown.out.count(", 1 warning\n") == 8
    assert shown.err == ""


def test_a_machine_gets_the_active_alerts() -> None:
    told = as_dict(night("low", "critical"))
    assert [alert["incident_id"] for alert in told["alerts"]] == ["INC-1", "INC-0"]
    assert told["report"] == "reports/2026-03-01/report.html"
