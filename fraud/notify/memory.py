"""HOME/notifications.ndjson: what was told, one JSON object a line, only ever appended to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fraud.config import Settings

FILE = "notifications.ndjson"


@dataclass
class Remembered:
    """What a channel has been told of, and what was not for it.

    `keys` name what was told (an incident, its return, a stop), `passed` the incidents that did not
    fit its subscription, `failed` the messages that did not reach it, oldest first.
    """

    keys: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    failed: list[dict[str, Any]] = field(default_factory=list)


def lines(settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the lines; one that a dying process cut short tells nothing."""
    path = settings.home / FILE
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told


def remembered(settings: Settings, channel: str) -> Remembered:
    """Return what is known of a channel."""
    found = Remembered()
    failed: dict[tuple[str, ...], dict[str, Any]] = {}
    for line in lines(settings):
        if line.get("channel") != channel:
            continue
        if line.get("state") == "failed":
            failed[tuple(line["keys"])] = line
            continue
        found.keys |= set(line.get("keys", ()))
        found.passed |= set(line.get("passed", ()))
    found.failed = [line for keys, line in failed.items() if not found.keys.issuperset(keys)]
    return found


def append(settings: Settings, line: dict[str, Any]) -> None:
    """Add a line; the file is made where the home is new."""
    path = settings.home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(line, ensure_ascii=False, sort_keys=True)
    with path.open("ab") as file:
        file.write(f"{_end_of_cut_line(path)}{text}\n".encode())


def _end_of_cut_line(path: Path) -> str:
    """Return what ends the line that a dying process cut short, nothing where there is none."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 1, 0))
        return "" if file.read() in {b"", b"\n"} else "\n"
