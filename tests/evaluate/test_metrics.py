"""Measures on hand-made rankings; the truth stands above each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from fraud.evaluate import metrics
from fraud.evaluate.bootstrap import Bootstrap


def flags(text: str) -> np.ndarray:
    """Return x as artificial and . as innocent."""
    return np.array([sign == "x" for sign in text])


def test_average_precision_of_a_perfect_and_of_the_worst_ranking() -> None:
    assert metrics.average_precision(flags("xx.."), np.array([4.0, 3, 2, 1])) == 1.0
    # The two artificial rows come third and fourth: (1/3 + 2/4) / 2.
    assert metrics.average_precision(flags("..xx"), np.array([4.0, 3, 2, 1])) == pytest.approx(
        (1 / 3 + 2 / 4) / 2
    )


def test_average_precision_counts_a_tie_as_one_step() -> None:
    # One of four tied rows is artificial: whoever sorts luckily must not gain by it.
    for order in ("x...", ".x..", "...x"):
        assert metrics.average_precision(flags(order), np.ones(4)) == 0.25


def test_average_precision_without_anything_artificial_is_unknown() -> None:
    assert np.isnan(metrics.average_precision(flags("..."), np.ones(3)))
    assert np.isnan(metrics.average_precision(flags(""), np.zeros(0)))


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3)), min_size=1).filter(
        lambda rows: any(artificial and weight for artificial, _, weight in rows)
    )
)
def test_average_precision_is_that_of_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    artificial, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    ours = metrics.average_precision(artificial, score.astype(float), weight.astype(float))
    assert ours == pytest.approx(average_precision_score(artificial, score, sample_weight=weight))


def test_a_budget_is_spent_night_by_night() -> None:
    # Night 1 has the three highest scores of all; a budget of one leaves one alert to each night.
    night = np.array([1, 1, 1, 2, 2])
    score = np.array([9.0, 8, 7, 2, 1])
    assert metrics.alerted(night, score, 1).tolist() == [1, 0, 0, 1, 0]
    assert metrics.alerted(night, score, 3).tolist() == [1, 1, 1, 1, 1]
    assert metrics.alerted(night, score, 0).tolist() == [0, 0, 0, 0, 0]


def test_rows_tied_at_the_cut_share_what_is_left() -> None:
    # Two alerts: one for the 9, the other shared by three rows of 5.
    chance = metrics.alerted(np.ones(5, dtype=np.int64), np.array([9.0, 5, 5, 5, 1]), 2)
    assert chance.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    assert metrics.precision(flags("xx..."), chance) == pytest.approx((1 + 1 / 3) / 2)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1), st.integers(0, 5))
def test_alerts_never_exceed_the_budget(rows: list[tuple[int, int]], budget: int) -> None:
    night, score = (np.array(column) for column in zip(*rows, strict=True))
    chance = metrics.alerted(night, score.astype(float), budget)
    for one in np.unique(night):
        here = chance[night == one]
        assert here.sum() == pytest.approx(min(budget, len(here)))
        assert ((here >= 0) & (here <= 1)).all()


def test_false_alarms_are_counted_per_ten_thousand_of_their_kind() -> None:
    # Two of four quiet rows are alerts, the artificial row does not count.
    chance = np.array([1.0, 1, 0, 0, 1])
    assert metrics.per_ten_thousand(flags("xxxx."), chance) == 5000
    assert metrics.recall(flags("....x"), chance) == 1
    assert np.isnan(metrics.per_ten_thousand(flags("....."), chance))
    assert np.isnan(metrics.precision(flags("....."), np.zeros(5)))


def test_a_median_delay_may_be_never() -> None:
    found_late = np.array([0.0, 3.0, metrics.NEVER])
    assert metrics.weighted_median(found_late) == 3
    assert metrics.weighted_median(np.array([0.0, metrics.NEVER, metrics.NEVER])) == metrics.NEVER
    assert metrics.weighted_median(found_late, np.array([1.0, 0, 5])) == metrics.NEVER
    assert np.isnan(metrics.weighted_median(np.zeros(0)))


def test_calibration_on_a_table_written_by_hand() -> None:
    # Four rows at 0.05 hold nothing, four at 0.75 hold two: gaps 0.05 and 0.25, each for half.
    score = np.array([0.05] * 4 + [0.75] * 4)
    artificial = flags("....xx..")
    table = metrics.calibration_table(artificial, score)
    assert table.rows() == [
        (0.0, 0.1, 4.0, pytest.approx(0.05), 0.0),
        (0.7, 0.8, 4.0, pytest.approx(0.75), 0.5),
    ]
    assert metrics.expected_calibration_error(artificial, score) == pytest.approx(0.15)
    assert metrics.expected_calibration_error(
        artificial, score, np.array([0.0] * 4 + [1.0] * 4)
    ) == pytest.approx(0.25)
    assert np.isnan(metrics.expected_calibration_error(flags(""), np.zeros(0)))


def test_a_score_of_one_is_in_the_last_tenth_and_beyond_it_in_none() -> None:
    assert metrics.calibration_table(flags("x"), np.ones(1))["low"].to_list() == [0.9]
    with pytest.raises(ValueError, match="within 0–1"):
        metrics.calibration_table(flags("x"), np.array([1.2]))


def test_an_interval_draws_artists_and_not_rows() -> None:
    # All artificial rows are one artist's: he is drawn never, once, twice, so the share reaches 0.
    artist = np.array([0] * 50 + [1] * 50)
    artificial = artist == 0
    bootstrap = Bootstrap(artist, draws=200, seed=1)
    share = bootstrap.figure(lambda w: float((w * artificial).sum() / w.sum()))
    assert share.value == 0.5
    assert (share.low, share.high) == (0.0, 1.0)
    many = Bootstrap(np.arange(100), draws=200, seed=1)
    narrow = many.figure(lambda w: float((w * artificial).sum() / w.sum()))
    assert 0.35 < narrow.low < 0.5 < narrow.high < 0.65


def test_the_same_seed_gives_the_same_interval() -> None:
    artist = np.arange(30) % 7
    values = np.arange(30.0)

    def mean(weight: np.ndarray) -> float:
        return float((values * weight).sum() / weight.sum())

    first, second, other = (
        Bootstrap(artist, draws=50, seed=seed).figure(mean) for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other
