"""PyOD detectors over the evidence of one week: how unlike the catalogue's own past is a row?

Two families see different things: trees isolate odd combinations of values, histograms over random
projections (LODA, Pevny 2016) odd sums of many small departures. They are ranked on
`decision_function` (probabilities saturate) and scored row by row, so that a row's score does not
depend on what it is scored with.
"""

from typing import Protocol

import numpy as np
import pyod
from numpy.typing import NDArray
from pyod.models.iforest import IForest
from pyod.models.loda import LODA

Matrix = NDArray[np.float64]
FIT_ROWS = 4_000
"""So that most of what the trees then learn from was not seen by the detectors."""
VERSION = f"pyod {pyod.__version__}"


class _Detector(Protocol):
    decision_scores_: Matrix

    def fit(self, rows: Matrix) -> "_Detector": ...

    def decision_function(self, rows: Matrix) -> Matrix: ...


def middle(rows: NDArray[np.float32], share: float = 0.5) -> NDArray[np.float32]:
    """Return the quantile of each column over what is known of it; 0 where nothing is."""
    known = np.isfinite(rows).any(axis=0)
    found = np.zeros(rows.shape[1], np.float32)
    found[known] = np.nanquantile(rows[:, known], share, axis=0)
    return found


class Outliers:
    """Detectors fitted on a reference; scores are the share of the reference that is less odd."""

    def __init__(self, reference: NDArray[np.float32], seed: int) -> None:
        self._middle = middle(reference)
        self._spread = np.maximum(middle(np.abs(reference - self._middle), 0.75), 1e-3)
        draw = np.random.default_rng(seed)
        rows = self._scaled(reference)
        if len(rows) > FIT_ROWS:
            rows = rows[np.sort(draw.choice(len(rows), FIT_ROWS, replace=False))]
        self._varied = rows.std(axis=0) > 0
        self._detectors: dict[str, _Detector] = {
            "iforest": IForest(n_estimators=40, random_state=seed),
            "loda": LODA(n_bins=20, n_random_cuts=40, random_state=seed),
        }
        self._sorted = {}
        for name, detector in self._detectors.items():
            detector.fit(rows[:, self._varied])
            self._sorted[name] = np.sort(detector.decision_scores_)

    def _scaled(self, rows: NDArray[np.float32]) -> Matrix:
        """Return rows in units of the reference's spread; the unknown is as expected: 0."""
        scaled = (rows.astype(np.float64) - self._middle) / self._spread
        return np.clip(np.nan_to_num(scaled, nan=0.0), -30, 30)

    def __call__(self, rows: NDArray[np.float32]) -> Matrix:
        """Return rows × detectors, each -log10 of the share of the reference that is as odd."""
        if not len(rows):
            return np.empty((0, len(self._detectors)))
        scaled = self._scaled(rows)[:, self._varied]
        columns = []
        for name, detector in self._detectors.items():
            below = np.searchsorted(self._sorted[name], detector.decision_function(scaled))
            columns.append(-np.log10(1 - below / (len(self._sorted[name]) + 1)))
        return np.column_stack(columns)
