"""Rows that arrive are counted where they break a demand, whether words or rows are looked at."""

from typing import Any

import duckdb
import polars as pl
import pytest

from fraud.quality.arrival import BESIDE, measure
from fraud.quality.declared import demands
from fraud.tables import AUDIENCE, DELIVERED, LISTENERS, STREAMS, Table
from tests.quality.rows import GOOD


def measured(table: Table, *rows: dict[str, Any]) -> dict[str, Any]:
    """Return what is measured of one day of a store that holds these rows."""
    arrived = pl.DataFrame([GOOD | row for row in rows], infer_schema_length=None)
    arrived = arrived.with_columns(pl.col("report_date").str.to_date())
    with duckdb.connect() as connection:
        connection.register("arrived", table.conform(arrived).to_arrow())
        connection.register("before", table.empty().to_arrow())
        connection.execute(
            "create table known_totals (report_date date, store text, rows bigint, streams bigint)"
        )
        (day,) = measure(connection, table, pl.DataFrame(schema=BESIDE)).rows(named=True)
    return day


@pytest.mark.parametrize("table", DELIVERED, ids=lambda table: table.name)
def test_good_rows_break_nothing(table: Table) -> None:
    day = measured(table, *({"listener_id": f"{n}"} for n in range(3)))
    assert [day[check] for check in demands(table)] == [0] * len(demands(table))


@pytest.mark.parametrize(
    ("table", "bad", "check"),
    [
        (STREAMS, {"isrc": "US-AAA-26-00001"}, "isrc"),
        (AUDIENCE, {"isrc": "USAAA26000011"}, "isrc"),
        (STREAMS, {"territory": "nor"}, "territory"),
        (LISTENERS, {"listener_territory": "Norway"}, "territory"),
        (STREAMS, {"tier": "gold"}, "values"),
        (STREAMS, {"device": "toaster"}, "values"),
        (STREAMS, {"track_id": None}, "required"),
        (AUDIENCE, {"saves": -1}, "negative"),
        (AUDIENCE, {"listeners": 11}, "listeners_above_streams"),
    ],
)
def test_each_row_that_breaks_a_demand_is_counted(
    table: Table, bad: dict[str, Any], check: str
) -> None:
    good = [{"listener_id": f"{n}"} for n in range(5)]
    day = measured(table, *good, *({"listener_id": "x"} | bad for _ in range(2)))
    assert {name: day[name] for name in demands(table) if day[name]} == {check: 2}


def test_rows_that_contradict_another_of_their_key_are_counted() -> None:
    rows = [{"track_id": f"spotify:{track}", "streams": n} for track in "abc" for n in (1, 2, 2)]
    assert measured(AUDIENCE, *rows, *rows[:1], {"track_id": "spotify:d"})["duplicates"] == 3
    assert measured(AUDIENCE, *rows[1:3], *rows[4:6])["duplicates"] == 0
    assert measured(AUDIENCE, rows[0], rows[3])["duplicates"] == 0
    assert measured(STREAMS, *rows)["duplicates"] == 0
