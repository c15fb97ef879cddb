"""What a channel is told of a night: the incidents that are news to it, by severity."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fraud.config import Channel
from fraud.naming import called_in_full

SEVERITIES = ("critical", "high", "medium", "low")
MOST_NAMED = 20
"""Incidents that a message names; the others are counted."""
MOST_OWN = 3
"""Subscribed names that are said to be part of a group; the others are counted."""
LONGEST_NAME = 80
LONGEST_REASON = 300
_MENTION = re.compile(r"([@<])(?=[\w!@#])")
"""What chat programs take for a call to everybody: @here, <!channel>."""

Row = Mapping[str, Any]
Owner = tuple[str | None, str | None]
"""Artist and label of a track."""
Owners = Mapping[str, Sequence[Owner]]
"""The owners of an incident's tracks by incident."""


@dataclass(frozen=True)
class News:
    """What of a night is news to a channel."""

    rows: Sequence[Row]
    """Rows of INCIDENTS to be told, worst first."""
    keys: Sequence[str]
    """What remembers that they were told, one a row."""
    passed: Sequence[str]
    """Incidents that do not fit the subscription; they are news when they come to fit."""
    because: Mapping[str, Sequence[str]]
    """By incident the subscribed names that are among those of its tracks."""


@dataclass(frozen=True)
class Message:
    """A message as it is sent: plain text."""

    title: str
    body: str


def news(
    day: date,
    rows: Sequence[Row],
    channel: Channel,
    told: Collection[str],
    passed: Collection[str],
    *,
    owners: Owners,
) -> News:
    """Return the incidents of a night that a channel has not been told of and that fit it.

    News is what is new, what came back after it had ended or after it was judged innocent, and
    what goes on but only now reaches the channel's floor. `owners` has the artists and labels of
    each incident's tracks.
    """
    found: list[tuple[Row, str]] = []
    below: list[str] = []
    named: dict[str, list[str]] = {}
    for row in rows:
        name = row["incident_id"]
        key = f"{name}:{day}" if row["status"] == "reopened" else str(name)
        if row["status"] == "ended" or (row["status"] == "ongoing" and row["verdict"] == "fraud"):
            continue
        if row["status"] == "ongoing" and row["verdict"] == "innocent":
            key = f"{name}:innocent"
        elif row["status"] == "ongoing" and name not in passed:
            continue
        if key in told:
            continue
        named[name] = subscribed(channel, owners.get(name, ()))
        if fits(row, channel, named[name]):
            found.append((row, key))
        elif name not in passed:
            below.append(name)
    return News([row for row, _ in found], [key for _, key in found], below, named)


def fits(row: Row, channel: Channel, named: Collection[str]) -> bool:
    """Return whether an incident, whose tracks have these `named` owners, is for the channel.

    What costs less than the floor is listed apart in the report and is worth nobody's message.
    """
    severity = row["severity"] or "low"
    money = (row["royalty_at_risk"] or 0.0) + (row["penalty_exposure"] or 0.0)
    return (
        not row["below_floor"]
        and SEVERITIES.index(severity) <= SEVERITIES.index(channel.severity)
        and money >= channel.least_money
        and (bool(named) or not (channel.labels or channel.artists))
    )


def subscribed(channel: Channel, owners: Sequence[Owner]) -> list[str]:
    """Return the artists and labels among the owners that the channel subscribed to, by name."""
    artists = {name.casefold() for name in channel.artists}
    labels = {name.casefold() for name in channel.labels}
    found = {artist for artist, _ in owners if (artist or "").casefold() in artists}
    found |= {label for _, label in owners if (label or "").casefold() in labels}
    return sorted(name for name in found if name)


def message(day: date, told: News, report: str, warnings: Sequence[str]) -> Message:
    """Return the message of a night; its numbers are those of alerts.csv."""
    counts = Counter(row["severity"] or "low" for row in told.rows)
    number = len(told.rows)
    by_severity = ", ".join(f"{counts[name]} {name}" for name in SEVERITIES if counts[name])
    lines = []
    for severity in SEVERITIES:
        named = [row for row in told.rows[:MOST_NAMED] if (row["severity"] or "low") == severity]
        if named:
            lines += [severity.upper(), *(_line(row, told.because) for row in named), ""]
    if number > MOST_NAMED:
        lines += [f"And {number - MOST_NAMED} more in the report.", ""]
    lines += [plain(text, LONGEST_REASON) for text in warnings]
    noun = "incident" if number == 1 else "incidents"
    are_new = all(row["status"] == "new" for row in told.rows)
    what = f"{number} new {noun}" if are_new else f"{number} {noun} to look at"
    return Message(
        f"{day}: {what} ({by_severity})",
        "\n".join([*lines, f"Report: {report}"]),
    )


def stop(day: date, warnings: Sequence[str]) -> Message:
    """Return the message of a night that the gate stopped."""
    return Message(
        f"{day}: the gate stopped the day",
        "\n".join([*(plain(text, LONGEST_REASON) for text in warnings), "Nothing was judged."]),
    )


def _line(row: Row, because: Mapping[str, Sequence[str]]) -> str:
    called, artist, label = (
        plain(text, LONGEST_NAME) for text in (called_in_full(row), row["artist"], row["label"])
    )
    artist = "" if row["level"] in ("artist", "label", "account") else artist
    label = "" if row["level"] in ("label", "account") else label
    who = " by ".join(part for part in (called, artist) if part) or row["incident_id"]
    owner = f" ({label})" if label else ""
    # A set names nobody: whoever subscribed to one of its artists is told why it is theirs too.
    own = [name for name in because.get(row["incident_id"], ()) if name not in f"{who}{owner}"]
    among = f", with {_listed(own)}" if own else ""
    suspected = _number(row["suspected_artificial_streams"])
    facts = [
        f"{suspected} suspected of {_number(row['streams'])} plays",
        f"royalties {_number(row['royalty_at_risk'])} {row['currency'] or ''}".rstrip(),
        f"penalties {_number(row['penalty_exposure'])} {row['currency'] or ''}".rstrip(),
    ]
    state = "" if row["status"] == "new" else f", {row['status']}"
    why = plain(row["reason_1"], LONGEST_REASON)
    return f"- {who}{owner}{among}{state}: {'; '.join(facts)}. {why} [{row['incident_id']}]"


def _listed(names: Sequence[str]) -> str:
    shown = [plain(name, LONGEST_NAME) for name in names[:MOST_OWN]]
    more = [f"{len(names) - MOST_OWN} more"] if len(names) > MOST_OWN else []
    return " and ".join([", ".join(shown), *more])


def _number(value: int | float | None) -> str:
    if value is None:
        return "unknown"
    text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(text: str | None, longest: int) -> str:
    """Return a text from outside on one line, without signs that steer a screen or call people."""
    kept = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign
        for sign in text or ""
        if unicodedata.category(sign) != "Cf"
    )
    kept = " ".join(kept.split())
    if len(kept) > longest:
        kept = kept[: longest - 1].rstrip() + "…"
    return _MENTION.sub("\\1\N{WORD JOINER}", kept)
