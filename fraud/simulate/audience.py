"""Who is behind some plays: where they are, how they pay and listen, what they leave behind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fraud.simulate.catalogue import GENERATED, SHORTS, Catalogue
from fraud.simulate.dice import Reals, dice
from fraud.simulate.genres import GENRES
from fraud.simulate.market import DEVICE_NAMES, SOURCE_NAMES, TIER_NAMES, Market, mix

USUAL_SOURCE = mix(
    SOURCE_NAMES,
    search=0.11,
    library=0.25,
    artist_page=0.10,
    album=0.11,
    editorial_playlist=0.10,
    algorithmic=0.15,
    user_playlist=0.12,
    radio=0.02,
    other=0.04,
)
_KEENNESS = {
    "search": 1.6,
    "artist_page": 1.5,
    "album": 1.3,
    "library": 0.9,
    "editorial_playlist": 0.5,
    "algorithmic": 0.9,
    "user_playlist": 0.7,
    "radio": 0.6,
    "other": 0.6,
}
KEENNESS = np.array([_KEENNESS[name] for name in SOURCE_NAMES])
"""How much likelier than usual a listener saves, by source: who searched cares."""


@dataclass(frozen=True)
class Audience:
    """The people of each track, as arrays over tracks.

    `stores` (track × store) and `territories` (track × territory) share out its plays, `source`
    (track × store × source) says how they start, `tier_tilt` and `device_tilt` how its listeners
    differ from what is usual in a market. The rest are habits as in `genres.Genre`.
    """

    stores: Reals
    territories: Reals
    source: Reals
    tier_tilt: Reals
    device_tilt: Reals
    streams_per_listener: Reals
    save_rate: Reals
    sub30_share: Reals
    listened_share: Reals


@dataclass(frozen=True)
class Profile:
    """How those behind some plays differ from the track's own audience.

    `pull` is 0 where they are the same people and 1 where they are wholly as described here. A
    field that is None does not differ. `spread_seconds` is how far their plays' lengths scatter, as
    a share of what can be heard beyond 30 s.
    """

    pull: float = 0.0
    source: Reals | None = None
    tier: Reals | None = None
    device: Reals | None = None
    streams_per_listener: float | None = None
    save_rate: float | None = None
    sub30_share: float | None = None
    listened_share: float | None = None
    spread_seconds: float = 0.25


OWN = Profile()
"""The track's own audience."""


@dataclass(frozen=True)
class Profiles:
    """Many profiles as arrays: for each field the pull of a profile and what it pulls to."""

    source: tuple[Reals, Reals]
    tier: tuple[Reals, Reals]
    device: tuple[Reals, Reals]
    streams_per_listener: tuple[Reals, Reals]
    save_rate: tuple[Reals, Reals]
    sub30_share: tuple[Reals, Reals]
    listened_share: tuple[Reals, Reals]
    spread_seconds: Reals


def tabulate(profiles: Sequence[Profile]) -> Profiles:
    """Return the profiles as arrays, in their order."""

    def mixes(field: str, width: int) -> tuple[Reals, Reals]:
        given = [getattr(profile, field) for profile in profiles]
        pull = [p.pull if g is not None else 0.0 for p, g in zip(profiles, given, strict=True)]
        return np.array(pull), np.array([np.ones(width) / width if g is None else g for g in given])

    def habits(field: str) -> tuple[Reals, Reals]:
        given = [getattr(profile, field) for profile in profiles]
        pull = [p.pull if g is not None else 0.0 for p, g in zip(profiles, given, strict=True)]
        return np.array(pull), np.array([1.0 if g is None else g for g in given], dtype=np.float64)

    return Profiles(
        mixes("source", len(SOURCE_NAMES)),
        mixes("tier", len(TIER_NAMES)),
        mixes("device", len(DEVICE_NAMES)),
        habits("streams_per_listener"),
        habits("save_rate"),
        habits("sub30_share"),
        habits("listened_share"),
        np.array([profile.spread_seconds for profile in profiles]),
    )


def draw_audience(seed: int, market: Market, catalogue: Catalogue) -> Audience:
    """Return the people of each track, around what is usual for its genre, home and stores."""
    rng = dice(seed, "audience")
    count = len(catalogue)
    source = _sources(rng, market, catalogue)
    keen = (source.mean(axis=1) @ KEENNESS) / (USUAL_SOURCE @ KEENNESS)
    machine_made = (catalogue.upload == GENERATED) | (catalogue.upload == SHORTS)

    def habit(field: str) -> Reals:
        return np.array([getattr(genre, field) for genre in GENRES])[catalogue.genre]

    plays_each = 1 + (habit("streams_per_listener") - 1) * rng.lognormal(0, 0.35, count)
    saves = habit("save_rate") * keen * rng.lognormal(0, 0.40, count)
    return Audience(
        stores=_store_shares(rng, market, catalogue),
        territories=_territory_shares(rng, market, catalogue),
        source=source,
        tier_tilt=rng.lognormal(0, 0.30, (count, len(TIER_NAMES))),
        device_tilt=rng.lognormal(0, 0.30, (count, len(DEVICE_NAMES))),
        streams_per_listener=plays_each,
        save_rate=np.clip(saves * np.where(machine_made, 0.35, 1.0), 0.001, 0.5),
        sub30_share=_logistic(_logit(habit("sub30_share")) + rng.normal(0, 0.22, count)),
        listened_share=_logistic(_logit(habit("listened_share")) + rng.normal(0, 0.30, count)),
    )


def _store_shares(rng: np.random.Generator, market: Market, catalogue: Catalogue) -> Reals:
    usual = market.plays[:, catalogue.home].T + 0.3 * market.plays.mean(axis=1)
    return _dirichlet(rng, usual / usual.sum(axis=1, keepdims=True), 14.0)


def _territory_shares(rng: np.random.Generator, market: Market, catalogue: Catalogue) -> Reals:
    """Return where each track is heard: at home first, then in its circle, then by market size."""
    weights = market.plays.sum(axis=0)
    circles = np.array([territory.circle for territory in market.territories])
    near = circles[catalogue.home][:, None] == circles[None, :]
    abroad = weights * np.where(near, 5.0, 1.0) * np.where(circles == "english", 1.2, 1.0)
    abroad[np.arange(len(catalogue)), catalogue.home] = 0.0
    abroad_total = abroad.sum(axis=1, keepdims=True)
    abroad = np.divide(abroad, abroad_total, out=np.zeros_like(abroad), where=abroad_total > 0)
    at_home = rng.beta(3.2, 2.8, len(catalogue))
    usual = (1 - at_home[:, None]) * abroad
    usual[np.arange(len(catalogue)), catalogue.home] = at_home
    return _dirichlet(rng, usual / usual.sum(axis=1, keepdims=True), 25.0)


def _sources(rng: np.random.Generator, market: Market, catalogue: Catalogue) -> Reals:
    by_genre = np.array([USUAL_SOURCE * (mix_weights(genre.source)) for genre in GENRES])
    by_genre /= by_genre.sum(axis=1, keepdims=True)
    own = _dirichlet(rng, by_genre[catalogue.genre], 22.0)
    per_store = np.repeat(own[:, None, :], len(market.stores), axis=1)
    return _dirichlet(rng, per_store, 90.0)


def mix_weights(weights: dict[str, float]) -> Reals:
    """Return the weights over sources by name, 1 for those not named."""
    return np.array([weights.get(name, 1.0) for name in SOURCE_NAMES])


def _dirichlet(rng: np.random.Generator, shares: Reals, concentration: float) -> Reals:
    """Draw shares around `shares` (last axis); the higher the concentration the closer."""
    drawn = rng.standard_gamma(np.maximum(shares * concentration, 1e-6))
    total = drawn.sum(axis=-1, keepdims=True)
    return np.where(total > 0, drawn / np.where(total > 0, total, 1.0), shares)


def _logit(share: Reals) -> Reals:
    return np.asarray(np.log(share / (1 - share)), dtype=np.float64)


def _logistic(value: Reals) -> Reals:
    return np.asarray(1 / (1 + np.exp(-value)), dtype=np.float64)
