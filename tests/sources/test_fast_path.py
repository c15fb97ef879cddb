"""The fast way through a block and the careful one read the same rows, whatever stands in it."""

import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.sources import csv_rows, ndjson_rows
from fraud.sources.csv_rows import Dialect
from fraud.sources.lines import Block, blocks

COLUMNS = ["a", "b", "c"]
DIALECTS = [Dialect(), Dialect(";"), Dialect("\t", quoted=False), Dialect("\t", ragged=True)]
PIECES = ["x", "é", " ", "1", ",", ",", '"', '""', "\n", "\r\n", "\r", "\0", "'", "\\", "x,y,z\n"]
CELLS = st.lists(st.sampled_from(["x", "é", " ", ",", '"', "\n", "\r\n", "1"]), max_size=5).map(
    "".join
)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def careful(text: str, dialect: Dialect) -> tuple[pl.DataFrame, list[tuple[int | None, str]]]:
    rows = csv_rows._record_by_record(text.encode(), 1, COLUMNS, dialect)
    return rows.frame, [(one.line, one.reason) for one in rows.refused]


def told(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the cells as they are checked: stripped, and nothing as empty text."""
    return frame.with_columns(pl.col(COLUMNS).fill_null("").str.strip_chars())


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(DIALECTS))
def test_what_the_fast_way_takes_the_careful_way_reads_alike(text: str, dialect: Dialect) -> None:
    text = text.replace(",", dialect.separator)
    fast = csv_rows._all_well(text.encode(), 1, COLUMNS, dialect)
    frame, refused = careful(text, dialect)
    if fast is not None:
        assert told(fast.frame).equals(told(frame))
        assert refused == []
        positions = range(frame.height)
        lines = [line.rstrip("\r") for line in text.split("\n")]
        assert fast.raw(positions) == lines[: frame.height]


@settings(max_examples=200)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_every_well_written_csv_is_read_back_cell_by_cell(rows: list[tuple[str, str, str]]) -> None:
    text = "".join(",".join(map(quoted, row)) + "\n" for row in rows)
    read = csv_rows.read(Block(1, text.encode(), b""), COLUMNS)
    assert read.refused == []
    assert read.frame.with_columns(pl.col(COLUMNS).fill_null("")).select(COLUMNS).rows() == rows
    breaks = ["".join(row).count("\n") for row in rows]
    lines = [1 + n + sum(breaks[:n]) for n in range(len(rows))]
    assert read.frame["line"].to_list() == lines


@settings(max_examples=200)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=30),
    more=st.integers(1, 60),
    piece=st.integers(1, 20),
)
def test_where_a_text_is_cut_into_blocks_does_not_matter(
    rows: list[tuple[str, str, str]], more: int, piece: int
) -> None:
    records = [(",".join(map(quoted, row)) + "\n").encode() for row in rows]
    text = b"".join(records)
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)]
    cut = list(blocks(pieces, max(map(len, records)) + more))
    assert b"".join(one.data + one.unfinished for one in cut) == text
    read = [csv_rows.read(one, COLUMNS).frame for one in cut]
    whole = csv_rows.read(Block(1, text, b""), COLUMNS).frame
    assert told(pl.concat(read)).equals(told(whole))


VALUES = st.none() | st.integers(-(10**20), 10**20) | st.booleans() | st.text(max_size=4)


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from("abx"), VALUES), min_size=1, max_size=6))
def test_ndjson_is_read_alike_both_ways(entries: list[dict[str, object]]) -> None:
    text = "\n".join(json.dumps(entry) for entry in entries).encode()
    columns = {"a": "a", "b": "b"}
    fast = ndjson_rows._all_well(text, 1, columns)
    slow = ndjson_rows._line_by_line(text, 1, columns)
    if fast is not None:
        assert fast.frame.equals(slow.frame)
        assert slow.refused == []
    assert slow.frame.height + len(slow.refused) == len(entries)
