"""Onsets: the day from which a track is played at a new level, and how many began together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

LEAST_BEFORE_DAYS = 7
"""Days before an onset that have to be seen; as many tracks begin on a lake's first day."""
LEAST_RISE = 2.0
"""An onset at least doubles a track's plays."""
LEAST_LOG_RATIO = 6.0
"""Log likelihood ratio of two levels to one: among 20 days by chance in one track of a hundred."""
SPAN_DAYS = 3
"""Plays are bought for a list of tracks; they begin within so many days."""


@dataclass(frozen=True)
class Onsets:
    """The clearest onset of each track in a span of days."""

    day: NDArray[np.int64]
    """Place of its first day in the span; -1 = none."""
    days: int


def onsets(daily: NDArray[np.int64], market: Reals) -> Onsets:
    """Return the onsets in tracks × days of plays; what the catalogue did on a day is taken out."""
    days = daily.shape[1]
    effort = market / market.mean() if market.mean() > 0 else np.ones(days)
    plays, weight = np.cumsum(daily, axis=1), np.cumsum(effort)
    splits = np.arange(LEAST_BEFORE_DAYS, days - 1)
    low = plays[:, splits - 1].astype(np.float64)
    high = plays[:, -1:] - low
    w_low, w_high = weight[splits - 1], weight[-1] - weight[splits - 1]

    def likelihood(count: Reals, effort_days: Reals) -> Reals:
        return np.asarray(count * np.log(np.maximum(count, 1e-9) / np.maximum(effort_days, 1e-9)))

    one = likelihood(plays[:, -1:].astype(np.float64), weight[-1:])
    ratio = likelihood(low, w_low) + likelihood(high, w_high) - one
    # Days on which nothing was played anywhere have no weight, and nothing rises above them.
    rises = high / np.maximum(w_high, 1e-9) > LEAST_RISE * (low + 1) / np.maximum(w_low, 1e-9)
    ratio = np.where(rises, ratio, 0.0)
    best = ratio.argmax(axis=1)
    clear = ratio[np.arange(len(ratio)), best] >= LEAST_LOG_RATIO
    return Onsets(np.where(clear, splits[best], -1), days)


def began_together(
    found: Onsets,
    track: NDArray[np.int64],
    group: NDArray[np.int64],
    groups: int,
    played: NDArray[np.bool_],
) -> dict[str, Reals]:
    """Return for each group the most tracks that began within SPAN_DAYS, and the usual share.

    The share is that of the catalogue's other tracks that began in these very days: what a holiday
    or a new market does to all is not the group's.
    """
    size = np.bincount(group, minlength=groups)
    began = found.day[track]
    counts = np.zeros((groups, found.days))
    np.add.at(counts, (group[began >= 0], began[began >= 0]), 1.0)
    everyone = np.bincount(found.day[played & (found.day >= 0)], minlength=found.days)

    def spans(values: Reals) -> Reals:
        sums = np.cumsum(np.pad(values, [(0, 0), (SPAN_DAYS, 0)]), axis=1)
        return np.asarray(sums[:, SPAN_DAYS:] - sums[:, :-SPAN_DAYS])

    together = spans(counts)
    last = together.argmax(axis=1)
    most = together[np.arange(groups), last]
    others = spans(everyone[None].astype(np.float64))[0][last] - most
    rest = np.maximum(played.sum() - size, 1)
    return {
        "onset_tracks": most,
        "onset_usual_share": (others + 1) / (rest + 10),
        "onset_days_ago": (found.days - last + SPAN_DAYS - 2).astype(np.float64),
    }
