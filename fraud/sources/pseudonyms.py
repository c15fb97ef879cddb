"""Listener ids as pseudonyms of this installation: the ids themselves never touch the disk."""

from collections.abc import Callable
from hashlib import blake2b

import polars as pl

Salt = Callable[[], str]
"""Gives the installation's salt; only asked where listener ids are read."""

HASH_BYTES = 16
MOST_KNOWN = 500_000
"""So many ids are remembered from block to block; it takes about 100 MB."""


class Pseudonyms:
    """Hashes listener ids; the same listeners come in every block, and each is hashed once."""

    def __init__(self, salt: Salt) -> None:
        self._salt = salt
        self._known: dict[str, str] = {}

    def of(self, ids: pl.Series) -> pl.Series:
        """Return ids as keyed BLAKE2b hashes (RFC 7693) in hex; empty ones are null."""
        told = ids.str.strip_chars().to_list()
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        known = self._known
        new = [one for one in dict.fromkeys(told) if one and one not in known]
        if new:
            known.update(zip(new, self._hashed(new), strict=True))
        return pl.Series(ids.name, [known[one] if one else None for one in told], pl.String())

    def of_words(self, ids: pl.Series) -> pl.Series:
        """Return ids of a large file, of which each comes here once, as `of` does."""
        told = ids.str.strip_chars().to_list()
        salted = iter(self._hashed([one for one in told if one]))
        return pl.Series(ids.name, [next(salted) if one else None for one in told], pl.String())

    def _hashed(self, ids: list[str]) -> list[str]:
        keyed = blake2b(digest_size=HASH_BYTES, key=bytes.fromhex(self._salt()))

        def pseudonym(one: str) -> str:
            state = keyed.copy()
            state.update(one.encode())
            return state.hexdigest()

        return [pseudonym(one) for one in ids]
