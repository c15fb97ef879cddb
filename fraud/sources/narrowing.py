"""Whole numbers held no wider than they need be: millions of them are staged and read again."""

import polars as pl


def narrow(numbers: pl.Series) -> pl.Series:
    """Return whole numbers of 0 or more no wider than the largest of them need be."""
    most = int(numbers.max() or 0)  # type: ignore[arg-type]
    for bits, width in ((8, pl.UInt8), (16, pl.UInt16), (32, pl.UInt32)):
        if most < 1 << bits:
            return numbers.cast(width)
    return numbers.cast(pl.UInt64)
