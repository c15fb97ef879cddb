"""Counted plays by track, day, store and territory, and how expected plays become counted ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from fraud.simulate.audience import Profile
from fraud.simulate.dice import Reals, Whole


@dataclass(frozen=True)
class Cause:
    """Why some plays happened: the everyday, an innocent event, or a scheme.

    `name` is the kind of event or the scheme; `tracks` are indices, days count from the first day
    of the world (a scheme may have begun before it). `mimicry` is how far a scheme looks like the
    track's own people (0–1), `known` whether the catalogue's owner was told of the event.
    `accounts` is how many accounts a scheme has in a store and territory (0 = these are people),
    `accounts_in` the territory they were opened in where it is not the one they play from.
    """

    name: str
    profile: Profile
    artificial: bool = False
    tracks: tuple[int, ...] = ()
    first_day: int = 0
    last_day: int = 0
    level: str = "track"
    mimicry: float = 0.0
    known: bool = False
    territory: int | None = None
    accounts: int = 0
    accounts_in: int | None = None


@dataclass(frozen=True)
class Plays:
    """Rows of counted plays, as arrays of one length; `cause` is the index of a `Cause`."""

    track: Whole
    day: Whole
    store: Whole
    territory: Whole
    cause: Whole
    streams: Whole

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return all rows of several frames of plays."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in cls.__dataclass_fields__
            )
        )

    def where(self, mask: np.typing.NDArray[np.bool_]) -> Self:
        """Return the rows that the mask picks."""
        return type(self)(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def of_cause(self, cause: int) -> Self:
        """Return the same rows under another cause."""
        return replace(self, cause=np.full(len(self.streams), cause))

    def with_streams(self, streams: Whole) -> Self:
        """Return the same rows with other counts; rows without a play are gone."""
        return replace(self, streams=streams).where(streams > 0)


@dataclass(frozen=True)
class Surge:
    """Plays that come on top of the everyday.

    `plays` (track × day) are the expected plays from `first_day` on, `shares` (track × store ×
    territory) where they fall, `rhythm` (territory × day) the factor of the day there.
    `overdispersion` is the variance beyond Poisson as a share of the squared mean; `exact` plays
    are dealt out to the last one, every day the same.
    """

    tracks: Whole
    first_day: int
    plays: Reals
    shares: Reals
    rhythm: Reals
    overdispersion: float
    exact: bool = False


def draw_surge(rng: np.random.Generator, surge: Surge) -> Plays:
    """Return the counted plays of a surge (under cause 0)."""
    expected = np.einsum("td,tsr,rd->tdsr", surge.plays, surge.shares, surge.rhythm)
    if surge.exact:
        streams = np.round(expected).astype(np.int64)
    else:
        streams = overdispersed(rng, expected, surge.overdispersion)
    track, day, store, territory = np.nonzero(streams)
    return Plays(
        surge.tracks[track],
        day + surge.first_day,
        store,
        territory,
        np.zeros(len(track), dtype=np.int64),
        streams[track, day, store, territory],
    )


def overdispersed(
    rng: np.random.Generator, expected: Reals, overdispersion: float | Reals
) -> Whole:
    """Draw negative binomial counts: mean m, variance m + overdispersion × m²."""
    shape = 1 / np.maximum(overdispersion, 1e-6)
    return rng.poisson(expected * rng.standard_gamma(shape, expected.shape) / shape)
