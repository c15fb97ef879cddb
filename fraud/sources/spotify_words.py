"""What Spotify's words for sources, devices and accounts are in ours.

The values are those that public readers of the Bulk API test for; Spotify's own description of them
is not public. A word that is none of these stays as it is, and enters as `other` with a warning.
"""

import polars as pl

SOURCES = {
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
DEVICES = {
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
PAID = ("premium", "paid", "partner", "duo")
FREE = ("free", "ad", "partner_free")
UNTOLD = ("deleted", "unknown")
"""Kinds of accounts that say nothing of the plan."""

_PLAYLIST = r"playlist[:/]([A-Za-z0-9]+)"
_OWN = r"(^|[:/])user[:/]spotify[:/]playlist[:/]|playlist[:/]37i9dQZ"
"""Spotify's own playlists: their ids begin with 37i9dQZ, in the old form their owner is named."""
_PERSONAL = r"playlist[:/]37i9dQZ(F1E|EVX)"
"""Made for one listener (mixes, Discover Weekly, Release Radar); as seen in public lists of ids."""


def source(word: str, uri: str) -> pl.Expr:
    """Return where a play started, from `source` and the URI of what it was played from."""
    said = _word(word).replace(SOURCES)
    return (
        pl.when(said != "user_playlist")
        .then(said)
        .when(pl.col(uri).str.contains(_PERSONAL))
        .then(pl.lit("algorithmic"))
        .when(pl.col(uri).str.contains(_OWN))
        .then(pl.lit("editorial_playlist"))
        .otherwise(said)
    )


def playlist(uri: str) -> pl.Expr:
    """Return the id of a playlist from its URI or address, null for other URIs."""
    return pl.col(uri).str.extract(_PLAYLIST)


def device(word: str, system: str) -> pl.Expr:
    """Return the device; a browser on a computer is the web player."""
    said = _word(word).replace(DEVICES)
    web = (said == "desktop") & (_word(system) == "browser")
    return pl.when(web).then(pl.lit("web")).otherwise(said)


def tier(access: str, product: str, kind: str) -> pl.Expr:
    """Return the plan from an account's access, product and type, which overlap."""
    words = [pl.coalesce(_word(name), pl.lit("")) for name in (kind, product, access)]
    spoken = [word.str.replace_all(r"[\s-]+", "_") for word in words]
    said = pl.concat_list(spoken)
    rest = pl.coalesce(pl.when(~word.is_in(["", *UNTOLD])).then(word) for word in spoken[::-1])

    def named(*plans: str) -> pl.Expr:
        return said.list.eval(pl.element().is_in(plans)).list.any()

    def with_part(part: str) -> pl.Expr:
        return said.list.eval(pl.element().str.contains(part, literal=True)).list.any()

    return (
        pl.when(with_part("trial"))
        .then(pl.lit("trial"))
        .when(with_part("family"))
        .then(pl.lit("family"))
        .when(with_part("student"))
        .then(pl.lit("student"))
        .when(named(*FREE))
        .then(pl.lit("free"))
        .when(named(*PAID) | with_part("premium"))
        .then(pl.lit("premium"))
        .otherwise(rest)
    )


def _word(name: str) -> pl.Expr:
    word = pl.col(name).str.strip_chars().str.to_lowercase()
    return pl.when(word != "").then(word)
