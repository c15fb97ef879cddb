"""alerts.csv and alerts.parquet: one row an incident a night, worst first."""

import io

import polars as pl

from fraud.report.spreadsheet import csv_bytes

COLUMNS = (
    "rank",
    "incident_id",
    "status",
    "report_date",
    "first_day",
    "days_active",
    "level",
    "isrc",
    "title",
    "artist",
    "label",
    "upc",
    "tracks",
    "stores",
    "territories",
    "streams",
    "expected_streams",
    "suspected_artificial_streams",
    "suspected_share",
    "score",
    "severity",
    "pattern",
    "reason_1",
    "reason_2",
    "reason_3",
    "counter_evidence",
    "royalty_at_risk",
    "penalty_exposure",
    "currency",
    "verdict",
    "evidence",
    "model_version",
    "changed",
    "pay_source",
    "below_floor",
    "line_tracks",
    "line_exposure",
    "takedown_risk",
    "takedown_reason",
    "about",
    "worst_isrc",
    "worst_title",
    "worst_artist",
    "pattern_share",
)
"""The columns in their order, which does not change; new ones are added at the end."""


def alerts_csv(incidents: pl.DataFrame, separator: str = ",") -> bytes:
    """Return the file's bytes for the INCIDENTS rows of one night, by rank."""
    return csv_bytes(COLUMNS, incidents.sort("rank").select(COLUMNS).iter_rows(), separator)


def alerts_parquet(incidents: pl.DataFrame) -> bytes:
    """Return the same rows and columns for machines: names as they came, numbers and days typed."""
    file = io.BytesIO()
    incidents.sort("rank").select(COLUMNS).write_parquet(file, compression="zstd")
    return file.getvalue()
