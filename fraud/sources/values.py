"""What a cell of a report means: one function a kind of value, from text to value.

Each takes the stripped, non-empty text of a cell and returns the value, or raises ValueError with
the end of a sentence that begins with the text: what is wrong and what would be right.
"""

import math
import re
from collections.abc import Callable
from datetime import date

import polars as pl

from fraud.sources.territories import ALIASES, KNOWN
from fraud.tables import ISRC_PATTERN, STORE_PATTERN, Column

Value = str | int | float | date
Parse = Callable[[str], Value]

FIRST_DAY = date(2000, 1, 1)
"""No music service counted plays before; an earlier day is a slip of the century."""
LAST_DAY = date(2199, 12, 31)
MOST = 10**12
"""More than all plays of all services in a year: a larger count is a slip, and sums stay exact."""
LONGEST_TEXT = 4_000
"""Characters of a title, a name or a note."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"([+-]?[0-9]+)(\.0*)?")
_REAL = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_SIGNED = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_ISRC = re.compile(ISRC_PATTERN)
_STORE = re.compile(STORE_PATTERN)
_SHORTENED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")


def day(text: str) -> date:
    """Return a calendar day written YYYY-MM-DD."""
    if not _DAY.fullmatch(text):
        raise ValueError("is no day; write it as YYYY-MM-DD")
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not in the calendar; write a real day as YYYY-MM-DD") from None
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError(f"lies before {FIRST_DAY} or after {LAST_DAY}; check the year")
    return value


MOST_DIGITS = 4_000
"""Python reads no number of more."""


def count(text: str) -> int:
    """Return a whole number from 0 to `MOST`; `12.0` is 12, `1,200` and `12.5` are none."""
    matched = _WHOLE.fullmatch(text)
    if not matched:
        if _REAL.fullmatch(text):
            raise ValueError("is no whole number; a count has no fraction")
        raise ValueError(
            "is no whole number; write digits only and leave the cell empty where unknown"
        )
    value = int(matched[1]) if len(matched[1]) <= MOST_DIGITS else MOST + 1
    if value < 0:
        raise ValueError("is negative; a count is 0 or more")
    if value > MOST:
        raise ValueError(f"is more than {MOST:,}; no report counts so many")
    return value


def amount(text: str) -> float:
    """Return an amount of money of 0 or more, written with a decimal point."""
    if not _REAL.fullmatch(text):
        raise ValueError("is no amount; write digits with a decimal point")
    value = float(text)
    if value < 0 or not math.isfinite(value):
        raise ValueError("is no amount of 0 or more")
    return value


def signed_amount(text: str) -> float:
    """Return an amount of money, which may be negative, written with a decimal point."""
    if not _SIGNED.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError("is no amount; write digits with a decimal point")
    return float(text)


def isrc(text: str) -> str:
    """Return an ISRC (ISO 3901) in capitals and without its hyphens."""
    value = text.upper().replace("-", "").replace(" ", "")
    if not _ISRC.match(value):
        raise ValueError(
            "is no ISRC; it has 2 letters, 3 letters or digits and 7 digits, as in QZAAA2600001"
        )
    return value


def territory(text: str) -> str:
    """Return an ISO 3166-1 alpha-2 code, ZZ where the report does not know it; NA is Namibia."""
    value = ALIASES.get(text.upper(), text.upper())
    if value not in KNOWN:
        raise ValueError("is no ISO 3166-1 alpha-2 territory; ZZ stands for unknown")
    return value


def store(text: str) -> str:
    """Return the slug of a music service: `Apple Music` is `apple_music`."""
    value = slug(text)
    if not _STORE.match(value):
        raise ValueError("is no store; write a slug as in apple_music")
    return value


def upc(text: str) -> str:
    """Return a GTIN with its leading zeros; one that a spreadsheet shortened is none."""
    if _SHORTENED.fullmatch(text):
        raise ValueError("was shortened by a spreadsheet; export the column as text")
    return plain(text)


def plain(text: str) -> str:
    """Return the text as it stands."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"has {len(text):,} characters; at most {LONGEST_TEXT:,} can be stored")
    return text


def slug(text: str) -> str:
    """Return the text in lower case with `_` for hyphens and spaces."""
    return re.sub(r"[\s_-]+", "_", text.strip().lower())


def choice(allowed: tuple[str, ...]) -> Parse:
    """Return the parser of a closed set of values, read without regard to case."""

    def parse(text: str) -> str:
        value = slug(text)
        if value not in allowed:
            raise ValueError(f"is none of {', '.join(allowed)}")
        return value

    return parse


def parser(column: Column) -> Parse:
    """Return how the cells of a column are read; the declaration decides."""
    by_name: dict[str, Parse] = {"isrc": isrc, "store": store, "upc": upc}
    by_type: dict[pl.DataType, Parse] = {
        pl.Date(): day,
        pl.Int64(): count,
        pl.Float64(): amount,
        pl.String(): plain,
    }
    if column.name in by_name:
        return by_name[column.name]
    if column.name.endswith("territory"):
        return territory
    if column.allowed:
        return choice(column.allowed)
    if column.dtype == pl.Float64() and column.minimum is None:
        return signed_amount
    return by_type[column.dtype]
