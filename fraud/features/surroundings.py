"""What happened around a unit on the same day: its store, its artist's other tracks, other stores.

A rise that the surroundings share is explained by them; so the level that was to be expected of a
unit is its own usual level times what its store did that day, and the rise of its siblings and of
its other stores stands beside it as evidence.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.panel import ALL_STORES, Panel
from fraud.features.windows import DELIVERY_DAYS, WEEK_DAYS, Reals, windows

MARKET_RATE = 5.0
"""Plays a day from which a unit's ratio to its usual level says something of its store's day."""
MARKET_UNITS = 10.0
"""Shrinkage of a store-day's factor towards 1: as if so many units had stood still."""
CHART_FLOOR = 20
"""A store-day whose least count is above this is a chart: a track not in it is unknown, not 0."""


@dataclass(frozen=True)
class Surroundings:
    """What rows of windows are judged against; arrays of one value a row, NaN = unknown."""

    expected_today: Reals
    expected_week: Reals
    market: Reals
    siblings: Reals
    """log2 of the plays of the artist's other tracks at the store to what was expected of them."""
    other_stores: Reals
    """log2 of the track's plays at its other stores to what was expected there."""
    age_days: Reals
    """Days since release, else since the first play where that lies within the look-back."""
    artist_release_days: Reals
    """Days since the artist's latest release."""
    duration_seconds: Reals

    def take(self, rows: NDArray[np.int64]) -> "Surroundings":
        """Return the surroundings of some rows, in the order given."""
        return Surroundings(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def known_days(panel: Panel) -> NDArray[np.bool_]:
    """Return units × days: whether an absent row means "not played" there.

    It does not where the store delivered nothing that day, nor in a chart, which ends at a rank.
    The sum over all stores is known where every store delivered that delivers on most days around.
    """
    units = panel.units.height
    days = len(panel.days)
    known = np.zeros((units, days), np.bool_)
    smallest = (
        panel.counts.join(panel.units, on="unit")
        .group_by("store", "day")
        .agg(pl.col("streams").min(), pl.len())
    )
    stores = panel.units["store"].to_numpy()
    delivered: dict[str, NDArray[np.bool_]] = {}
    charted: dict[str, NDArray[np.bool_]] = {}
    for store in sorted(set(stores)):
        rows = smallest.filter(pl.col("store") == store)
        delivered[store] = np.zeros(days, np.bool_)
        charted[store] = np.zeros(days, np.bool_)
        delivered[store][rows["day"].to_numpy()] = True
        charted[store][rows["day"].to_numpy()] = (
            (rows["streams"] > CHART_FLOOR) & (rows["len"] >= CHART_FLOOR)
        ).to_numpy()
    single = [store for store in delivered if store != ALL_STORES]
    complete = np.ones(days, np.bool_)
    for store in single:
        complete &= delivered[store] | ~_usually(delivered[store])
    for store, there in delivered.items():
        known[stores == store] = there & (complete if store == ALL_STORES else True)
    for store, chart in charted.items():
        for at in np.flatnonzero(chart):
            known[stores == store, at] = False
    played = panel.counts.select("unit", "day").to_numpy()
    charted_there = np.zeros((units, days), np.bool_)
    for store, chart in charted.items():
        charted_there[stores == store] = chart
    unit, day = played[:, 0], played[:, 1]
    known[unit, day] |= charted_there[unit, day]
    return known


def _usually(delivered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each day whether the store delivered on most of the days just before it."""
    usually = np.zeros(len(delivered), np.bool_)
    for day in range(len(delivered)):
        before = delivered[max(day - DELIVERY_DAYS, 0) : day]
        usually[day] = before.mean() > 0.5 if len(before) else True
    return usually


def levels(panel: Panel, wanted: NDArray[np.int64], known: NDArray[np.bool_]) -> pl.DataFrame:
    """Return a row a unit and wanted day with plays: its level, and what its store makes of it.

    Columns unit, day, store, entity, streams, seen_days (see Windows), market, expected_today,
    expected_week; the expected ones are null where the unit has no past to expect from.
    """
    parts = []
    for units, block in panel.streams():
        rows = windows(block, panel.layout, wanted, known[units])
        parts.append(
            pl.DataFrame(
                {
                    "unit": rows.unit + units.start,
                    "day": rows.day,
                    "streams": rows.today[:, 0],
                    "week": rows.week[:, 0],
                    "usual": rows.usual[:, 0],
                    "usual_days": rows.usual_days,
                    "seen_days": rows.seen_days,
                }
            )
        )
    frame = pl.concat(parts).join(panel.units, on="unit")
    rate = (pl.col("usual") / pl.col("usual_days")).alias("rate")
    frame = frame.with_columns(pl.when(pl.col("usual_days") >= WEEK_DAYS).then(rate).alias("rate"))
    factors = (
        frame.filter(pl.col("rate") >= MARKET_RATE)
        .group_by("store", "day")
        .agg(
            _factor(pl.col("streams") / pl.col("rate")).alias("market"),
            _factor(pl.col("week") / (WEEK_DAYS * pl.col("rate"))).alias("market_week"),
        )
    )
    return (
        frame.join(factors, on=["store", "day"], how="left")
        .with_columns(pl.col("market", "market_week").fill_null(1.0))
        .with_columns(
            expected_today=pl.col("rate") * pl.col("market"),
            expected_week=WEEK_DAYS * pl.col("rate") * pl.col("market_week"),
        )
        .sort("unit", "day")
    )


def _factor(ratio: pl.Expr) -> pl.Expr:
    """Return a store-day's factor: the median of its units' ratios, shrunk towards 1."""
    weight = pl.len() / (pl.len() + MARKET_UNITS)
    return (ratio.median().log() * weight).exp()


def surroundings(
    levels: pl.DataFrame, days: tuple[date, ...], tracks: pl.DataFrame
) -> Surroundings:
    """Return the surroundings of the rows of `levels`, in their order.

    `tracks` has entity, artist, release_date, duration_seconds (one row an entity; for groups all
    three may be null).
    """
    rows = levels.with_row_index("row").join(tracks, on="entity", how="left").sort("row")
    rows = rows.with_columns(
        report_date=pl.lit(days[0]) + pl.duration(days=pl.col("day")),
        known_streams=pl.when(pl.col("expected_today").is_not_null()).then(pl.col("streams")),
    )

    def rest(*by: str) -> pl.Expr:
        others = [
            (pl.col(name).sum().over(by) - pl.col(name).fill_null(0))
            for name in ("known_streams", "expected_today")
        ]
        ratio = ((others[0] + 5) / (others[1] + 5)).log(2)
        return pl.when((others[1] >= 5) & pl.col(by[0]).is_not_null()).then(ratio)

    rows = rows.with_columns(siblings=rest("artist", "store", "day"))
    apart = rows.filter(pl.col("store") != ALL_STORES).with_columns(
        other_stores=rest("entity", "day")
    )
    rows = rows.join(apart.select("row", "other_stores"), on="row", how="left").sort("row")
    release_days = (pl.col("report_date") - pl.col("release_date")).dt.total_days()
    rows = rows.with_columns(
        age_days=pl.coalesce(
            pl.when(release_days >= 0).then(release_days),
            pl.when(pl.col("seen_days") < 28).then(pl.col("seen_days")),
        )
    )
    releases = tracks.select("artist", latest="release_date").drop_nulls().unique().sort("latest")
    latest = (
        rows.select("row", "artist", "report_date")
        .sort("report_date")
        .join_asof(
            releases, left_on="report_date", right_on="latest", by="artist", check_sortedness=False
        )
        .sort("row")
        .select((pl.col("report_date") - pl.col("latest")).dt.total_days())
        .to_series()
    )

    def array(values: pl.Series) -> Reals:
        return values.cast(pl.Float64).fill_null(np.nan).to_numpy().copy()

    return Surroundings(
        expected_today=array(rows["expected_today"]),
        expected_week=array(rows["expected_week"]),
        market=array(rows["market"]),
        siblings=array(rows["siblings"]),
        other_stores=array(rows["other_stores"]),
        age_days=array(rows["age_days"]),
        artist_release_days=array(latest),
        duration_seconds=array(rows["duration_seconds"]),
    )
