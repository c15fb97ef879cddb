"""What to do with an incident in the morning: send it on, look at it first, or leave it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fraud.report.figures import percent

SURE_SCORE = 0.95
"""From this probability on, what was measured is enough to write to a distributor."""
MOST_NAMED = 5
"""Incidents that are named of each kind; the others are counted."""
KINDS = {
    "send": "Send on",
    "look": "Look first",
    "leave": "Leave alone",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """The incidents of one kind, worst first."""

    key: str
    name: str
    about: str
    rows: Sequence[Row]
    more: int


def triage(row: Row) -> str:
    """Return the key in KINDS of an INCIDENTS row.

    An analyst's word goes before the score: what she confirmed is sent on, what came back after she
    called it innocent is looked at. What ended or costs less than the floor can wait.
    """
    if row["status"] == "ended" or row["below_floor"]:
        return "leave"
    if row["verdict"] == "fraud":
        return "send"
    if row["verdict"] is not None:
        return "look"
    return "send" if (row["score"] or 0.0) >= SURE_SCORE else "look"


def kinds(rows: Sequence[Row], silenced: int) -> list[Kind]:
    """Return each kind with its incidents; `silenced` are those kept off the list by her word."""
    return [
        Kind(
            key,
            name,
            _about(key, own, silenced),
            own[:MOST_NAMED] if key != "leave" else (),
            max(len(own) - MOST_NAMED, 0) if key != "leave" else 0,
        )
        for key, name in KINDS.items()
        for own in ([row for row in rows if triage(row) == key],)
    ]


def _about(key: str, own: Sequence[Row], silenced: int) -> str:
    if key == "send":
        return f"probability of {percent(SURE_SCORE)} or more, or confirmed by you"
    if key == "look":
        return "less sure: read what speaks for people"
    ended = sum(row["status"] == "ended" for row in own)
    counts = {
        "cost less than the floor": len(own) - ended,
        "ended": ended,
        "you called innocent": silenced,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing"
