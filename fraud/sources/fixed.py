"""The six report files of our own: streams, audience, listeners, catalog, verdicts, context."""

from fraud.errors import UnreadableError
from fraud.sources.source import Reading, Report, Source
from fraud.tables import AUDIENCE, CATALOG, CONTEXT, LISTENERS, STREAMS, VERDICTS, Table

BREAK_DOWNS = frozenset({"source", "tier", "device", "playlist_id"})
"""Any of these makes the rows additive: streams."""
MEASURES = frozenset({"listeners", "saves", "skips", "sub30_plays", "listening_seconds", "shazams"})
"""Counts of people or events that cannot be added up over a break-down: audience."""
_FACTS = (STREAMS, AUDIENCE, LISTENERS)
_COMPUTED = "track_id"
_OF_COUNTS = frozenset(
    {"dsp", "service", "quantity", "units", "plays", "views", "period", "month", "sale_month"}
)
"""Columns of reports that count or pay by track, in whatever layout; a catalogue has none."""


def table_of(columns: frozenset[str]) -> Table | None:
    """Return the table that a file with these columns holds, None where it is none of ours."""
    if "listener_id" in columns:
        return LISTENERS
    if "artificial_streams" in columns or {"period_start", "period_end"} <= columns:
        return VERDICTS
    if "kind" in columns and columns & {"start_date", "end_date"}:
        return CONTEXT
    if columns & {"report_date", "streams"}:
        return AUDIENCE if columns & MEASURES and not columns & BREAK_DOWNS else STREAMS
    described = columns & set(CATALOG.schema)
    is_described = len(described) > 1 or len(columns) == 1
    if "isrc" in columns and is_described and not columns & _OF_COUNTS:
        return CATALOG
    return None


def _recognises(columns: frozenset[str]) -> bool:
    return table_of(columns) is not None


def _open(report: Report) -> Reading:
    columns = frozenset(report.columns)
    table = table_of(columns)
    if table is None:
        raise UnreadableError(
            "is no streams, audience, listeners, catalog, verdicts or context report;"
            f" it has the columns {', '.join(report.columns)}"
        )
    missing = _missing(table, columns)
    if missing:
        raise UnreadableError(
            f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            f" of a {table.name} report; it has {', '.join(report.columns)}"
        )
    uses = columns & (set(table.schema) - {_COMPUTED} | {"store_track_id"})
    if table not in _FACTS:
        uses -= {"store_track_id"}
    kept_out = sorted(columns & MEASURES - uses)
    return Reading(
        table,
        uses,
        lambda rows: {table.name: rows},
        as_they_stand=True,
        explained={name: _not_additive(name, columns) for name in kept_out},
    )


def _missing(table: Table, columns: frozenset[str]) -> list[str]:
    required = [c.name for c in table.columns if c.required and c.name != _COMPUTED]
    missing = [name for name in required if name not in columns]
    if table in _FACTS and not columns & {"isrc", "store_track_id"}:
        missing.append("isrc (or store_track_id)")
    if table is VERDICTS and not columns & {"isrc", "upc"}:
        missing.append("isrc (or upc)")
    return missing


def _not_additive(measure: str, columns: frozenset[str]) -> str:
    dimensions = ", ".join(sorted(columns & BREAK_DOWNS)) or "listener"
    return f"column {measure} is kept out: it cannot be added up over {dimensions}"


FIXED = Source(
    "fixed",
    "streams, audience, listeners, catalog, verdicts and context reports in our own columns",
    _recognises,
    _open,
)
