"""The judge of one week: from evidence to the probability that a row is artificial.

Unsupervised outlier scores stand beside the evidence, and a boosted tree learns from both which
rows are bought: the scheme of XGBOD (Zhao & Hryniewicki 2018), with rehearsed plays in the place of
labels.
"""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from fraud.detect.outliers import Outliers, middle
from fraud.tables import EVIDENCE

Rows = NDArray[np.float32]

PRIOR = 0.01
"""Share of unit-days that are artificial: 1–3 % of plays by CNM 2023, most in the long tail."""
LEAST_REFERENCE = 300
"""Rows of reference below which nothing can be learnt of what is normal."""


FOLDS = 2
MOST_DOUBT = 0.03
"""Better to leave out an honest row of the past than to learn from a bought one."""
LEAST_HONEST = 100
"""So many of the least doubted rows stay, whatever is doubted: from none nothing can be learnt."""
ROUNDS = 2
UNJUDGED = ("streams_log", "expected_log", "age_log", "artist_release_log", "market")
"""Size and age are no evidence: left to the trees they cost a tenth of the average precision."""
JUDGED = np.array([at for at, column in enumerate(EVIDENCE) if column.name not in UNJUDGED])

TELLING = np.array(
    [
        at
        for at, column in enumerate(EVIDENCE)
        if column.name in {f"{rate}_week" for rate in ("saves", "repeats", "sub30", "listened")}
        or column.name in {f"{mix}_deviate_week" for mix in ("source", "tier", "device")}
    ]
)
"""One piece of each kind of evidence that tells a crowd of people from one of machines."""
BLIND_DOUBT = 0.7
"""Log odds taken off where none of them is known: a spike alone is not fraud.

On two catalogues with planted schemes of which only plays by territory were shown, two in five of
the rows with a score of about 0.7 were bought without it, two in three with it.
"""

RULED_SHARE = 0.5
"""Where a store did not say which part of a period's plays it took out."""


class RuledDays(Protocol):
    """What rulings say of rows of the past (see fraud.features.ruled)."""

    @property
    def case(self) -> NDArray[np.int64]:
        """The ruling that covers each."""

    @property
    def share(self) -> NDArray[np.float64]:
        """The part of its period's plays that was artificial, NaN = not said."""

    @property
    def streams(self) -> NDArray[np.int64]:
        """Plays of each."""


Ruled = tuple[Rows, RuledDays]


class _Trees:
    """Boosted trees over the columns that say anything at all."""

    def __init__(self, rounds: int, leaves: int, least: int, seed: int) -> None:
        self._columns = np.empty(0, np.int64)
        self._booster = HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=0.2,
            max_bins=63,
            max_leaf_nodes=leaves,
            min_samples_leaf=least,
            l2_regularization=50.0,
            early_stopping=False,
            random_state=seed,
        )

    def fit(self, rows: NDArray[np.floating], labels: NDArray[np.int64]) -> Self:
        # Rows are repeated, never weighted: binning by weights takes four times the whole learning.
        self._columns = np.flatnonzero(np.isfinite(rows).any(axis=0))
        self._booster.fit(rows[:, self._columns], labels)
        return self

    def __call__(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        odds: NDArray[np.float64] = self._booster.decision_function(rows[:, self._columns])
        return odds


class Judge:
    """Learnt from a week's reference and its rehearsal; then judges rows one by one.

    The reference is the user's own past and holds bought plays that nobody has marked. It is
    therefore doubted first: each row is judged by trees that never saw its entity, and those that
    look bought are left out (the first step of two-step positive-unlabelled learning, Bekker &
    Davis 2020).
    """

    def __init__(
        self,
        reference: Rows,
        folds: NDArray[np.int64],
        bought: Rows,
        innocent: Rows,
        seed: int,
        *,
        ruled: Ruled | None = None,
        doubt: float = 0.0,
    ) -> None:
        self._seed = seed
        self.doubt = doubt
        """Log odds to take off every calibrated score: how little the past could teach."""
        # Two threads of OpenMP wait for each other longer than they work on matrices of this size.
        with threadpool_limits(1, "openmp"):
            self._learn(reference, folds, bought, innocent, ruled)

    def _learn(
        self,
        reference: Rows,
        folds: NDArray[np.int64],
        bought: Rows,
        innocent: Rows,
        ruled: Ruled | None,
    ) -> None:
        self.neutral = middle(reference)
        """What is unremarkable: the middle of the reference, a value for each piece of evidence."""
        honest = reference[self._honest(reference, folds, bought, innocent)]
        self.outliers = Outliers(honest, self._seed)
        proven = self._proven(honest, bought, innocent, ruled)
        artificial = np.concatenate([bought, proven])
        rows = np.concatenate([honest, innocent, artificial])
        labels = _labels(len(honest) + len(innocent), len(artificial))
        self._shift = log_odds(PRIOR) - log_odds(labels.mean())
        self._booster = _Trees(100, 12, 100, self._seed).fit(self._widened(rows), labels)

    def _proven(
        self,
        honest: Rows,
        bought: Rows,
        innocent: Rows,
        ruled: Ruled | None,
    ) -> Rows:
        """Return the ruled rows that were bought more likely than not.

        A ruling covers a period, not each of its days: what share of it was taken out is the prior
        of each day, and trees that saw no ruling say which days those are, the likeliest first,
        until they hold the plays that were ruled on. The other days of the period are learnt from
        as nothing: nobody knows.
        """
        if ruled is None or not len(ruled[0]):
            return honest[:0]
        rows, days = ruled
        share = np.clip(np.nan_to_num(days.share, nan=RULED_SHARE), 0.02, 0.98)
        learnt = np.concatenate([honest[::2], innocent, bought])[:, JUDGED]
        labels = _labels(len(learnt) - len(bought), len(bought))
        trees = _Trees(30, 8, 60, self._seed).fit(learnt, labels)
        odds = trees(rows[:, JUDGED]) - log_odds(labels.mean()) + np.log(share / (1 - share))
        return rows[(odds > 0) & _needed(odds, days.case, days.streams, share)]

    def _honest(
        self, reference: Rows, folds: NDArray[np.int64], bought: Rows, innocent: Rows
    ) -> NDArray[np.bool_]:
        """Return for each row of the reference whether it may be learnt from.

        The second round learns only from what the first one left.
        """
        honest = np.ones(len(reference), np.bool_)
        for _ in range(ROUNDS):
            doubt = np.zeros(len(reference))
            for fold in range(FOLDS):
                mine, others = folds == fold, (folds != fold) & honest
                if not mine.any() or not others.any():
                    continue
                people = np.concatenate([reference[others][::4], innocent[::2]])
                machines = bought[::2]
                rows = np.concatenate([people, machines])[:, JUDGED]
                labels = _labels(len(people), len(machines))
                trees = _Trees(20, 8, 40, self._seed).fit(rows, labels)
                odds = trees(reference[mine][:, JUDGED])
                odds += log_odds(PRIOR) - log_odds(labels.mean())
                doubt[mine] = 1 / (1 + np.exp(-odds))
            least = min(LEAST_HONEST, len(doubt)) - 1
            honest = (doubt < MOST_DOUBT) | (doubt <= np.partition(doubt, least)[least])
        return honest

    def _widened(self, rows: Rows) -> NDArray[np.float64]:
        return np.hstack([rows[:, JUDGED], self.outliers(rows)])

    def __call__(self, rows: Rows) -> NDArray[np.float64]:
        """Return the log odds that each row is artificial."""
        if not len(rows):
            return np.empty(0)
        with threadpool_limits(1, "openmp"):
            odds: NDArray[np.float64] = self._booster(self._widened(rows)) + self._shift
        odds[np.isnan(rows[:, TELLING]).all(axis=1)] -= BLIND_DOUBT
        return np.round(odds, 6)


def _needed(
    odds: NDArray[np.float64],
    case: NDArray[np.int64],
    streams: NDArray[np.int64],
    share: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which rows are needed to make up the ruled plays of their case, likeliest first."""
    order = np.lexsort((-odds, case))
    before = np.cumsum(streams[order]) - streams[order]
    starts = np.searchsorted(case[order], case[order])
    whole = np.bincount(case, streams)[case]
    needed = np.zeros(len(odds), np.bool_)
    needed[order] = before - before[starts] < (share * whole)[order]
    return needed


def _labels(people: int, machines: int) -> NDArray[np.int64]:
    labels = np.zeros(people + machines, np.int64)
    labels[people:] = 1
    return labels


def log_odds(share: float) -> float:
    """Return the log odds of a probability."""
    return float(np.log(share / (1 - share)))
