"""What a user would otherwise pick: three detectors to be better than.

Each takes the reported totals of track-days and returns report_date, track_id, score. None sees a
day later than the one it scores.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.evaluate.labels import MEASURES, WARM_UP_DAYS

Reals = NDArray[np.float64]


def times_the_median(track_days: pl.DataFrame) -> pl.DataFrame:
    """Score a day by its plays over the median of the 28 days before it, at least 1.

    The rule of thumb "five times the 28-day median" is this score cut at 5. A day without a report
    of the track counts as a day without plays once the track has been seen.
    """
    return (
        _every_day(track_days)
        .select(
            "report_date",
            "track_id",
            score=pl.col("streams")
            / pl.max_horizontal(_past("streams", pl.Expr.rolling_median).fill_null(0), 1.0),
            reported="reported",
        )
        .filter("reported")
        .drop("reported")
        .sort("report_date", "track_id")
    )


def isolation_forest(track_days: pl.DataFrame, *, seed: int = 0) -> pl.DataFrame:
    """Score by PyOD's IsolationForest on the day's raw columns, fitted on the same day."""
    from pyod.models.iforest import IForest

    return _by_night(track_days, MEASURES, lambda: IForest(random_state=seed))


def ecod(track_days: pl.DataFrame) -> pl.DataFrame:
    """Score by PyOD's ECOD on raw columns and their differences to the track's own past 28 days."""
    from pyod.models.ecod import ECOD

    changes = [f"{name}_change" for name in MEASURES]
    frame = (
        _every_day(track_days)
        .with_columns(
            (pl.col(name) - _past(name, pl.Expr.rolling_mean).fill_null(0)).alias(change)
            for name, change in zip(MEASURES, changes, strict=True)
        )
        .filter("reported")
    )
    return _by_night(frame, (*MEASURES, *changes), ECOD)


BASELINES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "five times the 28-day median": times_the_median,
    "PyOD IsolationForest on the day's raw columns": isolation_forest,
    "PyOD ECOD on raw columns and differences to the own past": ecod,
}
"""The baselines by the name under which they are reported."""


def _every_day(track_days: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each track and day from the track's first one on; unreported = 0 plays."""
    days = track_days.select(pl.col("report_date").unique().sort())
    since = track_days.group_by("track_id").agg(first=pl.col("report_date").min())
    return (
        since.join(days, how="cross")
        .filter(pl.col("report_date") >= pl.col("first"))
        .drop("first")
        .join(
            track_days.with_columns(reported=True),
            on=["track_id", "report_date"],
            how="left",
        )
        .with_columns(pl.col(*MEASURES).fill_null(0), pl.col("reported").fill_null(value=False))
        .sort("track_id", "report_date")
    )


def _past(name: str, rolling: Callable[..., pl.Expr]) -> pl.Expr:
    """Return a rolling statistic of the track's days before the day."""
    before = pl.col(name).cast(pl.Float64).shift(1)
    return rolling(before, window_size=WARM_UP_DAYS, min_samples=1).over("track_id")


def _by_night(
    frame: pl.DataFrame, columns: tuple[str, ...], detector: Callable[[], Any]
) -> pl.DataFrame:
    """Fit a fresh detector on each day's rows and return their scores."""
    nights = []
    for night in frame.sort("report_date", "track_id").partition_by(
        "report_date", maintain_order=True
    ):
        matrix = night.select(pl.col(*columns).cast(pl.Float64).fill_null(0)).to_numpy()
        scores: Reals = detector().fit(matrix).decision_scores_
        nights.append(night.select("report_date", "track_id").with_columns(score=pl.Series(scores)))
    return pl.concat(nights)
