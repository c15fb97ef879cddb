"""Listener ids as pseudonyms of this installation: the ids themselves never touch the disk."""

from collections.abc import Callable
from hashlib import blake2b

import polars as pl

Salt = Callable[[], str]
"""Gives the installation's salt; only asked where listener ids are read."""

HASH_BYTES = 16
MOST_KNOWN = 1_000_000
"""So many ids are remembered from block to block; it takes about 100 MB."""


class Pseudonyms:
    """Hashes listener ids; the same listeners come in every block, and each is hashed once."""

    _pseudonyms: pl.Series
    """By the number of the id."""

    def __init__(self, salt: Salt) -> None:
        self._salt = salt
        self._forget()

    def of(self, ids: pl.Series) -> pl.Series:
        """Return ids as keyed BLAKE2b hashes (RFC 7693) in hex; empty ones are null."""
        if len(self._pseudonyms) > MOST_KNOWN:
            self._forget()
        told = ids.str.strip_chars().to_frame().select(pl.when(pl.first() != "").then(pl.first()))
        numbers = told.to_series().cast(self._numbered.dtype).to_physical()
        new = self._seen.to_series()[len(self._pseudonyms) :]
        if len(new):
            self._pseudonyms = pl.concat([self._pseudonyms, self._hashed(new)], rechunk=True)
        return self._pseudonyms.gather(numbers).alias(ids.name)

    def _forget(self) -> None:
        self._seen = pl.Categories.random()
        # Categories forget their texts with the last series that is of them.
        self._numbered = pl.Series(dtype=pl.Categorical(self._seen))
        self._pseudonyms = pl.Series("", [], pl.String())

    def _hashed(self, ids: pl.Series) -> pl.Series:
        keyed = blake2b(digest_size=HASH_BYTES, key=bytes.fromhex(self._salt()))

        def pseudonym(one: str) -> str:
            state = keyed.copy()
            state.update(one.encode())
            return state.hexdigest()

        return pl.Series("", [pseudonym(one) for one in ids], pl.String())
