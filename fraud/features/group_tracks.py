"""The tracks of the catalogue, night by night, as the measures of groups need them.

A group is not its largest track: one burst would speak for all its siblings. So plays are counted
over two weeks, in which small counts add up, and each track counts for a group only up to three
times the group's median track (see fraud.features.group_facts).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.panel import ALL_STORES, Gathered, Layout, Panel

Counts = NDArray[np.int64]

RECENT_DAYS = 14
"""A lockstep of three plays a day has some forty plays a track by then: enough to have a mix."""
BEFORE_DAYS = 28
"""The days before those: a group's own past."""
LOOK_BACK_DAYS = RECENT_DAYS + BEFORE_DAYS


@dataclass(frozen=True)
class GroupTracks:
    """All tracks over all stores: daily plays, and sums of all counts for each judged night."""

    track_ids: tuple[str, ...]
    """Ordered."""
    nights: tuple[date, ...]
    first_day: date
    """The day of the first column of `streams`."""
    streams: Counts
    """Tracks × days; the look-back of the week's Monday, then the week to its last night."""
    recent: Counts
    """Nights × tracks × columns of `layout`: sums of the last RECENT_DAYS."""
    before: Counts
    """The same of the BEFORE_DAYS before those."""
    layout: Layout

    def until(self, night: date, days: int) -> Counts:
        """Return the plays of the last days up to a night, the night the last column."""
        end = (night - self.first_day).days + 1
        return self.streams[:, end - days : end]


def group_tracks(gathered: Gathered, nights: Sequence[date]) -> GroupTracks:
    """Return the tracks from what was gathered of level track, for nights of one week in order."""
    monday = nights[0] - timedelta(nights[0].weekday())
    first_day = monday - timedelta(LOOK_BACK_DAYS - 1)
    whole = _all_stores(gathered.panel(first_day, nights[-1], monday - timedelta(1)))
    tracks, width = whole.units.height, whole.layout.width
    streams = np.zeros((tracks, len(whole.days)), np.int64)
    recent = np.zeros((len(nights), tracks, width), np.int64)
    before = np.zeros_like(recent)
    for units, block in whole.blocks():
        streams[units] = block[:, :, whole.layout.measure("streams")]
        for at, night in enumerate(nights):
            end = (night - first_day).days + 1
            middle = end - RECENT_DAYS
            recent[at, units] = block[:, middle:end].sum(axis=1)
            before[at, units] = block[:, middle - BEFORE_DAYS : middle].sum(axis=1)
    ids = tuple(whole.units["entity"])
    return GroupTracks(ids, tuple(nights), first_day, streams, recent, before, whole.layout)


def _all_stores(whole: Panel) -> Panel:
    """Return the panel of the units over all stores, which come first."""
    count = whole.units.filter(pl.col("store") == ALL_STORES).height
    mine = pl.col("unit") < count
    return replace(
        whole,
        units=whole.units.head(count),
        counts=whole.counts.filter(mine),
        by_territory=whole.by_territory.filter(mine),
    )
