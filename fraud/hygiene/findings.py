"""What a check of the catalogue says: whose tracks, how many, and a sentence with the measure."""

from collections.abc import Sequence
from typing import Any

import polars as pl

SEVERITIES = ("high", "medium", "low")
FINDINGS = {
    "check": pl.String(),
    "severity": pl.String(),
    "account_id": pl.String(),
    "label": pl.String(),
    "artist": pl.String(),
    "tracks": pl.Int64(),
    "examples": pl.String(),
    "finding": pl.String(),
}
"""One row a finding: the check, how grave it is, whose tracks, how many, at most five of their ids
(`|` between), and a sentence with what was measured and what is usual."""


def findings(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as FINDINGS, the gravest and largest first."""
    frame = pl.DataFrame([{name: row.get(name) for name in FINDINGS} for row in rows], FINDINGS)
    order = pl.col("severity").replace_strict(dict(zip(SEVERITIES, range(3), strict=True)))
    return (
        frame.with_columns(order=order.cast(pl.Int8))
        .sort("order", "check", "tracks", descending=[False, False, True], maintain_order=True)
        .drop("order")
    )
