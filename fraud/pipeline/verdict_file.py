"""Reads a CSV of verdicts as spreadsheets save it: with `,`, `;` or tab, with or without a BOM."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fraud.errors import CallError

DELIMITERS = ",;\t"
REQUIRED = ("incident_id", "verdict")


@dataclass(frozen=True)
class Word:
    """What an analyst says of one incident; `until` is the last day it holds, None = for good."""

    incident_id: str
    verdict: str
    note: str | None = None
    until: date | None = None


def words(path: Path) -> Iterator[tuple[int, Word | str]]:
    """Yield the number of each line that holds a verdict, and the verdict or what is wrong with it.

    The file needs the columns incident_id and verdict; note and until are read where they are
    there, all others are not looked at. Raises CallError where it cannot be read as such a file.
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
                f"its first line holds {', '.join(filter(None, names)) or 'nothing'}"
            )
        line = first_line + reader.line_num
        for cells in reader:
            row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
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
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _word(row: dict[str, str]) -> Word | str:
    until = row.get("until") or None
    day = _day(until) if until else None
    if until and day is None:
        return f"until is {until!r}; write a day as YYYY-MM-DD"
    incident_id = row.get("incident_id", "").removeprefix("'")
    return Word(incident_id, row["verdict"].lower(), row.get("note") or None, day)


def _day(text: str) -> date | None:
    """Return the day; besides ISO 8601 only D.M.YYYY is read, which means one thing everywhere."""
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    try:
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None
