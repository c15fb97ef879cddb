"""How unlike the catalogue's own past a row is, by detectors that never met it."""

import numpy as np
import pytest

from fraud.detect.outliers import Outliers, middle
from tests.detect.evidence_rows import NAMES, people


@pytest.fixture(scope="module")
def fitted() -> Outliers:
    return Outliers(people(800, 1), seed=1)


def test_what_lies_far_out_scores_higher_with_every_detector(fitted: Outliers) -> None:
    ordinary, odd = fitted(people(300, 2)), fitted(people(50, 3) * 8)
    assert (odd.min(axis=0) > np.median(ordinary, axis=0)).all()
    assert (odd.mean(axis=0) > ordinary.mean(axis=0) + 1).all()


def test_a_score_is_the_share_of_the_past_that_is_as_odd(fitted: Outliers) -> None:
    shares = 10 ** -fitted(people(400, 2))
    assert ((shares > 0) & (shares <= 1)).all()
    assert np.quantile(shares, 0.5, axis=0) == pytest.approx(0.5, abs=0.2)


def test_the_unknown_is_taken_as_unremarkable(fitted: Outliers) -> None:
    unknown = np.full((1, len(NAMES)), np.nan, np.float32)
    assert (fitted(unknown) < 0.5).all()


def test_rows_are_scored_one_by_one(fitted: Outliers) -> None:
    rows = people(100, 4)
    np.testing.assert_array_equal(fitted(rows[::-1]), fitted(rows)[::-1])
    np.testing.assert_array_equal(fitted(rows[:1]), fitted(rows)[:1])


def test_the_same_seed_fits_the_same(fitted: Outliers) -> None:
    rows = people(100, 4)
    np.testing.assert_array_equal(Outliers(people(800, 1), seed=1)(rows), fitted(rows))


def test_columns_that_never_vary_do_no_harm() -> None:
    still = people(800, 1)
    still[:, 5:] = 3.0
    still[:, 7] = np.nan
    found = Outliers(still, seed=1)(people(20, 5))
    assert np.isfinite(found).all()


def test_no_rows_have_no_scores(fitted: Outliers) -> None:
    assert len(fitted(people(0, 1))) == 0


def test_the_middle_is_that_of_what_is_known() -> None:
    rows = np.array([[1, np.nan, np.nan], [2, 5, np.nan], [9, 7, np.nan]], np.float32)
    assert middle(rows).tolist() == [2, 6, 0]
