"""A row of plays that breaks no demand; tests change what they are about."""

from typing import Any

GOOD: dict[str, Any] = {
    "report_date": "2026-03-01",
    "store": "spotify",
    "territory": "NO",
    "track_id": "USAAA2600001",
    "isrc": "USAAA2600001",
    "streams": 10,
}
