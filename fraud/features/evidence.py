"""The evidence: for each row, how far what was counted departs from what people would have made.

Every number is made so that 12 plays and 12,000 are judged by what they can show: a deviate of a
count or a rate (0 = as expected, in standard deviations), a divergence of a mix corrected for its
sample size, or a rate shrunk towards the rate of the catalogue. NaN = the report does not say.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fraud.features.panel import Counts, Layout
from fraud.features.surroundings import Surroundings
from fraud.features.windows import LONG_DAYS, WEEK_DAYS, Reals, Windows
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
PUSHED_SOURCES = ("editorial_playlist", "algorithmic", "radio")
"""Where the store itself puts it forward."""
EXCESS_PRIOR = 8.0
"""What came on top is taken for the unit's own as if so many plays of its own were in it."""
LISTENED_STEADY = 2_000.0
"""Seconds a play become no surer by more plays than these."""
MEASURED_SCALES = (
    *(f"{rate}_{look}" for rate in RATES for look in ("today", "week", "long")),
    *(f"{name}_{look}" for name in DIMENSIONS for look in ("today", "deviate_week", "long")),
)
"""Deviates whose unit is measured on the catalogue: stores and genres scatter more than chance."""
SCALE_BUCKETS = 16
LEAST_BUCKET = 60
"""Rows of about one sample size from which their scatter is measured."""
MOST_DEVIANT = 1e7
"""One cell adds at most so much to a statistic: it has to stay exact as an integer."""
LEAST_SCALE = 0.02
NORMAL_MEDIAN = 0.6745
"""Median of the size of a standard normal deviate."""

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
    scales: dict[str, Reals] = field(default_factory=dict)
    """For each of MEASURED_SCALES its usual scatter by sample size, in powers of two."""

    def scale(self, name: str, size: Counts) -> Reals:
        """Return the usual scatter of a deviate in samples of that size."""
        found: Reals = self.scales[name][_bucket(size)]
        return found


def sample(windows: Windows, layout: Layout, name: str) -> Counts:
    """Return the sample size of each row behind a deviate: chances of a rate, plays of a mix."""
    unit, _, look = name.partition("_")
    counts = {"today": windows.today, "long": windows.long}.get(look, windows.week)
    if unit in RATES:
        return pair(counts, layout, unit)[1]
    total: Counts = counts[:, layout.span(unit)].sum(axis=1)
    return total


def _bucket(size: Counts) -> Counts:
    return np.minimum(np.log2(np.maximum(size, 1)).astype(np.int64), SCALE_BUCKETS - 1)


def scaled(normal: Catalogue, bare: Reals, windows: Windows, layout: Layout) -> Catalogue:
    """Return the catalogue with the scatter of each deviate measured on these rows.

    `bare` is their unscaled evidence. The middle half is looked at, so that the odd rows among them
    do not widen what is usual. Sizes of which there are too few rows take the scatter of the next
    smaller ones.
    """
    scales: dict[str, Reals] = {}
    for name in MEASURED_SCALES:
        values = _rounded(bare[:, NAMES.index(name)]).astype(np.float64)
        bucket = _bucket(sample(windows, layout, name))
        known = np.isfinite(values)
        scale = np.ones(SCALE_BUCKETS)
        current = 1.0
        for at in range(SCALE_BUCKETS):
            here = np.abs(values[known & (bucket == at)])
            if len(here) >= LEAST_BUCKET:
                current = max(float(np.median(here)) / NORMAL_MEDIAN, LEAST_SCALE)
            scale[at] = current
        scales[name] = scale
    return replace(normal, scales=scales)


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
    return in_scale(unscaled(windows, around, normal, layout), windows, normal, layout)


def in_scale(
    bare: Reals, windows: Windows, normal: Catalogue, layout: Layout
) -> NDArray[np.float32]:
    """Return unscaled evidence with each deviate in units of the catalogue's own scatter."""
    columns = bare.copy()
    for name in normal.scales:
        columns[:, NAMES.index(name)] /= normal.scale(name, sample(windows, layout, name))
    return _rounded(columns)


def _rounded(values: Reals) -> NDArray[np.float32]:
    return np.round(values, 4).astype(np.float32)


def unscaled(windows: Windows, around: Surroundings, normal: Catalogue, layout: Layout) -> Reals:
    """Return rows × NAMES with deviates as if every unit scattered by chance alone."""
    columns: dict[str, Reals] = {}
    columns |= _level(windows, around, layout)
    base = _base(windows, around, layout)
    for rate in RATES:
        columns |= _rate(windows, normal, layout, rate, base)
    _of_length(columns, around, normal)
    for dimension in DIMENSIONS:
        columns |= _mix(windows, normal, layout, dimension, base)
    columns |= _engagement_rise(windows, around, layout)
    columns |= _active(windows, normal, layout, base)
    return np.column_stack([columns[name] for name in NAMES])


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
    older_rate = windows.older[:, streams] / np.maximum(windows.older_days, 1)
    rise_long = np.log2(
        (windows.long[:, streams] + 8.0) / (older_rate * LONG_DAYS * around.market + 8.0)
    )
    return {
        "rise_long": np.where(windows.older_days >= WEEK_DAYS, rise_long, np.nan),
        "streams_log": np.log2(today + 1.0),
        "expected_log": np.log2(around.expected_today + 1.0),
        "rise_today": np.log2((today + 2.0) / (around.expected_today + 2.0)),
        "rise_week": np.log2((week + 4.0) / (around.expected_week + 4.0)),
        "deviate_today": _deviate(today, around.expected_today, scatter),
        "deviate_week": _deviate(week, around.expected_week, scatter * 2),
        "step": np.log2((today + 2.0) / (before + 2.0)),
        "ebb": np.log2((today + 2.0) / (recent.max(axis=1) + 2.0)),
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


def _base(windows: Windows, around: Surroundings, layout: Layout) -> Reals:
    """Return by how much the usual weeks are to be multiplied to make what is expected of a week.

    At most the week itself: what is missing of the expected brings nothing of another kind. 0 where
    nothing is known to be expected.
    """
    streams = layout.measure("streams")
    usual = np.maximum(windows.usual[:, streams], 1)
    expected = np.minimum(np.nan_to_num(around.expected_week), windows.week[:, streams])
    scale: Reals = expected / usual
    return scale


def _rate(
    windows: Windows,
    normal: Catalogue,
    layout: Layout,
    rate: str,
    base: Reals,
) -> dict[str, Reals]:
    usual_events, usual_chances = pair(windows.usual, layout, rate)
    common = getattr(normal, rate)
    own = (usual_events + RATE_PRIOR * common) / (usual_chances + RATE_PRIOR)
    columns: dict[str, Reals] = {}
    for look, counts in (("today", windows.today), ("week", windows.week)):
        columns[f"{rate}_{look}"] = _rate_deviate(
            rate, pair(counts, layout, rate), own, usual_chances
        )
    older_events, older_chances = pair(windows.older, layout, rate)
    older = (older_events + RATE_PRIOR * common) / (older_chances + RATE_PRIOR)
    columns[f"{rate}_long"] = np.where(
        older_chances > 0,
        _rate_deviate(rate, pair(windows.long, layout, rate), older, older_chances),
        np.nan,
    )
    week_events, week_chances = pair(windows.week, layout, rate)
    shrunk = (week_events + RATE_PRIOR / 2 * common) / (week_chances + RATE_PRIOR / 2)
    above_events = np.maximum(week_events - own * usual_chances * base, 0)
    above_chances = np.maximum(week_chances - usual_chances * base, 0)
    above = (above_events + EXCESS_PRIOR * own) / (above_chances + EXCESS_PRIOR)
    columns[f"{rate}_excess"] = np.where(
        week_chances > 0, np.log2((above + 1e-3) / (own + 1e-3)), np.nan
    )
    columns[f"{rate}_week_catalogue"] = np.where(
        week_chances > 0, np.log2((shrunk + 1e-3) / (common + 1e-3)), np.nan
    )
    columns[f"{rate}_usual_level"] = np.where(
        usual_chances > 0, np.log2((own + 1e-3) / (common + 1e-3)), np.nan
    )
    return columns


def _of_length(columns: dict[str, Reals], around: Surroundings, normal: Catalogue) -> None:
    """Turn seconds against the catalogue into the share of the track that is heard."""
    length = np.where(np.isnan(around.duration_seconds), 200.0, around.duration_seconds)
    for name in ("listened_week_catalogue", "listened_usual_level"):
        seconds = np.exp2(columns[name]) * normal.listened
        columns[name] = seconds / np.maximum(length, 30.0)


def _rate_deviate(rate: str, seen: tuple[Counts, Counts], own: Reals, known: Counts) -> Reals:
    """Return a deviate of a rate from the unit's own, which itself is known from `known` chances.

    Its unit is measured on the catalogue (`Catalogue.scale`); here it is as if chances were
    independent.
    """
    events, chances = seen
    unsure = 1 + chances / (known + RATE_PRIOR)
    if rate == "listened":
        deviate = np.log2((events + own) / ((chances + 1) * own)) * np.sqrt(
            chances / unsure / (1 + chances / LISTENED_STEADY)
        )
    elif rate == "sub30":
        deviate = (events - chances * own) / np.sqrt(
            np.maximum(chances * own * (1 - own), 0.05) * unsure
        )
    else:
        deviate = _deviate(events, chances * own, unsure)
    return np.where(chances > 0, deviate, np.nan)


def _mix(
    windows: Windows, normal: Catalogue, layout: Layout, dimension: str, base: Reals
) -> dict[str, Reals]:
    span = layout.span(dimension)
    mix = normal.mixes[dimension]
    usual, older = windows.usual[:, span], windows.older[:, span]
    known_by = usual.sum(axis=1) + MIX_PRIOR
    own = (usual + MIX_PRIOR * mix) / known_by[:, None]
    week, today = windows.week[:, span], windows.today[:, span]
    total = week.sum(axis=1)
    known = total > 0
    shares = week / np.maximum(total, 1)[:, None]
    above = np.maximum(week - usual * base[:, None], 0)
    above_sum = _exact_sum(above)
    top = above.argmax(axis=1) if above.shape[1] else np.zeros(len(above), np.int64)
    rows = np.arange(len(above))
    above_mix = (above + EXCESS_PRIOR * own) / (above_sum + EXCESS_PRIOR)[:, None]
    older_total = older.sum(axis=1)
    before = (older + MIX_PRIOR * mix) / (older_total + MIX_PRIOR)[:, None]
    columns = {
        "today": _mix_deviate(today, own, known_by),
        "deviate_week": _mix_deviate(week, own, known_by),
        "long": np.where(
            older_total > 0,
            _mix_deviate(windows.long[:, span], before, older_total + MIX_PRIOR),
            np.nan,
        ),
        "divergence_week": _divergence(week, own),
        "catalogue_week": _divergence(week, np.broadcast_to(mix, week.shape)),
        "top_week": shares.max(axis=1, initial=0.0),
        "excess": _exact_sum(above_mix * np.log(above_mix / own)),
        "excess_top": above.max(axis=1, initial=0.0) / np.maximum(above_sum, 5.0),
        "excess_odd": np.log2(own[rows, top] + 1e-3) if above.shape[1] else np.zeros(len(above)),
    }
    return {f"{dimension}_{k}": np.where(known, v, np.nan) for k, v in columns.items()}


def _mix_deviate(counts: Counts, expected: Reals, known: Reals | Counts) -> Reals:
    """Return how far a mix is from the expected one, in deviates; about 0 if it is the same.

    Pearson's statistic, its variance widened by how well the expected is known, brought to a
    normal scale by the cube root (Wilson & Hilferty 1931).
    """
    total = counts.sum(axis=1)
    at = total[:, None] * expected
    cells = np.minimum((counts - at) ** 2 / np.maximum(at, 0.5), MOST_DEVIANT)
    freedom = np.maximum((expected * total[:, None] > 0.5).sum(axis=1) - 1, 1)
    statistic = _exact_sum(cells) / (1 + total / known)
    spread = 2 / (9 * freedom)
    deviate = (np.cbrt(statistic / freedom) - (1 - spread)) / np.sqrt(spread)
    return np.where(total > 0, deviate, np.nan)


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


def _active(windows: Windows, normal: Catalogue, layout: Layout, base: Reals) -> dict[str, Reals]:
    """Return what somebody searched for or kept, and what the store put forward, as shares.

    Of the week's plays and of what came on top of the expected ones.
    """
    span = layout.span("source")
    mix = normal.mixes["source"]
    week, usual = windows.week[:, span], windows.usual[:, span]
    own = (usual + MIX_PRIOR * mix) / (usual.sum(axis=1, keepdims=True) + MIX_PRIOR)
    above = np.maximum(week - usual * base[:, None], 0)
    total = week.sum(axis=1)
    above_mix = (above + EXCESS_PRIOR * own) / (_exact_sum(above) + EXCESS_PRIOR)[:, None]
    names = layout.values("source")
    columns: dict[str, Reals] = {}
    for name, sources in (("active", ACTIVE_SOURCES), ("pushed", PUSHED_SOURCES)):
        there = [names.index(source) for source in sources]
        share = (week[:, there].sum(axis=1) + 1.0) / (total + 3.0)
        columns[f"{name}_week"] = np.where(total > 0, share, np.nan)
        excess = _exact_sum(above_mix[:, there])
        columns[f"{name}_excess"] = np.where(total > 0, excess, np.nan)
    return columns
