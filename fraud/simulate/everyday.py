"""The everyday: what people play when nothing happens, with all the noise of it."""

import numpy as np

from fraud.simulate.catalogue import Catalogue
from fraud.simulate.dice import Reals, dice, rounded
from fraud.simulate.market import Market
from fraud.simulate.plays import Plays, overdispersed
from fraud.simulate.rhythm import rhythm
from fraud.simulate.scene import Scene

_HALF_YEAR = 182


class Everyday:
    """The expected plays of each track, day, store and territory, without any event.

    `level` (track × day) is what a track has over all markets; `climate` (store × territory × day)
    is what the day does to everybody; `rhythm` (genre × territory × day) is the week and the
    holidays; `openings` are the stores that come to a territory, with the day.
    """

    def __init__(self, scene: Scene) -> None:
        seed, market, catalogue, days = scene.seed, scene.market, scene.catalogue, scene.days
        self.scene = scene
        self.rhythm = rhythm(dice(seed, "rhythm"), market, scene.start, days)
        self.openings = _openings(dice(seed, "openings"), market, days)
        self.climate = _climate(dice(seed, "climate"), market, days)
        for store, territory, opened in self.openings:
            self.climate[store, territory, :opened] = 0.0
        self.level = _levels(dice(seed, "levels"), catalogue, days)
        self._overdispersion = dice(seed, "overdispersion").lognormal(
            np.log(0.045), 0.5, len(catalogue)
        )

    def expected(self, store: int) -> Reals:
        """Return the expected plays of one store (track × territory × day)."""
        there = self.scene.audience.stores[:, store, None] * self.scene.audience.territories
        return np.asarray(
            self.level[:, None, :]
            * there[:, :, None]
            * self.rhythm[self.scene.catalogue.genre]
            * self.climate[store][None, :, :],
            dtype=np.float64,
        )

    def shares(self, track: int) -> Reals:
        """Return where a track is played (store × territory), summing to 1."""
        return np.outer(self.scene.audience.stores[track], self.scene.audience.territories[track])

    def draw(self) -> Plays:
        """Return the counted everyday plays, under cause 0."""
        parts = []
        for store in range(len(self.scene.market.stores)):
            rng = dice(self.scene.seed, f"everyday/{self.scene.market.slugs[store]}")
            streams = overdispersed(rng, self.expected(store), self._overdispersion[:, None, None])
            track, territory, day = np.nonzero(streams)
            same = np.zeros(len(track), dtype=np.int64)
            counted = streams[track, territory, day]
            parts.append(Plays(track, day, same + store, territory, same, counted))
        return Plays.together(parts)


def _openings(rng: np.random.Generator, market: Market, days: int) -> list[tuple[int, int, int]]:
    """Return the (store, territory, day) of entries into a market, one in twelve weeks."""
    if len(market.codes) < 3:
        return []
    return [
        (
            int(rng.integers(len(market.stores))),
            int(rng.integers(len(market.codes))),
            int(rng.integers(days // 4, days)),
        )
        for _ in range(rounded(rng, min(days / 84, 3.0)))
    ]


def _climate(rng: np.random.Generator, market: Market, days: int) -> Reals:
    """Return the noise that all tracks of a store, of a territory and of both share."""
    store = rng.normal(0, 0.025, (len(market.stores), 1, days))
    territory = rng.normal(0, 0.03, (1, len(market.codes), days))
    both = rng.normal(0, 0.035, (len(market.stores), len(market.codes), days))
    return np.asarray(np.exp(store + territory + both), dtype=np.float64)


def _levels(rng: np.random.Generator, catalogue: Catalogue, days: int) -> Reals:
    """Return the slow life of each track: age, drift, its artist's better and worse weeks."""
    age = np.arange(days)[None, :] - catalogue.released[:, None]
    fading = rng.uniform(0.1, 0.9, (len(catalogue), 1)) * (catalogue.upload == 0)[:, None]
    youth = np.exp(-np.maximum(age, 0) / _HALF_YEAR)
    aged = (
        1
        + fading * 2.0 * youth
        - fading * 2.0 * np.exp(-np.maximum(-catalogue.released, 0)[:, None] / _HALF_YEAR)
    )
    drift = rng.normal(0, 0.0025, (len(catalogue), 1)) * np.arange(days)
    own = _wandering(rng, len(catalogue), days, 0.10, 0.85)
    artist = _wandering(rng, int(catalogue.artist.max()) + 1, days, 0.07, 0.93)
    shared = drift + own + artist[catalogue.artist]
    level = catalogue.level[:, None] * np.maximum(aged, 0.1) * np.exp(shared)
    return np.asarray(np.where(age >= 0, level, 0.0), dtype=np.float64)


def _wandering(
    rng: np.random.Generator, count: int, days: int, sigma: float, memory: float
) -> Reals:
    """Return noise of standard deviation `sigma` in which a day remembers the one before."""
    steps = rng.normal(0, sigma, (count, days))
    steps[:, 1:] *= np.sqrt(1 - memory**2)
    for day in range(1, days):
        steps[:, day] += memory * steps[:, day - 1]
    return np.asarray(steps, dtype=np.float64)
