"""Sums of places up to a night: which days count, and that no night feels another."""

from datetime import date, timedelta

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.features.places import Places

NIGHT = date(2026, 3, 31)
CATALOG = pl.DataFrame({"track_id": ["T1", "T2"], "artist": ["A", "B"], "account_id": ["a", None]})
Play = tuple[int, int, int]
"""Days before the night, place, streams."""


def places(*plays: Play, named: tuple[tuple[str, str, str, str], ...]) -> Places:
    connection = duckdb.connect()
    rows = [(NIGHT - timedelta(back), place, streams) for back, place, streams in plays]
    summed = (
        pl.DataFrame(rows, schema=["report_date", "place", "streams"], orient="row")
        .with_columns(
            pl.col("place", "streams").cast(pl.Int64), pl.col("report_date").cast(pl.Date)
        )
        .group_by("report_date", "place")
        .agg(pl.col("streams").sum())
        .sort("report_date", "place")
    )
    names = pl.DataFrame(
        named,
        schema=dict.fromkeys(("store", "track_id", "territory", "source"), pl.String),
        orient="row",
    ).select(pl.int_range(1, pl.len() + 1).alias("place"), pl.all())
    connection.execute("create table place_day as from summed")
    connection.execute("create table places as from names")
    assert summed.height >= 0
    assert names.height == len(named)
    return Places(connection, CATALOG)


ONE = (("spotify", "T1", "NO", "radio"),)


def test_in_a_young_lake_the_weeks_between_stand_in() -> None:
    named = (
        ("spotify", "T1", "NO", "radio"),
        ("spotify", "T1", "SE", "search"),
        ("spotify", "T2", "NO", "radio"),
        ("spotify", "T2", "SE", ""),
    )
    found = places(
        (0, 1, 3), (14, 1, 1), (0, 2, 1), (13, 3, 4), (0, 4, 2), (-1, 4, 100), named=named
    )
    first, second, third = found.cells(NIGHT).rows(named=True)
    assert first == {
        "store": "spotify",
        "track_id": "T1",
        "territory": "NO",
        "source": "radio",
        "artist": "A",
        "account_id": "a",
        "recent": 3,
        "usual": 1.0,
        "track_recent": 4,
        "track_usual": 1.0,
        "cell_share": 0.7,
    }
    assert (second["territory"], second["recent"], second["track_recent"]) == ("NO", 4, 6)
    assert second["cell_share"] == 0.7, "of tracks and plays of the whole store"
    assert (third["source"], third["usual"], third["cell_share"]) == ("", 0.0, 0.0)
    assert third["account_id"] is None


def test_four_early_weeks_are_taken_to_two() -> None:
    early = [(back, 1, 1) for back in range(42, 56)]
    found = places((56, 1, 100), *early, (28, 1, 14), (27, 1, 100), (0, 1, 5), named=ONE)
    (row,) = found.cells(NIGHT).rows(named=True)
    assert (row["recent"], row["track_recent"], row["cell_share"]) == (5, 5, 1.0)
    assert row["usual"] == 28 * 14 / 15


def test_one_play_in_two_weeks_is_no_place_and_nothing_is_no_row() -> None:
    assert places((0, 1, 1), named=ONE).cells(NIGHT).is_empty()
    assert places(named=()).cells(NIGHT).is_empty()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 70), st.integers(1, 3), st.integers(1, 9)), max_size=40))
def test_a_night_says_the_same_whichever_nights_were_asked_before(plays: list[Play]) -> None:
    named = tuple(("spotify", track, "NO", source) for track, source in
                  (("T1", "radio"), ("T1", "search"), ("T2", "radio")))  # fmt: skip
    alone = places(*plays, named=named).cells(NIGHT)
    moved = places(*plays, named=named)
    for back in (12, 11, 5, 1):
        moved.cells(NIGHT - timedelta(back))
    assert moved.cells(NIGHT).equals(alone)
