"""Innocent events that move a track as much as fraud does, as a table of ranges."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fraud.simulate import curves
from fraud.simulate.dice import Reals

Curve = Callable[[np.random.Generator, int], Reals]


@dataclass(frozen=True)
class Lookalike:
    """A kind of innocent event, as ranges to draw from.

    `per_thousand` is how many there are in 1,000 tracks and 84 days, `times` the plays at its top
    as multiples of the track's usual plays, `siblings` the share of that rise which the artist's
    other tracks see. `place` says where: wherever the track is heard (`own`), in one `store`, at
    `home`, in `one` territory, or in the `corner` of one store and territory. `known` is how often
    the owner is told of it, `context` as what. Where `source` names several mixes, one is drawn.
    """

    name: str
    per_thousand: float
    days: tuple[int, int]
    times: tuple[float, float]
    curve: Curve
    source: tuple[dict[str, float], ...]
    pull: tuple[float, float] = (0.6, 0.95)
    streams_per_listener: tuple[float, float] = (1.02, 1.2)
    save_rate: tuple[float, float] = (0.03, 0.10)
    sub30_share: tuple[float, float] = (0.3, 0.45)
    siblings: tuple[float, float] = (0.0, 0.0)
    place: str = "own"
    context: str = "other"
    known: float = 0.5
    least_level: float = 1.0


LOOKALIKES = (
    Lookalike(
        "viral",
        per_thousand=4.0,
        days=(12, 45),
        times=(2.5, 60.0),
        curve=curves.ramp,
        source=({"search": 0.35, "user_playlist": 0.25, "artist_page": 0.15, "algorithmic": 0.2},),
        save_rate=(0.06, 0.16),
        siblings=(0.03, 0.25),
        known=0.25,
    ),
    Lookalike(
        "editorial_add",
        per_thousand=10.0,
        days=(6, 42),
        times=(1.0, 25.0),
        curve=curves.step,
        source=({"editorial_playlist": 1.0},),
        pull=(0.8, 0.98),
        save_rate=(0.012, 0.04),
        sub30_share=(0.35, 0.5),
        place="store",
        context="editorial_add",
        known=0.6,
    ),
    Lookalike(
        "algorithmic_push",
        per_thousand=10.0,
        days=(8, 40),
        times=(0.8, 12.0),
        curve=curves.plateau,
        source=({"algorithmic": 0.85, "radio": 0.15}, {"radio": 0.7, "algorithmic": 0.3}),
        pull=(0.8, 0.98),
        save_rate=(0.02, 0.06),
        sub30_share=(0.35, 0.5),
        place="store",
        known=0.0,
    ),
    Lookalike(
        "news",
        per_thousand=1.5,
        days=(6, 25),
        times=(1.5, 35.0),
        curve=curves.decay,
        source=({"search": 0.4, "artist_page": 0.4, "library": 0.2},),
        streams_per_listener=(1.3, 2.2),
        save_rate=(0.05, 0.12),
        siblings=(0.5, 1.0),
        context="news",
        known=0.7,
    ),
    Lookalike(
        "sync",
        per_thousand=2.5,
        days=(14, 50),
        times=(3.0, 90.0),
        curve=curves.ramp,
        source=({"search": 0.6, "user_playlist": 0.2, "artist_page": 0.2},),
        save_rate=(0.08, 0.18),
        siblings=(0.02, 0.15),
        context="sync",
        known=0.6,
    ),
    Lookalike(
        "fan_party",
        per_thousand=3.0,
        days=(1, 4),
        times=(2.0, 18.0),
        curve=curves.step,
        source=({"user_playlist": 0.5, "library": 0.2, "search": 0.2, "artist_page": 0.1},),
        streams_per_listener=(5.0, 20.0),
        save_rate=(0.08, 0.25),
        sub30_share=(0.08, 0.3),
        siblings=(0.0, 0.5),
        known=0.3,
    ),
    Lookalike(
        "local_event",
        per_thousand=3.0,
        days=(2, 7),
        times=(2.0, 20.0),
        curve=curves.decay,
        source=({"artist_page": 0.4, "search": 0.35, "library": 0.25},),
        streams_per_listener=(1.2, 2.0),
        save_rate=(0.05, 0.14),
        siblings=(0.6, 1.0),
        place="one",
        context="tour",
        known=0.6,
    ),
    Lookalike(
        "tv_moment",
        per_thousand=1.5,
        days=(2, 8),
        times=(4.0, 45.0),
        curve=curves.decay,
        source=({"search": 0.65, "artist_page": 0.2, "user_playlist": 0.15},),
        save_rate=(0.06, 0.15),
        siblings=(0.05, 0.4),
        place="home",
        context="news",
        known=0.5,
    ),
    Lookalike(
        "campaign",
        per_thousand=5.0,
        days=(5, 21),
        times=(1.5, 20.0),
        curve=curves.plateau,
        source=({"other": 0.7, "artist_page": 0.3}, {"other": 0.5, "user_playlist": 0.5}),
        save_rate=(0.01, 0.05),
        sub30_share=(0.35, 0.55),
        place="one",
        context="campaign",
        known=0.75,
    ),
    Lookalike(
        "venue",
        per_thousand=6.0,
        days=(1, 20),
        times=(0.2, 3.0),
        curve=curves.step,
        source=({"user_playlist": 1.0}, {"library": 1.0}, {"album": 1.0}),
        pull=(0.9, 1.0),
        streams_per_listener=(6.0, 60.0),
        save_rate=(0.001, 0.02),
        sub30_share=(0.02, 0.2),
        siblings=(0.3, 1.0),
        place="corner",
        known=0.0,
    ),
)
