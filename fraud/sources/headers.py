"""Which source a text file belongs to, found from its first lines; or why it belongs to none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fraud.errors import FraudError, UnreadableError
from fraud.sources import csv_rows
from fraud.sources.source import Source
from fraud.sources.values import slug

FIRST_LINES = 5
"""A note may stand above the header, as in the old Spotify Charts."""
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_LISTED = 30
_VALUE = re.compile(r"[0-9.,:-]*[0-9][0-9.,:-]*")


class NoReportError(FraudError):
    """The file is something else than a report: a picture, a letter, a folder's read-me."""


@dataclass(frozen=True)
class Header:
    """The column names of a CSV, the line they stand on, and the source that knows them."""

    columns: tuple[str, ...]
    line: int
    source: Source


def claimed(columns: Sequence[str], sources: Sequence[Source]) -> Source | None:
    """Return the first source that recognises the columns."""
    names = frozenset(slug(column) for column in columns)
    return next((source for source in sources if source.recognises(names)), None)


def find(head: bytes, sources: Sequence[Source]) -> Header:
    """Return the header of a CSV that begins with `head`.

    Raises UnreadableError for a table that no source knows, NoReportError for what is no table.
    """
    lines = head.split(b"\n", FIRST_LINES)[:FIRST_LINES]
    for number, line in enumerate(lines, 1):
        columns = csv_rows.fields(line)
        source = claimed(columns, sources)
        if source:
            return Header(tuple(columns), number, source)
    raise _none(lines, sources)


def _none(lines: Sequence[bytes], sources: Sequence[Source]) -> FraudError:
    texts = [line.decode("utf-8", "replace").strip("\r") for line in lines if line.strip()]
    for separator, name in _SEPARATORS.items():
        for text in texts:
            if claimed([cell.strip('"') for cell in text.split(separator)], sources):
                return UnreadableError(
                    f"has a header separated by {name}; a CSV report separates by commas"
                )
    for separator in (",", *_SEPARATORS):
        widths = {text.count(separator) for text in texts[:2]}
        if len(texts) > 1 and len(widths) == 1 and widths != {0}:
            return UnreadableError(unknown(texts[0].split(separator), sources))
    if texts and "\r" in texts[0]:
        return UnreadableError("ends its lines with CR alone; save it with LF or CR LF")
    return NoReportError("is no report and was skipped")


def unknown(cells: Sequence[str], sources: Sequence[Source]) -> str:
    """Say which columns no source knows; a first row of values may be personal, so not which."""
    names = [cell.strip().strip('"') for cell in cells]
    formats = ", ".join(source.name for source in sources)
    if any(_VALUE.fullmatch(name) for name in names):
        return (
            "begins with values instead of column names;"
            f" a header of one of the formats {formats} is needed"
        )
    listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    return f"has the columns {listed}, which are none of the formats {formats}"
