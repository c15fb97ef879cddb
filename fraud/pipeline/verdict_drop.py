"""The folder HOME/verdicts: where an analyst leaves the alerts.csv that she filled in."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fraud.config import Settings
from fraud.errors import CallError, FraudError
from fraud.pipeline.verdict import Given, give_file

FOLDER = "verdicts"
TAKEN = "taken"
FAULTS = ".faults.txt"
"""Beside a file with faults stands one of this ending that says them to whoever left it."""


@dataclass(frozen=True)
class Taken:
    """A file that was taken: its name, and what became of its verdicts."""

    name: str
    given: Given


def take(settings: Settings, *, now: datetime) -> list[Taken]:
    """Record the verdicts of the files in HOME/verdicts and return what became of each.

    A file is moved to HOME/taken/<moment>/verdicts/ whatever became of it; what was wrong with it
    is left in the folder as <name>.faults.txt, until a file of that name is taken without a fault.
    Names that begin with a dot or a tilde are files still being written, and stay.
    """
    folder = settings.home / FOLDER
    if not folder.is_dir():
        return []
    files = sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.name[0] not in ".~" and not path.name.endswith(FAULTS)
    )
    target = settings.home / TAKEN / f"{now:%Y-%m-%dT%H%M%S.%fZ}" / FOLDER
    return [_take(file, target, settings, now) for file in files]


def _take(file: Path, target: Path, settings: Settings, now: datetime) -> Taken:
    try:
        given = _given(file, settings, now)
        target.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target / file.name)
        told = file.with_name(file.name + FAULTS)
        if given.refused:
            told.write_text("".join(f"{fault}\n" for fault in given.refused), encoding="utf-8")
        else:
            told.unlink(missing_ok=True)
    except OSError as error:
        raise FraudError(
            f"{file} was read but cannot be moved to {target} ({error.strerror});"
            f" the user that runs the nights must own the folder {FOLDER}"
        ) from None
    return Taken(file.name, given)


def _given(file: Path, settings: Settings, now: datetime) -> Given:
    if file.suffix.lower() not in {".csv", ".txt", ".tsv"}:
        return Given(0, 0, [f"{file.name} is no CSV file; save it as CSV and leave it here again"])
    try:
        return give_file(file, settings, now=now)
    except CallError as error:
        return Given(0, 0, [str(error)])
