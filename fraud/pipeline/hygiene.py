"""The weekly look at the catalogue itself: its findings as a table and as a page."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

import polars as pl

from fraud.config import Settings
from fraud.errors import CallError, FraudError
from fraud.hygiene.checks import inspect
from fraud.lake import Lake
from fraud.report.findings_page import findings_html
from fraud.report.spreadsheet import csv_bytes
from fraud.tables import CATALOG, QUARANTINE

WEEK_DAYS = 7


@dataclass(frozen=True)
class Inspected:
    """What was found, and where it is written."""

    day: date
    tracks: int
    findings: pl.DataFrame
    table: Path
    page: Path


def inspect_catalogue(
    day: date, settings: Settings, *, known: Path | None = None, out: Path | None = None
) -> Inspected:
    """Write the findings of a catalogue to HOME/hygiene/<day>/ and return them.

    `known` is a file of artist names outside of the catalogue, one a line, that may be imitated;
    `out` is where the table is written as well. Raises CallError where there is no catalogue.
    """
    names = _names(known) if known else ()
    lake = Lake(settings.lake_address)
    before = lake.at(datetime.combine(day - timedelta(WEEK_DAYS), time.max, UTC)).read(CATALOG)
    with lake.connect([CATALOG, QUARANTINE]) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("catalog_before", before.to_arrow())
        tracks = connection.execute("select count(*) from catalog").fetchall()[0][0]
        if not tracks:
            raise CallError(
                f"the lake at {settings.lake_address} holds no catalogue; load one with:"
                " fraud ingest catalog.csv"
            )
        findings = inspect(connection, day, names)
    folder = settings.home / "hygiene" / day.isoformat()
    content = csv_bytes(findings.columns, findings.iter_rows(), settings.csv_separator)
    made = Inspected(day, tracks, findings, folder / "findings.csv", folder / "hygiene.html")
    _write(made.table, content)
    _write(made.page, findings_html(day, tracks, findings))
    if out is not None:
        _write(out, content)
        made = Inspected(day, tracks, findings, out, made.page)
    return made


def _names(file: Path) -> Collection[str]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CallError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CallError(f"{file} is not UTF-8; save it as UTF-8, one name a line") from None
    return {line.strip() for line in text.splitlines() if line.strip()}


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        shutil.move(part, path)
    except OSError as error:
        raise FraudError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
