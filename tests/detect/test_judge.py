"""The judge learns from an unmarked past and from rehearsed plays what a bought day looks like."""

import numpy as np
import pytest

from fraud.detect.judge import BLIND_DOUBT, LEAST_REFERENCE, TELLING, Judge
from fraud.detect.scores import judge
from tests.detect.evidence_rows import (
    BOUGHT,
    NAMES,
    PAST_ROWS,
    bought,
    innocent,
    lifted,
    past,
    people,
    probability,
    ruled_days,
)


@pytest.fixture(scope="module")
def learnt() -> Judge:
    made = past().judge()
    assert made is not None
    return made


def test_a_blatant_row_gets_high_odds_and_an_ordinary_one_low_odds(learnt: Judge) -> None:
    assert np.median(probability(learnt(bought(200, 11)))) > 0.5
    assert np.quantile(probability(learnt(people(500, 12))), 0.99) < 0.05


def test_a_crowd_that_people_explain_is_no_machine(learnt: Judge) -> None:
    risen = probability(learnt(innocent(200, 13)))
    assert np.quantile(risen, 0.95) < 0.5
    assert risen.mean() < probability(learnt(bought(200, 11))).mean() / 4


def test_a_row_is_judged_by_itself(learnt: Judge) -> None:
    rows = np.concatenate([people(300, 14), bought(50, 15)])
    order = np.random.default_rng(1).permutation(len(rows))
    np.testing.assert_array_equal(learnt(rows[order]), learnt(rows)[order])
    np.testing.assert_array_equal(learnt(rows[:7]), learnt(rows)[:7])


def test_the_same_past_and_seed_judge_the_same(learnt: Judge) -> None:
    again = past().judge()
    assert again is not None
    rows = np.concatenate([people(100, 14), bought(50, 15)])
    np.testing.assert_array_equal(again(rows), learnt(rows))


def test_bought_rows_in_the_past_do_not_blind_it(learnt: Judge) -> None:
    unmarked = np.concatenate([people(PAST_ROWS - 150, 1), bought(150, 21)])
    folds = np.arange(len(unmarked)) % 2
    aware = past(reference=unmarked, reference_folds=folds).judge()
    assert aware is not None
    rows = bought(200, 11)
    assert np.median(probability(aware(rows))) > 0.5
    assert np.median(probability(aware(unmarked[-150:]))) > 0.5, "they are suspect themselves"
    assert np.median(aware(rows)) > np.median(learnt(rows)) - 1


def unmet(rows: int, seed: int) -> np.ndarray:
    """Return rows of a kind that is not rehearsed: suspect a little, and odd where none is."""
    return lifted(lifted(people(rows, seed), 2.5, *BOUGHT), 6, "device_long", "sub30_today")


def test_what_a_store_ruled_on_is_known_when_it_comes_again(learnt: Judge) -> None:
    told = past(ruled=unmet(300, 41), ruled_days=ruled_days(300, 0.9)).judge()
    assert told is not None
    again = unmet(200, 42)
    assert np.median(told(again)) > np.median(learnt(again)) + 1
    assert np.quantile(probability(told(people(500, 43))), 0.99) < 0.05


def test_a_ruling_on_a_period_accuses_none_of_its_ordinary_days(learnt: Judge) -> None:
    month = np.concatenate([people(250, 44), bought(50, 45)])
    told = past(ruled=month, ruled_days=ruled_days(300, 0.3)).judge()
    assert told is not None
    ordinary = people(500, 46)
    assert np.quantile(probability(told(ordinary)), 0.99) < 0.05
    assert abs(np.median(told(ordinary)) - np.median(learnt(ordinary))) < 1


def test_no_more_days_are_taken_for_bought_than_make_up_the_ruled_plays() -> None:
    def said(share: float) -> float:
        told = past(ruled=unmet(600, 41), ruled_days=ruled_days(600, share)).judge()
        assert told is not None
        return float(np.median(told(unmet(200, 42))))

    assert said(0.05) < said(0.9) - 0.5, "of a twentieth of the plays there is less to learn"


def test_what_nobody_reports_does_no_harm() -> None:
    silent = [NAMES.index(name) for name in NAMES if name.startswith(("saves", "tier", "device"))]

    def without(rows: np.ndarray) -> np.ndarray:
        less = rows.copy()
        less[:, silent] = np.nan
        return less

    made = past(
        reference=without(people(PAST_ROWS, 1)),
        bought=without(bought(2_500, 2)),
        innocent=without(innocent(1_000, 3)),
    ).judge()
    assert made is not None
    assert np.median(probability(made(without(bought(200, 11))))) > 0.5
    assert np.quantile(probability(made(without(people(500, 12)))), 0.99) < 0.05
    np.testing.assert_array_equal(made(bought(20, 11)) > 0, made(without(bought(20, 11))) > 0)


def test_what_one_row_does_not_know_is_no_evidence_against_it(learnt: Judge) -> None:
    unknown = np.full((1, len(NAMES)), np.nan, np.float32)
    assert probability(learnt(unknown))[0] < 0.05


def test_a_past_that_is_too_short_teaches_nothing() -> None:
    short = past(
        reference=people(LEAST_REFERENCE - 1, 1), reference_folds=np.arange(LEAST_REFERENCE - 1) % 2
    )
    assert short.judge() is None
    assert judge(past(reference=people(0, 1), reference_folds=np.arange(0)), 1) is None


def test_a_past_of_a_single_artist_can_be_learnt_from() -> None:
    made = past(reference_folds=np.zeros(PAST_ROWS, np.int64)).judge()
    assert made is not None
    assert np.median(probability(made(bought(100, 11)))) > 0.5


def test_no_rows_have_no_odds(learnt: Judge) -> None:
    assert learnt(people(0, 1)).shape == (0,)


def test_a_past_that_looks_bought_throughout_can_be_learnt_from() -> None:
    rows = bought(600, 5)
    made = judge(past(reference=rows, reference_folds=np.arange(600) % 2), 1)
    assert made is not None
    assert np.isfinite(made(rows)).all()


def test_the_less_is_told_the_less_is_believed(learnt: Judge) -> None:
    rows = bought(200, 11)
    blind = rows.copy()
    blind[:, TELLING] = np.nan
    some = rows.copy()
    some[:, TELLING[:1]] = np.nan
    assert np.median(learnt(blind)) < np.median(learnt(some)) - BLIND_DOUBT / 2
