"""Rehearsal: the catalogue's own days with plays mixed in whose origin is known: we made them.

Nobody hands out labelled fraud. So the detector learns from the user's own catalogue: real days are
copied, and to a part of the copies bought plays are added, to another part innocent ones (a
playlist add, a viral week, news, a fan party, a local event). Both kinds draw their size and length
from the same distributions, so that size teaches nothing and only composition does: evidence before
size. Every parameter is drawn from a wide range, since the next scheme will not look like the last.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fraud.features.evidence import Catalogue
from fraud.features.panel import Counts, Layout
from fraud.features.surroundings import Surroundings
from fraud.features.windows import GAP_DAYS, LONG_DAYS, USUAL_DAYS, WEEK_DAYS, Reals, Windows
from fraud.tables import DIMENSIONS

Draw = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """One innocent cause: where its plays come from, and what comes along; ranges are uniform."""

    sources: tuple[str, ...]
    source_share: tuple[float, float]
    local_share: tuple[float, float]
    saves: tuple[float, float]
    """Saves per listener as a multiple of the track's own."""
    repeats: tuple[float, float]
    sub30: tuple[float, float]
    siblings: tuple[float, float]
    """Rise of the artist's other tracks as a share of this track's rise, in log2."""
    other_stores: tuple[float, float]
    weight: int = 1
    """How often it is rehearsed, against the others."""


INNOCENT = (
    # A playlist add: passive plays, few saves, one source that the store itself runs.
    Kind(("editorial_playlist", "algorithmic", "radio"), (0.5, 0.97), (0, 0.3), (0.25, 0.9),
         (0.5, 1.1), (0.8, 1.5), (0.0, 0.3), (0.0, 0.5)),
    # Viral: people search, save, and come back less often than fans.
    Kind(("search", "user_playlist", "other"), (0.2, 0.8), (0, 0.4), (0.9, 2.5),
         (0.4, 1.1), (0.9, 1.6), (0.0, 0.6), (0.6, 1.1)),
    # News, an anniversary, a death: the whole catalogue rises.
    Kind(("search", "artist_page", "library"), (0.2, 0.7), (0, 0.5), (0.7, 1.6),
         (0.8, 1.4), (0.8, 1.2), (0.6, 1.1), (0.7, 1.1)),
    # A fan party: many plays a head, and hearts with them.
    Kind(("library", "user_playlist", "album", "search"), (0.2, 0.9), (0, 0.6), (0.9, 3.0),
         (1.5, 12.0), (0.6, 1.1), (0.0, 0.8), (0.2, 1.1), weight=3),
    # A tour stop, a broadcast, a local holiday: one territory, all stores, all tracks.
    Kind(("search", "artist_page", "library", "radio"), (0.0, 0.6), (0.5, 1.0), (0.7, 1.6),
         (0.8, 1.5), (0.8, 1.2), (0.4, 1.1), (0.6, 1.1)),
    # A campaign: one territory or one link.
    Kind(("other", "search", "user_playlist"), (0.2, 0.9), (0.3, 0.95), (0.6, 1.8),
         (0.6, 1.2), (0.8, 1.6), (0.0, 0.3), (0.0, 0.8)),
    # Growth: more of the same.
    Kind(("library",), (0.0, 0.1), (0, 0.1), (0.8, 1.3),
         (0.9, 1.1), (0.9, 1.1), (0.0, 1.0), (0.4, 1.1)),
    # A listener's playlist that many follow.
    Kind(("user_playlist",), (0.5, 0.9), (0, 0.3), (0.3, 1.0),
         (0.4, 1.1), (0.8, 1.3), (0.0, 0.2), (0.0, 0.4)),
)  # fmt: skip


LEAST_ACCOUNTS = 6
"""Bought plays come from so many accounts or more; fewer are a shop, a gym or one devoted fan."""
MOST_REPEATS = 640.0
"""Plays a head and day at most: 636 of each account in US v. Smith."""
MOST_LOOPS = 170.0
"""Plays a day of one such account on one track: a day of open doors has room for about so many."""


@dataclass(frozen=True)
class _Plays:
    """What is added to rows: daily plays, where they fall, and how those who make them behave."""

    daily: Reals
    days: NDArray[np.int64]
    shape: Reals
    """Rows × 21: plays of each recent day as a multiple of `daily`, the judged day last."""
    mixes: dict[str, Reals]
    saves: Reals
    """Saves per listener."""
    repeats: Reals
    """Streams per listener."""
    sub30: Reals
    """Share of starts under 30 s."""
    seconds: Reals
    siblings: Reals
    other_stores: Reals
    quiet: NDArray[np.int64] | None = None
    """Days since they ended, within `days`; None = they go on."""


def bought(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout, draw: Draw
) -> tuple[Windows, Surroundings]:
    """Return the rows with bought plays in them."""
    plays = _bought(windows, around, normal, layout, draw)
    return _add(windows, around, layout, plays, draw)


def stopped(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout, draw: Draw
) -> tuple[Windows, Surroundings]:
    """Return the rows with bought plays that ended before the day, days or weeks ago.

    Their week or their usual weeks are as odd as those of a bought day, but the day itself is
    people's again.
    """
    plays = _bought(windows, around, normal, layout, draw)
    rows = len(windows.unit)
    quiet = np.where(
        draw.random(rows) < 0.6,
        draw.integers(1, WEEK_DAYS, rows),
        draw.integers(WEEK_DAYS, USUAL_DAYS + 1, rows),
    )
    ended = np.arange(plays.shape.shape[1])[::-1] < quiet[:, None]
    shape = np.where(ended, 0.0, plays.shape)
    over = replace(plays, shape=shape, days=plays.days + quiet, quiet=quiet)
    return _add(windows, around, layout, over, draw)


def _bought(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout, draw: Draw
) -> "_Plays":
    rows = len(windows.unit)
    own = _own(windows, normal, layout)
    daily, days = _size(windows, layout, draw)
    # How far all of it looks like the track's own people: mostly little, now and then nearly all.
    alike = draw.beta(1, 2, rows)

    def pulled(value: Reals, own_value: Reals) -> Reals:
        pull: Reals = (1 - alike) * value + alike * own_value
        return pull

    mixes = {
        dimension: _concentrated(own.mixes[dimension], normal.mixes[dimension], alike, draw)
        for dimension in DIMENSIONS
    }
    behaviour = draw.random((4, rows))
    saves = own.saves * np.select(
        [behaviour[0] < 0.7, behaviour[0] < 0.85],
        [draw.uniform(0, 0.15, rows), draw.uniform(0.15, 0.8, rows)],
        np.exp(draw.uniform(np.log(0.8), np.log(8), rows)),
    )
    repeats = np.select(
        [behaviour[1] < 0.4, behaviour[1] < 0.5],
        [draw.uniform(1.0, 1.3, rows), 1 + own.repeats],
        np.exp(draw.uniform(np.log(1.3), np.log(MOST_REPEATS), rows)),
    )
    sub30 = np.select(
        [behaviour[2] < 0.6, behaviour[2] < 0.8],
        [draw.uniform(0, 0.08, rows), own.sub30 * draw.uniform(0.5, 1.2, rows)],
        draw.uniform(0.3, 0.85, rows),
    )
    length = np.where(np.isnan(around.duration_seconds), 200.0, around.duration_seconds)
    seconds = np.select(
        [behaviour[3] < 0.45, behaviour[3] < 0.75],
        [length * draw.uniform(0.95, 1.0, rows), draw.uniform(31, 60, rows)],
        own.listened,
    )
    repeats = np.minimum(repeats, np.maximum(daily / LEAST_ACCOUNTS, 1.0))
    along = np.where(draw.random((2, rows)) < 0.35, draw.uniform(0.2, 1.1, (2, rows)), 0.0)
    return _Plays(
        daily=daily,
        days=days,
        shape=_bought_shape(windows.recent.shape, days, draw),
        mixes=mixes,
        saves=pulled(saves, own.saves),
        repeats=np.exp(pulled(np.log(repeats), np.log(1 + own.repeats))),
        sub30=pulled(sub30, own.sub30),
        seconds=pulled(seconds, own.listened),
        siblings=along[0],
        other_stores=along[1],
    )


def _bought_shape(shape: tuple[int, ...], days: NDArray[np.int64], draw: Draw) -> Reals:
    """Return the course of bought plays: level, rising, or switched on and off; more or less even.

    The judged day is always one on which they are made.
    """
    rows = shape[0]
    back = np.arange(shape[1])[::-1]
    noise = draw.choice([0.0, 0.1, 0.35], rows, p=[0.3, 0.4, 0.3])
    course = draw.random(rows)[:, None]
    rising = np.maximum(1 - back[None, :] / np.maximum(days, 1)[:, None], 0.05)
    off = (draw.random(shape) < 0.4) & (back > 0)
    level = np.where(course < 0.2, rising, np.where((course < 0.35) & off, 0.0, 1.0))
    found: Reals = level * np.exp(draw.normal(0, 1, shape) * noise[:, None])
    return found


def few(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout, draw: Draw
) -> tuple[Windows, Surroundings]:
    """Return the rows with the plays of a handful of people: a shop, a gym, somebody's one record.

    They look like machines in all but their number: from one place, on one plan, many plays a head,
    little kept.
    """
    rows = len(windows.unit)
    own = _own(windows, normal, layout)
    accounts = draw.integers(1, LEAST_ACCOUNTS, rows)
    repeats = np.exp(draw.uniform(np.log(2.5), np.log(MOST_LOOPS), rows))
    alike = draw.beta(1, 4, rows)
    mixes = {
        dimension: _concentrated(own.mixes[dimension], normal.mixes[dimension], alike, draw)
        for dimension in DIMENSIONS
    }
    days = np.exp(draw.uniform(0, np.log(60), rows)).astype(np.int64)
    plays = _Plays(
        daily=accounts.astype(np.float64) * repeats,
        days=days,
        shape=np.exp(draw.normal(0, 0.15, windows.recent.shape)),
        mixes=mixes,
        saves=own.saves * draw.uniform(0, 1.0, rows),
        repeats=repeats,
        sub30=own.sub30 * draw.uniform(0.1, 1.2, rows),
        seconds=own.listened * np.exp(draw.normal(0, 0.02, rows)),
        siblings=np.where(draw.random(rows) < 0.5, draw.uniform(0.2, 1.1, rows), 0.0),
        other_stores=np.zeros(rows),
    )
    return _add(windows, around, layout, plays, draw)


def innocent(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout, draw: Draw
) -> tuple[Windows, Surroundings]:
    """Return the rows with plays in them that people made for a reason."""
    rows = len(windows.unit)
    own = _own(windows, normal, layout)
    daily, days = _size(windows, layout, draw)
    turns = np.repeat(np.arange(len(INNOCENT)), [one.weight for one in INNOCENT])
    kind = turns[draw.integers(0, len(turns), rows)]

    def ranged(name: str) -> Reals:
        bounds = np.array([getattr(k, name) for k in INNOCENT])[kind]
        value: Reals = bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * draw.random(rows)
        return value

    slope = draw.normal(0, 0.12, rows)[:, None] * np.arange(windows.recent.shape[1])[::-1]
    noise = draw.normal(0, 1, slope.shape) * draw.uniform(0.05, 0.3, rows)[:, None]
    shape = np.exp(slope + noise)
    names = layout.values("source")
    pushed = np.zeros((rows, len(names)))
    for number, one in enumerate(INNOCENT):
        there = kind == number
        columns = np.array([names.index(source) for source in one.sources])
        weights = draw.dirichlet(np.full(len(columns), 0.7), int(there.sum()))
        pushed[np.ix_(np.flatnonzero(there), columns)] = weights
    share = ranged("source_share")[:, None]
    # Who comes for another reason is another audience, with other plans and devices.
    strength = np.exp(draw.uniform(np.log(20), np.log(2_000), rows))[:, None]
    mixes = {
        "source": _scatter(share * pushed + (1 - share) * own.mixes["source"], strength, draw),
        "tier": _scatter(own.mixes["tier"], strength, draw),
        "device": _scatter(own.mixes["device"], strength, draw),
    }
    # Half of the causes reach more of the same people in the same places.
    blend = (draw.beta(1, 2, rows) * (draw.random(rows) < 0.5))[:, None]
    wide = (1 - blend) * own.mixes["territory"] + blend * normal.mixes["territory"]
    local = _one_of(np.sqrt(wide), draw)
    local_share = (ranged("local_share") * (draw.random(rows) < 0.7))[:, None]
    places = np.exp(draw.uniform(np.log(60), np.log(2_000), rows))[:, None]
    mixes["territory"] = _scatter(local_share * local + (1 - local_share) * wide, places, draw)
    plays = _Plays(
        daily=daily,
        days=days,
        shape=shape,
        mixes=mixes,
        saves=own.saves * ranged("saves"),
        repeats=1 + own.repeats * ranged("repeats"),
        sub30=np.clip(own.sub30 * ranged("sub30"), 0, 0.9),
        seconds=own.listened
        * np.exp(draw.normal(0, 1, rows) * draw.choice([0.003, 0.04], rows, p=[0.6, 0.4])),
        siblings=ranged("siblings"),
        other_stores=ranged("other_stores"),
    )
    return _add(windows, around, layout, plays, draw)


def _size(windows: Windows, layout: Layout, draw: Draw) -> tuple[Reals, NDArray[np.int64]]:
    """Return plays a day and days so far (today included); the same for bought and innocent."""
    rows = len(windows.unit)
    today = windows.today[:, layout.measure("streams")]
    multiple = np.exp2(draw.uniform(-2.5, 7, rows)) * today
    absolute = np.exp(draw.uniform(np.log(3), np.log(3000), rows))
    daily = np.where(draw.random(rows) < 0.7, multiple, absolute)
    days = np.exp(draw.uniform(0, np.log(60), rows)).astype(np.int64)
    return np.clip(daily, 2.5, 200_000), days


@dataclass(frozen=True)
class _Own:
    saves: Reals
    repeats: Reals
    sub30: Reals
    listened: Reals
    mixes: dict[str, Reals]


def _own(windows: Windows, normal: Catalogue, layout: Layout) -> _Own:
    """Return each row's own rates and mixes over usual and week, shrunk to the catalogue's."""
    both = windows.usual + windows.week

    def of(name: str) -> Counts:
        return both[:, layout.measure(name)]

    def rate(events: Counts, chances: Counts, base: float) -> Reals:
        value: Reals = (events + 40 * base) / (chances + 40)
        return value

    mixes = {}
    for dimension in DIMENSIONS:
        counts = both[:, layout.span(dimension)]
        mixes[dimension] = (counts + 20 * normal.mixes[dimension]) / (
            counts.sum(axis=1, keepdims=True) + 20
        )
    return _Own(
        saves=rate(of("saves"), of("saves_listeners"), normal.saves),
        repeats=rate(
            np.maximum(of("listeners_streams") - of("listeners"), 0),
            of("listeners"),
            normal.repeats,
        ),
        sub30=rate(of("sub30_plays"), of("sub30_plays") + of("sub30_streams"), normal.sub30),
        listened=rate(of("listening_seconds"), of("seconds_streams"), normal.listened),
        mixes=mixes,
    )


def _concentrated(own: Reals, normal: Reals, alike: Reals, draw: Draw) -> Reals:
    """Return mixes of bought plays: one value, a few or the own; `alike` pulls to the own."""
    rows = len(own)
    mode = draw.random(rows)[:, None]
    seen = np.where(normal > 1e-6, np.sqrt(normal), 0.0)
    even = seen + (seen > 0) * seen.max(initial=0.0) * 0.3
    one = _one_of(np.broadcast_to(even, own.shape), draw)
    few = (one + _one_of(np.broadcast_to(even, own.shape), draw) + _one_of(own, draw)) / 3
    share = (draw.uniform(0.8, 1.0, rows) * (1 - alike))[:, None]
    target = np.where(mode < 0.5, one, np.where(mode < 0.7, few, own))
    return share * target + (1 - share) * own


def _one_of(weights: Reals, draw: Draw) -> Reals:
    """Return a unit vector a row, its place drawn by the weights."""
    if weights.shape[1] == 0:
        return np.zeros(weights.shape)
    running = np.cumsum(weights, axis=1)
    place = (draw.random(len(weights))[:, None] * running[:, -1:] > running).sum(axis=1)
    chosen = np.zeros(weights.shape)
    chosen[np.arange(len(weights)), np.minimum(place, weights.shape[1] - 1)] = 1.0
    return chosen


def _scatter(mix: Reals, strength: float | Reals, draw: Draw) -> Reals:
    """Return each mix as drawn from a Dirichlet distribution around it."""
    gamma = draw.standard_gamma(np.maximum(mix, 0) * strength) + 1e-12
    scattered: Reals = gamma / gamma.sum(axis=1, keepdims=True)
    return scattered


def _add(
    windows: Windows, around: Surroundings, layout: Layout, plays: _Plays, draw: Draw
) -> tuple[Windows, Surroundings]:
    """Return the rows with plays added to the day, its week, the recent days, the usual weeks."""
    rows = len(windows.unit)
    recent_days = windows.recent.shape[1]
    back = np.arange(recent_days)[::-1]
    active = back[None, :] < plays.days[:, None]
    added = draw.poisson(plays.daily[:, None] * plays.shape * active)
    added[:, -1] = np.where(plays.shape[:, -1] > 0, np.maximum(added[:, -1], 3), 0)
    quiet = np.zeros(rows, np.int64) if plays.quiet is None else plays.quiet
    usual_active = np.clip(plays.days - np.maximum(quiet, GAP_DAYS), 0, USUAL_DAYS)
    # Past days that stand out are no part of what is usual, so half of the long ones stay out.
    usual_active = np.where(draw.random(rows) < 0.5, usual_active, 0)
    usual_active = np.minimum(usual_active, windows.usual_days)
    usual_added = draw.poisson(plays.daily * usual_active)

    older_active = np.maximum(plays.days - np.maximum(quiet, LONG_DAYS), 0)
    older_active = np.minimum(older_active, windows.older_days)
    older_added = draw.poisson(plays.daily * np.where(usual_active > 0, older_active, 0))

    told = draw.random(rows)

    def composed(streams: Counts) -> Counts:
        return _composed(windows, layout, plays, streams, told=told, draw=draw)

    today = composed(added[:, -1])
    week = today + composed(added[:, -WEEK_DAYS:-1].sum(axis=1))
    long = week + composed(added[:, :-WEEK_DAYS].sum(axis=1))
    usual = windows.usual + composed(usual_added)

    streams = layout.measure("streams")
    changed = replace(
        windows,
        today=windows.today + today,
        week=windows.week + week,
        long=windows.long + long,
        usual=usual,
        older=windows.older + composed(older_added),
        usual_squares=windows.usual_squares
        + (usual_added * usual_added // np.maximum(usual_active, 1)),
        recent=windows.recent + added,
    )
    was = np.maximum(windows.usual[:, streams], 1)
    lifted = np.maximum(usual[:, streams], 1) / was
    plays_today = windows.today[:, streams] + today[:, streams]
    rise = np.log2((plays_today + 2.0) / (np.nan_to_num(around.expected_today) + 2.0))
    return changed, replace(
        around,
        expected_today=around.expected_today * lifted,
        expected_week=around.expected_week * lifted,
        siblings=around.siblings + np.maximum(rise, 0) * plays.siblings,
        other_stores=around.other_stores + np.maximum(rise, 0) * plays.other_stores,
    )


def _composed(
    windows: Windows,
    layout: Layout,
    plays: _Plays,
    streams: Counts,
    *,
    told: Reals,
    draw: Draw,
) -> Counts:
    """Return rows × columns: the plays with all that is counted of them; 0 where unreported.

    Over all stores a measure may be known of a part of the plays: those of the stores that tell
    it. `told` (0–1, a number a row) says on which side of that part the added plays lie, so that
    what one store tells of its own is not taken for what is known of another's.
    """
    block = np.zeros(windows.week.shape, np.int64)
    all_plays = np.maximum(windows.week[:, layout.measure("streams")], 1)

    def put(name: str, values: Counts, known_by: Counts | Reals) -> None:
        block[:, layout.measure(name)] = np.where(told * all_plays < known_by, values, 0)

    def known(name: str) -> Counts:
        return windows.week[:, layout.measure(name)]

    of_listeners = known("saves_listeners") / np.maximum(known("listeners"), 1)
    saves_streams: Reals = known("listeners_streams") * of_listeners
    listeners = np.minimum(
        np.maximum(np.rint(streams / np.maximum(plays.repeats, 1)), streams > 0), streams
    ).astype(np.int64)
    put("streams", streams, all_plays)
    put("listeners", listeners, known("listeners_streams"))
    put("listeners_streams", streams, known("listeners_streams"))
    put("saves", draw.binomial(listeners, np.clip(plays.saves, 0, 1)), saves_streams)
    put("saves_listeners", listeners, saves_streams)
    starts = draw.poisson(streams * plays.sub30 / np.maximum(1 - plays.sub30, 0.05))
    put("sub30_plays", starts, known("sub30_streams"))
    put("sub30_streams", streams, known("sub30_streams"))
    seconds = np.rint(streams * plays.seconds).astype(np.int64)
    put("listening_seconds", seconds, known("seconds_streams"))
    put("seconds_streams", streams, known("seconds_streams"))
    for dimension, mix in plays.mixes.items():
        span = layout.span(dimension)
        if mix.shape[1] == 0:
            continue
        is_told = told * all_plays < windows.week[:, span].sum(axis=1)
        shares = mix / mix.sum(axis=1, keepdims=True)
        block[:, span] = draw.multinomial(np.where(is_told, streams, 0), shares)
    return block
