"""Where tracks were played lately: sums over a night's last eight weeks, moved on night by night.

A place is a track at a store in a territory from a source. There are many of them and few change
their sums from one night to the next by more than a day's plays, so a night takes in its own day
and lets go of the days that have become too old; nothing is added up twice.
"""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.sql import statement

Counts = NDArray[np.int64]
Reals = NDArray[np.float64]

RECENT_DAYS = 14
MIDDLE_DAYS = 28
"""Days from the night back to the first day of the two weeks between."""
LOOK_BACK_DAYS = 56
"""Days from the night back to the first day of the early weeks, which are four."""
LEAST_PLAYS = 2
"""Plays of a track in a place in two weeks from which the place is looked at."""


class Places:
    """The plays of all places of a catalogue up to a night, from `places` and `place_day`.

    The nights are to be asked for in order. What a night says does not depend on those before it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalog: pl.DataFrame) -> None:
        self._connection = connection
        placed: pl.DataFrame = connection.sql("from places order by place").pl()
        owners = catalog.select("track_id", "artist", "account_id")
        names = ["store", "track_id", "territory", "source"]
        self._names = placed.join(owners, on="track_id", how="left", maintain_order="left").select(
            *(pl.col(name).cast(pl.Enum(placed[name].unique().sort())) for name in names),
            "artist",
            "account_id",
        )
        self._store = _codes(placed, "store")
        self._track = _codes(placed, "store", "track_id")
        self._cell = _codes(placed, "store", "territory", "source")
        self._known: set[date] = {
            day
            for (day,) in connection.sql("select distinct report_date from place_day").fetchall()
        }
        self._first: date | None = None
        self._night: date | None = None
        self._recent, self._middle, self._early = np.zeros((3, placed.height), np.int64)

    def cells(self, night: date) -> pl.DataFrame:
        """Return the places that had LEAST_PLAYS or more in the two weeks up to a night.

        Columns store, track_id, territory, source, artist, account_id; recent, the plays of these
        two weeks; usual, those of two of the four weeks up to four weeks ago, or, where no report
        is so old, of the two weeks between; both of the whole track at the store as well
        (track_recent, track_usual); cell_share, the part of all the store's plays that its
        territory and source have, now or before, whichever is less: bought plays are in it now.
        """
        self._move_on(night)
        recent = self._recent
        before, unit = self._before(night)
        rows = np.flatnonzero(recent >= LEAST_PLAYS)

        def whole(codes: Counts, plays: Counts) -> Counts:
            sums = np.bincount(codes, plays, minlength=1).astype(np.int64)
            return sums[codes[rows]]

        with np.errstate(invalid="ignore"):
            share, early_share = (
                whole(self._cell, plays) / whole(self._store, plays) for plays in (recent, before)
            )
        return self._names[rows].with_columns(
            recent=pl.Series(recent[rows]),
            usual=pl.Series(before[rows] * unit),
            track_recent=pl.Series(whole(self._track, recent)),
            track_usual=pl.Series(whole(self._track, before) * unit),
            cell_share=pl.Series(np.fmin(share, early_share)),
        )

    def _before(self, night: date) -> tuple[Counts, float]:
        """Return the plays of an earlier time, and what makes them those of two weeks."""
        early = [night - timedelta(n) for n in range(MIDDLE_DAYS, LOOK_BACK_DAYS)]
        days = len(self._known.intersection(early))
        return (self._middle, 1.0) if days < RECENT_DAYS else (self._early, RECENT_DAYS / days)

    def _move_on(self, night: date) -> None:
        if self._night is None or self._first is None:
            self._night = night - timedelta(LOOK_BACK_DAYS)
            self._first = self._night + timedelta(1)
        while self._night < night:
            self._night += timedelta(1)
            self._add(self._night, self._recent, 1)
            self._pass(self._night - timedelta(RECENT_DAYS), self._recent, self._middle)
            self._pass(self._night - timedelta(MIDDLE_DAYS), self._middle, self._early)
            self._add(self._night - timedelta(LOOK_BACK_DAYS), self._early, -1)

    def _pass(self, day: date, away_from: Counts, on_to: Counts) -> None:
        self._add(day, away_from, -1)
        self._add(day, on_to, 1)

    def _add(self, day: date, sums: Counts, sign: int) -> None:
        if day not in self._known or self._first is None or day < self._first:
            return
        plays = self._connection.execute(
            statement("features/place_plays"), {"day": day}
        ).fetchnumpy()
        sums[plays["place"] - 1] += sign * plays["streams"]


def _codes(placed: pl.DataFrame, *names: str) -> Counts:
    """Return a number for each place, the same where all these names are."""
    numbers = placed.select(names).unique(maintain_order=True).with_row_index("code")
    codes = placed.join(numbers, on=list(names), how="left", maintain_order="left")["code"]
    return codes.cast(pl.Int64).to_numpy()
