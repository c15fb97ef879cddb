"""Which source a text file belongs to, found from its first lines; or why it belongs to none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fraud.errors import FraudError, UnreadableError
from fraud.sources import csv_rows
from fraud.sources.csv_rows import Dialect
from fraud.sources.lines import text_of
from fraud.sources.source import Source
from fraud.sources.values import slug

FIRST_LINES = 5
"""A note may stand above the header, as in the old Spotify Charts."""
MOST_COLUMNS = 5_000
LONGEST_HEADER = 1 << 20
"""Bytes of a line that are looked at for column names."""
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NAMES = {",": "commas", **_SEPARATORS}
_LISTED = 30
_OF_RULINGS = re.compile("artificial|flagged|manipulat|excluded|penalt|fine", re.IGNORECASE)
_VALUE = re.compile(r"[0-9.,:-]*[0-9][0-9.,:-]*")


class NoReportError(FraudError):
    """The file is something else than a report: a picture, a letter, a folder's read-me."""

    def because(self, reason: str) -> str:
        """Return the sentence with which it is refused instead of skipped."""
        return str(self).replace(" and was skipped", f", though {reason}", 1)


@dataclass(frozen=True)
class Header:
    """The column names of a text file, their line, the source that knows them, its dialect."""

    columns: tuple[str, ...]
    line: int
    """0 = the file has no header, the format's own names stand in."""
    source: Source
    dialect: Dialect


def claimed(columns: Sequence[str], sources: Sequence[Source]) -> Source | None:
    """Return the first source that recognises the columns."""
    names = _names(columns)
    return next((source for source in sources if source.recognises(names)), None)


def find(head: bytes, sources: Sequence[Source]) -> Header:
    """Return the header of a table in text that begins with `head`.

    Raises UnreadableError for a table that no source knows, NoReportError for what is no table.
    """
    lines = head.split(b"\n", FIRST_LINES)[:FIRST_LINES]
    dialects = [(dialect, source) for source in sources for dialect in _dialects(source)]
    for number, line in enumerate(lines, 1):
        told: dict[Dialect, tuple[list[str], frozenset[str]]] = {}
        for dialect, source in dialects:
            if dialect not in told:
                columns = csv_rows.fields(line[:LONGEST_HEADER], dialect)
                told[dialect] = columns, _names(columns)
            columns, names = told[dialect]
            if source.recognises(names):
                return Header(tuple(columns), number, source, dialect)
    for dialect, source in dialects:
        own = source.unheaded and source.unheaded(csv_rows.fields(lines[0], dialect))
        if own:
            return Header(own, 0, source, dialect)
    raise _none(lines, sources)


def _dialects(source: Source) -> list[Dialect]:
    return [
        Dialect(separator, separator not in source.unquoted, source.ragged)
        for separator in source.separators
    ]


def _names(columns: Sequence[str]) -> frozenset[str]:
    """Return the columns as slugs; none for more columns than any report has."""
    return frozenset(map(slug, columns)) if len(columns) <= MOST_COLUMNS else frozenset()


def _none(lines: Sequence[bytes], sources: Sequence[Source]) -> FraudError:
    longest = max(map(len, lines))
    if longest > LONGEST_HEADER:
        return UnreadableError(
            f"has a line of {longest:,} bytes and more where its column names should be"
        )
    texts = [text_of(line).strip("\r") for line in lines if line.strip()]
    wrong = _what_is_wrong(texts, sources)
    return UnreadableError(wrong) if wrong else NoReportError("is no report and was skipped")


def _what_is_wrong(texts: Sequence[str], sources: Sequence[Source]) -> str:
    """Say why the first lines of a table are none that a source knows; empty for no table."""
    widest = max(map(_width, texts), default=0)
    if widest > MOST_COLUMNS:
        return _too_wide(widest)
    if any(text.startswith("{") and text.endswith("}") for text in texts):
        return "begins with a line that is no JSON object, above lines that are"
    for separator, name in _SEPARATORS.items():
        for text in texts:
            source = claimed([cell.strip('"') for cell in text.split(separator)], sources)
            if source:
                right = " or ".join(_NAMES[one] for one in source.separators)
                report = "CSV" if source.separators == "," else source.name
                return f"has a header separated by {name}; a {report} report separates by {right}"
    for separator in (",", *_SEPARATORS):
        widths = {text.count(separator) for text in texts[:2]}
        if len(texts) > 1 and len(widths) == 1 and widths != {0}:
            return unknown(texts[0].split(separator), sources)
    if texts and "\r" in texts[0]:
        return "ends its lines with CR alone; save it with LF or CR LF"
    return ""


def _width(text: str) -> int:
    return max(text.count(separator) for separator in _NAMES) + 1


def _too_wide(columns: int) -> str:
    return f"has {columns:,} columns, as no report has; at most {MOST_COLUMNS:,} are read"


def unknown(cells: Sequence[str], sources: Sequence[Source]) -> str:
    """Say which columns no source knows; a first row of values may be personal, so not which."""
    if len(cells) > MOST_COLUMNS:
        return _too_wide(len(cells))
    names = [cell.strip().strip('"') for cell in cells]
    formats = ", ".join(source.name for source in sources)
    if any(_VALUE.fullmatch(name) for name in names):
        return (
            "begins with values instead of column names;"
            f" a header of one of the formats {formats} is needed"
        )
    listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    says = f"has the columns {listed}, which are none of the formats {formats}"
    if any(_OF_RULINGS.search(name) for name in names):
        says += "; rulings in columns of their own need a section [verdicts.NAME] in fraud.toml"
    return says
