"""What stores and analysts have ruled on: days of the past to learn from.

A ruling is on a period, not on each of its days. So the days that it covers are set apart, with the
part of their plays that was ruled artificial.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.panel import concerns
from fraud.features.windows import Reals


@dataclass(frozen=True)
class RuledDays:
    """What rulings say of rows; arrays of one value a row."""

    case: NDArray[np.int64]
    """The ruling that says most of the row's day; -1 = none does."""
    share: Reals
    """The part of the period's plays that was artificial, NaN = not said."""
    streams: NDArray[np.int64]
    """Plays of the day."""

    def take(self, rows: NDArray[np.int64]) -> "RuledDays":
        """Return some rows, in the order given."""
        return RuledDays(self.case[rows], self.share[rows], self.streams[rows])


def ruled_days(rows: pl.DataFrame, first_day: date, rulings: pl.DataFrame | None) -> RuledDays:
    """Return what was ruled on the days of rows (store, entity, day since `first_day`, streams).

    `rulings` has entity, store (null = all), period_start, period_end, share (null = not said). A
    ruling of one store says something of the sum over all stores as well. Of several the largest
    share counts.
    """
    found = RuledDays(
        np.full(len(rows), -1), np.full(len(rows), np.nan), rows["streams"].to_numpy()
    )
    if rulings is None or rulings.is_empty():
        return found
    spans = _spans(rulings, first_day)
    covered = (
        rows.select("store", "entity", "day")
        .with_row_index("row")
        .join(spans, on="entity")
        .filter(concerns("ruled_store"), pl.col("day").is_between(pl.col("low"), pl.col("high")))
        .sort("row", -pl.col("share").fill_null(0.0), "case")
        .unique("row", keep="first", maintain_order=True)
    )
    at = covered["row"].to_numpy()
    found.case[at] = covered["case"].to_numpy()
    found.share[at] = covered["share"].fill_null(np.nan).to_numpy()
    return found


def _spans(rulings: pl.DataFrame, first_day: date) -> pl.DataFrame:
    return rulings.with_row_index("case").select(
        pl.col("case").cast(pl.Int64),
        "entity",
        "share",
        ruled_store="store",
        low=(pl.col("period_start") - first_day).dt.total_days(),
        high=(pl.col("period_end") - first_day).dt.total_days(),
    )
