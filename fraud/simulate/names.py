"""Invented names of artists, labels and songs, awkward ones among them."""

import numpy as np


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Velvet Paper Silver Northern Quiet Broken Electric Golden Hollow Little Midnight Neon Ocean "
    "Pale Rosé Scarlet Señor Tiny Winter Zoë Übung Crystal Dusty Feral Glass Honey Iron Jade Lunar "
    "Mellow Nova Olive Plastic Rapid Sable Tender Urban Violet Wild Ærø"
)
_SECOND = _words(
    "Harbour Machine Garden Wolves Motel Choir Letters Engine Parade Satellite Brothers Kites "
    "Avenue Bloom Cinema Delta Echoes Ferry Ghosts Horizon Islands Júnior Kingdom Lanterns Mirrors "
    "Nights Orchard Pilots Quarter Rivers Signals Tides Union Valley Weather Youth Ångström"
)
_NOUN = _words(
    "Summer Rain Heart Fire City Dream Mother Road Light Water Tomorrow Shadow Moon Dance Ghost "
    "Sugar Thunder Paradise Window Train Smoke Diamond Sunday Memory Garden River Animal Gravity "
    "Letter Mirror Ocean Radio Signal Winter Canción Été Corazón Nacht"
)
_FORM = (
    "{0}",
    "{0} {1}",
    "The {0}",
    "{0} of {1}",
    "No {0}",
    "{0}, {1}",
    "Like {0}",
    "{0} (feat. {2})",
    '"{0}"',
    "My {0} & Your {1}",
    "{0} / {1}",
    "=Sum of {0}",
    "-{0}-",
    "@{0}",
)
_FORM_ODDS = np.array([20, 20, 9, 8, 6, 4, 6, 6, 1, 4, 2, 0.3, 0.3, 0.3])
_KEPT = ("{0} {1}", "{0} vibes", "best of {0}", "{0}, all day", "Top {0} hits {1}")
_LABEL = _words("Records Music Sounds Recordings Audio Tapes Entertainment Collective")
_CALM = _words("Rain Waves Fan Noise Breath Forest Stars Lullaby Stream Hush Piano Drone")


def people(rng: np.random.Generator, count: int) -> list[str]:
    """Return `count` different names of artists."""
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    rng.shuffle(names)
    return [
        names[n] if n < len(names) else f"{names[n % len(names)]} {n // len(names) + 1}"
        for n in range(count)
    ]


def labels(rng: np.random.Generator, count: int) -> list[str]:
    """Return `count` different names of labels."""
    names = [f"{noun} {kind}" for noun in _NOUN for kind in _LABEL]
    rng.shuffle(names)
    return [
        names[n] if n < len(names) else f"{names[n % len(names)]} {n // len(names) + 1}"
        for n in range(count)
    ]


def songs(rng: np.random.Generator, artists: list[str]) -> list[str]:
    """Return a title for each song; `artists` lends the guests."""
    forms = rng.choice(len(_FORM), len(artists), p=_FORM_ODDS / _FORM_ODDS.sum())
    words = rng.integers(0, len(_NOUN), (len(artists), 2))
    guests = rng.permutation(len(artists))
    return [
        _FORM[form].format(_NOUN[one], _NOUN[two], artists[guest])
        for form, (one, two), guest in zip(forms, words, guests, strict=True)
    ]


def generated_songs(rng: np.random.Generator, count: int) -> list[str]:
    """Return titles of the kind that are uploaded by the hundred."""
    words = rng.integers(0, len(_CALM), (count, 2))
    numbers = rng.integers(1, 400, count)
    return [
        f"{_CALM[one]} {_CALM[two]} {number}"
        for (one, two), number in zip(words, numbers, strict=True)
    ]


def playlists(rng: np.random.Generator, count: int) -> list[str]:
    """Return names of playlists that somebody keeps."""
    words = rng.integers(0, len(_NOUN), count)
    years = rng.integers(2019, 2027, count)
    kinds = rng.integers(0, len(_KEPT), count)
    return [
        _KEPT[kind].format(_NOUN[word], year)
        for kind, word, year in zip(kinds, words, years, strict=True)
    ]
