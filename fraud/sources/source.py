"""What a source is: a report format, known by its columns, that becomes rows of tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from fraud.sources import rows as parsed
from fraud.sources.decimals import Decimals
from fraud.sources.lines import Block
from fraud.tables import Table

Rows = Callable[[pl.DataFrame], Mapping[str, pl.DataFrame]]
Parse = Callable[[Iterable[Block]], Iterator[parsed.Rows]]


@dataclass(frozen=True)
class Report:
    """What is known of a file before its rows are read."""

    name: str
    """The file's name without folder and without .gz or .zst; in a zip file the member's name."""
    columns: tuple[str, ...]
    """Its column names as slugs: lower case, `_` for spaces and hyphens; none for no table."""
    place: str = ""
    """Its path, for formats in which a folder's name says what no row does."""


@dataclass(frozen=True)
class Part:
    """Which part of a report a file is; a report enters when all of its parts are there."""

    report: str
    """What all parts of one report, and all its versions, have in common."""
    number: int
    of: int
    version: str
    """The later version of a part comes later in the order of texts."""


@dataclass(frozen=True)
class Telling:
    """What rows of `plays` tell, where a store tells its plays in several reports.

    For `streams` of a day, store and territory the report of the highest precedence is taken and
    the others are not added to it; for `audience` they complete each other, a measure at a time.
    """

    part: str
    """Name of the report, e.g. `summary`."""
    tables: frozenset[str]
    """Which of streams, audience and listeners its rows become."""
    precedence: int = 0
    by_territory: bool = False
    """A file may tell one territory of a day; it says nothing of the others."""
    slack_days: int | None = None
    """A file is of one day of the store's: plays of older days in it came late. Those stamped up to
    so many days before the day, by another clock, are of it, as are later ones; with 0 each play is
    of the day it says. None = a file may be of several days."""
    arrives_after_days: int = 0
    """How many days after its own day a report calls itself by the day on which it arrived."""
    by_arrival: bool = False
    """Its days are those on which the store got to know of the plays, a day late as a rule: they
    are left where a report of higher precedence tells the plays of the day or of one beside it."""


@dataclass(frozen=True)
class Decided:
    """What some columns of a file decide of `plays` together, whatever the others say."""

    by: tuple[str, ...]
    """Columns of the file."""
    columns: tuple[str, ...]
    """Columns of the table."""
    beginnings: Mapping[str, int] = field(default_factory=dict)
    """Of so many characters of a column nothing behind them matters, at most 16 ..."""
    usual: str = ""
    """... where they match this."""
    is_listener: bool = False
    """Whether it is the id of a listener, as it stands: any text is one."""
    alone: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    """Makes of its columns of the file what a row has that is checked for nothing else."""


@dataclass(frozen=True)
class Reading:
    """How the rows of one file become rows of tables.

    `rows` takes a frame in which each column of `uses` is text, as it stands in the file (null =
    empty), and `line` is the line in the file. It returns, for each table, a frame of text columns
    named as in `fraud.tables` that kept `line`; `store_track_id` may stand in for `isrc`. A row of
    the file may become several rows; it is refused as a whole if one of those in `table` is at
    fault. Whether a value is a good one need not concern it: every row is checked against the
    table afterwards.

    A format that tells when a row came (an ingest date, an indexing day) hands it on as `came_on`,
    YYYY-MM-DD. Rows that came after their `report_date` are late: they are added to their day
    instead of replacing it, and a report of the same `came_on` that comes again replaces what the
    first one added. Rows without `came_on`, or with their own day, are the day's own report.
    """

    table: Table
    """What each row of the file is in the first place, and is refused as."""
    uses: frozenset[str]
    rows: Rows
    as_they_stand: bool = False
    """Whether `rows` returns all rows for `table` as they are."""
    explained: Mapping[str, str] = field(default_factory=dict)
    """Columns that are known and kept out all the same, each with the sentence that says why."""
    notes: tuple[str, ...] = ()
    """What else should be known of how the file is read, one sentence each."""
    ignores: frozenset[str] = frozenset()
    """Columns that belong to the format and say nothing that a table holds."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How the file calls a column of the table, for messages."""
    told_by_name: str = ""
    """What the file's name says beyond its rows: it tells equal contents apart."""
    numbered: tuple[str, int] | None = None
    """Where a report comes in numbered files, how many no one says: what they have in common, and
    this one's number."""
    part: Part | None = None
    """Which part of which report the file is, where a report comes in parts."""
    telling: Telling | None = None
    """What the rows tell, where `table` is `plays`."""
    decided: tuple[Decided, ...] = ()
    """Which columns decide which, where `table` is `plays` and each row becomes one; columns of the
    table that are in none are the same in every row."""
    adds_up: bool = False
    """Whether its rows for VERDICTS that are of one key are parts of one ruling, not versions."""
    decimals: Decimals | None = None
    """How it reads numbers, where the cells of the whole file say; the file is read again where
    those behind the first ones told otherwise."""
    passes_over: str = ""
    """What the rows are that `rows` leaves out of `table`, e.g. `downloads`; empty = it may not."""
    parse: Parse | None = None
    """For a file that is no table (its source has `claims`): turns its lines, block by block, into
    rows with the columns of `uses`. It raises UnreadableError where the file as a whole is wrong,
    and holds no more of the file than a row's surroundings need."""


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
    separators: str = ","
    """The characters of which one separates the cells of a text file, the likeliest first."""
    unquoted: str = ""
    """Those of the separators beside which a `"` is a character like any other."""
    ragged: bool = False
    """Whether a row may leave out its last cells."""
    latin1: bool = False
    """Whether a line that is not UTF-8 is read as Windows-1252, which widens ISO 8859-1."""
    unheaded: Callable[[Sequence[str]], tuple[str, ...] | None] | None = None
    """Where the header may be missing: gets the cells of the first line and returns the names of
    the columns, None if the line is none of this format."""
    claims: Callable[[bytes], bool] | None = None
    """For files that are no table: gets the first bytes and says whether they are of this format;
    asked before any column."""
