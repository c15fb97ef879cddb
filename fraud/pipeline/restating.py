"""What a day × store says now against what it said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from fraud.tables import RESTATEMENTS, Table

Outcome = Literal["new", "restated", "added", "unchanged", "refused", "held"]
"""`added`: late rows came to a day that stays; `held`: the gate keeps the day of the store out."""


@dataclass(frozen=True)
class DayStore:
    """One day × store of one table in a delivery, and what became of it."""

    table: str
    day: date
    store: str
    rows: int
    streams: int
    outcome: Outcome
    partial: bool = False
    streams_before: int | None = None
    """Plays that the lake held; None where it held nothing of this day and store."""


def judge(
    table: Table,
    day_stores: Sequence[tuple[date, str]],
    now: pl.DataFrame,
    before: pl.DataFrame,
    partial: set[tuple[str, date, str]],
) -> list[DayStore]:
    """Compare each day × store with what the lake holds; both frames are in the order of the key.

    What breaks off does not replace what already holds more plays.
    """
    old = _by_day_store(before)
    new = _by_day_store(now) if old else {}
    sizes = {
        (day, store): (rows, streams)
        for day, store, rows, streams in now.group_by("report_date", "store")
        .agg(pl.len(), pl.col("streams").sum())
        .iter_rows()
    }
    outcomes = []
    for day, store in day_stores:
        height, streams = sizes.get((day, store), (0, 0))
        known = old.get((day, store))
        streams_before = None if known is None else int(known["streams"].sum())
        breaks_off = (table.name, day, store) in partial
        outcome: Outcome = "new"
        if known is not None and streams_before is not None:
            if known.equals(new.get((day, store), table.empty())):
                outcome = "unchanged"
            elif breaks_off and streams_before > streams:
                outcome = "refused"
            else:
                outcome = "restated"
        outcomes.append(
            DayStore(table.name, day, store, height, streams, outcome, breaks_off, streams_before)
        )
    return outcomes


def restatements(
    table: Table,
    restated: Sequence[DayStore],
    now: pl.DataFrame,
    before: pl.DataFrame,
    delivery: str,
) -> pl.DataFrame:
    """Return the tracks whose plays the restated day × stores changed."""
    key = ["report_date", "store", "track_id"]
    pairs = pl.DataFrame(
        [(one.day, one.store) for one in restated],
        schema={"report_date": pl.Date(), "store": pl.String()},
        orient="row",
    )
    plays = [
        frame.join(pairs, on=["report_date", "store"], how="semi")
        .group_by(key)
        .agg(pl.col("streams").sum().alias(name))
        for frame, name in ((before, "streams_before"), (now, "streams_after"))
    ]
    changed = (
        plays[0]
        .join(plays[1], on=key, how="full", coalesce=True)
        .filter(pl.col("streams_before").ne_missing(pl.col("streams_after")))
        .with_columns(table=pl.lit(table.name), delivery_id=pl.lit(delivery))
    )
    return RESTATEMENTS.conform(changed)


def _by_day_store(frame: pl.DataFrame) -> dict[tuple[date, str], pl.DataFrame]:
    parts = frame.partition_by("report_date", "store", as_dict=True, maintain_order=True)
    return {(day, store): part for (day, store), part in parts.items()}
