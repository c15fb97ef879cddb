"""Plays as they are scanned: numbers of words, and the words that are new."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.sources.rows import Rows


@dataclass(frozen=True)
class Learnt:
    """Words that are new since the block before, in the order of their numbers."""

    cells: Mapping[str, pl.Series]
    """For each column of a group what stands there."""
    is_cut: pl.Series
    """Whether only the beginning of the last cell was looked at."""


@dataclass(frozen=True)
class Scanned:
    """The plays of one block as numbers of words, from 1 on."""

    first_line: int
    height: int
    numbers: Sequence[NDArray[np.uint32]]
    """For each group of columns the number of each play's words."""
    learnt: Sequence[Learnt]
    carefully: Callable[[], Rows]
    """Read the block the careful way after all."""
