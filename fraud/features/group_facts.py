"""What the tracks of a group have in common, measured so that evidence and not size decides.

Each fact stands beside its standard error or the number of chances it rests on. A catalogue of
bought plays differs from a living one in ways that no single track shows: its tracks are played
alike much, from the same places, day by day without scatter or weekend, and nobody keeps them.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fraud.features.group_tracks import BEFORE_DAYS, RECENT_DAYS, GroupTracks
from fraud.features.onsets import began_together, onsets

Reals = NDArray[np.float64]

MOST_OF_MEDIAN = 3.0
"""A track counts for its group as if it had at most so many times the group's median plays."""
LEAST_ACTIVE = 3
"""A group with fewer tracks played in two weeks shows nothing that its tracks do not."""
MIXES = ("source", "tier", "device", "territory")
ALIKE = ("source", "device", "territory")
"""The plan is left out: it differs by store more than by track."""
MOST_PLAYS = 30.0
"""More plays say no more about how alike two tracks' mixes are."""
LEAST_PLAYS = 4
"""Plays of a track below which it has no mix to compare."""
RHYTHM_DAYS = 28
HALF_WEEK = 3


@dataclass(frozen=True)
class Grouping:
    """Which track counts for which group of one level; both by their place."""

    level: str
    entities: tuple[str, ...]
    """Ordered."""
    track: NDArray[np.int64]
    group: NDArray[np.int64]


def grouping(level: str, members: pl.DataFrame, tracks: GroupTracks) -> Grouping:
    """Return the grouping of a level from its members (track_id, entity), of the tracks played."""
    ids = pl.Series("track_id", tracks.track_ids, pl.String)
    places = pl.DataFrame([ids]).with_row_index("track")
    known = members.join(places, on="track_id").sort("entity", "track")
    entities = known["entity"].unique().sort()
    groups = pl.DataFrame({"entity": entities}).with_row_index("group")
    known = known.join(groups, on="entity", maintain_order="left")
    return Grouping(
        level,
        tuple(entities),
        known["track"].cast(pl.Int64).to_numpy(),
        known["group"].cast(pl.Int64).to_numpy(),
    )


def group_facts(tracks: GroupTracks, night: date, groups: Grouping) -> pl.DataFrame:
    """Return a row a group with LEAST_ACTIVE tracks or more played in the two weeks to `night`.

    Columns: entity, tracks, streams (of the night), usual_streams (a day, before; null = was not
    played), top_track_share; then facts `x` beside `x_error` or `x_chances`. Null = unknown.
    """
    at = tracks.nights.index(night)
    recent, before = tracks.recent[at], tracks.before[at]
    played = recent[:, 0] > 0
    mine = played[groups.track]
    track, group = groups.track[mine], groups.group[mine]
    active = np.bincount(group, minlength=len(groups.entities))
    kept = (active >= LEAST_ACTIVE)[group]
    track = track[kept]
    wanted, group = np.unique(group[kept], return_inverse=True)
    if not len(wanted):
        return pl.DataFrame(schema={"entity": pl.String})
    weight = weights(recent[track, 0].astype(np.float64), group, len(wanted))
    shape = (len(wanted), len(tracks.track_ids))
    add = csr_matrix((weight, (group, track)), shape)
    plain = csr_matrix((np.ones(len(track)), (group, track)), shape)
    everyone = np.minimum(1.0, MOST_OF_MEDIAN * np.median(recent[played, 0]) / recent[played, 0])
    catalogue = everyone @ recent[played]
    sums, past = add @ recent, add @ before
    daily = tracks.until(night, RHYTHM_DAYS)
    market = everyone @ daily[played]
    today = plain @ tracks.until(night, 1)[:, 0]
    usual = plain @ before[:, 0] / BEFORE_DAYS
    carried = np.zeros(len(wanted))
    np.maximum.at(carried, group, recent[track, 0].astype(np.float64))
    found: dict[str, Reals] = {
        "tracks": active[wanted].astype(np.float64),
        "streams": today,
        "usual_streams": np.where(usual > 0, usual, np.nan),
        "recent_streams": plain @ recent[:, 0] / RECENT_DAYS,
        "top_track_share": carried / (plain @ recent[:, 0]),
    }
    found |= _engagement(tracks, sums, catalogue)
    for dimension in MIXES:
        found |= _mix(tracks, dimension, sums, past, catalogue)
    for dimension in ALIKE:
        mixes = recent[track][:, tracks.layout.span(dimension)].astype(np.float64)
        found |= alike(dimension, mixes, group, len(wanted))
    found |= evenness(recent[track, 0].astype(np.float64), group, len(wanted))
    found |= scatter(daily[track, -RECENT_DAYS:], market[-RECENT_DAYS:], group, len(wanted))
    found |= weekdays(add @ daily, market)
    found |= began_together(onsets(daily, market), track, group, len(wanted), played)
    whole = ("tracks", "streams")
    return pl.DataFrame({"entity": [groups.entities[g] for g in wanted]} | found).with_columns(
        pl.col(*whole).cast(pl.Int64), pl.exclude("entity", *whole).fill_nan(None)
    )


def weights(plays: Reals, group: NDArray[np.int64], groups: int) -> Reals:
    """Return for each track the weight that brings it down to what a track of its group may say."""
    order = np.lexsort((plays, group))
    ends = np.cumsum(np.bincount(group, minlength=groups))
    starts = ends - np.bincount(group, minlength=groups)
    middle = plays[order][(starts + ends - 1) // 2]
    return np.asarray(np.minimum(1.0, MOST_OF_MEDIAN * middle[group] / plays))


def _engagement(tracks: GroupTracks, sums: Reals, catalogue: Reals) -> dict[str, Reals]:
    """Return saves and short plays as ratios to the catalogue's rate, with what it would give."""
    at = tracks.layout.measure
    chances = {
        "saves": (sums[:, at("saves_listeners")], catalogue[at("saves_listeners")]),
        "sub30_plays": (
            sums[:, at("sub30_plays")] + sums[:, at("sub30_streams")],
            catalogue[at("sub30_plays")] + catalogue[at("sub30_streams")],
        ),
    }
    found = {}
    for name, (mine, all_of_them) in chances.items():
        rate = catalogue[at(name)] / all_of_them if all_of_them > 0 else np.nan
        expected = np.where(mine > 0, mine * rate, np.nan)
        short = name.removesuffix("_plays")
        found[f"{short}_ratio"] = sums[:, at(name)] / np.where(expected > 0, expected, np.nan)
        found[f"{short}_chances"] = expected
    return found


def _mix(
    tracks: GroupTracks, dimension: str, sums: Reals, past: Reals, catalogue: Reals
) -> dict[str, Reals]:
    """Return a mix's divergence from the catalogue's and from the group's own past, in bits."""
    span = tracks.layout.span(dimension)
    mine, own_past, whole = sums[:, span], past[:, span], catalogue[None, span]
    return {
        f"{dimension}_catalogue": divergence(mine, whole),
        f"{dimension}_past": divergence(mine, own_past),
        f"{dimension}_chances": mine.sum(axis=1),
        f"{dimension}_past_chances": np.minimum(mine.sum(axis=1), own_past.sum(axis=1)),
        f"{dimension}_top": mine.max(axis=1) / np.where(mine.any(axis=1), mine.sum(axis=1), np.nan),
        f"{dimension}_top_place": mine.argmax(axis=1).astype(np.float64),
    }


def divergence(mine: Reals, other: Reals) -> Reals:
    """Return the Jensen-Shannon divergence of mixes, less what small counts alone would give."""
    a, b = np.broadcast_arrays(mine, other)
    size_a, size_b = a.sum(axis=1), b.sum(axis=1)
    known = (size_a > 0) & (size_b > 0)
    p = a[known] / size_a[known, None]
    q = b[known] / size_b[known, None]
    m = (p + q) / 2

    def entropy(x: Reals) -> Reals:
        return np.asarray(-np.sum(x * np.log2(np.where(x > 0, x, 1.0)), axis=1))

    values = np.maximum(((m > 0).sum(axis=1) - 1), 0)
    bias = values * (1 / size_a[known] + 1 / size_b[known]) / (8 * np.log(2))
    found = np.full(len(a), np.nan)
    found[known] = np.maximum(entropy(m) - (entropy(p) + entropy(q)) / 2 - bias, 0.0)
    return found


def alike(dimension: str, counts: Reals, group: NDArray[np.int64], groups: int) -> dict[str, Reals]:
    """Return how far each track has a mix of its own: 0 = all draw from one, 1 = all are pure.

    The intra-class correlation of the mixes: by so much more two plays of one track agree than two
    of different tracks. Unbiased by small counts.
    """
    size = counts.sum(axis=1)
    fit = size >= LEAST_PLAYS
    counts, size, group = counts[fit], size[fit], group[fit]
    mix = counts / size[:, None]
    weight = np.minimum(size, MOST_PLAYS) - 1
    within = (counts * (counts - 1)).sum(axis=1) / (size * (size - 1))

    def total(values: Reals) -> Reals:
        return np.asarray(np.bincount(group, values, groups), np.float64)

    add = csr_matrix((weight, (group, np.arange(len(group)))), (groups, len(group)))
    whole = np.asarray(add @ mix)
    all_weight, own = total(weight), total(weight**2)
    pairs = np.where(all_weight**2 - own > 0, all_weight**2 - own, np.nan)
    across = ((whole**2).sum(axis=1) - total(weight**2 * (mix**2).sum(axis=1))) / pairs
    inside = total(weight * within) / np.where(all_weight > 0, all_weight, np.nan)
    room = np.where(1 - across > 1e-6, 1 - across, np.nan)
    # Of tracks that share no place it is 0, and by rounding a little less.
    spread = np.sqrt(np.maximum(across * (1 - across), 0))
    noise = np.sqrt(total(weight**2 * 2 / (size * (size - 1)))) * spread
    return {
        f"{dimension}_apart": (inside - across) / room,
        f"{dimension}_apart_error": noise / (np.where(all_weight > 0, all_weight, np.nan) * room),
    }


def evenness(plays: Reals, group: NDArray[np.int64], groups: int) -> dict[str, Reals]:
    """Return the squared coefficient of variation of plays over tracks beyond that of counting."""
    size = np.bincount(group, minlength=groups)
    mean = np.bincount(group, plays, groups) / size
    spread = np.bincount(group, (plays - mean[group]) ** 2, groups) / np.maximum(size - 1, 1)
    return {
        "unevenness": np.maximum(spread - mean, 0) / mean**2,
        "unevenness_error": np.sqrt(2 / np.maximum(size - 1, 1)) * (1 + 1 / mean),
    }


def scatter(
    daily: NDArray[np.int64], market: Reals, group: NDArray[np.int64], groups: int
) -> dict[str, Reals]:
    """Return the overdispersion of the tracks' daily plays: 0 = scattered like counts drawn."""
    days = daily.shape[1]
    factor = market / market.mean() if market.mean() > 0 else np.ones(days)
    mu = daily.mean(axis=1)[:, None] * factor
    squares = (daily - mu) ** 2 * days / (days - 1)
    noise = 2 * mu**2 + mu
    weight = np.minimum(mu, 5.0) ** 2 / np.where(noise > 0, noise, 1.0)

    def total(values: Reals) -> Reals:
        return np.asarray(np.bincount(group, values.sum(axis=1), groups), np.float64)

    below = total(weight * mu**2)
    below = np.where(below > 0, below, np.nan)
    return {
        "scatter": total(weight * (squares - mu)) / below,
        "scatter_error": np.sqrt(total(weight**2 * noise)) / below,
    }


def weekdays(daily: Reals, market: Reals) -> dict[str, Reals]:
    """Return how far a group's days rise and fall with the catalogue's: 1 = as much, 0 = not."""

    def waves(values: Reals) -> Reals:
        width = 2 * HALF_WEEK + 1
        sums = np.cumsum(np.pad(values, [(0, 0), (1, 0)]), axis=1)
        means = (sums[:, width:] - sums[:, :-width]) / width
        middle = values[:, HALF_WEEK:-HALF_WEEK]
        return np.asarray(np.where(means > 0, middle / np.where(means > 0, means, 1) - 1, 0))

    mine, whole = waves(daily), waves(market[None])[0]
    power = (whole**2).sum()
    if power <= 0:
        unknown = np.full(len(daily), np.nan)
        return {"weekdays": unknown, "weekdays_error": unknown}
    slope = mine @ whole / power
    rest = mine - slope[:, None] * whole
    error = np.sqrt((rest**2).sum(axis=1) / (len(whole) - 1) / power)
    return {"weekdays": slope, "weekdays_error": error}
