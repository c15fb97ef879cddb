"""Tells that a night is done: one line a night in HOME/notifications.ndjson, for people and for
whatever forwards it.

A night that is run again with the same outcome is told once; a changed outcome is told again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from fraud.config import Settings
from fraud.naming import called_in_full
from fraud.notify import memory

SEVERITIES = ("critical", "high", "medium", "low")
WORST = 3
"""Incidents that are named in a notification; the others are counted."""


class Told(Protocol):
    """What a notification needs to know of a night; `alerts` are rows of INCIDENTS."""

    @property
    def day(self) -> date:
        """The judged day."""

    @property
    def alerts(self) -> pl.DataFrame:
        """Its alerts, worst first."""

    @property
    def owners(self) -> pl.DataFrame:
        """The artist and label of each track of its alerts: incident_id, artist, label."""

    @property
    def folder(self) -> Path:
        """Where its report lies."""

    @property
    def warnings(self) -> Sequence[str]:
        """What its reader should know, a sentence each."""

    @property
    def stopped(self) -> bool:
        """Whether the gate stopped it."""


def notify(night: Told, settings: Settings) -> str | None:
    """Return the line that tells of the night, None where the same has been told before.

    It is appended to HOME/notifications.ndjson as one JSON object: day, text, stopped, alerts,
    new, by_severity, worst (incident_id, severity, about, title, artist, reason), warnings, report.
    """
    message = _message(night, settings)
    told = [line for line in memory.lines(settings) if "channel" not in line]
    if [line for line in told if line.get("day") == message["day"]][-1:] == [message]:
        return None
    memory.append(settings, message)
    return str(message["text"])


def _message(night: Told, settings: Settings) -> dict[str, Any]:
    alerts = night.alerts.sort("rank", "incident_id")
    active = alerts.filter(pl.col("status") != "ended")
    severities = Counter(active["severity"].to_list())
    message: dict[str, Any] = {
        "day": night.day.isoformat(),
        "stopped": night.stopped,
        "alerts": active.height,
        "new": active.filter(pl.col("status") == "new").height,
        "by_severity": {name: severities[name] for name in SEVERITIES if severities[name]},
        "worst": [
            {
                "incident_id": row["incident_id"],
                "severity": row["severity"],
                "about": called_in_full(row),
                "title": row["title"],
                "artist": row["artist"],
                "reason": row["reason_1"],
            }
            for row in active.head(WORST).iter_rows(named=True)
        ],
        "warnings": list(night.warnings),
        "report": _relative(night.folder, settings.home),
    }
    return message | {"text": _text(message)}


def _text(message: dict[str, Any]) -> str:
    day = message["day"]
    if message["stopped"]:
        return f"{day}: the gate stopped the day. {' '.join(message['warnings'])}".rstrip()
    if not message["alerts"]:
        return f"{day}: no alerts."
    counts = ", ".join(f"{count} {name}" for name, count in message["by_severity"].items())
    noun = "alert" if message["alerts"] == 1 else "alerts"
    worst = message["worst"][0]
    is_title = worst["about"] == worst["title"]
    parts = (worst["about"], worst["artist"] if is_title else None)
    named = " by ".join(part for part in parts if part)
    return (
        f"{day}: {message['alerts']} {noun} ({counts}), {message['new']} of them new; "
        f"worst: {named or worst['incident_id']}."
    )


def _relative(folder: Path, home: Path) -> str:
    """Return the folder relative to the home, so that a moved home tells the same."""
    return str(folder.relative_to(home) if folder.is_relative_to(home) else folder)
