"""The truth beside the reports: which plays are artificial, which spikes are innocent."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from fraud.simulate.dice import Whole
from fraud.simulate.everyday import Everyday
from fraud.simulate.genres import GENRES
from fraud.simulate.plays import Cause, Plays
from fraud.simulate.rhythm import christmas_season

SPIKE_SHARE = 0.5
"""An innocent event is a spike on a day to which it adds half of all other plays or more,"""
SPIKE_PLAYS = 5
"""and at least so many plays."""


class Truth:
    """Counts of a world's reported plays by track, day and cause."""

    def __init__(self, plays: Plays, causes: Sequence[Cause], everyday: Everyday) -> None:
        scene = everyday.scene
        catalogue, days = scene.catalogue, scene.days
        self._causes = causes
        self._everyday = everyday
        self._scene = scene
        self._catalogue = catalogue
        self._days = days
        sizes = (days, len(catalogue), len(causes))
        key = np.ravel_multi_index((plays.day, plays.track, plays.cause), sizes)
        keys, index = np.unique(key, return_inverse=True)
        self._streams = np.bincount(index, plays.streams, len(keys)).astype(np.int64)
        self._day, self._track, self._cause = np.unravel_index(keys, sizes)
        of_track_day = np.ravel_multi_index((self._day, self._track), sizes[:2])
        self._of_track_day = of_track_day
        self._total = np.bincount(of_track_day, self._streams, days * len(catalogue))
        artificial = np.array([cause.artificial for cause in causes])
        self._artificial = artificial[self._cause]

    @property
    def artificial_streams(self) -> int:
        """Return how many reported plays are artificial."""
        return int(self._streams[self._artificial].sum())

    @property
    def streams(self) -> int:
        """Return how many plays are reported."""
        return int(self._streams.sum())

    def track_days(self) -> pl.DataFrame:
        """Return each track-day with an artificial play; all other track-days have none.

        A day has one scheme: no track is cheated for twice.
        """
        rows = self._artificial
        return pl.DataFrame(
            {
                "report_date": self._dates(self._day[rows]),
                "track_id": self._isrcs(self._track[rows]),
                "artificial_streams": self._streams[rows],
                "streams": self._total[self._of_track_day[rows]].astype(np.int64),
                "scheme": [self._causes[cause].name for cause in self._cause[rows]],
                "mimicry": [round(self._causes[cause].mimicry, 4) for cause in self._cause[rows]],
                "episode": self._cause[rows],
            }
        ).sort("report_date", "track_id")

    def episodes(self) -> pl.DataFrame:
        """Return each episode of a scheme; its first day may lie before the reports begin."""
        artificial = np.bincount(self._cause, self._streams, len(self._causes)).astype(np.int64)
        touched = np.bincount(self._cause, minlength=len(self._causes))
        chosen = [n for n, cause in enumerate(self._causes) if cause.artificial and touched[n]]
        causes = [self._causes[n] for n in chosen]
        return pl.DataFrame(
            {
                "episode": chosen,
                "scheme": [cause.name for cause in causes],
                "level": [cause.level for cause in causes],
                "tracks": [len(cause.tracks) for cause in causes],
                "first_day": [self._scene.date_of(cause.first_day) for cause in causes],
                "last_day": [self._scene.date_of(cause.last_day) for cause in causes],
                "mimicry": [round(cause.mimicry, 4) for cause in causes],
                "track_days": touched[chosen],
                "artificial_streams": artificial[chosen],
                "artificial_streams_per_track_day": artificial[chosen] / touched[chosen],
                "track_ids": ["|".join(self._isrcs(np.array(cause.tracks))) for cause in causes],
            },
            schema_overrides={"episode": pl.Int64, "tracks": pl.Int64, "track_days": pl.Int64},
        )

    def innocent_days(self) -> pl.DataFrame:
        """Return each track-day on which an innocent event made a spike and no play is fake."""
        event = ~self._artificial & (self._cause > 0)
        without = self._total[self._of_track_day] - self._streams
        spike = event & (self._streams >= SPIKE_PLAYS) & (self._streams >= SPIKE_SHARE * without)
        rows = np.flatnonzero(spike)
        named = pl.DataFrame(
            {
                "report_date": self._dates(self._day[rows]),
                "track_id": self._isrcs(self._track[rows]),
                "kind": [self._causes[cause].name for cause in self._cause[rows]],
                "extra_streams": self._streams[rows],
                "streams": self._total[self._of_track_day[rows]].astype(np.int64),
            },
            schema_overrides={"kind": pl.String},
        )
        spikes = pl.concat([named, self._christmas(), self._openings()])
        return (
            spikes.join(self.track_days(), on=["report_date", "track_id"], how="anti")
            .sort(
                "report_date",
                "track_id",
                "extra_streams",
                "kind",
                descending=[False, False, True, False],
            )
            .unique(["report_date", "track_id"], keep="first", maintain_order=True)
        )

    def _christmas(self) -> pl.DataFrame:
        """Return the days on which a Christmas song has at least twice its summer's plays."""
        season = np.array([christmas_season(self._scene.date_of(n)) for n in range(self._days)])
        festive = np.array([GENRES[genre].name == "christmas" for genre in self._catalogue.genre])
        day, track = np.nonzero((season[:, None] >= 2) & festive[None, :])
        return self._spikes("christmas", day, track, 1 - 1 / season[day])

    def _openings(self) -> pl.DataFrame:
        """Return the first fortnight in a new market, of tracks with a third of their plays."""
        parts = [
            self._spikes(
                "new_market", np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
            )
        ]
        for store, territory, opened in self._everyday.openings:
            part = np.array(
                [self._everyday.shares(n)[store, territory] for n in range(len(self._catalogue))]
            )
            track = np.flatnonzero(part > 1 / 3)
            days = np.arange(opened, min(opened + 14, self._days))
            day, track = np.repeat(days, len(track)), np.tile(track, len(days))
            parts.append(self._spikes("new_market", day, track, part[track]))
        return pl.concat(parts)

    def _spikes(
        self, kind: str, day: Whole, track: Whole, share: np.typing.NDArray[np.float64]
    ) -> pl.DataFrame:
        total = self._total[day * len(self._catalogue) + track]
        extra = (total * share).astype(np.int64)
        seen = extra >= SPIKE_PLAYS
        return pl.DataFrame(
            {
                "report_date": self._dates(day[seen]),
                "track_id": self._isrcs(track[seen]),
                "kind": [kind] * int(seen.sum()),
                "extra_streams": extra[seen],
                "streams": total[seen].astype(np.int64),
            },
            schema_overrides={"kind": pl.String},
        )

    def _dates(self, day: Whole) -> pl.Series:
        return pl.Series([self._scene.date_of(n) for n in range(self._days)], dtype=pl.Date).gather(
            day
        )

    def _isrcs(self, track: Whole) -> pl.Series:
        return pl.Series(self._catalogue.isrc, dtype=pl.String).gather(track)
