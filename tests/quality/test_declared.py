"""The demands on rows follow from the declaration of their table: bad rows of every kind."""

from typing import Any

import duckdb
import polars as pl
import pytest

from fraud.quality.declared import demands, unlike_declared
from fraud.tables import AUDIENCE, DELIVERED, LISTENERS, STREAMS, Table
from tests.quality.rows import GOOD


def broken(table: Table, **values: Any) -> set[str]:
    """Return the demands that a good row with these values breaks."""
    row = pl.DataFrame([GOOD | values]).with_columns(pl.col("report_date").str.to_date())
    with duckdb.connect() as connection:
        connection.register("rows", table.conform(row).to_arrow())
        return {
            check
            for check, condition in demands(table).items()
            if connection.execute(f"select count(*) from rows where {condition}").fetchone() == (1,)
        }


@pytest.mark.parametrize("table", DELIVERED, ids=lambda table: table.name)
def test_a_good_row_breaks_nothing(table: Table) -> None:
    assert broken(table, listener_id="a") == set()


@pytest.mark.parametrize(
    ("table", "values", "check"),
    [
        (STREAMS, {"streams": -1}, "negative"),
        (AUDIENCE, {"saves": -1}, "negative"),
        (STREAMS, {"isrc": "US-AAA-26-00001"}, "isrc"),
        (STREAMS, {"isrc": "USAAA26000011"}, "isrc"),
        (STREAMS, {"territory": "nor"}, "territory"),
        (LISTENERS, {"listener_id": "a", "listener_territory": "Norway"}, "territory"),
        (STREAMS, {"tier": "gold"}, "values"),
        (STREAMS, {"store": "Apple Music"}, "values"),
        (STREAMS, {"track_id": None}, "required"),
        (LISTENERS, {"listener_id": None}, "required"),
        (AUDIENCE, {"listeners": 11}, "listeners_above_streams"),
    ],
)
def test_a_bad_row_breaks_its_demand_alone(
    table: Table, values: dict[str, Any], check: str
) -> None:
    assert broken(table, **values) == {check}


def test_what_is_unknown_breaks_nothing_where_it_may_be_unknown() -> None:
    assert broken(AUDIENCE, isrc=None, listeners=None, saves=None) == set()


def test_a_column_that_is_absent_or_of_another_type_is_named() -> None:
    described = {
        "report_date": "DATE",
        **dict.fromkeys(("store", "territory", "track_id", "isrc", "source", "tier"), "VARCHAR"),
        **dict.fromkeys(("device", "playlist_id", "playlist_name"), "VARCHAR"),
        "streams": "BIGINT",
    }
    assert unlike_declared(STREAMS, described) == []
    described["streams"] = "DOUBLE"
    del described["tier"]
    assert unlike_declared(STREAMS, described) == ["tier", "streams"]
