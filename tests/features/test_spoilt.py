"""Days known to be fraud are no part of what is usual."""

from typing import Any

import numpy as np
import polars as pl

from fraud.features.panel import ALL_STORES
from fraud.features.spoilt import spoilt_days
from fraud.features.surroundings import known_days
from fraud.features.windows import windows
from tests.features.catalogues import START, counted, steady, timedelta

DAYS = 50


def spans(*rows: tuple[str, str | None, int, int], share: float | None = None) -> pl.DataFrame:
    made = [
        (track, store, START + timedelta(first), START + timedelta(last), share)
        for track, store, first, last in rows
    ]
    schema: Any = {
        "track_id": pl.String,
        "store": pl.String,
        "first_day": pl.Date,
        "last_day": pl.Date,
        "share": pl.Float64,
    }
    return pl.DataFrame(made, schema=schema, orient="row")


def spoilt_of(store: str, *rows: tuple[str, str | None, int, int]) -> list[int]:
    """Return the spoilt days of T01 at a store."""
    plays = [
        row for at in ("spotify", "deezer") for row in steady("T01", 10, range(DAYS), store=at)
    ]
    whole = counted(streams=plays + steady("T02", 10, range(DAYS)))
    unit = whole.units.filter(pl.col("entity") == "T01", pl.col("store") == store)["unit"].item()
    return [int(day) for day in np.flatnonzero(spoilt_days(whole, spans(*rows))[unit])]


def test_a_span_spoils_its_days_at_its_store_and_for_all_stores_together() -> None:
    assert spoilt_of("spotify", ("T01", "spotify", 3, 5)) == [3, 4, 5]
    assert spoilt_of(ALL_STORES, ("T01", "spotify", 3, 5)) == [3, 4, 5]
    assert spoilt_of("deezer", ("T01", "spotify", 3, 5)) == []
    assert spoilt_of("deezer", ("T01", None, 3, 5)) == [3, 4, 5]
    assert spoilt_of("spotify", ("T02", None, 3, 5)) == []


def test_of_a_month_of_which_a_part_was_bought_the_largest_days_are_spoilt() -> None:
    plays = steady("T01", 10, range(20)) + steady("T01", 100, range(20, 23))
    whole = counted(streams=plays + steady("T01", 10, range(23, DAYS)))

    def spoilt_by(share: float) -> list[int]:
        found = spoilt_days(whole, spans(("T01", None, 0, 29), share=share))
        return [int(day) for day in np.flatnonzero(found[0])]

    assert spoilt_by(300 / 570) == [20, 21, 22]
    assert spoilt_by(201 / 570) == [20, 21, 22], "a part of a day is a day"
    assert spoilt_by(330 / 570) == [0, 1, 2, 20, 21, 22], "of equals the first"
    assert spoilt_by(0.0) == []


def test_a_span_may_begin_before_the_panel_and_end_after_it() -> None:
    assert spoilt_of("spotify", ("T01", None, -9, 1), ("T01", None, 48, 99)) == [0, 1, 48, 49]
    assert spoilt_of("spotify", ("T01", None, -9, -1)) == []


def test_spoilt_days_leave_the_usual() -> None:
    plays = steady("T01", 10, range(20)) + steady("T01", 500, range(20, 35))
    whole = counted(streams=plays + steady("T01", 10, range(35, DAYS)))
    ((_, block),) = whole.blocks()
    known = known_days(whole)
    spoilt = spoilt_days(whole, spans(("T01", None, 20, 34)))
    before = windows(block, whole.layout, np.array([DAYS - 1]), known)
    after = windows(block, whole.layout, np.array([DAYS - 1]), known & ~spoilt)
    usual = (after.usual[:, 0] / after.usual_days).tolist()
    assert usual == [10.0] * len(usual)
    assert (before.usual[:, 0] / before.usual_days > 10).all()
