"""What was measured, in the units people read: the values that the reasons of an alert quote."""

import numpy as np
import polars as pl

from fraud.features.evidence import Catalogue, pair
from fraud.features.panel import Layout
from fraud.features.surroundings import Surroundings
from fraud.features.windows import Windows
from fraud.tables import DIMENSIONS, RATES

LEAST = 10
"""Listeners, starts or plays below which a usual rate is not quoted as the unit's own."""


def measured(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout
) -> pl.DataFrame:
    """Return for each row the week's rates beside the usual and the catalogue's, and the top cells.

    Columns <rate>_seen, <rate>_usual, <rate>_normal; <dimension>_cell, <dimension>_share,
    <dimension>_usual: the value that came on top most, its share of the week and its usual share.
    Null = unknown.
    """
    columns: dict[str, pl.Series] = {}
    streams = layout.measure("streams")
    columns["week_streams"] = pl.Series(windows.week[:, streams])
    columns["week_expected"] = pl.Series(around.expected_week)
    columns["siblings_rise"] = pl.Series(np.exp2(around.siblings))
    columns["other_stores_rise"] = pl.Series(np.exp2(around.other_stores))
    columns["age_days"] = pl.Series(around.age_days)
    columns["days_equal"] = pl.Series(
        (windows.recent[:, :-1] == windows.recent[:, -1:]).sum(axis=1)
    )
    for rate in RATES:
        events, chances = pair(windows.week, layout, rate)
        usual_events, usual_chances = pair(windows.usual, layout, rate)
        seen = np.where(chances > 0, events / np.maximum(chances, 1), np.nan)
        usual = np.where(
            usual_chances >= LEAST, usual_events / np.maximum(usual_chances, 1), np.nan
        )
        columns[f"{rate}_seen"] = pl.Series(seen)
        columns[f"{rate}_usual"] = pl.Series(usual)
        columns[f"{rate}_normal"] = pl.Series(np.full(len(seen), getattr(normal, rate)))
        columns[f"{rate}_chances"] = pl.Series(chances)
    for dimension in DIMENSIONS:
        columns |= _cells(windows, normal, layout, dimension)
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def _cells(
    windows: Windows, normal: Catalogue, layout: Layout, dimension: str
) -> dict[str, pl.Series]:
    span = layout.span(dimension)
    week, usual = windows.week[:, span], windows.usual[:, span]
    mix = normal.mixes[dimension]
    own = (usual + 20 * mix) / (usual.sum(axis=1, keepdims=True) + 20)
    total = week.sum(axis=1)
    shares = week / np.maximum(total, 1)[:, None]
    top = (shares - own).argmax(axis=1)
    rows = np.arange(len(week))
    names = np.array(layout.values(dimension))
    known = total > 0
    return {
        f"{dimension}_cell": pl.Series(
            [str(n) if k else None for n, k in zip(names[top], known, strict=True)], dtype=pl.String
        ),
        f"{dimension}_share": pl.Series(np.where(known, shares[rows, top], np.nan)),
        f"{dimension}_usual": pl.Series(np.where(known, own[rows, top], np.nan)),
    }
