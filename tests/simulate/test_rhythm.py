"""The calendar of a simulated world."""

from datetime import date

import numpy as np
import pytest

from fraud.simulate.rhythm import christmas_season, easter, is_holiday, week_of


@pytest.mark.parametrize(
    "sunday", [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)]
)
def test_easter(sunday: date) -> None:
    assert easter(sunday.year) == sunday


def test_holidays_are_those_of_the_territory() -> None:
    assert is_holiday(date(2026, 7, 4), "US")
    assert not is_holiday(date(2026, 7, 4), "DE")
    assert is_holiday(date(2026, 1, 1), "JP")
    assert is_holiday(date(2026, 4, 3), "DE"), "Good Friday"
    assert not is_holiday(date(2026, 4, 3), "JP")


def test_christmas_climbs_to_the_eve_and_collapses() -> None:
    november = [christmas_season(date(2026, 11, day)) for day in range(15, 31)]
    assert november == sorted(november)
    assert christmas_season(date(2026, 12, 24)) == 60
    assert christmas_season(date(2026, 12, 26)) < 10
    assert christmas_season(date(2026, 7, 1)) == 1


def test_a_week_is_around_one_and_friday_is_its_best_day() -> None:
    week = week_of(1.0, 0.0)
    assert week.mean() == pytest.approx(1)
    assert week.argmax() == 4
    assert week[6] / week[4] == pytest.approx(0.85)
    assert np.ptp(week_of(0.1, 0.0)) < np.ptp(week)
