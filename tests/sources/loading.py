"""What the tests of the sources share: files written and delivered, tables read back."""

import gzip
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow

from fraud.sources.delivery import Delivery, deliver
from fraud.sources.source import Source
from fraud.sources.staging import FileRead
from fraud.tables import DELIVERED, REFERENCE, STATEMENTS, Table

SALT = "5a" * 32

STREAMS_CSV = """\
report_date,store,territory,isrc,source,tier,device,streams
2026-05-04,spotify,US,QZAAA2600001,search,premium,mobile,12
2026-05-04,spotify,NA,QZAAA2600001,,,,3
2026-05-05,deezer,ZZ,QZAAA2600002,radio,free,car,7
"""
AUDIENCE_CSV = """\
report_date,store,territory,isrc,streams,listeners,saves,sub30_plays,listening_seconds
2026-05-04,spotify,US,QZAAA2600001,12,9,1,2,2100
2026-05-04,spotify,NA,QZAAA2600001,3,,,,
"""
LISTENERS_CSV = """\
report_date,store,territory,isrc,listener_id,streams,listening_seconds,listener_territory,tier
2026-05-04,spotify,US,QZAAA2600001,anna-7,2,400,CA,premium
2026-05-04,spotify,US,QZAAA2600001,bert-9,1,200,,free
"""
CATALOG_CSV = """\
isrc,title,artist,label,account_id,upc,release_date,duration_seconds,genre,home_territory,ai_disclosure
QZ-AAA-26-00001,"One, two",Ann,Label A,acct-1,036000291452,2026-04-30,201,pop,NA,none
qzaaa2600002,Three,Bob,Label B,acct-2,,,,,,
"""
VERDICTS_CSV = """\
store,period_start,period_end,isrc,territory,artificial_streams,total_streams,penalty_amount,currency
spotify,2026-05-01,2026-05-31,QZAAA2600001,US,900,1000,12.50,EUR
"""
CONTEXT_CSV = """\
kind,start_date,end_date,artist,territory,note
tour,2026-05-01,2026-05-09,Ann,US,"Three nights, sold out"
"""
REPORTS = {
    "streams": STREAMS_CSV,
    "audience": AUDIENCE_CSV,
    "listeners": LISTENERS_CSV,
    "catalog": CATALOG_CSV,
    "verdicts": VERDICTS_CSV,
    "context": CONTEXT_CSV,
}


@dataclass
class Loaded:
    """A delivery and everything that it hands back."""

    delivery: Delivery
    tables: dict[str, pl.DataFrame]
    refused: pl.DataFrame
    warnings: list[str]
    merged: int
    late: dict[str, pl.DataFrame]
    """Rows that came after their day's own report."""

    @property
    def reasons(self) -> list[str]:
        return self.refused["reason"].to_list()

    @property
    def faults(self) -> list[tuple[int | None, str | None]]:
        return list(self.refused.select("line", "column").iter_rows())


def load(*paths: Path, source: str = "auto", known: Sequence[Source] | None = None) -> Loaded:
    """Deliver paths and read every table back; no row may be lost on the way."""
    with tempfile.TemporaryDirectory() as staging:
        delivery = deliver(paths, Path(staging), source=source, known=known, salt=lambda: SALT)
        tables: dict[str, pl.DataFrame] = {}
        late = {table.name: delivery.late(table).rows for table in DELIVERED}
        refused, warnings, merged = [delivery.refused], list(delivery.warnings), 0
        for table in (*DELIVERED, *REFERENCE, *STATEMENTS):
            frames, seen = [table.empty()], 0
            if table in DELIVERED:
                chunks = [combined for _, combined in delivery.chunks(table, rows=50)]
            elif table in STATEMENTS:
                chunks = [combined for _, combined in delivery.statements(table, rows=50)]
            else:
                chunks = [delivery.reference(table)]
            for combined in chunks:
                frames.append(combined.rows)
                refused.append(combined.refused)
                warnings += combined.warnings
                merged += combined.merged
                seen += combined.rows.height + combined.merged + combined.refused.height
            assert seen == delivery.rows(table)
            tables[table.name] = pl.concat(frames)
        for file in delivery.files:
            assert file.rows == stored(file) + file.quarantined + file.passed_over.total()
    return Loaded(delivery, tables, pl.concat(refused), warnings, merged, late)


def stored(file: FileRead) -> int:
    """Return how many rows of a file were staged, where one may have become several."""
    rows, lines = 0, [pl.Series("line", [], pl.Int64())]
    for staged in file.staged:
        if not staged.play_numbers and "line" in pl.read_parquet_schema(staged.path):
            lines.append(pl.read_parquet(staged.path, columns=["line"])["line"])
        else:
            rows += staged.rows
    return rows + pl.concat(lines).n_unique()


def load_text(folder: Path, text: str | bytes, name: str = "report.csv") -> Loaded:
    """Deliver one file of this content."""
    return load(write(folder / name, text))


def write(path: Path, text: str | bytes) -> Path:
    """Write a file: bytes as they are, a text packed as the end of the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(text, bytes):
        path.write_bytes(text)
        return path
    content = text.encode()
    if path.suffix == ".gz":
        content = gzip.compress(content)
    elif path.suffix == ".zst":
        content = pyarrow.compress(content, codec="zstd", asbytes=True)
    path.write_bytes(content)
    return path


def csv_of(rows: pl.DataFrame) -> str:
    """Return a frame as a CSV report."""
    return rows.write_csv()


def key_of(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of a table's rows."""
    return frame.select(table.key)
