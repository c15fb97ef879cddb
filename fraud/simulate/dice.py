"""Random numbers: one independent stream for each named part of a world."""

import zlib

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


def dice(seed: int, part: str) -> np.random.Generator:
    """Return the generator of one part of the world.

    Each part has its own stream, so that a scheme added, or a part that draws more than before,
    moves nothing else: the people of a world stay the same whoever cheats in it.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(part.encode())]))


def between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """Return a number between two positive bounds, even in logarithm: 1–10 as likely as 10–100."""
    low, high = bounds
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def whole_between(rng: np.random.Generator, bounds: tuple[int, int]) -> int:
    """Return a whole number between two positive bounds, both included, even in logarithm."""
    low, high = bounds
    return int(np.clip(round(between(rng, (low - 0.499, high + 0.499))), low, high))


def rounded(rng: np.random.Generator, expected: float) -> int:
    """Return a whole number whose mean is `expected`, one of its two neighbours."""
    return int(expected) + int(rng.random() < expected % 1)
