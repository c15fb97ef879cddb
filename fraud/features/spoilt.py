"""Days that are no part of a track's usual plays: most plays are known to be artificial."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.panel import Panel, concerns


def spoilt_days(panel: Panel, spoilt: pl.DataFrame) -> NDArray[np.bool_]:
    """Return units × days: whether a day must not count as usual for a unit.

    `spoilt` has track_id, store (null = all), first_day, last_day, and share, the artificial part
    of the span's plays. Where it is known, only so many days are spoilt as hold that part of them,
    the largest first: a burst in a month leaves the rest of the month usual. A day spoilt at one
    store is spoilt for the sum over all stores as well. Groups stay as they are: one track of
    theirs is a part of their plays.
    """
    found = np.zeros((panel.units.height, len(panel.days)), np.bool_)
    origin = pl.lit(panel.days[0])
    spans = (
        panel.units.join(
            spoilt.with_row_index("span"), left_on="entity", right_on="track_id", suffix="_spoilt"
        )
        .filter(concerns("store_spoilt"))
        .select(
            "unit",
            "span",
            "share",
            first=(pl.col("first_day") - origin).dt.total_days(),
            last=(pl.col("last_day") - origin).dt.total_days(),
        )
    )
    whole = spans.filter(pl.col("share").is_null())
    for unit, first, last in whole.select("unit", "first", "last").iter_rows():
        found[unit, max(first, 0) : max(last + 1, 0)] = True
    largest = _largest(panel, spans.filter(pl.col("share").is_not_null()))
    found[largest["unit"].to_numpy(), largest["day"].to_numpy()] = True
    return found


def _largest(panel: Panel, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the unit-days that make up the artificial part of each span, the largest first."""
    of_span = ["unit", "span"]
    before = (pl.col("streams").cum_sum() - pl.col("streams")).over(of_span)
    return (
        spans.join(panel.counts.select("unit", "day", "streams"), on="unit")
        .filter(pl.col("day").is_between(pl.col("first"), pl.col("last")))
        .sort(*of_span, -pl.col("streams"), "day")
        .filter(before < pl.col("share") * pl.col("streams").sum().over(of_span))
        .select("unit", "day")
    )
