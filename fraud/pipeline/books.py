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
from fraud.tables import AUDIENCE, CATALOG, DELIVERIES, LISTENERS, RESTATEMENTS, STREAMS, VERDICTS

GROUP_COLUMNS = {"release": "upc", "artist": "artist", "label": "label", "account": "account_id"}


@dataclass(frozen=True)
class Ledger:
    """The books of consecutive nights, read from the lake in one pass."""

    nights: pl.DataFrame
    year: pl.DataFrame
    year_days: Sequence[date]
    tiers: pl.DataFrame
    rulings: pl.DataFrame
    royalties: pl.DataFrame

    @classmethod
    def of(
        cls,
        lake: Lake,
        scores: pl.DataFrame,
        days: Sequence[date],
        settings: Settings,
    ) -> Self:
        """Return the books for consecutive nights from their SCORES and those before them."""
        first, last = days[0], days[-1]
        year = first - timedelta(days=PAID_DAYS - 1)
        span = {"first_day": year, "last_day": last}
        catalog, royalties = lake.read(CATALOG), lake.read(ROYALTIES)
        suspects = _suspects(scores.filter(pl.col("report_date") >= first), catalog, settings)
        with lake.connect([STREAMS, AUDIENCE, LISTENERS], year, last) as connection:
            connection.register("scores", scores.to_arrow())
            connection.register("suspect_tracks", suspects.to_arrow())
            told_by = connection.sql(statement("report/told_by"), params=span).pl()
            connection.register("told_by", told_by.to_arrow())
            return cls(
                _asked(connection, "judged_plays", **span, alert_score=settings.alert_score),
                _asked(connection, "year_plays", **span, store=PAID_STORE),
                sorted(told_by.filter(pl.col("store") == PAID_STORE)["report_date"]),
                pl.concat(
                    _asked(connection, "tier_plays", day=day).with_columns(report_date=pl.lit(day))
                    for day in (days if royalties.height else days[:1])
                ),
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
            rulings=self.rulings.filter(pl.col("period_end") <= day).rows(named=True),
        )


def changes_of(lake: Lake, first: date, last: date) -> pl.DataFrame:
    """Return what stores reported late or again of these days, as CHANGES rows."""
    with lake.connect([DELIVERIES, RESTATEMENTS], first) as connection:
        return _asked(connection, "changes", first_day=first, last_day=last)


def _asked(connection: duckdb.DuckDBPyConnection, name: str, **params: object) -> pl.DataFrame:
    frame: pl.DataFrame = connection.sql(statement(f"report/{name}"), params=params).pl()
    return frame


def _suspects(scores: pl.DataFrame, catalog: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return the tracks that alert, and those of groups that do."""
    alerting = scores.filter(pl.col("score") >= settings.alert_score)
    tracks = [alerting["track_id"].drop_nulls()]
    for level, column in GROUP_COLUMNS.items():
        groups = alerting.filter(pl.col("level") == level)["entity"].unique()
        tracks.append(catalog.filter(pl.col(column).is_in(groups.implode()))["track_id"])
    return pl.DataFrame({"track_id": pl.concat(tracks).unique().sort()})
