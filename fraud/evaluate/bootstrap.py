"""Intervals by drawing artists again: the tracks of an artist rise and fall together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A measure with the 95 % interval of its bootstrap."""

    value: float
    low: float
    high: float


class Bootstrap:
    """Draws of artists with replacement, the same for every measure (Efron, Tibshirani 1993)."""

    def __init__(self, artist: NDArray[np.int64], *, draws: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._artist = artist
        artists = int(artist.max()) + 1 if len(artist) else 0
        self._times = [
            np.bincount(rng.integers(0, artists, artists), minlength=artists).astype(np.float64)
            for _ in range(draws if artists else 0)
        ]

    def weights(self) -> Iterator[Reals]:
        """Yield how often each row counts, draw by draw."""
        for times in self._times:
            yield times[self._artist]

    def figure(self, measure: Callable[[Reals], float]) -> Figure:
        """Return a measure of weights over the rows, as it is and with its interval."""
        value = measure(np.ones(len(self._artist)))
        drawn = np.array([measure(weight) for weight in self.weights()])
        drawn = drawn[~np.isnan(drawn)]
        if len(drawn) == 0:
            return Figure(value, float("nan"), float("nan"))
        low, high = np.quantile(drawn, (0.025, 0.975), method="closest_observation")
        return Figure(value, float(low), float(high))
