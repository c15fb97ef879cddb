"""Tells the channels of a night: once each, what is news to them, and again what did not arrive."""

import csv
import io
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from fraud.config import Channel, Settings
from fraud.errors import FraudError
from fraud.notify import memory
from fraud.notify.channels import send
from fraud.notify.memory import Remembered
from fraud.notify.message import Message, Owner, message, news, stop
from fraud.notify.night import Told

WORST = ("worst_isrc", "worst_title", "worst_artist")
_OF_A_FAILURE = ("state", "title", "body")


def tell(night: Told, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Send each channel one message with what is news to it; return what did not arrive and why.

    A night without news sends nothing. What was told is remembered in HOME/notifications.ndjson, so
    a rerun tells nobody again. What did not arrive is tried again first.
    """
    warnings: list[str] = []
    rows = night.alerts.sort("rank", "incident_id").rows(named=True)
    for name, channel in sorted(settings.notify.items()):
        known = memory.remembered(settings, name)
        missed = _try_again(channel, known, settings, environment)
        try:
            _tell(name, channel, known, night, rows, settings=settings, environment=environment)
        except FraudError as error:
            missed = str(error)
        if missed:
            warnings.append(
                f"channel {name} was not told ({missed}); it is tried again with the next run"
            )
    return warnings


def failed(
    name_of_run: str, reason: str, settings: Settings, environment: Mapping[str, str]
) -> list[str]:
    """Tell the channels of a run that failed; return what did not arrive and why."""
    warnings = []
    for name, channel in sorted(settings.notify.items()):
        if not channel.failures:
            continue
        try:
            send(channel, Message(f"{name_of_run} failed", reason), environment, None)
        except FraudError as error:
            warnings.append(f"channel {name} was not told ({error})")
    return warnings


def _tell(
    name: str,
    channel: Channel,
    known: Remembered,
    night: Told,
    rows: Sequence[Mapping[str, Any]],
    *,
    settings: Settings,
    environment: Mapping[str, str],
) -> None:
    line: dict[str, Any] = {"channel": name, "day": night.day.isoformat()}
    waiting = {key for missed in known.failed for key in missed["keys"]}
    if night.stopped:
        key = f"stop:{night.day}"
        if channel.failures and key not in known.keys | waiting:
            made = stop(night.day, night.warnings)
            _send(line | {"keys": [key]}, made, channel, settings, environment)
        return
    heard = known.keys | waiting
    told = news(night.day, rows, channel, heard, known.passed, owners=_owners(night))
    if told.rows:
        made = message(night.day, told, _report(channel, night.folder), night.warnings)
        sent = line | {"keys": list(told.keys), "passed": list(told.passed)}
        _send(sent, made, channel, settings, environment)
    elif told.passed:
        memory.append(settings, line | {"state": "passed", "passed": list(told.passed)})


def _owners(night: Told) -> Mapping[str, Sequence[Owner]]:
    """Return the artist and label of each incident's own row and of each of its tracks."""
    own = night.alerts.select("incident_id", "artist", "label")
    owners: dict[str, list[Owner]] = {}
    for name, artist, label in pl.concat([own, night.owners]).unique().iter_rows():
        owners.setdefault(name, []).append((artist, label))
    return owners


def _try_again(
    channel: Channel, known: Remembered, settings: Settings, environment: Mapping[str, str]
) -> str:
    """Send what did not arrive before; return why it does not now, '' where it did."""
    while known.failed:
        line = known.failed[0]
        bare = {name: value for name, value in line.items() if name not in _OF_A_FAILURE}
        try:
            _send(bare, Message(line["title"], line["body"]), channel, settings, environment)
        except FraudError as error:
            return str(error)
        known.keys |= set(line["keys"])
        known.failed.pop(0)
    return ""


def _send(
    line: dict[str, Any],
    made: Message,
    channel: Channel,
    settings: Settings,
    environment: Mapping[str, str],
) -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            attachment = None
            if channel.attach == "csv":
                ids = {key.partition(":")[0] for key in line["keys"]}
                alerts = settings.reports / line["day"] / "alerts.csv"
                attachment = _lines_of(alerts, ids, channel, folder)
            send(channel, made, environment, attachment)
    except FraudError:
        memory.append(settings, line | {"state": "failed", "title": made.title, "body": made.body})
        raise
    memory.append(settings, line | {"state": "told", "title": made.title})


def _report(channel: Channel, folder: Path) -> str:
    if channel.link:
        return f"{channel.link.rstrip('/')}/{folder.name}/report.html"
    return str((folder / "report.html").resolve())


def _lines_of(alerts: Path, ids: Collection[str], channel: Channel, folder: str) -> Path | None:
    """Return a file with the lines of alerts.csv that are told: a subscriber sees no others.

    Nor is a subscriber of one artist shown which track of others is a set's worst.
    """
    if not alerts.is_file():
        return None
    text = alerts.read_bytes().decode("utf-8-sig")
    separator = max(",;", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    told = io.StringIO(newline="")
    writer = csv.DictWriter(told, rows.fieldnames or (), delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    names = {_bare(name) for name in (*channel.artists, *channel.labels)}
    for row in rows:
        named = {_bare(row[name]) for name in ("artist", "label", "worst_artist")}
        is_own = not names or bool(names & named)
        if row["incident_id"] in ids:
            writer.writerow(row if is_own else row | dict.fromkeys(WORST, ""))
    path = Path(folder) / f"alerts-{alerts.parent.name}.csv"
    path.write_bytes(told.getvalue().encode("utf-8-sig"))
    return path


def _bare(name: str) -> str:
    """Return a name without what alerts.csv puts around a text for spreadsheets."""
    return name.strip("'\t").casefold()
