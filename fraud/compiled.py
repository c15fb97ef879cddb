"""Loops over counts, compiled by Numba: typed here once, since Numba's decorator is not."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

Of = ParamSpec("Of")
To = TypeVar("To")


def compiled(function: Callable[Of, To]) -> Callable[Of, To]:
    """Return the function compiled on its first call, and kept on disk where there is room."""
    try:
        kept: Callable[Of, To] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # Neither beside the code nor in the user's own folder of caches is there room.
        kept = numba.njit(nogil=True)(function)
    return kept
