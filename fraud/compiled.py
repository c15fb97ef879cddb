"""Loops over bytes and counts, compiled by Numba. It has no types; here they end.

What imports this loads Numba, so files and ranges too small to be worth that keep away from it.
"""

from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar, cast

import numba
from numba import types

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def compiled(
    *arguments: Any, allocates: bool = True
) -> Callable[[Callable[Given, Returned]], Callable[Given, Returned]]:
    """Return what compiles a function for arguments of these types, or finds it compiled before.

    One that allocates nothing need not count who uses its arrays: with short steps that is half of
    its time. Where what is compiled cannot be kept or is spoilt, it is compiled for this process
    alone.
    """
    options: dict[str, Any] = {"nogil": True, "_nrt": allocates}

    def compile_it(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
        try:
            made = numba.njit([arguments], cache=True, **options)(function)
        except Exception:
            made = numba.njit([arguments], **options)(function)
        return cast("Callable[Given, Returned]", made)

    return compile_it


def read_only(of: Any, dimensions: int = 1, *, from_any_byte: bool = False) -> Any:
    """Return the type of an array that is only read; its items may begin at any byte of a text."""
    layout: Literal["A", "C"] = "A" if from_any_byte else "C"
    return types.Array(of, dimensions, layout, readonly=True, aligned=not from_any_byte)


def inlined(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Return a function that becomes part of each that calls it."""
    return cast("Callable[Given, Returned]", numba.njit(inline="always")(function))
