"""Reads a CSV of verdicts as spreadsheets save it: with `,`, `;` or tab, with or without a BOM."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fraud.errors import CallError
from fraud.report.figures import legible
from fraud.report.spreadsheet import text_of

DELIMITERS = ",;\t"
MOST_NAMES = 8
LONGEST_NAME = 30
REQUIRED = ("incident_id", "verdict")
COLUMN_OF = {
    "track": "isrc",
    "release": "upc",
    "artist": "artist",
    "label": "label",
    "account": "account_id",
    "pattern": "pattern",
    "territory": "territories",
}
"""The column of alerts.csv that names what a scope is about."""


@dataclass(frozen=True)
class Word:
    """What an analyst says of one incident, or (`scope`, `entity`) of all incidents of an artist, …

    `since` and `until` are the first and last day it holds, None = always and for good.
    """

    incident_id: str | None
    verdict: str
    note: str | None = None
    until: date | None = None
    scope: str | None = None
    entity: str | None = None
    since: date | None = None
    verdict_alone: bool = field(default=False, compare=False)
    """Whether the file had no place for a note or an end: then their absence says nothing."""


def words(path: Path) -> Iterator[tuple[int, Word | str]]:
    """Yield the number of each line that holds a verdict, and the verdict or what is wrong with it.

    The file needs the columns incident_id and verdict; note, until, since and scope are read where
    they are there. A scope (artist, label, …) makes it a word on all that the line's own column of
    that name says. All others are not looked at. Raises CallError where it cannot be read as such
    a file.
    """
    text = _text(path)
    head, _, rest = text.partition("\n")
    first_line = 1
    if re.fullmatch(r"sep=.\r?", head):
        text, first_line = rest, 2
        head = rest.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise CallError(
                f"{path} lacks the column {' and '.join(missing)}; "
                f"its first line holds {_shown(names)}"
            )
        line = first_line + reader.line_num
        for cells in reader:
            row = dict(zip(names, (text_of(cell).strip() for cell in cells), strict=False))
            if row.get("verdict"):
                yield line, _word(row)
            line = first_line + reader.line_num
    except csv.Error as error:
        raise CallError(f"{path}, line {reader.line_num}: {error}") from None


def _text(path: Path) -> str:
    """Return the file's text: UTF-16 where it says so, else UTF-8, else Windows-1252."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CallError(f"{path} cannot be read: {error.strerror}") from None
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise CallError(
            f"{path} is no CSV file, whatever its name says; open it in the spreadsheet and save it"
            " as CSV"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _shown(names: Sequence[str]) -> str:
    """Return a head line as a sentence has room for it."""
    some = [legible(name, LONGEST_NAME) for name in names if name][:MOST_NAMES]
    return ", ".join(some) or "nothing"


def _word(row: dict[str, str]) -> Word | str:
    days = {}
    for name in ("since", "until"):
        text = row.get(name) or None
        days[name] = _day(text) if text else None
        if text and days[name] is None:
            return f"{name} is {text!r}; write a day as YYYY-MM-DD"
    verdict, note = row["verdict"].lower(), row.get("note") or None
    scope = (row.get("scope") or "").lower()
    if scope in ("", "incident"):
        incident_id = row.get("incident_id", "").removeprefix("'")
        alone = not {"note", "until"} & row.keys()
        return Word(incident_id, verdict, note, days["until"], verdict_alone=alone)
    if scope not in COLUMN_OF:
        return f"{scope!r} is no scope; say {', '.join(COLUMN_OF)} or leave it empty"
    named = row.get(COLUMN_OF[scope], "")
    if scope in ("track", "release"):
        # A code begins with no apostrophe but the one that keeps a spreadsheet from counting it.
        named = named.removeprefix("'")
    if not named:
        return f"the line names no {scope}: its column {COLUMN_OF[scope]} is empty"
    if scope == "territory" and "|" in named:
        return f"the line names several territories ({named}); leave the one that is meant"
    return Word(None, verdict, note, days["until"], scope, named, days["since"])


def _day(text: str) -> date | None:
    """Return the day; besides ISO 8601 only D.M.YYYY is read, which means one thing everywhere."""
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    try:
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None
