"""From expected plays to counted ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.simulate.catalogue import draw_catalogue
from fraud.simulate.dice import between, dice, rounded, whole_between
from fraud.simulate.market import open_market
from fraud.simulate.plays import Surge, draw_surge, overdispersed
from fraud.simulate.world import START


def test_overdispersed_counts_have_the_stated_mean_and_variance() -> None:
    drawn = overdispersed(np.random.default_rng(1), np.full(200_000, 20.0), 0.1)
    assert drawn.mean() == pytest.approx(20, rel=0.01)
    assert drawn.var() == pytest.approx(20 + 0.1 * 20**2, rel=0.03)


def test_a_surge_falls_where_and_when_it_should() -> None:
    # Two days of 100 and 300 plays of track 7, from day 5, three quarters in the second territory.
    surge = Surge(
        tracks=np.array([7]),
        first_day=5,
        plays=np.array([[100.0, 300.0]]),
        shares=np.array([[[0.25, 0.75]]]),
        rhythm=np.ones((2, 2)),
        overdispersion=0.0,
        exact=True,
    )
    plays = draw_surge(np.random.default_rng(1), surge)
    assert plays.track.tolist() == [7, 7, 7, 7]
    assert plays.day.tolist() == [5, 5, 6, 6]
    assert plays.territory.tolist() == [0, 1, 0, 1]
    assert plays.streams.tolist() == [25, 75, 75, 225]


@given(st.integers(0, 2**32), st.tuples(st.integers(1, 50), st.integers(0, 500)))
def test_drawn_numbers_stay_within_their_bounds(seed: int, span: tuple[int, int]) -> None:
    low, high = span[0], span[0] + span[1]
    rng = np.random.default_rng(seed)
    assert low <= whole_between(rng, (low, high)) <= high
    assert low <= between(rng, (low, high)) * (1 + 1e-12)


def test_rounding_keeps_the_mean() -> None:
    rng = np.random.default_rng(1)
    drawn = [rounded(rng, 2.3) for _ in range(4000)]
    assert set(drawn) == {2, 3}
    assert np.mean(drawn) == pytest.approx(2.3, abs=0.03)


def test_each_part_of_a_world_has_its_own_dice() -> None:
    assert dice(1, "burst").random() == dice(1, "burst").random()
    assert dice(1, "burst").random() != dice(1, "replay").random()
    assert dice(1, "burst").random() != dice(2, "burst").random()


@given(st.integers(0, 10_000))
def test_codes_of_a_catalogue_are_valid_and_unique(seed: int) -> None:
    market = open_market(dice(seed, "market"), ("spotify",), 5)
    catalogue = draw_catalogue(seed, market, START, 28, 40)
    assert len(set(catalogue.isrc)) == 40
    assert catalogue.isrc == sorted(catalogue.isrc)
    assert (catalogue.duration_seconds >= 31).all()
    for upc in catalogue.upc:
        digits = [int(digit) for digit in upc]
        assert len(digits) == 13
        assert sum(digits[0::2]) % 10 == -3 * sum(digits[1::2]) % 10, "GTIN check digit"
