"""The drop folder: where reports arrive by themselves, and from where each is loaded once."""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from fraud.config import Settings
from fraud.errors import FraudError
from fraud.pipeline.ingest import IngestResult, load
from fraud.pipeline.turns import turn
from fraud.sources.folders import find

DROP = "drop"
TAKEN = "taken"


def take(settings: Settings, *, now: datetime) -> IngestResult | None:
    """Return what became of the files in HOME/drop, None where it holds none.

    They are loaded as one delivery and then moved to HOME/taken/<moment>/, the refused ones too:
    the quarantine says why. A run that dies before the move loads them again, which changes
    nothing. A name that begins with a dot is a file still arriving and stays.
    """
    folder = settings.home / DROP
    if not folder.is_dir():
        return None
    target = settings.home / TAKEN / f"{now:%Y-%m-%dT%H%M%S.%fZ}"
    with turn(settings.home):
        found = find([folder])[0]
        if not found:
            return None
        files = [file.path for file in found if not file.problem]
        # What cannot be reached can only be told of from the folder that it lies in.
        result = load(files if len(files) == len(found) else [folder], settings, now=now)
        _move(dict.fromkeys(files), folder, target)
    # Who reads what was refused or kept out looks for the file where it now lies.
    result.refusals = [text.replace(f"{folder}/", f"{target}/") for text in result.refusals]
    return result


def _move(files: Iterable[Path], source: Path, target: Path) -> None:
    for file in files:
        place = target / file.relative_to(source)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, place)
        except OSError as error:
            raise FraudError(
                f"{file} was loaded but cannot be moved to {place} ({error.strerror});"
                " the user that runs the nights must own the drop folder"
            ) from None
