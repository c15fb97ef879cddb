"""Rows in the order of a key, by one number a row.

Sorting by seven text columns compares texts; a report repeats its few texts millions of times. Each
distinct value is ranked once instead, the ranks of a row are packed into one 64-bit number, and
numbers are sorted.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

MOST = 2**63


def by_key(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the frame sorted by `key`, nulls first, rows of one key in the order they had."""
    return grouped(frame, key)[0]


def grouped(frame: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, pl.Series]:
    """Return the frame sorted by `key` and, for each of its rows, whether it begins a new key."""
    packed = packed_key(frame, key)
    if packed is None:
        ordered = frame.sort(key, nulls_last=False, maintain_order=True)
        return ordered, _begins([ordered[name] for name in key], ordered.height)
    if packed.is_sorted():
        return frame, _begins([packed], frame.height)
    order = pl.select(packed=packed, at=pl.int_range(frame.height, dtype=pl.UInt32))
    order = order.sort("packed", maintain_order=True)
    # Taking rows from a frame in many chunks is ten times slower than from one.
    return frame.rechunk()[order["at"]], _begins([order["packed"]], frame.height)


def _begins(columns: Sequence[pl.Series], height: int) -> pl.Series:
    begins = pl.repeat(False, height, eager=True)
    for column in columns:
        begins |= column.ne_missing(column.shift(1))
    if height:
        begins[0] = True
    return begins


def packed_key(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series | None:
    """Return a UInt64 a row that is equal where the key is and rises with it, nulls lowest.

    None where the distinct values of the columns have more combinations than 64 bits can tell, or
    where a column is neither text, whole number nor day.
    """
    packed = np.zeros(frame.height, dtype=np.uint64)
    combinations = 1
    for name in key:
        ranks, size = _ranks(frame[name])
        if ranks is None:
            return None
        if size <= 1 and ranks.null_count() in {0, frame.height}:
            continue  # all the same: nothing to tell apart
        combinations *= size + 1
        if combinations > MOST:
            return None
        packed *= np.uint64(size + 1)
        packed += (ranks + 1).fill_null(0).to_numpy()
    return pl.Series(packed)


def _ranks(values: pl.Series) -> tuple[pl.Series | None, int]:
    """Return the rank of each value from 0 on, null for null, and how many ranks there may be."""
    if values.null_count() == len(values):
        return pl.repeat(None, len(values), dtype=pl.UInt64, eager=True), 0
    if values.dtype == pl.String():
        distinct = values.unique().drop_nulls().sort()
        return values.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt64), len(distinct)
    if isinstance(values.dtype, pl.Enum):
        names = values.dtype.categories
        if names.is_sorted():
            return values.to_physical().cast(pl.UInt64), len(names)
        return _ranks(values.cast(pl.String))
    if values.dtype == pl.Date() or values.dtype.is_integer():
        numbers = values.to_physical().cast(pl.Int64)
        low, high = numbers.min(), numbers.max()
        if isinstance(low, int) and isinstance(high, int) and high - low < MOST:
            return (numbers - low).cast(pl.UInt64), high - low + 1
    return None, 0
