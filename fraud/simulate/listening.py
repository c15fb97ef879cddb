"""Who played what: counted plays dealt out to pseudonymous listeners, for small worlds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fraud.simulate.dice import Whole, dice
from fraud.simulate.plays import Cause
from fraud.simulate.reporting import Listened, StoreReport
from fraud.simulate.scene import Scene

_FAN_POOL, _COMMON_POOL = 3, 12
"""From how many times the largest day's listeners they come: an artist's own and everybody's."""
_TRAVELLERS = 60
"""One listener in so many is away from the country of the account."""

Bits = NDArray[np.uint64]


class Listening:
    """Deals counted plays out to the people and the accounts of a world."""

    def __init__(self, scene: Scene, causes: Sequence[Cause]) -> None:
        self._seed = scene.seed
        self._artist = scene.catalogue.artist
        self._territories = len(scene.market.codes)
        self._accounts = np.array([cause.accounts for cause in causes])
        self._from = np.array([-1 if c.accounts_in is None else c.accounts_in for c in causes])
        self._mimicry = np.array([cause.mimicry for cause in causes])

    def told(self, report: StoreReport) -> StoreReport:
        """Return a store's report with its plays by listener, in agreement with all else in it.

        A row has as many listeners as its audience says, and its plays by tier and device are
        those of its break-down. People come back and have favourites; the accounts of a scheme
        play all of its tracks, the more so the cruder it is.
        """
        plays, broken, heard = report.plays, report.broken, report.heard
        rng = dice(self._seed, f"listeners/{report.store}")
        order = np.lexsort((broken.device, broken.tier, broken.row))
        times = broken.streams[order]
        row, tier, device = (
            np.repeat(values[order], times) for values in (broken.row, broken.tier, broken.device)
        )
        starts = np.flatnonzero(np.diff(row, prepend=-1))
        place = np.arange(len(row)) - np.repeat(starts, np.diff(starts, append=len(row)))
        nth = _nth_listener(rng, row, place, tier, heard.listeners)
        each, rest = np.divmod(heard.listening_seconds, plays.streams)
        plan = tier[_first_of(row, nth)]
        person, origin = self._persons(rng, report, row, nth, plan)
        listened = Listened(
            row=row,
            person=person,
            account_territory=origin,
            tier=tier,
            device=device,
            streams=np.ones(len(row), dtype=np.int64),
            listening_seconds=each[row] + (place < rest[row]),
        )
        return replace(report, listened=listened)

    def _persons(
        self,
        rng: np.random.Generator,
        report: StoreReport,
        row: Whole,
        nth: Whole,
        plan: Whole,
    ) -> tuple[Bits, Whole]:
        """Return the identity behind each play and the territory of the account."""
        plays, heard = report.plays, report.heard
        cause, territory = plays.cause, plays.territory
        accounts = self._accounts[cause]
        artist = self._artist[plays.track]
        fans = _FAN_POOL * _most(artist, heard.listeners)[artist]
        everybody = _COMMON_POOL * _most(territory, heard.listeners)[territory]
        of_artist = nth % 2 == 0
        pool = np.where(of_artist, fans[row], everybody[row])
        loyal = rng.random(len(plays.streams))[row] ** 2
        member = ((loyal * pool).astype(np.int64) + nth) % pool
        group = np.where(of_artist, artist[row] + 1, 0)
        machine = accounts[row] > 0
        together = rng.random(len(plays.streams)) >= self._mimicry[cause]
        rack = np.maximum(accounts, heard.listeners)[row]
        begin = np.where(together, plays.day, rng.integers(0, 2**40, len(plays.streams)))[row]
        member = np.where(machine, (begin + nth) % rack, member)
        group = np.where(machine, 0, group)
        where = territory[row]
        person = _hashed(self._seed, report.store, where, cause[row], group, plan, member)
        travels = (person >> np.uint64(20)) % np.uint64(_TRAVELLERS) == 0
        elsewhere = ((person >> np.uint64(32)) % np.uint64(self._territories)).astype(np.int64)
        home = np.where(travels, elsewhere, territory[row])
        origin = self._from[cause][row]
        return person, np.where(machine, np.where(origin >= 0, origin, territory[row]), home)


def _nth_listener(
    rng: np.random.Generator, row: Whole, place: Whole, tier: Whole, listeners: Whole
) -> Whole:
    """Return which of its row's listeners each play belongs to.

    A listener has neighbouring plays and at least one, of one tier where there are listeners
    enough.
    """
    draw = rng.random(len(row))
    draw[np.diff(tier, prepend=-1) != 0] -= 1.0
    draw[place == 0] = -2.0
    order = np.lexsort((draw, row))
    rank = np.empty_like(row)
    rank[order] = place
    cut = (rank < listeners[row]) & (place > 0)
    total = np.cumsum(cut)
    return total - np.maximum.accumulate(np.where(place == 0, total, 0))


def _first_of(row: Whole, nth: Whole) -> Whole:
    """Return for each play the index of the first play of its listener."""
    begins = (np.diff(row, prepend=-1) != 0) | (np.diff(nth, prepend=-1) != 0)
    return np.maximum.accumulate(np.where(begins, np.arange(len(row)), 0))


def _most(group: Whole, listeners: Whole) -> Whole:
    """Return the most listeners that a row of each group has."""
    most = np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(most, group, listeners)
    return most


def _hashed(*parts: int | Whole) -> Bits:
    """Return 64 well-mixed bits of several numbers (the finaliser of SplitMix64, Vigna 2015)."""
    value: Bits = np.zeros(1, dtype=np.uint64)
    for part in parts:
        value = value + np.asarray(part).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value = value ^ (value >> np.uint64(31))
    return value
