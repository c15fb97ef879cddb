"""The evidence: for each row, how far what was counted departs from what people would have made.

Every number is made so that 12 plays and 12,000 are judged by what they can show: a deviate of a
count or a rate (0 = as expected, in standard deviations), a divergence of a mix corrected for its
sample size, or a rate shrunk towards the rate of the catalogue. NaN = the report does not say.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.features.panel import Counts, Layout
from fraud.features.surroundings import Surroundings
from fraud.features.windows import WEEK_DAYS, Reals, Windows
from fraud.tables import DIMENSIONS, EVIDENCE, RATES

RATE_PRIOR = 40.0
"""A unit's own rate is shrunk towards the catalogue's as if that had been seen so many times."""
MIX_PRIOR = 20.0
LEAST_MIX = 0.002
"""A value that the catalogue never showed may still come once in so many plays."""
FIXED_POINT = float(1 << 30)
"""Terms of a sum over territories are first rounded to integers: exact in any order."""
ACTIVE_SOURCES = ("search", "library", "artist_page")
"""Where a person has to want the track."""

NAMES = tuple(column.name for column in EVIDENCE)


@dataclass(frozen=True)
class Catalogue:
    """What is normal in the catalogue at one store: what a unit's own rates and mixes shrink to."""

    saves: float
    """Saves per listener."""
    repeats: float
    """Streams per listener beyond the first."""
    sub30: float
    """Share of starts that end before 30 s."""
    listened: float
    """Seconds listened per counted play."""
    mixes: dict[str, Reals]


def catalogue(windows: Windows, layout: Layout) -> Catalogue:
    """Return the rates and mixes of the usual weeks of many units, none of which counts for much.

    Each unit's weight is bounded, so that neither a hit nor a bought catalogue sets what is normal.
    """
    usual = windows.usual
    return Catalogue(
        saves=_bounded(*pair(usual, layout, "saves"), 0.04),
        repeats=_bounded(*pair(usual, layout, "repeats"), 0.5),
        sub30=_bounded(*pair(usual, layout, "sub30"), 0.35),
        listened=_bounded(*pair(usual, layout, "listened"), 140.0),
        mixes={d: _bounded_mix(usual[:, layout.span(d)]) for d in DIMENSIONS},
    )


def pair(counts: Counts, layout: Layout, rate: str) -> tuple[Counts, Counts]:
    """Return (events, chances) of a rate."""

    def of(name: str) -> Counts:
        return counts[:, layout.measure(name)]

    if rate == "saves":
        return of("saves"), of("saves_listeners")
    if rate == "repeats":
        return np.maximum(of("listeners_streams") - of("listeners"), 0), of("listeners")
    if rate == "sub30":
        return of("sub30_plays"), of("sub30_plays") + of("sub30_streams")
    return of("listening_seconds"), of("seconds_streams")


def _bounded(events: Counts, chances: Counts, otherwise: float) -> float:
    there = chances >= 20
    if not there.any():
        return otherwise
    rates = events[there] / chances[there]
    weights = np.minimum(chances[there], 500)
    order = np.argsort(rates, kind="stable")
    running = np.cumsum(weights[order])
    middle = np.searchsorted(running, running[-1] // 2)
    return float(max(rates[order][middle], 1e-4))


def _bounded_mix(counts: Counts) -> Reals:
    total = counts.sum(axis=1)
    there = total >= 20
    if not there.any():
        return np.full(counts.shape[1], 1.0 / max(counts.shape[1], 1))
    shares = counts[there] / total[there, None]
    weights = np.minimum(total[there], 500)
    fixed = np.rint(shares * weights[:, None] * 1024).astype(np.int64).sum(axis=0)
    mix: Reals = np.maximum(fixed / fixed.sum(), LEAST_MIX)
    whole: Reals = mix / mix.sum()
    return whole


def evidence(
    windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout
) -> NDArray[np.float32]:
    """Return rows × NAMES; one function judges what was reported and what is only rehearsed."""
    columns: dict[str, Reals] = {}
    columns |= _level(windows, around, layout)
    for rate in RATES:
        columns |= _rate(windows, normal, layout, rate, around)
    excess_share = _excess_share(windows, around, layout)
    for dimension in DIMENSIONS:
        columns |= _mix(windows, normal, layout, dimension, excess_share)
    columns |= _engagement_rise(windows, around, layout)
    columns |= _active(windows, layout, excess_share)
    stacked = np.column_stack([columns[name] for name in NAMES])
    return np.round(stacked, 4).astype(np.float32)


def _deviate(count: Reals | Counts, expected: Reals, scatter: Reals | float = 1.0) -> Reals:
    """Return a variance-stabilised deviate of a count (Anscombe 1948); scatter: variance / mean."""
    value: Reals = (
        2 * (np.sqrt(np.asarray(count) + 0.375) - np.sqrt(expected + 0.375)) / np.sqrt(scatter)
    )
    return value


def _level(windows: Windows, around: Surroundings, layout: Layout) -> dict[str, Reals]:
    streams = layout.measure("streams")
    today, week = windows.today[:, streams], windows.week[:, streams]
    recent = windows.recent[:, -WEEK_DAYS:].astype(np.float64)
    scatter = _scatter(windows, around, layout)
    before = windows.recent[:, -4:-1].mean(axis=1)
    middle = recent.mean(axis=1)
    index = recent.var(axis=1) * WEEK_DAYS / (WEEK_DAYS - 1) / np.maximum(middle, 1)
    return {
        "streams_log": np.log2(today + 1.0),
        "expected_log": np.log2(around.expected_today + 1.0),
        "rise_today": np.log2((today + 2.0) / (around.expected_today + 2.0)),
        "rise_week": np.log2((week + 4.0) / (around.expected_week + 4.0)),
        "deviate_today": _deviate(today, around.expected_today, scatter),
        "deviate_week": _deviate(week, around.expected_week, scatter * 2),
        "step": np.log2((today + 2.0) / (before + 2.0)),
        "flatness": np.where(middle >= 3, np.log2(index + 0.05), np.nan),
        "equal_days": (windows.recent[:, -WEEK_DAYS:-1] == windows.recent[:, -1:]).sum(axis=1)
        * np.where(today >= 8, 1.0, 0.0),
        "market": np.log2(around.market),
        "siblings": around.siblings,
        "other_stores": around.other_stores,
        "age_log": np.log2(around.age_days + 1.0),
        "artist_release_log": np.log2(around.artist_release_days + 1.0),
    }


def _scatter(windows: Windows, around: Surroundings, layout: Layout) -> Reals:
    """Return variance / mean of a unit's daily plays around what is expected of them, at least 1.

    Four weeks of a quiet track say little of its scatter: shrunk to 1.5 as if 10 days had shown it.
    """
    past = np.maximum(windows.usual_days, 1)
    mean = windows.usual[:, layout.measure("streams")] / past
    variance = np.maximum(windows.usual_squares / past - mean**2, 0)
    own = (variance / np.maximum(mean, 0.5) * past + 1.5 * 10) / (past + 10)
    scatter: Reals = np.maximum(own, 1.0) + 0.02 * around.expected_today
    return scatter


def band(windows: Windows, around: Surroundings, layout: Layout) -> tuple[Reals, Reals]:
    """Return the 95 % range of a day's plays if people go on as they did; NaN = no past."""
    middle = np.sqrt(around.expected_today + 0.375)
    half = 1.96 / 2 * np.sqrt(_scatter(windows, around, layout))
    low = np.maximum(middle - half, np.sqrt(0.375)) ** 2 - 0.375
    return np.round(low, 2), np.round((middle + half) ** 2 - 0.375, 2)


def _rate(
    windows: Windows, normal: Catalogue, layout: Layout, rate: str, around: Surroundings
) -> dict[str, Reals]:
    usual_events, usual_chances = pair(windows.usual, layout, rate)
    base = getattr(normal, rate)
    own = (usual_events + RATE_PRIOR * base) / (usual_chances + RATE_PRIOR)
    columns: dict[str, Reals] = {}
    for look, counts in (("today", windows.today), ("week", windows.week)):
        events, chances = pair(counts, layout, rate)
        known = chances > 0
        if rate == "listened":
            deviate = (events / np.maximum(chances, 1) / own - 1) * np.sqrt(chances) * 2
        elif rate == "sub30":
            # A share of starts: variance p (1-p), and tracks differ from day to day beyond chance.
            deviate = (events - chances * own) / np.sqrt(
                np.maximum(chances * own * (1 - own), 0.05) * (1 + 0.003 * chances)
            )
        else:
            deviate = _deviate(events, chances * own, 1 + 0.02 * chances * own)
        columns[f"{rate}_{look}"] = np.where(known, deviate, np.nan)
    week_events, week_chances = pair(windows.week, layout, rate)
    shrunk = (week_events + RATE_PRIOR / 2 * base) / (week_chances + RATE_PRIOR / 2)
    if rate == "listened":
        length = np.where(np.isnan(around.duration_seconds), 200.0, around.duration_seconds)
        columns["listened_week_catalogue"] = np.where(
            week_chances > 0, shrunk / np.maximum(length, 30.0), np.nan
        )
        columns["listened_usual_level"] = np.where(
            usual_chances > 0, own / np.maximum(length, 30.0), np.nan
        )
    else:
        columns[f"{rate}_week_catalogue"] = np.where(
            week_chances > 0, np.log2((shrunk + 1e-3) / (base + 1e-3)), np.nan
        )
        columns[f"{rate}_usual_level"] = np.where(
            usual_chances > 0, np.log2((own + 1e-3) / (base + 1e-3)), np.nan
        )
    return columns


def _excess_share(windows: Windows, around: Surroundings, layout: Layout) -> Reals:
    """Return the share of the week's plays above what was expected, 0 where that is unknown."""
    week = windows.week[:, layout.measure("streams")]
    expected = np.nan_to_num(around.expected_week, nan=0.0)
    share: Reals = np.clip(1 - expected / np.maximum(week, 1), 0, 1)
    return share


def _mix(
    windows: Windows, normal: Catalogue, layout: Layout, dimension: str, excess_share: Reals
) -> dict[str, Reals]:
    span = layout.span(dimension)
    mix = normal.mixes[dimension]
    usual = windows.usual[:, span]
    own = (usual + MIX_PRIOR * mix) / (usual.sum(axis=1, keepdims=True) + MIX_PRIOR)
    week, today = windows.week[:, span], windows.today[:, span]
    total = week.sum(axis=1)
    known = total > 0
    divergence_week = _divergence(week, own)
    shares = week / np.maximum(total, 1)[:, None]
    above = np.maximum(shares - own * (1 - excess_share)[:, None], 0)
    above_sum = _exact_sum(above)
    columns = {
        "divergence_today": _divergence(today, own),
        "divergence_week": divergence_week,
        "deviate_week": np.sqrt(2 * total * np.maximum(divergence_week, 0)),
        "catalogue_week": _divergence(week, np.broadcast_to(mix, week.shape)),
        "top_week": shares.max(axis=1, initial=0.0),
        "excess_top": above.max(axis=1, initial=0.0) * total / np.maximum(above_sum * total, 5.0),
    }
    if dimension == "territory":
        top = above.argmax(axis=1) if above.shape[1] else np.zeros(len(above), np.int64)
        columns_top = own[np.arange(len(own)), top] if above.shape[1] else np.zeros(len(own))
        return {
            **{f"{dimension}_{k}": np.where(known, v, np.nan) for k, v in columns.items()},
            "top_new": np.where(known, np.log2(columns_top + 1e-3), np.nan),
        }
    return {f"{dimension}_{k}": np.where(known, v, np.nan) for k, v in columns.items()}


def _divergence(counts: Counts, expected: Reals) -> Reals:
    """Return the Kullback-Leibler divergence of a mix from the expected one, in nats.

    What chance alone would show, (cells - 1) / 2 n (Miller 1955), is taken off; so it can be
    a little below 0.
    """
    total = counts.sum(axis=1)
    share = counts / np.maximum(total, 1)[:, None]
    terms = np.where(counts > 0, share * np.log(np.maximum(share, 1e-12) / expected), 0.0)
    cells = (counts > 0).sum(axis=1)
    bias = np.maximum(cells - 1, 0) / (2 * np.maximum(total, 1))
    return np.where(total > 0, _exact_sum(terms) - bias, np.nan)


def _exact_sum(terms: Reals) -> Reals:
    total: Reals = np.rint(terms * FIXED_POINT).astype(np.int64).sum(axis=1) / FIXED_POINT
    return total


def _engagement_rise(windows: Windows, around: Surroundings, layout: Layout) -> dict[str, Reals]:
    """Return how far saves and listeners of the week rose above their own usual counts."""
    expected_plays = np.maximum(windows.usual[:, layout.measure("streams")], 1)
    scale = around.expected_week / expected_plays
    columns: dict[str, Reals] = {}
    for name, measure, chances in (
        ("saves_rise", "saves", "saves_listeners"),
        ("listeners_rise", "listeners", "listeners_streams"),
    ):
        known = windows.week[:, layout.measure(chances)] > 0
        expected = windows.usual[:, layout.measure(measure)] * scale
        deviate = _deviate(windows.week[:, layout.measure(measure)], expected, 1 + 0.03 * expected)
        columns[name] = np.where(known, deviate, np.nan)
    return columns


def _active(windows: Windows, layout: Layout, excess_share: Reals) -> dict[str, Reals]:
    """Return the share of the week's plays, and of its excess, that somebody searched or kept."""
    span = layout.span("source")
    active = [span.start + layout.values("source").index(name) for name in ACTIVE_SOURCES]
    week = windows.week[:, span].sum(axis=1)
    usual = windows.usual[:, span].sum(axis=1)
    week_share = (windows.week[:, active].sum(axis=1) + 4.0) / (week + 10.0)
    usual_share = (windows.usual[:, active].sum(axis=1) + 4.0) / (usual + 10.0)
    above = week_share - usual_share * (1 - excess_share)
    excess = above / np.maximum(excess_share, 0.1)
    return {
        "active_week": np.where(week > 0, week_share, np.nan),
        "active_excess": np.where(
            (week > 0) & (excess_share > 0.1), np.clip(excess, -1, 2), np.nan
        ),
    }
