"""The course of an event over its days: arrays of factors whose highest value is 1."""

import numpy as np

from fraud.simulate.dice import Reals


def step(rng: np.random.Generator, days: int) -> Reals:
    """On at once, off at once: a playlist that a track is on, a panel that delivers."""
    del rng
    return np.ones(days)


def decay(rng: np.random.Generator, days: int) -> Reals:
    """Highest on the first day and halved every few days after it."""
    half_life = rng.uniform(1.5, max(2.0, days / 3))
    return np.asarray(0.5 ** (np.arange(days) / half_life), dtype=np.float64)


def ramp(rng: np.random.Generator, days: int) -> Reals:
    """A rise over several days, a top, a slower fall: what people pass on to people."""
    top = rng.uniform(0.2, 0.45) * days
    day = np.arange(days) + 0.5
    rise = 1 / (1 + np.exp(-(day - top / 2) / max(top / 8, 0.35)))
    fall = 0.5 ** (np.maximum(day - top, 0) / max(days / 4, 1.0))
    return _to_one(rise * fall)


def plateau(rng: np.random.Generator, days: int) -> Reals:
    """Up within a few days, level, down within a few days."""
    edge = rng.uniform(1.0, 3.0)
    day = np.arange(days) + 1.0
    return _to_one(np.minimum(1.0, np.minimum(day, day[::-1]) / edge))


def growing(rng: np.random.Generator, days: int) -> Reals:
    """A steady climb: an operation that adds accounts as it earns."""
    start = rng.uniform(0.2, 0.6)
    return np.asarray(np.linspace(start, 1.0, days), dtype=np.float64)


def on_and_off(rng: np.random.Generator, days: int) -> Reals:
    """On for some days, off for some, and again."""
    period = int(rng.integers(4, 11))
    on = int(rng.integers(2, period))
    return np.asarray(np.where(np.arange(days) % period < on, 1.0, 0.0), dtype=np.float64)


def working_days(rng: np.random.Generator, days: int) -> Reals:
    """Six days on and one off: people are paid to do it."""
    off = int(rng.integers(0, 7))
    return np.asarray(np.where(np.arange(days) % 7 == off, 0.05, 1.0), dtype=np.float64)


def _to_one(values: Reals) -> Reals:
    return np.asarray(values / values.max(), dtype=np.float64)
