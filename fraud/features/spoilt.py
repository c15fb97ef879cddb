"""Days that are no part of a track's usual plays: most plays are known to be artificial."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.panel import ALL_STORES, Panel


def spoilt_days(panel: Panel, spoilt: pl.DataFrame) -> NDArray[np.bool_]:
    """Return units × days: whether a day must not count as usual for a unit.

    `spoilt` has track_id, store (null = all), first_day, last_day. A day spoilt at one store is
    spoilt for the sum over all stores as well. Groups stay as they are: one track of theirs is a
    part of their plays.
    """
    found = np.zeros((panel.units.height, len(panel.days)), np.bool_)
    spans = panel.units.join(spoilt, left_on="entity", right_on="track_id", suffix="_spoilt")
    here = (pl.col("store") == ALL_STORES) | (
        pl.col("store_spoilt").is_null() | (pl.col("store_spoilt") == pl.col("store"))
    )
    origin = pl.lit(panel.days[0])
    bounds = spans.filter(here).select(
        "unit",
        first=(pl.col("first_day") - origin).dt.total_days(),
        last=(pl.col("last_day") - origin).dt.total_days(),
    )
    for unit, first, last in bounds.iter_rows():
        found[unit, max(first, 0) : max(last + 1, 0)] = True
    return found
