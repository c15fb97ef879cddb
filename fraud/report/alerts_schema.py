"""The JSON Schema of an alert: what a machine may rely on in a row of alerts.parquet or the CSV."""

from typing import Any

import polars as pl

from fraud.report.alerts_csv import COLUMNS
from fraud.tables import INCIDENTS, Column

ALWAYS = ("rank", "incident_id", "status", "report_date", "first_day", "days_active", "level")
"""Columns that are never empty; in any other null is unknown, or said of nothing."""
SHARES = ("suspected_share", "score")
_TYPES = {
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.Boolean: "boolean",
    pl.String: "string",
    pl.Date: "string",
}


def alerts_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of one row; columns may be added, none goes away."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Alert",
        "description": "One incident of one night: a row of alerts.parquet, days as YYYY-MM-DD.",
        "type": "object",
        "required": list(COLUMNS),
        "properties": {name: _property(INCIDENTS.column(name)) for name in COLUMNS},
    }


def _property(column: Column) -> dict[str, Any]:
    kind = _TYPES[type(column.dtype)]
    optional = column.name not in ALWAYS
    shape: dict[str, Any] = {
        "description": column.about,
        "type": [kind, "null"] if optional else kind,
    }
    if column.allowed:
        shape["enum"] = [*column.allowed, None] if optional else list(column.allowed)
    if column.pattern:
        shape["pattern"] = column.pattern
    if isinstance(column.dtype, pl.Date):
        shape["format"] = "date"
    if kind in ("integer", "number"):
        shape["minimum"] = 0
    if column.name in SHARES:
        shape["maximum"] = 1
    return shape
