"""Empty files that say something: a store that writes a file a country had no plays in this one."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from fraud.sources.own_day import named_day
from fraud.sources.staging import FileRead, Silence
from fraud.tables import AUDIENCE, LISTENERS, PLAYS, STREAMS

SOURCE, STORE = "spotify_bulk", "spotify"
_COUNTRY = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}(?![A-Za-z0-9])")
_PLAYS = re.compile(r"(?<![A-Za-z])streams(?![A-Za-z])")
_SHORT = re.compile(r"sub[_-]?30")
_ENDINGS = (".gz", ".zst", ".json", ".jsonl", ".ndjson")


def settle(files: Sequence[FileRead], *, named: bool) -> list[str]:
    """Take empty files of Spotify's Bulk API as what they say; return a sentence for each.

    Such a file is known by its path, which names a day, a country and the resource, or is that of
    a file of plays beside it but for the country; or by the format that was `named`.
    """
    beside = {
        _but_for_country(f.path) for f in files if f.source == SOURCE and f.kind == PLAYS.name
    }
    told = []
    for file in files:
        country, day = _country(file.path), named_day(file.path)
        if not file.is_empty or country is None or day is None:
            continue
        is_known = named or _PLAYS.search(file.path) or _but_for_country(file.path) in beside
        if not is_known:
            continue
        file.accept()
        file.kind, file.source = PLAYS.name, SOURCE
        file.digest = f"{file.digest} {day} {country}"
        what = "short plays"
        if not _SHORT.search(file.path):
            what = "plays"
            tables = frozenset({STREAMS.name, AUDIENCE.name, LISTENERS.name})
            file.silence = Silence(tables, (day, STORE), country)
        told.append(f"{file.path} is empty: no {what} in {country} on {day}")
    return told


def _country(path: str) -> str | None:
    """Return the country that the last part of a path names, None where it names none or two."""
    found = _COUNTRY.findall(_stem(path))
    return found[0] if len(found) == 1 else None


def _but_for_country(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{_COUNTRY.sub('', name)}"


def _stem(path: str) -> str:
    name = PurePosixPath(path).name
    while name.endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    return name
