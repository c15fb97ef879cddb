"""Sorting by packed ranks gives what sorting by the columns gives."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ordering import by_key, grouped, packed_key

ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from([date(2026, 5, 1), date(2026, 4, 30), date(1999, 1, 1)]),
        st.none() | st.sampled_from(["", "a", "B", "é", "aa", "日"]),
        st.none() | st.integers(-3, 3),
    ),
    max_size=40,
)
SCHEMA = {"day": pl.Date(), "name": pl.String(), "number": pl.Int64()}


def frame_of(rows: list[tuple[date | None, str | None, int | None]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return frame.with_row_index("before")


@given(ROWS, st.permutations(list(SCHEMA)))
def test_rows_come_in_the_order_of_the_key_and_ties_as_they_were(
    rows: list[tuple[date | None, str | None, int | None]], key: list[str]
) -> None:
    frame = frame_of(rows)
    assert by_key(frame, key).equals(frame.sort(key, nulls_last=False, maintain_order=True))


@given(ROWS, st.sampled_from([["name"], ["day", "name"], ["number", "name"]]))
def test_each_key_begins_once(
    rows: list[tuple[date | None, str | None, int | None]], key: list[str]
) -> None:
    frame = frame_of(rows)
    ordered, begins = grouped(frame, key)
    assert (
        ordered.filter(begins).select(key).equals(ordered.select(key).unique(maintain_order=True))
    )


@pytest.mark.parametrize("key", [["big", "name"], ["share"]])
def test_what_64_bits_cannot_tell_is_sorted_all_the_same(key: list[str]) -> None:
    frame = pl.DataFrame(
        {"big": [2**62, -(2**62), 0], "name": ["b", "a", None], "share": [0.5, None, 0.25]}
    )
    assert packed_key(frame, key) is None
    ordered, begins = grouped(frame, key)
    assert ordered.equals(frame.sort(key, nulls_last=False, maintain_order=True))
    assert begins.all()
