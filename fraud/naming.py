"""What an incident is called: its track's title, its group's name, or what joins its tracks.

Page, dossier, message, notification and terminal all call it the same.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fraud.tables import BATCH, LOCKSTEP

NAMED_GROUPS = ("release", "artist", "label", "account")
"""Levels whose incidents carry a name of their own."""
SETS = (BATCH, LOCKSTEP)
"""Levels whose incidents are called by what their tracks have in common."""


def called(row: Mapping[str, Any]) -> str:
    """Return what an INCIDENTS row is about, without its level; '' where nothing is known of it.

    A track is its title, an artist, label or account its name. A release has none in a catalogue:
    it is called by its title that stands out most. A batch or lockstep has no name at all, it is
    called by what joins its tracks.
    """
    level, tracks = row["level"], row["tracks"] or 0
    counted = f"{tracks:,} track{'s' * (tracks != 1)}"
    if level == BATCH:
        week = _week(row["entity"])
        return f"{counted} released in {f'the week of {_spelt(week)}' if week else 'one week'}"
    if level == LOCKSTEP:
        since = f" since {_spelt(row['first_day'])}" if row["first_day"] else ""
        return f"{counted} that moved together{since}"
    if level == "release":
        worst = row["worst_title"]
        return f"with {worst}" if worst else str(row["upc"] or row["entity"] or "")
    if level in ("artist", "label"):
        return str(row[level] or row["entity"] or "")
    if level == "account":
        return str(row["entity"] or "")
    return str(row["title"] or row["isrc"] or row["entity"] or "")


def called_in_full(row: Mapping[str, Any]) -> str:
    """Return the same with the level before a group's own name: label Tidepool."""
    name = called(row)
    return f"{row['level']} {name}".strip() if row["level"] in NAMED_GROUPS else name


def _week(entity: str | None) -> date | None:
    """Return the Monday of the ISO week that a batch's entity ends with: `account 2026-W07`."""
    try:
        return date.fromisoformat(f"{(entity or '').rpartition(' ')[2]}-1")
    except ValueError:
        return None


def _spelt(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
