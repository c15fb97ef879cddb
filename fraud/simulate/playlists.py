"""Which playlist plays came from, where a store says so."""

from collections.abc import Sequence

import numpy as np

from fraud.simulate import names
from fraud.simulate.dice import Whole, dice
from fraud.simulate.genres import GENRES
from fraud.simulate.market import SOURCE_NAMES
from fraud.simulate.plays import Cause, Plays
from fraud.simulate.reporting import Broken
from fraud.simulate.scene import Scene

NAMING_STORES = {"spotify"}
"""Stores that name the playlist of a play; they leave out those that people keep for themselves."""

_EDITORIAL = SOURCE_NAMES.index("editorial_playlist")
_OF_USERS = SOURCE_NAMES.index("user_playlist")
_LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))


class Playlists:
    """The playlists of a world: 0 is none, then one a genre, then one a cause.

    A genre's is the store's own list for it. A cause has one where it brings plays from one: an
    editorial add and a scheme that sells places on a list.
    """

    def __init__(self, scene: Scene, causes: Sequence[Cause]) -> None:
        rng = dice(scene.seed, "playlists")
        count = 1 + len(GENRES) + len(causes)
        codes = _LETTERS[rng.integers(0, len(_LETTERS), (count, 22))]
        self.ids: list[str | None] = [None, *("".join(code) for code in codes[1:])]
        genres = [f"{genre.name.title()} Now" for genre in GENRES]
        self.names: list[str | None] = [None, *genres, *names.playlists(rng, len(causes))]
        self._genre = scene.catalogue.genre
        self._editorial = np.array([cause.name == "editorial_add" for cause in causes])
        self._sold = np.array([cause.artificial for cause in causes])

    def of(self, plays: Plays, broken: Broken) -> Whole:
        """Return the playlist of each row of a break-down."""
        cause, track = plays.cause[broken.row], plays.track[broken.row]
        own = 1 + len(GENRES) + cause
        editorial = np.where(self._editorial[cause], own, 1 + self._genre[track])
        from_users = np.where(self._sold[cause], own, 0)
        return np.where(
            broken.source == _EDITORIAL,
            editorial,
            np.where(broken.source == _OF_USERS, from_users, 0),
        )
