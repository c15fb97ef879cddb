"""A home whose nights have been scored: what comes after the detector can be tried at once."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.tables import CATALOG, SCORES, STREAMS
from tests.report.stories import catalog, isrc, scored, track

MONDAY = date(2026, 3, 2)
HIT, LOOP = isrc(1), isrc(2)
"""A track that a fan party plays, and one that machines play."""
NIGHTS = 5


def after(days: int) -> date:
    """Return the day so many days after MONDAY."""
    return MONDAY + timedelta(days)


def suspect_home(folder: Path, *, hit: str = "Hit", loop: str = "Loop") -> Settings:
    """Return a home in which two tracks were suspect on each of five nights.

    On the fifth the hit has nine times the plays.
    """
    settings = Settings(home=folder)
    lake = Lake(settings.lake_address)
    lake.merge(CATALOG, catalog(track(HIT, title=hit), track(LOOP, title=loop)))
    scores, streams = [], []
    for number in range(NIGHTS):
        day = after(number)
        plays = 9_000 if number == NIGHTS - 1 else 1_000
        suspected = {"streams": plays, "suspected_artificial_streams": plays - 100}
        scores += [
            scored("track", HIT, 0.9, report_date=day, **suspected),
            scored("track", LOOP, 0.9, report_date=day),
        ]
        place = {"report_date": day, "store": "spotify", "territory": "US", "source": "search"}
        streams += [
            {**place, "track_id": HIT, "streams": plays},
            {**place, "track_id": LOOP, "streams": 1_000},
        ]
    days = [after(number) for number in range(NIGHTS)]
    lake.replace_days(SCORES, pl.DataFrame(scores, schema=dict(SCORES.schema)), days)
    lake.replace_days(STREAMS, pl.DataFrame(streams, schema=dict(STREAMS.schema)), days)
    return settings
