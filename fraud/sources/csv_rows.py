"""Rows of a CSV (RFC 4180), fast where all is well, record by record where it is not."""

import csv
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from fraud.sources.lines import Block
from fraud.sources.rows import Refused, Rows

LONGEST_RECORD_LINES = 100
"""A quoted cell may hold so many line breaks; a quote open for longer was never closed."""
LONGEST_RECORD = 100_000
"""Characters of one row; a longer one is no row of a report."""

_QUOTE, _END = ord('"'), ord("\n")
_BEFORE_A_QUOTE = np.frombuffer(b',\n"', dtype=np.uint8)
_AFTER_A_QUOTE = np.frombuffer(b',\r\n"', dtype=np.uint8)


def fields(line: bytes) -> list[str]:
    """Return the cells of one line, [] where it is no record."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return []


def read(block: Block, columns: Sequence[str]) -> Rows:
    """Return the rows of a block under these columns."""
    data = block.data + block.unfinished
    return _all_well(data, block.first_line, columns) or _record_by_record(
        data, block.first_line, columns
    )


def _all_well(data: bytes, first_line: int, columns: Sequence[str]) -> Rows | None:
    """Return the rows if each line is one complete record, else None.

    Polars fills short rows up with nulls and lets a stray quote swallow lines; the number of line
    ends and of commas tells both.
    """
    if len(columns) < 2 or b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    if b'"' in data and not _quotes_are_in_place(data):
        return None
    schema = {name: pl.String() for name in columns}
    try:
        frame = pl.read_csv(data, has_header=False, schema=schema)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    commas = data.count(b",") - _quoted_commas(frame, data)
    if frame.height != lines or commas != lines * (len(columns) - 1):
        return None

    def raw(positions: Sequence[int]) -> list[str]:
        all_lines = data.split(b"\n")
        return [all_lines[i].decode("utf-8").rstrip("\r") for i in positions]

    line = pl.int_range(first_line, first_line + lines, eager=True).alias("line")
    return Rows(frame.with_columns(line), raw)


def _quotes_are_in_place(data: bytes) -> bool:
    """Return whether cells are quoted as RFC 4180 has it, each within its line.

    Polars reads `""x""` and an open quote at the end as something; a row must not be read one way
    or another by what stands beside it.
    """
    characters = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(characters == _QUOTE)
    ends = np.flatnonzero(characters == _END)
    if (np.searchsorted(quotes, ends) % 2).any():
        return False
    opened = np.isin(characters[quotes[::2] - 1], _BEFORE_A_QUOTE)
    closed = np.isin(characters[quotes[1::2] + 1], _AFTER_A_QUOTE)
    return bool(opened.all() and closed.all())


def _quoted_commas(frame: pl.DataFrame, data: bytes) -> int:
    if b'"' not in data:
        return 0
    commas = frame.select(pl.all().str.count_matches(",", literal=True).sum())
    return int(commas.sum_horizontal().item() or 0)


def _record_by_record(data: bytes, first_line: int, columns: Sequence[str]) -> Rows:
    lines: list[int] = []
    records: list[list[str]] = []
    texts: list[str] = []
    refused: list[Refused] = []
    for line, text, record in _records(data, first_line, len(columns)):
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
    data: bytes, first_line: int, width: int
) -> Iterator[tuple[int, str, list[str] | str]]:
    """Yield, for each record, its line, its text and its cells, or the sentence why it is none."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    position = 0
    while position < len(lines):
        taken = _record_lines(lines, position)
        whole = b"\n".join(lines[position : position + taken]).removesuffix(b"\r")
        record = _cells(whole, width)
        if taken > 1 and isinstance(record, str):
            # The quote was a stray one: only its own line is lost, the lines after it are records.
            taken = 1
            whole = lines[position].removesuffix(b"\r")
            record = _cells(whole, width)
        if whole.strip():
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


def _cells(whole: bytes, width: int) -> list[str] | str:
    """Return the cells of a record, or the sentence why it is none."""
    if b"\0" in whole:
        return "the row holds NUL bytes; the file was damaged or is no text"
    try:
        text = whole.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the row is not UTF-8; export the file as UTF-8"
    if len(text) > LONGEST_RECORD:
        return f"the row has {len(text):,} characters; no report has such rows"
    if '"' not in text:
        cells = text.split(",")
    else:
        try:
            cells = next(csv.reader([text], strict=True))
        except csv.Error:
            return 'a quote is opened and not closed, or closed inside a cell; double it as ""'
    if len(cells) != width:
        few = "few" if len(cells) < width else "many"
        return f"the number of fields is {len(cells)}, too {few} for the header's {width}"
    return cells
