"""What Apple Music's codes for sources, containers and devices are in ours.

The lists are those of the partner site's change notes, https://itunespartner.apple.com/music
(2017-11, 2020-06, 2021-03). A code that is none of these stays as it is, and enters as `other` with
a warning.
"""

import polars as pl

SOURCES = {
    "0": "other",
    "1": "library",
    "2": "search",
    "3": "algorithmic",
    **dict.fromkeys(("4", "5", "6"), "other"),
    "7": "search",
}
CONTAINERS = {"1": "radio", "2": "user_playlist", "3": "album"}
SUB_CONTAINERS = {
    **dict.fromkeys(("1", "3", "4"), "user_playlist"),
    "2": "editorial_playlist",
    **dict.fromkeys(("6", "7"), "radio"),
    **dict.fromkeys(("5", *(str(code) for code in range(8, 17))), "algorithmic"),
}
DEVICES = {"0": "other", "1": "mobile", "2": "desktop"}
_SOUGHT = ("library", "search")


def source(code: str, container: str, sub_container: str) -> pl.Expr:
    """Return where a play started by Apple's codes: sought for, else by what it was played from."""
    sought = _code(code).replace(SOURCES)
    within = pl.coalesce(
        _code(sub_container).replace_strict(SUB_CONTAINERS, default=None),
        _code(container).replace_strict(CONTAINERS, default=None),
    )
    return pl.when(sought.is_in(_SOUGHT)).then(sought).otherwise(pl.coalesce(within, sought))


def playlists(container: str, sub_container: str) -> pl.Expr:
    """Return whether plays came from a list that has an id of its own, a station as well."""
    code, sub_code = _code(container), _code(sub_container)
    by_sub_code = sub_code.is_in(list(SUB_CONTAINERS)).fill_null(value=False)
    return (code.is_in(["1", "2"]).fill_null(value=False)) | (code != "3").fill_null(
        True
    ) & by_sub_code


def device(code: str) -> pl.Expr:
    """Return the device by Apple's code."""
    return _code(code).replace(DEVICES)


def _code(name: str) -> pl.Expr:
    code = pl.col(name).str.strip_chars().str.replace(r"\.0*$", "")
    return pl.when(code != "").then(code)
