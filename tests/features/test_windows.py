"""Today, the week, and what was usual: on series written by hand, and for any series at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fraud.features.panel import Layout
from fraud.features.windows import (
    GAP_DAYS,
    LOOK_BACK_DAYS,
    RECENT_DAYS,
    USUAL_DAYS,
    WEEK_DAYS,
    Windows,
    windows,
)

LAYOUT = Layout(("NO",))
STREAMS, SAVES = LAYOUT.measure("streams"), LAYOUT.measure("saves")
DAYS = LOOK_BACK_DAYS + 10
LAST = DAYS - 1


def counted(*series: np.ndarray) -> np.ndarray:
    """Return a block of one unit a series; every tenth play is a save."""
    block = np.zeros((len(series), len(series[0]), LAYOUT.width), np.int64)
    for unit, plays in enumerate(series):
        block[unit, :, STREAMS] = plays
        block[unit, :, SAVES] = plays // 10
    return block


def looked_at(plays: np.ndarray, *days: int, unknown: tuple[int, ...] = ()) -> Windows:
    known = np.ones((1, len(plays)), np.bool_)
    known[0, list(unknown)] = False
    return windows(counted(plays), LAYOUT, np.array(days or (len(plays) - 1,)), known)


def test_the_day_the_week_and_the_usual_weeks() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - 6 :] = (31, 32, 33, 34, 35, 36, 37)
    seen = looked_at(plays)
    assert seen.today[0, STREAMS] == 37
    assert seen.today[0, SAVES] == 3
    assert seen.week[0, STREAMS] == 31 + 32 + 33 + 34 + 35 + 36 + 37
    assert seen.week[0, SAVES] == 7 * 3
    assert seen.usual[0, STREAMS] == 20 * USUAL_DAYS
    assert seen.usual[0, SAVES] == 2 * USUAL_DAYS
    assert seen.usual_days[0] == USUAL_DAYS
    assert seen.usual_squares[0] == 20**2 * USUAL_DAYS
    assert list(seen.recent[0]) == [20] * (RECENT_DAYS - 7) + [31, 32, 33, 34, 35, 36, 37]


@pytest.mark.parametrize("back", range(GAP_DAYS))
def test_neither_the_day_nor_the_week_before_it_is_usual(back: int) -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - back] = 25
    assert looked_at(plays).usual[0, STREAMS] == 20 * USUAL_DAYS


@pytest.mark.parametrize("back", [GAP_DAYS, GAP_DAYS + USUAL_DAYS - 1])
def test_usual_begins_and_ends_where_it_says(back: int) -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - back] = 25
    assert looked_at(plays).usual[0, STREAMS] == 20 * USUAL_DAYS + 5


def test_the_day_before_the_usual_weeks_is_forgotten() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - GAP_DAYS - USUAL_DAYS] = 25
    assert looked_at(plays).usual[0, STREAMS] == 20 * USUAL_DAYS


def test_a_spike_is_no_part_of_what_is_usual() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - 20] = 2_000
    seen = looked_at(plays)
    assert seen.usual[0, STREAMS] == 20 * (USUAL_DAYS - 1)
    assert seen.usual[0, SAVES] == 2 * (USUAL_DAYS - 1)
    assert seen.usual_days[0] == USUAL_DAYS - 1


def test_a_rise_that_stays_becomes_usual() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - 35 :] = 200
    seen = looked_at(plays)
    assert 0 < seen.usual_days[0] < USUAL_DAYS, "the first weeks of it still stand out"
    assert seen.usual[0, STREAMS] == 200 * seen.usual_days[0]


def test_a_young_track_has_only_its_own_days_behind_it() -> None:
    plays = np.zeros(DAYS, np.int64)
    plays[LAST - 17 :] = 50
    seen = looked_at(plays)
    assert seen.seen_days[0] == 17
    assert seen.usual_days[0] == 17 - GAP_DAYS + 1
    assert seen.usual[0, STREAMS] == 50 * seen.usual_days[0]


def test_in_its_first_days_a_track_has_no_past() -> None:
    plays = np.zeros(DAYS, np.int64)
    plays[LAST - 3 :] = 50
    seen = looked_at(plays, *range(LAST - 3, DAYS))
    assert list(seen.seen_days) == [0, 1, 2, 3]
    assert list(seen.usual_days) == [0, 0, 0, 0]
    assert not seen.usual.any()


def test_a_quiet_day_of_a_known_track_is_a_zero() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - 10] = 0
    seen = looked_at(plays)
    assert seen.usual_days[0] == USUAL_DAYS
    assert seen.usual[0, STREAMS] == 20 * (USUAL_DAYS - 1)


def test_an_unknown_day_is_no_zero() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - 10] = 0
    seen = looked_at(plays, unknown=(LAST - 10,))
    assert seen.usual_days[0] == USUAL_DAYS - 1
    assert seen.usual[0, STREAMS] / seen.usual_days[0] == 20


def test_only_days_with_plays_are_looked_at() -> None:
    plays = np.full(DAYS, 20)
    plays[LAST - 1] = 0
    assert list(looked_at(plays, LAST - 2, LAST - 1, LAST).day) == [LAST - 2, LAST]


def test_rows_can_be_taken_in_any_order() -> None:
    seen = looked_at(np.arange(DAYS), LAST - 2, LAST - 1, LAST)
    taken = seen.take(np.array([2, 0]))
    assert list(taken.day) == [LAST, LAST - 2]
    assert list(taken.today[:, STREAMS]) == [LAST, LAST - 2]


SERIES = arrays.arrays(
    np.int64,
    (2, DAYS),
    elements=st.one_of(st.just(0), st.integers(0, 40), st.integers(0, 3_000)),
)
KNOWN = arrays.arrays(np.bool_, (2, DAYS), elements=st.sampled_from([True, True, True, False]))
TODAY = LOOK_BACK_DAYS + 3


def same(one: Windows, other: Windows, shift: int = 0) -> None:
    for name in Windows.__dataclass_fields__:
        moved = getattr(other, name) - (shift if name == "day" else 0)
        assert (getattr(one, name) == moved).all(), name


@given(SERIES, KNOWN)
def test_what_comes_later_changes_nothing(series: np.ndarray, known: np.ndarray) -> None:
    block, wanted = counted(*series), np.array([TODAY - 1, TODAY])
    short = windows(block[:, : TODAY + 1], LAYOUT, wanted, known[:, : TODAY + 1])
    same(short, windows(block, LAYOUT, wanted, known))


@given(SERIES, KNOWN, st.integers(1, 3))
def test_what_lies_before_the_look_back_changes_nothing(
    series: np.ndarray, known: np.ndarray, cut: int
) -> None:
    block, wanted = counted(*series), np.array([TODAY])
    cropped = windows(block[:, cut:], LAYOUT, wanted - cut, known[:, cut:])
    same(cropped, windows(block, LAYOUT, wanted, known), shift=cut)


@given(SERIES)
def test_the_past_never_counts_more_than_it_held(series: np.ndarray) -> None:
    known = np.ones(series.shape, np.bool_)
    seen = windows(counted(*series), LAYOUT, np.arange(DAYS), known)
    for row, (unit, day) in enumerate(zip(seen.unit, seen.day, strict=True)):
        low, high = max(day - GAP_DAYS - USUAL_DAYS + 1, 0), max(day - GAP_DAYS + 1, 0)
        assert seen.usual[row, STREAMS] <= series[unit, low:high].sum()
        assert seen.usual_days[row] <= high - low
        assert seen.week[row, STREAMS] == series[unit, max(day + 1 - WEEK_DAYS, 0) : day + 1].sum()


def test_a_track_that_lives_on_weekends_is_expected_to() -> None:
    plays = np.array([300 if day % 7 in (5, 6) else 50 for day in range(DAYS)])
    assert looked_at(plays).usual_days[0] == USUAL_DAYS, "every week has one: they are no spikes"
