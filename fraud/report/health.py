"""What the night's data lacks: the rows that the report shows as its data health."""

import polars as pl

from fraud.tables import STORE_PATTERN, Column, Table

NIGHT_DAYS = 28
"""Days whose health a night looks at, itself among them."""
STATES = ("missing", "late", "restated", "quarantined")
"""A store's day did not come, came after its night, came again otherwise, was kept out in part."""

HEALTH = Table(
    "health",
    "day × store × finding",
    (
        Column("report_date", pl.Date(), "the day of the plays", required=True),
        Column("store", pl.String(), "slug of the service", required=True, pattern=STORE_PATTERN),
        Column("state", pl.String(), "what is wrong with it", required=True, allowed=STATES),
        Column("rows", pl.Int64(), "rows concerned; null = the day as a whole", minimum=0),
        Column("note", pl.String(), "a sentence for the analyst"),
    ),
    ("report_date", "store", "state"),
)
"""Only findings: a day × store without a row is as it should be."""
