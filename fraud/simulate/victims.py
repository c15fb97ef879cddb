"""For whom is cheated: which tracks of a catalogue a scheme picks."""

import numpy as np
from numpy.typing import NDArray

from fraud.simulate.catalogue import ACTS, GENERATED, SHORTS, Catalogue
from fraud.simulate.dice import Whole
from fraud.simulate.schemes import Scheme

Flags = NDArray[np.bool_]

_KNOWN = 0.6
"""A real act is one above this quantile of the catalogue's usual plays."""
_LITTLE_HEARD = 40.0
"""Tracks with fewer plays a day than this are good to hide among."""


class Victims:
    """The tracks of a catalogue for which nobody cheats yet."""

    def __init__(self, catalogue: Catalogue, days: int) -> None:
        self._catalogue = catalogue
        self._days = days
        self._free = np.ones(len(catalogue), dtype=np.bool_)

    def taken(self, rng: np.random.Generator, scheme: Scheme, count: int, first: int) -> Whole:
        """Return up to `count` tracks that fit the scheme, out by day `first`; none if none fit."""
        fit, group = self._fit(scheme, first)
        if group is None:
            tracks = _some(rng, np.flatnonzero(fit), count)
        else:
            tracks = _of_one(rng, fit, group, min(scheme.tracks[0], count), count)
        self._free[tracks] = False
        return tracks

    def _fit(self, scheme: Scheme, first: int) -> tuple[Flags, Whole | None]:
        """Return the tracks that fit and the grouping of which the scheme takes one group."""
        catalogue = self._catalogue
        out = self._free & (catalogue.released < max(first, 1))
        acts = catalogue.upload == ACTS
        match scheme.victims:
            case "act":
                known = catalogue.level > np.quantile(catalogue.level, _KNOWN)
                fit: tuple[Flags, Whole | None] = out & acts & known, catalogue.artist
            case "label":
                fit = out & acts, catalogue.label
            case "generated":
                fit = out & (catalogue.upload == GENERATED), catalogue.account
            case "shorts":
                fit = out & (catalogue.upload == SHORTS), catalogue.release
            case "fresh":
                new = (catalogue.released >= 0) & (catalogue.released < self._days - 2)
                fit = self._free & acts & new, None
            case "scattered":
                fit = out & (catalogue.level < _LITTLE_HEARD), None
            case _:
                fit = out & acts & (catalogue.level > 0.3), None
        return fit


def _some(rng: np.random.Generator, candidates: Whole, count: int) -> Whole:
    if len(candidates) == 0:
        return candidates
    return np.sort(rng.choice(candidates, min(count, len(candidates)), replace=False))


def _of_one(rng: np.random.Generator, fit: Flags, group: Whole, least: int, count: int) -> Whole:
    """Return up to `count` tracks of one group that has at least `least` fit ones."""
    sizes = np.bincount(group[fit], minlength=int(group.max()) + 1)
    candidates = np.flatnonzero(sizes >= least)
    if len(candidates) == 0:
        return candidates
    chosen = rng.choice(candidates)
    return _some(rng, np.flatnonzero(fit & (group == chosen)), count)
