"""What the nights of a range know of money and of the past beyond their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import duckdb
import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.report.money import PAID_DAYS, PAID_STORE, Books
from fraud.report.pay import pay_per_stream
from fraud.sql import statement
from fraud.tables import (
    AUDIENCE,
    DELIVERIES,
    LISTENERS,
    RESTATEMENTS,
    ROYALTIES,
    STREAMS,
    VERDICTS,
)

GROUP_COLUMNS = {"release": "upc", "artist": "artist", "label": "label", "account": "account_id"}


@dataclass(frozen=True)
class Ledger:
    """The books of consecutive nights, read from the lake in one pass."""

    nights: pl.DataFrame
    year: pl.DataFrame
    year_days: Sequence[date]
    tiers: pl.DataFrame
    places: pl.DataFrame
    rulings: pl.DataFrame
    royalties: pl.DataFrame

    @classmethod
    def of(
        cls,
        lake: Lake,
        scores: pl.DataFrame,
        days: Sequence[date],
        suspects: pl.DataFrame,
        settings: Settings,
    ) -> Self:
        """Return the books for consecutive nights from their SCORES and those before them.

        `suspects` (track_id) are the tracks that money is counted of.
        """
        first, last = days[0], days[-1]
        year = first - timedelta(days=PAID_DAYS - 1)
        span = {"first_day": year, "last_day": last}
        royalties = lake.read(ROYALTIES)
        with lake.connect([STREAMS, AUDIENCE, LISTENERS], year, last) as connection:
            connection.register("scores", scores.to_arrow())
            connection.register("suspect_tracks", suspects.to_arrow())
            told_by = connection.sql(statement("report/told_by"), params=span).pl()
            connection.register("told_by", told_by.to_arrow())
            connection.execute(f"create temp view told as {statement('report/told')}")
            return cls(
                _asked(connection, "judged_plays", **span, alert_score=settings.alert_score),
                _asked(connection, "year_plays", **span, store=PAID_STORE),
                sorted(told_by.filter(pl.col("store") == PAID_STORE)["report_date"]),
                pl.concat(
                    _asked(connection, "tier_plays", day=day).with_columns(report_date=pl.lit(day))
                    for day in (days if royalties.height else days[:1])
                ),
                _asked(connection, "night_places", first_day=first, last_day=last),
                lake.read(VERDICTS),
                royalties,
            )

    def of_night(self, day: date) -> Books:
        """Return what was known for one night: nothing of the days after it."""
        nights: dict[str, list[tuple[date, int, int]]] = {}
        before = self.nights.filter(pl.col("report_date") < day)
        for track, night, streams, suspected in before.select(
            "track_id", "report_date", "streams", "suspected"
        ).iter_rows():
            nights.setdefault(track, []).append((night, streams or 0, suspected or 0))
        begin = day - timedelta(days=PAID_DAYS - 1)
        places: dict[str, list[tuple[str, str, int]]] = {}
        tonight = self.places.filter(pl.col("report_date") == day)
        for track, *place in tonight.select(
            "track_id", "store", "territory", "streams"
        ).iter_rows():
            places.setdefault(track, []).append(tuple(place))
        year = (
            self.year.filter(pl.col("report_date").is_between(begin, day))
            .group_by("track_id")
            .agg(pl.col("streams").sum())
        )
        known = [told for told in self.year_days if begin <= told <= day]
        return Books(
            pay=pay_per_stream(self.royalties, day).with_tiers(
                self.tiers.filter(pl.col("report_date") == day)
            ),
            nights=nights,
            year=dict(year.select("track_id", "streams").iter_rows()),
            year_days=len(known),
            places=places,
            rulings=self.rulings.filter(pl.col("period_end") <= day).rows(named=True),
        )


def changes_of(lake: Lake, first: date, last: date) -> pl.DataFrame:
    """Return what stores reported late or again of these days, as CHANGES rows."""
    with lake.connect([DELIVERIES, RESTATEMENTS], first) as connection:
        return _asked(connection, "changes", first_day=first, last_day=last)


def _asked(connection: duckdb.DuckDBPyConnection, name: str, **params: object) -> pl.DataFrame:
    frame: pl.DataFrame = connection.sql(statement(f"report/{name}"), params=params).pl()
    return frame


def suspects_of(
    scores: pl.DataFrame, catalog: pl.DataFrame, known: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Return the tracks (track_id) that any incident of some nights may be about.

    They are those that alert, those of groups that do, and those of the INCIDENTS `known` by then.
    """
    alerting = scores.filter(pl.col("score") >= settings.alert_score)
    tracks = [alerting["track_id"].drop_nulls(), _tracks_of(known)]
    for level, column in GROUP_COLUMNS.items():
        groups = alerting.filter(pl.col("level") == level)["entity"].unique()
        tracks.append(catalog.filter(pl.col(column).is_in(groups.implode()))["track_id"])
    return pl.DataFrame({"track_id": pl.concat(tracks).unique().sort()})


def _tracks_of(incidents: pl.DataFrame) -> pl.Series:
    return incidents["track_ids"].drop_nulls().str.split("|").explode().drop_nulls()


def narrow(connection: duckdb.DuckDBPyConnection, suspects: pl.DataFrame) -> pl.DataFrame:
    """Let the connection's plays hold no more than the tracks of `suspects`; return what told them.

    Nights of a range then read a few tracks from memory, not each its sixty days from the lake.
    """
    days = {"first_day": date.min, "last_day": date.max}
    told_by = _asked(connection, "told_by", **days)
    connection.register("suspect_tracks", suspects.to_arrow())
    for table in (STREAMS, AUDIENCE, LISTENERS):
        # A temporary table stands before the view of its name.
        connection.execute(
            f"create temp table {table.name} as select * from {table.name}"
            " where track_id in (select track_id from suspect_tracks)"
        )
    connection.unregister("suspect_tracks")
    return told_by
