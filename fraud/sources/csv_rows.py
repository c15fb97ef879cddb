"""Rows of a CSV (RFC 4180) and its dialects, fast where all is well, else record by record."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from fraud.sources.lines import Block, count, text_of
from fraud.sources.rows import Refused, Rows

LONGEST_RECORD_LINES = 100
"""A quoted cell may hold so many line breaks; a quote open for longer was never closed."""
LONGEST_RECORD = 100_000
"""Characters of one row; a longer one is no row of a report."""

_QUOTE, _END = ord('"'), ord("\n")


@dataclass(frozen=True)
class Dialect:
    """How the cells of a text file are told apart."""

    separator: str = ","
    quoted: bool = True
    """Whether a cell may stand in quotes; else a `"` is a character like any other."""
    ragged: bool = False
    """Whether a row may leave out its last cells."""


RFC_4180 = Dialect()


def fields(line: bytes, dialect: Dialect = RFC_4180) -> list[str]:
    """Return the cells of one line, [] where it is no record."""
    text = text_of(line).rstrip("\r\n")
    cells = _split(text, dialect)
    return [] if isinstance(cells, str) or "\r" in text else cells


def read(block: Block, columns: Sequence[str], dialect: Dialect = RFC_4180) -> Rows:
    """Return the rows of a block under these columns."""
    data = block.data + block.unfinished
    return _all_well(data, block.first_line, columns, dialect) or _record_by_record(
        data, block.first_line, columns, dialect
    )


def _all_well(
    data: bytes, first_line: int, columns: Sequence[str], dialect: Dialect
) -> Rows | None:
    """Return the rows if each line is one complete record, else None.

    Polars fills short rows and empty lines up with nulls and lets a stray quote swallow lines; the
    number of line ends and of separators tells each.
    """
    if len(columns) < 2 or b"\0" in data or b"\r" in data.replace(b"\r\n", b""):
        return None
    quotes = dialect.quoted and b'"' in data
    if quotes and not _quotes_are_in_place(data, dialect.separator):
        return None
    schema = {name: pl.String() for name in columns}
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema=schema,
            separator=dialect.separator,
            quote_char='"' if dialect.quoted else None,
        )
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None
    lines = count(data, b"\n") + (not data.endswith(b"\n"))
    separators = count(data, dialect.separator.encode())
    if quotes:
        separators -= _quoted(dialect.separator, frame)
    if frame.height != lines or separators != lines * (len(columns) - 1):
        return None

    def raw(positions: Sequence[int]) -> list[str]:
        all_lines = data.split(b"\n")
        return [all_lines[i].decode("utf-8").rstrip("\r") for i in positions]

    line = pl.int_range(first_line, first_line + lines, eager=True).alias("line")
    return Rows(frame.with_columns(line), raw)


def _quotes_are_in_place(data: bytes, separator: str) -> bool:
    """Return whether cells are quoted as RFC 4180 has it, each within its line.

    Polars reads `""x""` and an open quote at the end as something; a row must not be read one way
    or another by what stands beside it.
    """
    characters = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(characters == _QUOTE)
    ends = np.flatnonzero(characters == _END)
    if (np.searchsorted(quotes, ends) % 2).any():
        return False
    opened = np.isin(characters[quotes[::2] - 1], _bytes(separator + '\n"'))
    closed = np.isin(characters[quotes[1::2] + 1], _bytes(separator + '\r\n"'))
    return bool(opened.all() and closed.all())


def _bytes(characters: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(characters.encode(), dtype=np.uint8)


def _quoted(separator: str, frame: pl.DataFrame) -> int:
    """Return how many separators are part of a cell."""
    counts = frame.select(pl.all().str.count_matches(separator, literal=True).sum())
    return int(counts.sum_horizontal().item() or 0)


def _record_by_record(
    data: bytes, first_line: int, columns: Sequence[str], dialect: Dialect
) -> Rows:
    lines: list[int] = []
    records: list[list[str]] = []
    texts: list[str] = []
    refused: list[Refused] = []
    for line, text, record in _records(data, first_line, len(columns), dialect):
        if isinstance(record, str):
            refused.append(Refused(record, line, row=text))
        else:
            lines.append(line)
            records.append(record)
            texts.append(text)
    cells = list(zip(*records, strict=True)) or [()] * len(columns)
    frame = pl.DataFrame(
        {
            **{
                name: pl.Series(values, dtype=pl.String)
                for name, values in zip(columns, cells, strict=True)
            },
            "line": pl.Series(lines, dtype=pl.Int64),
        }
    )
    return Rows(frame, lambda positions: [texts[i] for i in positions], refused)


def _records(
    data: bytes, first_line: int, width: int, dialect: Dialect
) -> Iterator[tuple[int, str, list[str] | str]]:
    """Yield, for each record, its line, its text and its cells, or the sentence why it is none."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    blank = b" \t\r\n\v\f".replace(dialect.separator.encode(), b"")
    position = 0
    while position < len(lines):
        if not lines[position]:
            position += 1
            continue
        if position == len(lines) - 1 and not data.endswith(b"\n"):
            # A last line without end may have been cut: its cells must be all there.
            dialect = replace(dialect, ragged=False)
        taken = _record_lines(lines, position) if dialect.quoted else 1
        whole = b"\n".join(lines[position : position + taken]).removesuffix(b"\r")
        record = _cells(whole, width, dialect)
        if taken > 1 and isinstance(record, str):
            # The quote was a stray one: only its own line is lost, the lines after it are records.
            taken = 1
            whole = lines[position].removesuffix(b"\r")
            record = _cells(whole, width, dialect)
        if whole.strip(blank):
            yield first_line + position, whole.decode("utf-8", "replace"), record
        position += taken


def _record_lines(lines: Sequence[bytes], position: int) -> int:
    """Return how many lines the record at `position` takes by its quotes."""
    quotes = lines[position].count(b'"')
    taken = 1
    while quotes % 2 and taken < LONGEST_RECORD_LINES and position + taken < len(lines):
        quotes += lines[position + taken].count(b'"')
        taken += 1
    return 1 if quotes % 2 else taken


def _cells(whole: bytes, width: int, dialect: Dialect) -> list[str] | str:
    """Return the cells of a record, or the sentence why it is none."""
    if b"\0" in whole:
        return "the row holds NUL bytes; the file was damaged or is no text"
    try:
        text = whole.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the row is not UTF-8; export the file as UTF-8"
    if len(text) > LONGEST_RECORD:
        return f"the row has {len(text):,} characters; no report has such rows"
    cells = _split(text, dialect)
    if isinstance(cells, str):
        return cells
    if dialect.ragged and len(cells) < width:
        cells += [""] * (width - len(cells))
    if len(cells) != width:
        few = "few" if len(cells) < width else "many"
        return f"the number of fields is {len(cells)}, too {few} for the header's {width}"
    return cells


def _split(text: str, dialect: Dialect) -> list[str] | str:
    """Return the cells of a line, or the sentence why its quotes make no cells."""
    if not dialect.quoted or '"' not in text:
        return text.split(dialect.separator)
    try:
        return next(csv.reader([text], delimiter=dialect.separator, strict=True), [])
    except csv.Error:
        return 'a quote is opened and not closed, or closed inside a cell; double it as ""'
