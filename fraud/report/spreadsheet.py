"""CSV that opens by double click, with names from outside in it.

Bytes: UTF-8 with a byte order mark, commas, CRLF, quotes where RFC 4180 asks for them. Where a
spreadsheet takes the comma for the decimal sign, 0.951 would open as 951: for those there are
semicolons between the cells and commas in the numbers. A text that a spreadsheet would run as a
formula begins with an apostrophe, which Excel, LibreOffice and Numbers all show as it is. A text
that they would read as a number or a day and show otherwise (a UPC with its leading zeros, the
titles 007 and March 7) ends with a tab, which none of them shows and which keeps the cell a text.
A program that reads the file strips both, as `text_of` does.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from fraud.report.figures import figure, legible

LONGEST_CELL = 32_000
"""Excel cuts a cell at 32,767 characters."""

_TRIGGERS = frozenset("=+-@＝＋－＠")
"""What begins a formula, full-width forms of East Asian keyboards too (OWASP, CSV Injection)."""
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CONVERTED = re.compile(
    r"[\d.,:/%() $€£¥-]*\d[\d.,:/%() $€£¥-]*(?:e\d+)?"
    rf"|{_MONTH}[ ./,-]*\d+|\d+[ ./-]*{_MONTH}[ .\d-]*|true|false",
    re.IGNORECASE,
)
"""What a spreadsheet reads as a number, an amount, a time, a day or a truth value."""
_LONGEST_CONVERTED = 40
_PLAIN_NUMBER = re.compile(r"[1-9]\d{0,14}")
"""A spreadsheet keeps fifteen digits."""

Value = str | int | float | date | None


def csv_bytes(
    columns: Sequence[str], rows: Iterable[Sequence[Value]], separator: str = ","
) -> bytes:
    """Return the bytes of a CSV file with these columns; a header alone where there is no row.

    With `;` as the separator the decimal sign is a comma.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    point = "." if separator == "," else ","
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            cell(value)
            if isinstance(value, str)
            else figure(value).replace(".", point)
            if isinstance(value, float)
            else figure(value)
            for value in row
        )
    return text.getvalue().encode("utf-8-sig")


@lru_cache(maxsize=4096)
def cell(text: str) -> str:
    """Return a text as a cell that every spreadsheet shows as the text it is."""
    text = legible(text, LONGEST_CELL)
    if _first_visible(text) in _TRIGGERS:
        return f"'{text}"
    if len(text) > _LONGEST_CONVERTED or _PLAIN_NUMBER.fullmatch(text):
        return text
    return f"{text}\t" if _CONVERTED.fullmatch(text) else text


def text_of(written: str) -> str:
    """Return the text that `cell` wrote into a cell; a title may begin with an apostrophe."""
    text = written.removesuffix("\t")
    bare = text.removeprefix("'")
    return bare if bare != text and _first_visible(bare) in _TRIGGERS else text


def _first_visible(text: str) -> str:
    """Return the first sign that is neither space nor invisible, '' where there is none."""
    return next((sign for sign in text if unicodedata.category(sign)[0] not in "ZC"), "")
