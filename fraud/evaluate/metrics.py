"""Measures of a ranking of track-days against the truth: pure functions over arrays.

Every function takes `weight`, how often each row counts; a bootstrap is a choice of weights.
Ties in the score are never broken by the order of rows: rows of one score are one step.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER = np.inf
"""The delay, in days, of an episode on which no alert was ever raised."""


def average_precision(artificial: Flags, score: Reals, weight: Reals | None = None) -> float:
    """Return the area under precision over recall, 0–1; nan where nothing is artificial.

    Σ (recall_n - recall_n-1) × precision_n over the distinct scores, highest first: the estimator
    of Buckland and Gey (1994) in the form that scikit-learn uses.
    """
    counted = np.ones(len(score)) if weight is None else weight
    if not (artificial * counted).any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum((artificial * counted)[order])
    rows = np.cumsum(counted[order])
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits, rows = hits[ends], rows[ends]
    precision = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
    return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])


def alerted(night: NDArray[np.int64], score: Reals, budget: int) -> Reals:
    """Return the chance of each row, 0–1, to be among the `budget` highest of its night.

    Where rows of one score straddle the cut, each of them has an equal chance.
    """
    chance = np.zeros(len(score))
    for one in np.unique(night):
        rows = np.flatnonzero(night == one)
        if budget >= len(rows):
            chance[rows] = 1.0
            continue
        values = score[rows]
        cut = np.partition(values, len(rows) - budget)[len(rows) - budget] if budget else np.inf
        above, at = values > cut, values == cut
        chance[rows[above]] = 1.0
        if at.any():
            chance[rows[at]] = (budget - above.sum()) / at.sum()
    return chance


def precision(artificial: Flags, chance: Reals, weight: Reals | None = None) -> float:
    """Return the part of the alerts that is artificial, 0–1; nan without alerts."""
    counted = chance if weight is None else chance * weight
    total = counted.sum()
    return float((counted * artificial).sum() / total) if total else float("nan")


def per_ten_thousand(among: Flags, chance: Reals, weight: Reals | None = None) -> float:
    """Return how many of 10,000 rows of a kind are alerts; nan without such rows."""
    counted = among * (1.0 if weight is None else weight)
    total = counted.sum()
    return float(10_000 * (counted * chance).sum() / total) if total else float("nan")


def recall(among: Flags, chance: Reals, weight: Reals | None = None) -> float:
    """Return the part of the rows of a kind that are alerts, 0–1; nan without such rows."""
    return per_ten_thousand(among, chance, weight) / 10_000


def weighted_median(values: Reals, weight: Reals | None = None) -> float:
    """Return the lowest value that half of the weight does not exceed; nan without weight."""
    counted = np.ones(len(values)) if weight is None else weight
    total = counted.sum()
    if not total:
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counted[order]) >= total / 2
    return float(values[order][int(reached.argmax())])


def calibration_table(
    artificial: Flags, score: Reals, weight: Reals | None = None, bins: int = 10
) -> pl.DataFrame:
    """Return for each tenth of the score: low, high, rows, mean_score and the artificial_share.

    Tenths without rows are left out. Raises ValueError for a score outside 0–1.
    """
    if len(score) and not (score.min() >= 0 and score.max() <= 1):
        raise ValueError("a calibrated score lies within 0–1")
    counted = np.ones(len(score)) if weight is None else weight
    index = np.minimum((score * bins).astype(np.int64), bins - 1)
    rows = np.bincount(index, counted, bins)
    mean = np.bincount(index, counted * score, bins)
    hits = np.bincount(index, counted * artificial, bins)
    seen = np.flatnonzero(rows)
    return pl.DataFrame(
        {
            "low": seen / bins,
            "high": (seen + 1) / bins,
            "rows": rows[seen],
            "mean_score": mean[seen] / rows[seen],
            "artificial_share": hits[seen] / rows[seen],
        }
    )


def expected_calibration_error(
    artificial: Flags, score: Reals, weight: Reals | None = None, bins: int = 10
) -> float:
    """Return by how much a score misses the share of artificial rows, 0–1, on average over rows.

    Naeini, Cooper and Hauskrecht (2015), equal-width bins; nan without rows.
    """
    table = calibration_table(artificial, score, weight, bins)
    if table.is_empty():
        return float("nan")
    rows = table["rows"].to_numpy()
    gap = np.abs(table["mean_score"].to_numpy() - table["artificial_share"].to_numpy())
    return float((rows * gap).sum() / rows.sum())
