"""What a source is: a report format, known by its columns, that becomes rows of tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from fraud.tables import Table

Rows = Callable[[pl.DataFrame], Mapping[str, pl.DataFrame]]


@dataclass(frozen=True)
class Report:
    """What is known of a file before its rows are read."""

    name: str
    """The file's name without folder and without .gz or .zst."""
    columns: tuple[str, ...]
    """Its column names as slugs: lower case, `_` for spaces and hyphens."""


@dataclass(frozen=True)
class Reading:
    """How the rows of one file become rows of tables.

    `rows` takes a frame in which each column of `uses` is text, as it stands in the file (null =
    empty), and `line` is the line in the file. It returns, for each table, a frame of text columns
    named as in `fraud.tables` that kept `line`; `store_track_id` may stand in for `isrc`. Whether a
    value is a good one need not concern it: every row is checked against the table afterwards.

    A format that tells when a row came (an ingest date, an indexing day) hands it on as `came_on`,
    YYYY-MM-DD. Rows that came after their `report_date` are late: they are added to their day
    instead of replacing it, and a report of the same `came_on` that comes again replaces what the
    first one added. Rows without `came_on`, or with their own day, are the day's own report.
    """

    table: Table
    """What each row of the file is in the first place, and is refused as."""
    uses: frozenset[str]
    rows: Rows
    explained: Mapping[str, str] = field(default_factory=dict)
    """Columns that are known and kept out all the same, each with the sentence that says why."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How the file calls a column of the table, for messages."""
    told_by_name: str = ""
    """What the file's name says beyond its rows: it tells equal contents apart."""


@dataclass(frozen=True)
class Source:
    """A report format.

    `recognises` gets the column names (slugs) and says whether the file is of this format, even if
    an incomplete one. `open` gets the report and returns its `Reading`; it raises UnreadableError
    with what is missing and what would be right.
    """

    name: str
    about: str
    recognises: Callable[[frozenset[str]], bool]
    open: Callable[[Report], Reading]
