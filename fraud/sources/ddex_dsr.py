"""DDEX's Digital Sales Reporting flat files (DSRF): audio, UGC and financial reports to labels.

Profiles: Basic Audio and UGC, as blocks or as single records, Royalty Reporting, and Financial
Reporting to Record Companies. https://dsr.ddex.net; the page docs/formats/ddex_dsr.md says more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import polars as pl

from fraud.sources import statements
from fraud.sources.ddex_message import COLUMNS, BrokenMessageError, Message
from fraud.sources.ddex_name import FileName
from fraud.sources.decimals import Decimals
from fraud.sources.lines import Block
from fraud.sources.rows import Refused, Rows
from fraud.sources.source import Part, Reading, Report, Source
from fraud.tables import PERIOD_STREAMS

CHUNK_ROWS = 50_000
_BEGINS = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:HEAD|FHEA|SRHE)(?:\.[0-9]{2})?\t")
_LEGEND = re.compile(rb"(?:[ \t]*\r?\n)*#[ \t]*HEAD\t")


def _claims(head: bytes) -> bool:
    return bool(_BEGINS.match(head) or _LEGEND.match(head))


def _open(report: Report) -> Reading:
    name = FileName.of_text(report.name)

    def parse(blocks: Iterable[Block]) -> Iterator[Rows]:
        message = Message(name)
        for block in blocks:
            for line, text in _lines(block, message):
                try:
                    message.take(line, text)
                except BrokenMessageError as error:
                    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                    message.refused.append(Refused(str(error), line, error.column, row=shown))
                if len(message.rows) >= CHUNK_ROWS:
                    yield _rows(message)
        message.close()
        yield _rows(message)

    part = None
    if name:
        part = Part(f"DDEX {name.report}", name.number, name.of, name.created)
    decimals = Decimals({"amount": "AllocatedRevenue"})
    return Reading(
        PERIOD_STREAMS,
        frozenset(COLUMNS),
        partial(_tables, decimals),
        names={"isrc": "ISRC", "streams": "Usages", "territory": "Territory"},
        part=part,
        passes_over="no streams of their own (summaries, downloads, shares of rights)",
        parse=parse,
        decimals=decimals,
        adds_up=True,
    )


def _lines(block: Block, message: Message) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines; empty ones, which may be millions, are only counted."""
    data = block.data + block.unfinished
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, block.first_line):
        if line:
            yield number, line.decode("utf-8", "surrogateescape").removesuffix("\r")
        else:
            message.blanks += 1


def _rows(message: Message) -> Rows:
    """Hand over what the message has gathered so far."""
    rows, texts, refused = message.rows, message.texts, message.refused
    message.rows, message.texts, message.refused = [], [], []
    schema = {name: pl.String() for name in COLUMNS} | {"line": pl.Int64()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Rows(frame, lambda at: [texts[i] for i in at], refused, tuple(message.notes))


def _tables(decimals: Decimals, rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    decimals.look(rows, "amount")
    amount = decimals.number("amount")
    usages = rows.filter(pl.col("kind") == "usage").drop("kind")
    tables = statements.tables(
        usages.with_columns(
            amount=amount,
            what=statements.what(pl.lit(True), amount, "title"),
        ).drop("title")
    )
    summaries = rows.filter(pl.col("kind") == "summary").with_columns(amount=amount)
    return {
        "period_streams": tables["period_streams"],
        "royalties": summaries,
        "verdicts": tables["verdicts"],
    }


DDEX_DSR = Source(
    "ddex_dsr",
    "DDEX DSR flat files: Basic Audio, UGC, Royalty and Financial Reporting",
    lambda columns: False,  # noqa: ARG005 its rows are no table
    _open,
    claims=_claims,
)
