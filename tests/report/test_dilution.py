"""What artificial plays elsewhere cost, by formulae that a reader can check by hand."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.errors import CallError
from fraud.report.dilution import Pool, dilution

POOL: dict[str, Any] = {
    "revenue": 1_000_000.0,
    "plays": 250_000_000,
    "artificial_share": 0.04,
    "own_plays": 2_400_000,
}


def paid(**given: Any) -> dict[str, float]:
    return {each.rule: each.paid for each in dilution(Pool(**POOL | given))}


def test_pro_rata_every_artificial_play_takes_from_all_others() -> None:
    rules = dilution(Pool(**POOL))
    assert [each.rule for each in rules] == [
        "pro rata",
        "pro rata without artificial plays",
        "artist-centric",
    ]
    assert rules[0].paid == pytest.approx(9_600)
    assert rules[1].paid == pytest.approx(10_000)
    assert [each.difference for each in rules[:2]] == pytest.approx([0, 400])


def test_user_centric_machines_pay_machines() -> None:
    assert paid(users=1_000_000, machine_users=10_000)["user-centric"] == pytest.approx(9_900)
    assert paid(users=1_000_000, machine_users=0)["user-centric"] == pytest.approx(10_000)


def test_machines_that_are_not_counted_follow_from_their_plays() -> None:
    pool = Pool(**POOL | {"users": 1_000_000})
    assert pool.machines == round(10_000_000 / (636 * 30))
    assert paid(users=1_000_000)["user-centric"] == pytest.approx(10_000 * (1 - 524 / 1_000_000))


def test_artist_centric_pays_more_where_own_artists_are_boosted_and_machines_are_not() -> None:
    assert paid()["artist-centric"] == pytest.approx(1e6 * 2.4e6 * 2 / (240e6 * 2 + 10e6))
    assert paid(artificial_boosted_share=1)["artist-centric"] == pytest.approx(9_600)
    assert paid(own_boosted_share=0)["artist-centric"] < 9_600


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"artificial_share": 1.2}, "the artificial share is a share from 0 to 1, not 1.2"),
        ({"artificial_share": 1.0}, "leaves no plays of people"),
        ({"own_plays": 250_000_000}, "are both of the same store and period?"),
        (
            {"artificial_share": 4},
            "is a share from 0 to 1, not 4; 4 % is 0.04",
        ),
        ({"plays": 0}, "a pool of 0 plays in 30 days pays nobody; give 1 or more"),
        ({"revenue": -5}, "the revenue is an amount of money of 0 or more, not -5"),
        ({"revenue": math.nan}, "the revenue is an amount of money of 0 or more, not nan"),
        ({"revenue": math.inf}, "the revenue is an amount of money of 0 or more, not inf"),
        ({"machine_users": 5}, "give --users as well"),
        ({"users": 4, "machine_users": 5}, "4 accounts are fewer than the 5 of machines"),
    ],
)
def test_figures_that_cannot_be_are_refused_in_words(given: dict[str, Any], told: str) -> None:
    with pytest.raises(CallError, match=told.replace("?", r"\?")):
        Pool(**POOL | given)


@given(st.floats(0, 0.9), st.floats(0, 0.9))
def test_more_artificial_plays_never_cost_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    cost = [
        dilution(Pool(1e6, 250_000_000, share, 1_000_000))[1].difference for share in (low, high)
    ]
    assert 0 <= cost[0] <= cost[1]
