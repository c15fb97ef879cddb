"""Looks at a unit on a day: the day itself, the week and the three weeks that end with it, and what
was usual before.

Usual is the sum over the four weeks that end eight days before: neither the judged day nor the week
that leads to it is part of its own baseline. Days that were themselves a spike (over three times
the median of their own four weeks before) are left out of it, and so are days on which the store
delivered nothing. Older is the six weeks before the three weeks: what low and long schemes, which
make their own usual, are held against.
"""

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from fraud.compiled import compiled
from fraud.features.panel import Counts, Layout

WEEK_DAYS = 7
USUAL_DAYS = 28
GAP_DAYS = 8
"""Usual ends so many days before the judged day."""
LONG_DAYS = 21
OLDER_DAYS = 42
SPIKE_DAYS = 28
RECENT_DAYS = LONG_DAYS
DELIVERY_DAYS = 7
"""Days before a day from which it is told whether its store usually delivers."""
LOOK_BACK_DAYS = max(USUAL_DAYS + GAP_DAYS, OLDER_DAYS + LONG_DAYS) - 1 + SPIKE_DAYS + DELIVERY_DAYS
"""Days before the judged day that its windows read: 97."""

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """The windows of the rows of one block; a row is a unit on a day on which it was played."""

    unit: NDArray[np.int64]
    day: NDArray[np.int64]
    today: Counts
    week: Counts
    usual: Counts
    usual_days: NDArray[np.int64]
    """Days that `usual` adds up; 0 where the unit has no past."""
    usual_squares: NDArray[np.int64]
    """Sum of the squares of the daily plays over those days: the unit's own scatter."""
    long: Counts
    """The last 21 days, the judged day included."""
    older: Counts
    """The 42 days before those, without spikes."""
    older_days: NDArray[np.int64]
    """Days that `older` adds up."""
    recent: Counts
    """Plays of the last 21 days, the judged day last."""
    seen_days: NDArray[np.int64]
    """Days since the first play within the look-back, 0 = today is the first."""

    def take(self, rows: NDArray[np.int64]) -> "Windows":
        """Return the windows of some rows, in the order given."""
        return Windows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def windows(
    block: Counts,
    layout: Layout,
    wanted: NDArray[np.int64],
    known: NDArray[np.bool_],
    chosen: NDArray[np.int64] | None = None,
) -> Windows:
    """Return the windows of the rows of a block (units × days × columns) on the wanted day indices.

    `known` (units × days) is false where nothing can be said of a unit's day, as when the store
    delivered nothing: such a day is no zero. `chosen` are the rows that are looked at, of all
    of them in the order of unit and day; None = all.
    """
    block = np.ascontiguousarray(block)
    streams = np.ascontiguousarray(block[:, :, layout.measure("streams")])
    first_seen = _next_played(streams)
    counted = known & ~_spikes(streams, known, first_seen)
    unit, at = np.nonzero(streams[:, wanted] > 0)
    day = wanted[at]
    if chosen is not None:
        unit, day = unit[chosen], day[chosen]
    low = np.maximum(day - USUAL_DAYS - GAP_DAYS + 1, 0)
    first = first_seen[unit, low]
    start = np.maximum(low, first)
    stop = np.maximum(day - GAP_DAYS + 1, start)
    older_stop = np.maximum(day - LONG_DAYS + 1, 0)
    older_low = np.maximum(older_stop - OLDER_DAYS, 0)
    older_start = np.clip(first_seen[unit, older_low], older_low, older_stop)
    everything = np.ones_like(counted)

    def summed(low: NDArray[np.int64], high: NDArray[np.int64], days: NDArray[np.bool_]) -> Counts:
        return _summed(block, days, unit, low, high)

    def day_sums(
        values: Counts, low: NDArray[np.int64], high: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        sums = _running(np.where(counted, values, 0))
        found: NDArray[np.int64] = sums[unit, high] - sums[unit, low]
        return found

    recent = np.zeros((len(unit), RECENT_DAYS), np.int64)
    for back in range(RECENT_DAYS):
        there = day - back >= 0
        recent[there, RECENT_DAYS - 1 - back] = streams[unit[there], day[there] - back]
    one = np.ones_like(streams)
    return Windows(
        unit=unit,
        day=day,
        today=block[unit, day],
        week=summed(np.maximum(day + 1 - WEEK_DAYS, 0), day + 1, everything),
        usual=summed(start, stop, counted),
        usual_days=day_sums(one, start, stop),
        usual_squares=day_sums(streams * streams, start, stop),
        long=summed(older_stop, day + 1, everything),
        older=summed(older_start, older_stop, counted),
        older_days=day_sums(one, older_start, older_stop),
        recent=recent,
        seen_days=day - first,
    )


_COUNTS = types.Array(types.int64, 1, "A", readonly=True)


@compiled(
    types.Array(types.int64, 3, "C", readonly=True),
    types.Array(types.boolean, 2, "C", readonly=True),
    _COUNTS,
    _COUNTS,
    _COUNTS,
)
def _summed(
    block: Counts,
    counted: NDArray[np.bool_],
    unit: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> Counts:
    """Return rows × columns: what each unit counted on its days from low up to, without, high."""
    width = block.shape[2]
    sums = np.zeros((len(unit), width), np.int64)
    for row in range(len(unit)):
        mine = unit[row]
        for day in range(low[row], high[row]):
            if counted[mine, day]:
                for column in range(width):
                    sums[row, column] += block[mine, day, column]
    return sums


def _running(values: Counts) -> Counts:
    """Return sums along the days with a zero in front: sum over [a, b) = r[b] - r[a]."""
    shape = list(values.shape)
    shape[1] += 1
    sums = np.zeros(shape, np.int64)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _next_played(streams: Counts) -> NDArray[np.int64]:
    """Return for each unit and day the first day from it on with a play (days, where none)."""
    days = streams.shape[1]
    played = np.where(streams > 0, np.arange(days), days)
    following: NDArray[np.int64] = np.minimum.accumulate(played[:, ::-1], axis=1)[:, ::-1]
    return following


def _spikes(
    streams: Counts, known: NDArray[np.bool_], first_seen: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which days stand over three times the median of the 28 known days before them.

    Days before the first play within those 28 count for nothing; fewer than 14 left judge nothing.
    """
    units, days = streams.shape
    past = np.where(known, streams.astype(np.float64), np.nan)
    spikes = np.zeros((units, days), np.bool_)
    rows = np.arange(units)
    for day in range(SPIKE_DAYS // 2, days):
        start = max(day - SPIKE_DAYS, 0)
        before = past[:, start:day].copy()
        before[np.arange(start, day)[None, :] < first_seen[:, start, None]] = np.nan
        before.sort(axis=1)
        count = (~np.isnan(before)).sum(axis=1)
        middle = before[rows, np.maximum(count - 1, 0) // 2]
        enough = count >= SPIKE_DAYS // 2
        # A weekday that stood out in both weeks before is the unit's rhythm, not a spike.
        rhythm = np.minimum(streams[:, day - 7], streams[:, day - 14])
        least = np.maximum(middle, rhythm)
        spikes[enough, day] = streams[enough, day] > 3 * least[enough] + 10
    return spikes
