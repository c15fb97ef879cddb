"""The different texts of a column, numbered in the order in which they come."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbered = NDArray[np.uint32]


class Texts:
    """Different texts, each with a number from 1 on; 0 is no text."""

    def __init__(self) -> None:
        # Categories forget their texts with the last series that is of them.
        self._held = pl.Series(dtype=pl.Categorical(pl.Categories.random()))
        self._most = 0

    def __len__(self) -> int:
        return self._most

    @property
    def dtype(self) -> pl.DataType:
        """Return the type that cells have whose texts were looked up."""
        return self._held.dtype

    @property
    def series(self) -> pl.Series:
        """Return the texts; the first has the number 1."""
        return pl.Series(np.arange(self._most, dtype=np.uint32)).cat.to(self.dtype).cast(pl.String)

    def numbers(self, cells: pl.Series) -> Numbered:
        """Return the number of each cell's text; those that are new are taken in."""
        known = cells if cells.dtype == self.dtype else cells.cast(pl.String).cast(self.dtype)
        numbers: Numbered = (known.to_physical() + 1).fill_null(0).to_numpy()
        self._most = max(self._most, int(numbers.max(initial=0)))
        return numbers
