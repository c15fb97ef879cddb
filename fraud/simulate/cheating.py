"""Who is cheated for, when, and how well it is hidden: schemes become episodes of a world."""

from collections.abc import Iterator, Sequence

import numpy as np

from fraud.errors import CallError
from fraud.simulate.audience import Profile
from fraud.simulate.dice import Reals, Whole, between, dice, whole_between
from fraud.simulate.everyday import Everyday
from fraud.simulate.market import DEVICE_NAMES, SOURCE_NAMES, TIER_NAMES, mix
from fraud.simulate.plays import Cause, Surge
from fraud.simulate.schemes import RESERVED, SCHEMES, Scheme
from fraud.simulate.victims import Victims

_BEGAN_BEFORE = 0.2
"""How many of the long episodes are under way as the world begins: no past is clean."""
_LONG_DAYS = 14
_OPENED_ELSEWHERE = 0.35
_TRIES = 12
_MOST_BOUGHT = 100_000.0
_OF_PEOPLE = 0.06
"""The overdispersion of what people play."""
_SLOPPY = 0.7
"""Who mimics better than this no longer plays the same count every day."""


def chosen_schemes(names: Sequence[str] | None) -> tuple[Scheme, ...]:
    """Return the schemes by name, all that are not reserved where `names` is None.

    The name `reserved` stands for all reserved ones. Raises CallError for an unknown name.
    """
    if names is None:
        return SCHEMES
    by_name = {scheme.name: (scheme,) for scheme in (*SCHEMES, *RESERVED)} | {"reserved": RESERVED}
    for name in names:
        if name not in by_name:
            raise CallError(f"scheme {name!r} is none of {', '.join(by_name)}")
    return tuple(scheme for name in names for scheme in by_name[name])


class Cheating:
    """The episodes of a world, drawn until `fraud_share` of its track-days are touched."""

    def __init__(
        self,
        everyday: Everyday,
        *,
        fraud_share: float,
        mimicry: float | None,
        volume: float,
        schemes: Sequence[str] | None,
    ) -> None:
        self._seed = everyday.scene.seed
        self._everyday = everyday
        self._mimicry = mimicry
        self._volume = volume
        self._schemes = chosen_schemes(schemes)
        self._track_days = fraud_share * len(everyday.scene.catalogue) * everyday.scene.days
        self._victims = Victims(everyday.scene.catalogue, everyday.scene.days)

    def draw(self) -> Iterator[tuple[Cause, Surge, np.random.Generator]]:
        """Yield each episode with its plays to draw, scheme by scheme."""
        weights = sum(scheme.weight for scheme in self._schemes)
        for scheme in self._schemes:
            rng = dice(self._seed, f"scheme/{scheme.name}")
            budget = self._track_days * scheme.weight / weights
            least = 0.7 * scheme.tracks[0] * scheme.days[0]
            if budget < least and rng.random() > budget / least:
                continue
            left = max(budget, least)
            tries = 0
            while left >= least and tries < _TRIES:
                episode = self._episode(rng, scheme, left)
                if episode is None:
                    tries += 1
                    continue
                cause, surge = episode
                left -= surge.plays.size
                yield cause, surge, rng

    def _episode(
        self, rng: np.random.Generator, scheme: Scheme, track_days: float
    ) -> tuple[Cause, Surge] | None:
        scene = self._everyday.scene
        days, count = self._size(rng, scheme, track_days)
        before = days >= _LONG_DAYS and rng.random() < _BEGAN_BEFORE
        latest = max(1, scene.days - min(days, scene.days) // 2)
        first = -int(rng.integers(1, days // 2 + 1)) if before else int(rng.integers(0, latest))
        tracks = self._victims.taken(rng, scheme, count, first)
        if len(tracks) == 0:
            return None
        if scheme.victims == "fresh":
            first = int(scene.catalogue.released[tracks[0]] + rng.integers(0, 4))
        mimicry = self._mimicry if self._mimicry is not None else float(rng.beta(1.2, 1.4))
        curve = scheme.curves[rng.integers(len(scheme.curves))](rng, days)
        seen = slice(max(0, -first), min(days, scene.days - first))
        plays = self._volumes(rng, scheme, tracks, mimicry)[:, None] * curve[seen]
        cause = Cause(
            scheme.name,
            _profile(rng, scheme, mimicry),
            artificial=True,
            tracks=tuple(tracks.tolist()),
            first_day=first,
            last_day=first + days - 1,
            level=scheme.level,
            mimicry=mimicry,
            accounts=whole_between(rng, scheme.accounts),
            accounts_in=(
                int(rng.integers(len(scene.market.codes)))
                if rng.random() < _OPENED_ELSEWHERE * (1 - mimicry)
                else None
            ),
        )
        return cause, self._surge(rng, scheme, cause, plays)

    def _size(self, rng: np.random.Generator, scheme: Scheme, track_days: float) -> tuple[int, int]:
        """Return days and tracks, within the scheme's ranges and near what is left to touch."""
        days, count = whole_between(rng, scheme.days), whole_between(rng, scheme.tracks)
        if days * count > 1.25 * track_days:
            days = max(scheme.days[0], int(track_days / count))
        if days * count > 1.25 * track_days:
            count = max(scheme.tracks[0], int(track_days / days))
        return days, count

    def _volumes(
        self, rng: np.random.Generator, scheme: Scheme, tracks: Whole, mimicry: float
    ) -> Reals:
        """Return the plays a day that are bought for each track; good mimics vary them."""
        level = self._everyday.scene.catalogue.level[tracks]
        own = level if scheme.relative else np.ones(len(tracks))
        bought = np.clip(between(rng, scheme.volume) * own, scheme.floor, _MOST_BOUGHT)
        uneven = rng.lognormal(0.0, 0.05 + 0.35 * mimicry, len(tracks))
        return np.asarray(bought * uneven * self._volume, dtype=np.float64)

    def _surge(
        self,
        rng: np.random.Generator,
        scheme: Scheme,
        cause: Cause,
        plays: Reals,
    ) -> Surge:
        """Return where the plays of an episode fall and how evenly."""
        everyday, tracks, mimicry = self._everyday, np.array(cause.tracks), cause.mimicry
        start = max(cause.first_day, 0)
        own = np.array([everyday.shares(int(track)) for track in tracks])
        stores = _stores(rng, scheme, own[0])
        crude = np.outer(stores, _territories(rng, scheme, everyday, int(tracks[0])))
        alike = (own + 1e-9) * (stores > 0)[:, None]
        alike /= alike.sum(axis=(1, 2), keepdims=True)
        genre = everyday.scene.catalogue.genre[tracks[0]]
        rhythm = everyday.rhythm[genre][:, start : start + plays.shape[1]]
        return Surge(
            tracks,
            start,
            plays,
            shares=(1 - mimicry) * crude + mimicry * alike,
            rhythm=1 + mimicry * (rhythm - 1),
            overdispersion=(1 - mimicry) * scheme.overdispersion + mimicry * _OF_PEOPLE,
            exact=scheme.exact and mimicry < _SLOPPY,
        )


def _profile(rng: np.random.Generator, scheme: Scheme, mimicry: float) -> Profile:
    def one(names: Sequence[str], given: tuple[dict[str, float], ...] | None) -> Reals | None:
        return None if given is None else mix(names, **given[rng.integers(len(given))])

    listened = scheme.listened_share[rng.integers(len(scheme.listened_share))]
    return Profile(
        pull=1 - mimicry,
        source=one(SOURCE_NAMES, scheme.source),
        tier=one(TIER_NAMES, scheme.tier),
        device=one(DEVICE_NAMES, scheme.device),
        streams_per_listener=between(rng, scheme.streams_per_listener),
        save_rate=scheme.save_rate,
        sub30_share=scheme.sub30_share,
        listened_share=listened,
        spread_seconds=0.25 * mimicry + 0.02,
    )


def _stores(rng: np.random.Generator, scheme: Scheme, shares: Reals) -> Reals:
    usual = shares.sum(axis=1)
    if scheme.stores == "all":
        return np.asarray(usual / usual.sum(), dtype=np.float64)
    chosen = rng.choice(len(usual), p=usual / usual.sum())
    return np.asarray(np.arange(len(usual)) == chosen, dtype=np.float64)


def _territories(rng: np.random.Generator, scheme: Scheme, everyday: Everyday, track: int) -> Reals:
    """Return the shares of the territories that the machines claim to be in."""
    own = everyday.scene.audience.territories[track]
    many = min(whole_between(rng, scheme.territories), len(own))
    match scheme.pick:
        case "own":
            odds = own + 1e-9
        case "foreign":
            odds = np.where(own < 0.05, 1.0, 1e-9)
        case _:
            odds = np.ones(len(own))
    chosen = rng.choice(len(own), many, replace=False, p=odds / odds.sum())
    shares = np.zeros(len(own))
    shares[chosen] = rng.dirichlet(np.full(many, 3.0))
    return shares
