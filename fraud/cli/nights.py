"""How nights are shown: their alerts worst first, and where the report lies."""

import webbrowser
from collections import Counter
from typing import TYPE_CHECKING, Any

from fraud.cli.screen import say, table, warn
from fraud.naming import called_in_full

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from fraud.pipeline.nights import Night

TOP = 10
"""Alerts of a night that are shown; its report has all."""
LONGEST_NAME = 32
"""Characters of a title or an artist that are shown."""
IN_FULL = 7
"""Up to so many nights, the warnings of each are told in full."""


def active(night: "Night") -> "pl.DataFrame":
    """Return the night's alerts without those that ended."""
    alerts: pl.DataFrame = night.alerts
    return alerts.filter(alerts["status"] != "ended").sort("rank")


def show_top(night: "Night") -> None:
    """Print the worst alerts of a night and where its report lies."""
    alerts = active(night)
    if alerts.is_empty():
        say(f"{night.day}: no alerts.")
    else:
        of_all = f", the worst {TOP}" if alerts.height > TOP else ""
        say(f"{night.day}: {_alerts(alerts.height)}{of_all}")
        table(
            ("rank", "severity", "incident", "artist", "why"),
            (
                (
                    row["rank"],
                    row["severity"],
                    _short(called_in_full(row)),
                    _short(row["artist"]),
                    row["reason_1"],
                )
                for row in alerts.head(TOP).iter_rows(named=True)
            ),
            folded="why",
        )
    for file in ("report.html", "alerts.csv"):
        say(str(night.folder / file))


def show(nights: "Sequence[Night]") -> None:
    """Print a night in full, several as a line each."""
    if len(nights) == 1 and not nights[0].stopped:
        for text in nights[0].warnings:
            warn(text)
        show_top(nights[0])
        return
    for night in nights:
        say(_line(night))
        if len(nights) <= IN_FULL or night.stopped:
            for text in night.warnings:
                warn(text)
    show_sum(nights)


def show_sum(nights: "Sequence[Night]") -> None:
    """Print how many nights were judged, how many alerts they raised and where the reports lie."""
    judged = [night for night in nights if not night.stopped]
    if len(judged) > 1:
        total = sum(active(night).height for night in judged)
        say(f"{len(judged):,} nights, {_alerts(total)}; reports in {judged[0].folder.parent}")


def as_dict(night: "Night") -> dict[str, Any]:
    """Return a night for a machine."""
    columns = (
        "rank",
        "incident_id",
        "status",
        "severity",
        "score",
        "about",
        "title",
        "artist",
        "reason_1",
    )
    return {
        "day": night.day.isoformat(),
        "stopped": night.stopped,
        "warnings": list(night.warnings),
        "report": str(night.folder / "report.html"),
        "alerts_csv": str(night.folder / "alerts.csv"),
        "alerts": active(night).select(columns).to_dicts(),
    }


def open_report(folder: "Path") -> None:
    """Open the report in the browser."""
    webbrowser.open((folder / "report.html").resolve().as_uri())


def _line(night: "Night") -> str:
    if night.stopped:
        return f"{night.day}: stopped by the gate"
    alerts = active(night)
    counts = Counter(alerts["severity"].to_list())
    severities = ("critical", "high", "medium", "low")
    told = ", ".join(f"{counts[name]} {name}" for name in severities if counts[name])
    warnings = f", {_number(len(night.warnings), 'warning')}" if night.warnings else ""
    return f"{night.day}: {_alerts(alerts.height)}{f' ({told})' if told else ''}{warnings}"


def _short(name: str | None) -> str | None:
    return name if name is None or len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _alerts(count: int) -> str:
    return _number(count, "alert") if count else "no alerts"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
