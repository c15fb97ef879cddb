"""Writes a night's folder: alerts.csv, alerts.parquet, report.html, the evidence of incidents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
import polars as pl

from fraud.config import Settings
from fraud.report import series
from fraud.report.alerts_csv import alerts_csv, alerts_parquet
from fraud.report.dossier import TITLES, dossier
from fraud.report.evidence import evidence
from fraud.report.exhibit import Exhibit
from fraud.report.html import report_html
from fraud.report.incidents import EVIDENCE_FOLDER
from fraud.report.silence import Silenced

EVIDENCE_FILES = (
    "summary.txt",
    "message.txt",
    "message.eml",
    "dossier.html",
    "daily.csv",
    "places.csv",
    "tracks.csv",
)
"""What the product writes of an incident; anything else in its folder is the analyst's own."""

IMAGES = ("svg", "png")


@dataclass(frozen=True)
class NightFiles:
    """Where a night's results lie."""

    alerts: Path
    report: Path
    evidence: Path


def write_night(
    folder: Path,
    day: date,
    incidents: pl.DataFrame,
    *,
    connection: duckdb.DuckDBPyConnection,
    health: pl.DataFrame,
    settings: Settings,
    warnings: Sequence[str] = (),
    precision: pl.DataFrame | None = None,
    context: pl.DataFrame | None = None,
    changes: pl.DataFrame | None = None,
    told_by: pl.DataFrame | None = None,
    silenced: Sequence[Silenced] = (),
    dossiers: int = 0,
) -> NightFiles:
    """Write the night's folder and return where its files lie.

    `incidents` are the INCIDENTS rows of `day`, `health` is a HEALTH frame, `warnings` is what the
    gate let pass but a reader should know, `precision` is a PRECISION frame. The connection has
    audience, streams, listeners, catalog and scores as views (the last series.LOOK_BACK_DAYS days
    count); `told_by` is what series.read wants where they are narrowed. `silenced` is told
    on the page alone. `context` and `changes` are
    marked in the plots, and so many `dossiers` are drawn for the night's worst. Each file is
    replaced in one step; the same inputs give the same bytes.
    """
    shown = series.read(
        connection, day, incidents, context=context, changes=changes, told_by=told_by
    )
    files = NightFiles(folder / "alerts.csv", folder / "report.html", folder / EVIDENCE_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with_dossier = set()
    for row in incidents.sort("rank").iter_rows(named=True):
        name = row["incident_id"]
        case = Exhibit(row, shown.days, shown.of_incident[name])
        made = evidence(case, settings.csv_separator)
        if row["rank"] <= dossiers and row["status"] != "ended":
            made["dossier.html"] = dossier(case)
            with_dossier.add(name)
        write_evidence(files.evidence / name, made)
    _forget(files.evidence, set(incidents["incident_id"]))
    page = report_html(
        day,
        incidents,
        shown,
        health,
        settings,
        warnings=warnings,
        precision=precision,
        silenced=silenced,
        with_dossier=with_dossier,
    )
    _replace(files.report, page)
    _replace(files.alerts.with_suffix(".parquet"), alerts_parquet(incidents))
    _replace(files.alerts, alerts_csv(incidents, settings.csv_separator))
    return files


def write_evidence(folder: Path, made: Mapping[str, bytes]) -> None:
    """Write the evidence of one incident; what an earlier run made of it goes, other files stay."""
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder, set(made))
    folder.mkdir(exist_ok=True)
    for file, content in made.items():
        (folder / file).parent.mkdir(exist_ok=True)
        _replace(folder / file, content)


def _clear(folder: Path, kept: Collection[str] = ()) -> None:
    for file in (*EVIDENCE_FILES, *(f"plots/{key}.{end}" for key in TITLES for end in IMAGES)):
        if file not in kept:
            (folder / file).unlink(missing_ok=True)
    for inner in (folder / "plots", folder):
        if inner.is_dir() and not any(inner.iterdir()):
            inner.rmdir()


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _forget(evidence_folder: Path, listed: set[str]) -> None:
    """Remove what an earlier run wrote of incidents that are no longer listed; other files stay."""
    for folder in sorted(evidence_folder.glob("INC-*")):
        if folder.name not in listed:
            _clear(folder)
