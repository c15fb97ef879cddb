"""What the stores' own words and codes mean in ours; a word that is not known stays as it is.

The checks then read it as `other` and say so, where a null would hide that there was a value.
Spotify: the values of the Bulk API as public parsers handle them. Apple: the code lists of the
partner site's change notes, https://itunespartner.apple.com/music (2017-11, 2020-06, 2021-03).
"""

import polars as pl

SPOTIFY_SOURCES = {
    "artist": "artist_page",
    "album": "album",
    "collection": "library",
    "others_playlist": "user_playlist",
    "playlist": "user_playlist",
    "chart": "editorial_playlist",
    "radio": "radio",
    "search": "search",
    "play_queue": "other",
    "other": "other",
}
SPOTIFY_DEVICES = {
    "cell phone": "mobile",
    "tablet": "tablet",
    "personal computer": "desktop",
    "smart tv device": "tv",
    "connected audio device": "speaker",
    "built-in car application": "car",
    "gaming console": "console",
    "wearable": "wearable",
    "other": "other",
}
SPOTIFY_TIERS = {
    "premium": "premium",
    "paid": "premium",
    "partner": "premium",
    "free": "free",
    "ad": "free",
    "partner-free": "free",
    "trial": "trial",
    "family": "family",
    "student": "student",
    "deleted": "other",
}
APPLE_SOURCES = {
    "0": "other",
    "1": "library",
    "2": "search",
    "3": "algorithmic",
    **dict.fromkeys(("4", "5", "6", "7"), "other"),
}
APPLE_CONTAINERS = {"1": "radio", "2": "user_playlist", "3": "album"}
APPLE_SUB_CONTAINERS = {
    **dict.fromkeys(("1", "3", "4"), "user_playlist"),
    "2": "editorial_playlist",
    **dict.fromkeys(("6", "7"), "radio"),
    **dict.fromkeys(("5", *(str(code) for code in range(8, 17))), "algorithmic"),
}
APPLE_DEVICES = {"0": "other", "1": "mobile", "2": "desktop"}
_SOUGHT = ("library", "search")


def spotify_source(name: str) -> pl.Expr:
    """Return where a play started by Spotify's `source`."""
    return _word(name).replace(SPOTIFY_SOURCES)


def spotify_device(name: str, system: str) -> pl.Expr:
    """Return the device by Spotify's `device_type`; a computer's browser is the web player."""
    device = _word(name).replace(SPOTIFY_DEVICES)
    return (
        pl.when((device == "desktop") & (_word(system) == "browser"))
        .then(pl.lit("web"))
        .otherwise(device)
    )


def spotify_tier(*names: str) -> pl.Expr:
    """Return the plan by what Spotify says of an account, the most telling column first."""
    return pl.coalesce(_word(name) for name in names).replace(SPOTIFY_TIERS)


def apple_source(source: str, container: str, sub_container: str) -> pl.Expr:
    """Return where a play started by Apple's codes: sought for, else by what it was played from."""
    sought = _code(source).replace(APPLE_SOURCES)
    within = pl.coalesce(
        _code(sub_container).replace_strict(APPLE_SUB_CONTAINERS, default=None),
        _code(container).replace_strict(APPLE_CONTAINERS, default=None),
    )
    return pl.when(sought.is_in(_SOUGHT)).then(sought).otherwise(pl.coalesce(within, sought))


def _word(name: str) -> pl.Expr:
    word = pl.col(name).str.strip_chars().str.to_lowercase()
    return pl.when(word != "").then(word)


def _code(name: str) -> pl.Expr:
    return _word(name).str.replace(r"\.0*$", "")
