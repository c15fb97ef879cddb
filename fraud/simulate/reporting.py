"""What a service knows of counted plays: how they came about and what the people left behind."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraud.simulate.audience import Profiles
from fraud.simulate.dice import Reals, Whole, dice
from fraud.simulate.market import SOURCE_NAMES
from fraud.simulate.plays import Plays
from fraud.simulate.scene import Scene

_CHUNK = 200_000
_NOTHING = 1e-9
_SOURCE_STEADINESS = 120.0
"""How closely a track's sources of one day follow its usual ones (Dirichlet concentration)."""


@dataclass(frozen=True)
class Broken:
    """Counted plays by source, tier and device; `row` is the index of the row of `Plays`."""

    row: Whole
    source: Whole
    tier: Whole
    device: Whole
    streams: Whole


@dataclass(frozen=True)
class Heard:
    """What the people behind each row of `Plays` left behind, as arrays of the rows' length."""

    listeners: Whole
    saves: Whole
    sub30_plays: Whole
    listening_seconds: Whole


@dataclass(frozen=True)
class Listened:
    """Plays by listener, any number of rows a listener; `row` is the index of the row of `Plays`.

    `person` is a hashed identity, `account_territory` where the account was opened.
    """

    row: Whole
    person: NDArray[np.uint64]
    account_territory: Whole
    tier: Whole
    device: Whole
    streams: Whole
    listening_seconds: Whole


@dataclass(frozen=True)
class StoreReport:
    """All that one store reports: its plays, their break-down, their audience, their listeners."""

    store: int
    plays: Plays
    broken: Broken
    heard: Heard
    listened: Listened | None = None

    def only(self, keep: NDArray[np.bool_]) -> "StoreReport":
        """Return the report of the rows of plays that the mask picks, all else as it was."""
        renumbered = np.cumsum(keep) - 1

        def of_rows(table: Broken | Listened) -> dict[str, Any]:
            rows = keep[table.row]
            kept = {name: getattr(table, name)[rows] for name in table.__dataclass_fields__}
            return kept | {"row": renumbered[kept["row"]]}

        heard = Heard(*(getattr(self.heard, n)[keep] for n in Heard.__dataclass_fields__))
        listened = None if self.listened is None else Listened(**of_rows(self.listened))
        broken = Broken(**of_rows(self.broken))
        return StoreReport(self.store, self.plays.where(keep), broken, heard, listened)


class Reporter:
    """Turns counted plays into the rows of a service's reports."""

    def __init__(self, scene: Scene, profiles: Profiles) -> None:
        self._seed = scene.seed
        self._market = scene.market
        self._catalogue = scene.catalogue
        self._audience = scene.audience
        self._profiles = profiles
        self._days = scene.days

    def report(self, store: int, plays: Plays) -> StoreReport:
        """Return what one store reports of its counted plays."""
        return StoreReport(store, plays, self._broken_down(store, plays), self._heard(store, plays))

    def _broken_down(self, store: int, plays: Plays) -> Broken:
        """Return the plays, each with a source, a tier and a device."""
        rng = dice(self._seed, f"reports/{self._market.slugs[store]}")
        sources = self._sources_by_day(rng, store)
        parts = [
            self._broken_chunk(rng, plays, sources, slice(low, low + _CHUNK))
            for low in range(0, len(plays.streams), _CHUNK)
        ]
        names = Broken.__dataclass_fields__
        empty = np.zeros(0, dtype=np.int64)
        return Broken(*(np.concatenate([empty, *(getattr(p, n) for p in parts)]) for n in names))

    def _heard(self, store: int, plays: Plays) -> Heard:
        """Return listeners, saves, short starts and seconds of the plays."""
        rng = dice(self._seed, f"audience/{self._market.slugs[store]}")
        people, count = self._audience, len(self._catalogue)
        wobble = (count, self._days)
        track, day, streams = plays.track, plays.day, plays.streams
        each = np.exp(
            _pulled(
                self._profiles.streams_per_listener,
                plays.cause,
                people.streams_per_listener[track],
                log=True,
            )
            + rng.normal(0, 0.04, wobble)[track, day]
        )
        listeners = 1 + rng.binomial(streams - 1, 1 / np.maximum(each, 1.0))
        keen = _pulled(self._profiles.save_rate, plays.cause, people.save_rate[track])
        saves = rng.binomial(
            listeners, np.minimum(keen * rng.lognormal(0, 0.15, wobble)[track, day], 0.95)
        )
        short = _pulled(self._profiles.sub30_share, plays.cause, people.sub30_share[track])
        short = np.clip(short * rng.lognormal(0, 0.06, wobble)[track, day], 0.001, 0.95)
        sub30 = rng.negative_binomial(streams, 1 - short)
        share = _pulled(self._profiles.listened_share, plays.cause, people.listened_share[track])
        scatter = self._profiles.spread_seconds[plays.cause] / np.sqrt(streams)
        share = np.clip(rng.normal(share, scatter), 0.0, 1.0)
        rest = np.maximum(self._catalogue.duration_seconds[track] - 30, 0)
        seconds = np.round(streams * (30 + share * rest)).astype(np.int64)
        return Heard(listeners, saves, sub30, seconds)

    def _sources_by_day(self, rng: np.random.Generator, store: int) -> Reals:
        """Return the sources of each track and day in a store: its own, wobbling."""
        own = self._audience.source[:, store, None, :] * _SOURCE_STEADINESS
        shape = (len(self._catalogue), self._days, len(SOURCE_NAMES))
        drawn = rng.standard_gamma(np.broadcast_to(np.maximum(own, 1e-3), shape))
        return np.asarray(drawn / drawn.sum(axis=2, keepdims=True), dtype=np.float64)

    def _broken_chunk(
        self, rng: np.random.Generator, plays: Plays, sources: Reals, rows: slice
    ) -> Broken:
        track, day, cause = plays.track[rows], plays.day[rows], plays.cause[rows]
        store, territory = plays.store[rows], plays.territory[rows]
        shares = _mixed(self._profiles.source, cause, sources[track, day])
        row, source, streams = _dealt(rng, plays.streams[rows], shares)
        usual = self._market.tiers[store, territory] * self._audience.tier_tilt[track]
        shares = _mixed(self._profiles.tier, cause, usual / usual.sum(axis=1, keepdims=True))
        shares = _offered(shares, usual)
        into, tier, streams = _dealt(rng, streams, shares[row])
        row, source = row[into], source[into]
        usual = self._market.devices[territory] * self._audience.device_tilt[track]
        shares = _mixed(self._profiles.device, cause, usual / usual.sum(axis=1, keepdims=True))
        into, device, streams = _dealt(rng, streams, shares[row])
        return Broken(row[into] + rows.start, source[into], tier[into], device, streams)


def _pulled(profile: tuple[Reals, Reals], cause: Whole, own: Reals, *, log: bool = False) -> Reals:
    """Return a habit between the track's own and the profile's, in logarithm where asked."""
    pull, target = profile[0][cause], profile[1][cause]
    if log:
        own, target = np.log(own), np.log(target)
    return np.asarray((1 - pull) * own + pull * target, dtype=np.float64)


def _mixed(profile: tuple[Reals, Reals], cause: Whole, own: Reals) -> Reals:
    pull = profile[0][cause][:, None]
    mixed = (1 - pull) * own + pull * profile[1][cause]
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True), dtype=np.float64)


def _offered(shares: Reals, usual: Reals) -> Reals:
    """Return shares of what there is only: no scheme has free accounts where all are paid for."""
    offered = np.where(usual > 0, shares, 0.0)
    none = offered.sum(axis=1) < _NOTHING
    offered[none] = usual[none]
    return np.asarray(offered / offered.sum(axis=1, keepdims=True), dtype=np.float64)


def _dealt(rng: np.random.Generator, streams: Whole, shares: Reals) -> tuple[Whole, Whole, Whole]:
    """Deal each row's plays out among categories; return row, category and plays where any fell."""
    counts = rng.multinomial(streams, shares)
    row, category = np.nonzero(counts)
    return row, category, counts[row, category]
