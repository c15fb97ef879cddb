"""The catalogue of a world: accounts, labels, artists, releases, tracks and how known they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from fraud.simulate import names
from fraud.simulate.dice import Reals, Whole, dice
from fraud.simulate.genres import GENRES
from fraud.simulate.market import Market

ACTS, GENERATED, SHORTS = 0, 1, 2
"""Who uploads: acts with an audience, catalogues made by the hundred, albums of half-minute tracks.

The last two exist honestly too: being one of them is no proof of anything.
"""

_GENERATED_SHARE, _SHORTS_SHARE = 0.09, 0.035
_NEW_SHARE = 0.08
_MEDIAN_LEVEL = 14.0
_LARGEST_LEVEL = 25_000.0
_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


@dataclass(frozen=True)
class Catalogue:
    """One row a track, as arrays of one length; ids count artists, labels, accounts and releases.

    `level` is the usual plays a day over all stores and territories, `released` the release day
    counted from the first day of the world (negative = before it), `home` the index of the home
    territory, `upload` one of ACTS, GENERATED, SHORTS.
    """

    isrc: list[str]
    title: list[str]
    artist_names: list[str]
    label_names: list[str]
    upc: list[str]
    artist: Whole
    label: Whole
    account: Whole
    release: Whole
    released: Whole
    duration_seconds: Whole
    genre: Whole
    home: Whole
    upload: Whole
    level: Reals
    disclosure: list[str]

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.isrc)

    def account_ids(self) -> list[str]:
        """Return the account of each track as reported."""
        return [f"acct-{account:04d}" for account in self.account]

    def artists(self) -> list[str]:
        """Return the artist of each track as reported."""
        return [self.artist_names[artist] for artist in self.artist]

    def labels(self) -> list[str]:
        """Return the label of each track as reported."""
        return [self.label_names[label] for label in self.label]

    def frame(self, market: Market, start: date) -> pl.DataFrame:
        """Return the catalogue with the columns of a catalog file, ordered by ISRC."""
        return pl.DataFrame(
            {
                "isrc": self.isrc,
                "title": self.title,
                "artist": self.artists(),
                "label": self.labels(),
                "account_id": self.account_ids(),
                "upc": [self.upc[release] for release in self.release],
                "release_date": [start + timedelta(days=int(day)) for day in self.released],
                "duration_seconds": self.duration_seconds,
                "genre": [GENRES[genre].name for genre in self.genre],
                "home_territory": [market.codes[home] for home in self.home],
                "ai_disclosure": self.disclosure,
            }
        )


@dataclass(frozen=True)
class _Roster:
    """The artists of a world with the number of tracks of each."""

    tracks: Whole
    upload: Whole
    label: Whole
    account: Whole
    labels: int

    def per_track(self, values: Whole) -> Whole:
        return np.repeat(values, self.tracks)


def draw_catalogue(seed: int, market: Market, start: date, days: int, tracks: int) -> Catalogue:
    """Return a catalogue of `tracks` tracks, ordered by ISRC, some released during the window."""
    roster = _roster(dice(seed, "catalogue/roster"), tracks)
    upload = roster.per_track(roster.upload)
    artist = np.repeat(np.arange(len(roster.tracks)), roster.tracks)
    rng = dice(seed, "catalogue/artists")
    genre_of, home_of = _style(rng, market, roster)
    release, released = _releases(dice(seed, "catalogue/releases"), roster, start, days)
    genre, home = genre_of[artist], home_of[artist]
    rng = dice(seed, "catalogue/tracks")
    artist_names = names.people(rng, len(roster.tracks))
    titles = names.songs(rng, [artist_names[one] for one in artist])
    generated = names.generated_songs(rng, tracks)
    order_free = Catalogue(
        isrc=_isrcs(rng, roster.per_track(roster.account), released, start),
        title=[
            g if u == GENERATED else t for t, g, u in zip(titles, generated, upload, strict=True)
        ],
        artist_names=artist_names,
        label_names=names.labels(rng, roster.labels),
        upc=_upcs(rng, int(release.max()) + 1),
        artist=artist,
        label=roster.per_track(roster.label),
        account=roster.per_track(roster.account),
        release=release,
        released=released,
        duration_seconds=_durations(rng, genre, upload),
        genre=genre,
        home=home,
        upload=upload,
        level=_levels(rng, artist, upload),
        disclosure=_disclosures(rng, upload),
    )
    return _by_isrc(order_free)


def _roster(rng: np.random.Generator, tracks: int) -> _Roster:
    """Share the tracks out among artists, and the artists among labels and accounts."""
    sizes: list[int] = []
    uploads: list[int] = []
    for kind, share, draw in _UPLOADERS:
        left = round(tracks * share) if kind != ACTS else tracks - sum(sizes)
        while left > 0:
            size = min(left, draw(rng))
            sizes.append(size)
            uploads.append(kind)
            left -= size
    upload = np.array(uploads)
    acts = int((upload == ACTS).sum())
    labels = max(1, round(acts / 9))
    label: Whole = np.where(upload == ACTS, _skewed(rng, len(sizes), labels), 0)
    several_accounts = rng.random(labels) < 0.2
    account = np.where(
        several_accounts[label] & (rng.random(len(sizes)) < 0.5), labels + label, label
    )
    own = np.flatnonzero(upload != ACTS)
    # A catalogue made by the hundred hides behind several artist names of one account.
    behind = np.cumsum(rng.random(len(own)) < 0.4)
    label[own] = labels + behind
    account[own] = 2 * labels + behind
    _, account = np.unique(account, return_inverse=True)
    _, label = np.unique(label, return_inverse=True)
    return _Roster(np.array(sizes), upload, label, account, int(label.max()) + 1)


def _act_size(rng: np.random.Generator) -> int:
    return int(np.clip(rng.lognormal(1.5, 0.8), 1, 60))


def _generated_size(rng: np.random.Generator) -> int:
    return int(rng.integers(8, 30))


def _shorts_size(rng: np.random.Generator) -> int:
    return int(rng.integers(6, 16))


_UPLOADERS: tuple[tuple[int, float, Callable[[np.random.Generator], int]], ...] = (
    (GENERATED, _GENERATED_SHARE, _generated_size),
    (SHORTS, _SHORTS_SHARE, _shorts_size),
    (ACTS, 1.0, _act_size),
)


def _skewed(rng: np.random.Generator, count: int, choices: int) -> Whole:
    """Choose among labels of very different size."""
    odds = rng.lognormal(0.0, 0.9, choices)
    return rng.choice(choices, count, p=odds / odds.sum())


def _style(rng: np.random.Generator, market: Market, roster: _Roster) -> tuple[Whole, Whole]:
    """Return the genre and the home territory of each artist."""
    odds = np.array([genre.share for genre in GENRES])
    genre = rng.choice(len(GENRES), len(roster.tracks), p=odds / odds.sum())
    calm = next(n for n, kind in enumerate(GENRES) if kind.name == "sleep")
    genre[(roster.upload == GENERATED) & (rng.random(len(genre)) < 0.6)] = calm
    weights = np.array([territory.weight for territory in market.territories]) ** 0.8
    circles = [territory.circle for territory in market.territories]
    home = np.empty(len(genre), dtype=np.int64)
    for n, g in enumerate(genre):
        at_home = [3.0 if circle in GENRES[g].home_circles else 0.05 for circle in circles]
        odds = weights * at_home if GENRES[g].home_circles else weights
        home[n] = rng.choice(len(circles), p=odds / odds.sum())
    return genre, home


def _releases(
    rng: np.random.Generator, roster: _Roster, start: date, days: int
) -> tuple[Whole, Whole]:
    """Return the release of each track and its day.

    Most come out on a Friday; what is made by the hundred is uploaded within three weeks.
    """
    release: list[int] = []
    released: list[int] = []
    to_friday = (4 - start.weekday()) % 7
    count = 0
    uploaded: dict[int, int] = {}
    for size, upload, account in zip(roster.tracks, roster.upload, roster.account, strict=True):
        left = int(size)
        while left > 0:
            album = upload != ACTS or (left >= 5 and rng.random() < 0.55)
            length = min(left, int(rng.integers(5, 15)) if album else 1)
            if upload == SHORTS:
                length = left
            day = (
                int(rng.integers(0, days))
                if rng.random() < _NEW_SHARE
                else -int(min(1 + rng.exponential(700), 9000))
            )
            if upload != ACTS:
                day = uploaded.setdefault(int(account), day) + int(rng.integers(0, 20))
            elif rng.random() < 0.85:
                day = (day - to_friday) // 7 * 7 + to_friday
            release += [count] * length
            released += [day] * length
            count += 1
            left -= length
    return np.array(release), np.array(released)


def _levels(rng: np.random.Generator, artist: Whole, upload: Whole) -> Reals:
    """Return the usual plays a day: log-normal over artists and again over their tracks."""
    fame = rng.normal(0.0, 1.55, int(artist.max()) + 1)
    level = _MEDIAN_LEVEL * np.exp(fame[artist] + rng.normal(0.0, 1.15, len(artist)))
    unheard = np.exp(rng.normal(np.log(1.5), 0.9, len(artist)))
    level = np.where(upload == ACTS, level, unheard)
    return np.asarray(np.clip(level, 0.05, _LARGEST_LEVEL), dtype=np.float64)


def _durations(rng: np.random.Generator, genre: Whole, upload: Whole) -> Whole:
    usual = np.array([kind.duration_seconds for kind in GENRES])[genre]
    seconds = np.clip(rng.normal(usual, 0.2 * usual), 45, 900)
    seconds = np.where(upload == GENERATED, rng.uniform(61, 160, len(genre)), seconds)
    seconds = np.where(upload == SHORTS, rng.uniform(31, 46, len(genre)), seconds)
    return seconds.astype(np.int64)


def _disclosures(rng: np.random.Generator, upload: Whole) -> list[str]:
    odds = np.where(upload[:, None] == GENERATED, [0.55, 0.15, 0.30], [0.96, 0.03, 0.01])
    chosen = (rng.random((len(upload), 1)) > odds.cumsum(axis=1)).sum(axis=1)
    return [("none", "partial", "full")[min(choice, 2)] for choice in chosen]


def _isrcs(rng: np.random.Generator, account: Whole, released: Whole, start: date) -> list[str]:
    """Return one ISRC a track (ISO 3901): the account's registrant, the year of the release."""
    registrants = int(account.max()) + 1
    prefix = [
        "".join(["QZ" if rng.random() < 0.5 else "".join(rng.choice(_LETTERS, 2))])
        + "".join(rng.choice(_LETTERS, 3))
        for _ in range(registrants)
    ]
    return [
        f"{prefix[one]}{(start + timedelta(days=int(day))).year % 100:02d}{number:05d}"
        for number, (one, day) in enumerate(zip(account, released, strict=True))
    ]


def _upcs(rng: np.random.Generator, releases: int) -> list[str]:
    """Return one GTIN-13 a release, its check digit right and often with a leading zero."""
    company = rng.integers(1_000_000, 9_999_999, releases)
    bodies = [f"{'0' if n % 3 else '4'}{company[n]}{n % 10000:04d}" for n in range(releases)]
    return [body + _check_digit(body) for body in bodies]


def _check_digit(body: str) -> str:
    weighted = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(body))
    return str(-weighted % 10)


def _by_isrc(catalogue: Catalogue) -> Catalogue:
    order = np.argsort(np.array(catalogue.isrc), kind="stable")
    columns: dict[str, Any] = {
        name: [getattr(catalogue, name)[n] for n in order]
        for name in ("isrc", "title", "disclosure")
    }
    columns |= {
        name: getattr(catalogue, name)[order]
        for name in (
            "artist",
            "label",
            "account",
            "release",
            "released",
            "duration_seconds",
            "genre",
            "home",
            "upload",
            "level",
        )
    }
    return Catalogue(
        artist_names=catalogue.artist_names,
        label_names=catalogue.label_names,
        upc=catalogue.upc,
        **columns,
    )
