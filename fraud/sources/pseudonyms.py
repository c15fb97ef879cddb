"""Listener ids as pseudonyms of this installation: the ids themselves never touch the disk."""

from collections.abc import Callable
from hashlib import blake2b

import polars as pl

Salt = Callable[[], str]
"""Gives the installation's salt; only asked where listener ids are read."""

HASH_BYTES = 16
MOST_KNOWN = 1_000_000
"""So many ids are remembered from block to block; it takes about 100 MB."""
_SCHEMA = {"id": pl.String(), "pseudonym": pl.String()}


class Pseudonyms:
    """Hashes listener ids; the same listeners come in every block, and each is hashed once."""

    def __init__(self, salt: Salt) -> None:
        self._salt = salt
        self._known = pl.DataFrame(schema=_SCHEMA)

    def of(self, ids: pl.Series) -> pl.Series:
        """Return ids as keyed BLAKE2b hashes (RFC 7693) in hex; empty ones are null."""
        asked = pl.DataFrame({"id": ids.str.strip_chars()})
        new = (
            asked.filter(pl.col("id").str.len_bytes() > 0)
            .unique()
            .join(self._known, on="id", how="anti")
        )["id"]
        if len(new):
            if self._known.height > MOST_KNOWN:
                # What is asked now and was known is hashed again with the rest.
                self._known = self._known.clear()
                return self.of(ids)
            self._known = pl.concat([self._known, self._hashed(new)], rechunk=True)
        told = asked.join(self._known, on="id", how="left", maintain_order="left")
        return told["pseudonym"].alias(ids.name)

    def _hashed(self, ids: pl.Series) -> pl.DataFrame:
        key = bytes.fromhex(self._salt())
        pseudonyms = [
            blake2b(value.encode(), digest_size=HASH_BYTES, key=key).hexdigest() for value in ids
        ]
        return pl.DataFrame({"id": ids, "pseudonym": pseudonyms}, schema=_SCHEMA)
