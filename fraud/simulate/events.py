"""What happens to the tracks of a world: releases, and the look-alikes drawn from their table."""

from collections.abc import Iterator

import numpy as np

from fraud.simulate.audience import Profile
from fraud.simulate.catalogue import ACTS, SHORTS
from fraud.simulate.dice import Reals, Whole, between, dice, rounded, whole_between
from fraud.simulate.everyday import Everyday
from fraud.simulate.lookalikes import LOOKALIKES, Lookalike
from fraud.simulate.market import SOURCE_NAMES, mix
from fraud.simulate.plays import Cause, Surge


def draw_events(
    everyday: Everyday,
) -> Iterator[tuple[Cause, Surge, np.random.Generator]]:
    """Yield each innocent event with its plays to draw, kind by kind; releases first."""
    seed = everyday.scene.seed
    yield from _releases(dice(seed, "lookalike/release"), everyday)
    scale = len(everyday.scene.catalogue) * everyday.scene.days / (1000 * 84)
    for kind in LOOKALIKES:
        rng = dice(seed, f"lookalike/{kind.name}")
        for _ in range(rounded(rng, kind.per_thousand * scale)):
            event = _event(rng, everyday, kind)
            if event:
                yield (*event, rng)


def _releases(
    rng: np.random.Generator, everyday: Everyday
) -> Iterator[tuple[Cause, Surge, np.random.Generator]]:
    """Yield the first weeks of each release: high on the day, a decay that its age explains."""
    catalogue = everyday.scene.catalogue
    length = 45
    for release in range(int(catalogue.release.max()) + 1):
        tracks = np.flatnonzero(catalogue.release == release)
        released = int(catalogue.released[tracks[0]])
        times, known = between(rng, (1.5, 25.0)), rng.random() < 0.5
        half_life = rng.uniform(2.0, 9.0)
        profile = Profile(
            pull=rng.uniform(0.5, 0.9),
            source=mix(
                SOURCE_NAMES, algorithmic=0.3, artist_page=0.25, search=0.2, album=0.2, library=0.05
            ),
            streams_per_listener=between(rng, (1.2, 2.5)),
            save_rate=between(rng, (0.08, 0.25)),
        )
        honest = catalogue.upload[tracks[0]] == ACTS
        if not honest or released <= -length or released >= everyday.scene.days:
            continue
        first, last = max(released, 0), min(released + length, everyday.scene.days)
        curve = 0.5 ** ((np.arange(first, last) - released) / half_life)
        name = "album_release" if len(tracks) >= 5 else "release"
        yield (
            Cause(
                name,
                profile,
                tracks=tuple(tracks.tolist()),
                first_day=released,
                last_day=last - 1,
                level="release",
                known=known,
            ),
            _surge(everyday, tracks, first, times * catalogue.level[tracks, None] * curve, None),
            rng,
        )


def _event(
    rng: np.random.Generator, everyday: Everyday, kind: Lookalike
) -> tuple[Cause, Surge] | None:
    catalogue = everyday.scene.catalogue
    fit = (catalogue.level >= kind.least_level) & (catalogue.upload != SHORTS)
    length = min(whole_between(rng, kind.days), everyday.scene.days)
    first = int(rng.integers(0, everyday.scene.days - max(1, length // 3)))
    fit &= catalogue.released < first - 14
    if not fit.any():
        return None
    track = int(rng.choice(np.flatnonzero(fit)))
    siblings = rng.uniform(*kind.siblings)
    tracks = np.array([track])
    if siblings > 0:
        family = np.flatnonzero(
            (catalogue.artist == catalogue.artist[track]) & (catalogue.released < first)
        )
        tracks = np.concatenate([tracks, family[family != track]])
    times = between(rng, kind.times) * np.where(tracks == track, 1.0, siblings)
    curve = kind.curve(rng, length)[: everyday.scene.days - first]
    profile = Profile(
        pull=rng.uniform(*kind.pull),
        source=mix(SOURCE_NAMES, **kind.source[rng.integers(len(kind.source))]),
        streams_per_listener=between(rng, kind.streams_per_listener),
        save_rate=between(rng, kind.save_rate),
        sub30_share=between(rng, kind.sub30_share),
    )
    place = _place(rng, everyday, track, kind.place)
    cause = Cause(
        kind.name,
        profile,
        tracks=tuple(tracks.tolist()),
        first_day=first,
        last_day=first + len(curve) - 1,
        level="track" if len(tracks) == 1 else "artist",
        known=bool(rng.random() < kind.known),
        territory=int(place.any(axis=0).argmax()) if kind.place in {"one", "home"} else None,
    )
    plays = (times * catalogue.level[tracks])[:, None] * curve
    return cause, _surge(everyday, tracks, first, plays, place)


def _place(rng: np.random.Generator, everyday: Everyday, track: int, place: str) -> Reals:
    """Return the stores × territories in which an event can be seen, as a mask of 0 and 1."""
    shares = everyday.shares(track)
    mask = np.ones_like(shares)
    stores, territories = shares.sum(axis=1), shares.sum(axis=0)
    if place in {"store", "corner"}:
        chosen = rng.choice(len(stores), p=stores / stores.sum())
        mask *= (np.arange(len(stores)) == chosen)[:, None]
    if place in {"one", "corner"}:
        odds = np.sqrt(territories)
        chosen = rng.choice(len(territories), p=odds / odds.sum())
        mask *= np.arange(len(territories)) == chosen
    if place == "home":
        mask *= np.arange(len(territories)) == everyday.scene.catalogue.home[track]
    return mask


def _surge(
    everyday: Everyday, tracks: Whole, first: int, plays: Reals, place: Reals | None
) -> Surge:
    shares = np.array([everyday.shares(int(track)) for track in tracks])
    if place is not None:
        shares = shares * place + 1e-9 * place
        shares /= shares.sum(axis=(1, 2), keepdims=True)
    genre = everyday.scene.catalogue.genre[tracks[0]]
    rhythm = everyday.rhythm[genre][:, first : first + plays.shape[1]]
    return Surge(tracks, first, plays, shares, rhythm, overdispersion=0.06)
