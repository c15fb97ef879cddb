"""Rows on their way from a file to a table: what was read, and what was refused and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

LONGEST_VALUE = 200
LONGEST_ROW = 1_000
"""Characters of a refused value and row that the quarantine keeps."""


@dataclass(frozen=True)
class Refused:
    """A row, or a whole file (`line` is None), that does not enter, and the sentence why."""

    reason: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    row: str | None = None


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a report as text, and those that are none."""

    frame: pl.DataFrame
    """Text columns named by slugs, empty cells null or empty text, and `line`."""
    raw: Callable[[Sequence[int]], list[str]]
    """Give the rows at these positions of `frame` as they stand in the file."""
    refused: list[Refused] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    """What should be known of the file, one sentence each; told once a file."""


SCHEMA = {
    "file": pl.String(),
    "line": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
    "row": pl.String(),
}
"""What the quarantine keeps of a refused row, before the delivery is known."""


def refused_frame(file: str, refused: Sequence[Refused]) -> pl.DataFrame:
    """Return refused rows as a frame of `SCHEMA`, long texts cut."""
    return pl.DataFrame(
        [
            (
                file,
                r.line,
                r.column,
                _cut(r.value, LONGEST_VALUE),
                r.reason,
                _cut(r.row, LONGEST_ROW),
            )
            for r in refused
        ],
        schema=SCHEMA,
        orient="row",
    )


def _cut(text: str | None, longest: int) -> str | None:
    if text is None or len(text) <= longest:
        return text
    return text[: longest - 1] + "…"
