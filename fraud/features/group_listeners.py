"""What the listeners of a group have in common, where a store tells who played what.

Plays that a few accounts spread over a catalogue show on none of its tracks: each has a play a
head. Over the whole of it an account has hundreds, and plays what all the other accounts play.
"""

from datetime import date

import duckdb
import polars as pl

from fraud.sql import statement

MEMBERS = {
    "level": pl.String(),
    "entity": pl.String(),
    "track_id": pl.String(),
    "store": pl.String(),
}
"""Whose tracks are looked at; a null store means all of them."""


def group_listeners(
    connection: duckdb.DuckDBPyConnection, night: date, members: pl.DataFrame
) -> pl.DataFrame:
    """Return a row a group of MEMBERS of whose tracks the listeners are known, over two weeks.

    Columns: level, entity, listeners; listener_plays, the plays of one on all tracks of the group;
    listener_overlap, 0 to 1, of the group's other tracks the share that a listener of one of them
    plays as well (null = it has one track); both beside their standard error. A listener is an
    account at one store.
    """
    connection.register("listener_groups", members.select(*MEMBERS).to_arrow())
    sums: pl.DataFrame = connection.sql(
        statement("features/group_listeners"), params={"night": night}
    ).pl()
    connection.unregister("listener_groups")
    heads, mean = pl.col("listeners"), pl.col("plays") / pl.col("listeners")
    variance = pl.col("plays_squares") / heads - mean**2
    most = pl.when(pl.col("most_others") > 0).then(pl.col("most_others"))
    return sums.select(
        "level",
        "entity",
        "listeners",
        listener_plays=mean,
        listener_plays_error=(variance.clip(0) / heads).sqrt(),
        listener_overlap=pl.col("others") / most,
        listener_overlap_error=pl.col("others_squares").sqrt() / most,
    )
