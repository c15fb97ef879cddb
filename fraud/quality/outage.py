"""The days on which a store was down, and those on which it caught up."""

from datetime import date, timedelta

import duckdb
import polars as pl

from fraud.quality.checks import LEAST_PLAYS, MOST_OF_14_DAYS
from fraud.sql import statement

LOOK_BACK_DAYS = 29
"""Days before the first asked one that `outages` reads; with fewer, less is known to be usual."""


def outages(connection: duckdb.DuckDBPyConnection, first_day: date, last_day: date) -> pl.DataFrame:
    """Return a row a day × store that says something of the store and nothing of its listeners.

    The connection holds streams, audience, listeners and deliveries from `LOOK_BACK_DAYS` before
    the first day on. Columns: report_date, store, plays (null = nothing came), usual_plays (median
    of the same weekday of four weeks), times_usual, and state: `missing`, `short` (less than half
    the usual), or `catch_up` (half as much again and more, after a missing or short day). No day is
    told by one after it, so that a range says what its nights say. For features: join on
    report_date and store; a fall on a missing or short day and a rise on a catch_up day are the
    store's, not the track's.
    """
    bounds = {"most_of_14_days": MOST_OF_14_DAYS, "least_plays": LEAST_PLAYS}
    span = {"first_day": first_day, "last_day": last_day}
    # A day that caught up is told by the one before it, which has a usual day of its own.
    plays = span | {"first_day": first_day - timedelta(1)}
    connection.execute(
        f"create or replace temp table store_day as {statement('quality/store_day')}", plays
    )
    found: pl.DataFrame = connection.sql(statement("quality/outage"), params=span | bounds).pl()
    connection.execute("drop table store_day")
    return found
