"""How a number or a name is written: once, for the CSV, the page and the evidence alike."""

import re
import unicodedata
from datetime import date

_BIDI_CONTROLS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
"""Embeddings, overrides and isolates of the Unicode bidirectional algorithm (UAX #9): they let a
name rearrange the text around it. The marks U+200E and U+200F, which real titles use, stay."""


SMALL_AMOUNT, CENT = 10, 0.01


def figure(value: int | float | date | None) -> str:
    """Return a number or day as a machine reads it: no grouping, no exponent; '' for unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


def grouped(value: int | float | None) -> str:
    """Return a number as a reader likes it, with its thousands apart: 12,345.6; '–' for unknown."""
    if value is None:
        return "–"
    whole, point, part = figure(value).partition(".")
    return f"{int(whole):,}{point}{part}"


def amount(value: float | None) -> str:
    """Return an amount of money for a reader, with cents where it is small: 5.70; 55; 1,200."""
    has_cents = value is not None and CENT / 2 <= value < SMALL_AMOUNT
    return f"{value:.2f}" if has_cents else grouped(value)


def unrisen(streams: int | None, expected: float | None, suspected: int | None) -> str:
    """Return what to say of suspected plays that are no rise, '' where they are one.

    A group that machines have played for long has about the plays that its past leads to expect.
    """
    if streams is None or expected is None or not suspected:
        return ""
    risen = 2 * (streams - expected) >= suspected
    return "" if risen else "about as many as usual: suspect is how they are played"


def percent(share: float | None) -> str:
    """Return a share as per cent, all of its digits: 0.873 is 87.3 %; '–' for unknown."""
    return "–" if share is None else f"{figure(round(share * 100, 4))} %"


def legible(text: str | None, longest: int | None = None) -> str:
    """Return a name on one line, without control characters, at most `longest` signs long."""
    if not text:
        return ""
    # What can be printed has no control or bidi sign in it: the usual case, and the quick one.
    kept = text if text.isprintable() else "".join(filter(None, map(_kept, text)))
    kept = re.sub(r" {2,}", " ", kept) if "  " in kept else kept
    if longest is not None and len(kept) > longest:
        return kept[: longest - 1].rstrip() + "…"
    return kept


def _kept(sign: str) -> str:
    if ord(sign) in _BIDI_CONTROLS:
        return ""
    return " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign
