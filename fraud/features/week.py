"""A week of features: the days to be judged, and the four weeks before it that say what is normal.

The week begins on a Monday. Its reference (what the detectors learn from) ends on the Sunday
before, so no judged day is part of what it is judged by, and every day of a week meets the same
detectors whether it is run alone or in a range.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features import rehearsal
from fraud.features.evidence import (
    NAMES,
    Catalogue,
    band,
    catalogue,
    evidence,
    in_scale,
    scaled,
    unscaled,
)
from fraud.features.measured import measured
from fraud.features.panel import ALL_STORES, Gathered, Layout, Panel
from fraud.features.ruled import RuledDays, ruled_days
from fraud.features.spoilt import spoilt_days
from fraud.features.surroundings import Surroundings, known_days, levels, surroundings
from fraud.features.windows import GAP_DAYS, LOOK_BACK_DAYS, WEEK_DAYS, Windows, windows

LEARNT_LEVEL = "track"
"""The level whose week is rehearsed and learnt from; groups are judged by the same judge."""
REFERENCE_DAYS = 28
REFERENCE_ROWS = 24_000
"""At most so many rows of the reference are learnt from, drawn by the seed."""
REHEARSED_ROWS = {"bought": 8_000, "innocent": 4_000, "stopped": 2_000, "few": 600}
"""Rows of each kind that are rehearsed."""
PEOPLES = ("innocent", "stopped", "few")

Evidence = NDArray[np.float32]


@dataclass(frozen=True)
class Week:
    """What the detectors need of one level for one week."""

    monday: date
    level: str
    judged: pl.DataFrame
    """Keys (report_date, store, entity), what was counted and expected, then the evidence (NAMES)
    and what was measured; a row a unit on a day on which it was played."""
    reference: Evidence
    reference_folds: NDArray[np.int64]
    """0 or 1 for each row of the reference: rows of one artist share a fold."""
    bought: Evidence
    innocent: Evidence
    """Rows that look odd and are people's: innocent causes, and bought plays that are over."""
    ruled: Evidence
    """Rows of the past that a ruling covers; they are no part of `reference`."""
    ruled_days: RuledDays
    """What was ruled on them."""
    past_days: int
    """Days of the reference's four weeks that lie within the lake, the first of them included."""


def mondays(first_day: date, last_day: date) -> Iterator[tuple[date, date, date]]:
    """Yield (monday, first judged day, last judged day) of the weeks that a range touches."""
    day = first_day
    while day <= last_day:
        monday = day - timedelta(day.weekday())
        end = min(monday + timedelta(6), last_day)
        yield monday, day, end
        day = end + timedelta(1)


def reach(first_day: date) -> date:
    """Return the first day that the features of `first_day` read."""
    monday = first_day - timedelta(first_day.weekday())
    return monday - timedelta(REFERENCE_DAYS + LOOK_BACK_DAYS)


def week(
    gathered: Gathered,
    level: str,
    entities: pl.DataFrame,
    judged_days: tuple[date, date],
    seed: int,
    *,
    spoilt: pl.DataFrame | None = None,
    rulings: pl.DataFrame | None = None,
) -> Week:
    """Return the week of the judged days (all within one week) from what was gathered.

    `entities` has entity, artist, release_date, duration_seconds; `spoilt` names the days that are
    no part of what is usual (see `fraud.features.spoilt`), `rulings` what stores and analysts
    call artificial: entity, store (null = all), period_start, period_end, share (of the period's
    plays, null = not said).
    """
    first, last = judged_days
    monday = first - timedelta(first.weekday())
    sunday = monday - timedelta(1)
    whole = gathered.panel(reach(first), last, sunday)
    known = known_days(whole) & ~_spoilt(whole, spoilt)
    at = {day: number for number, day in enumerate(whole.days)}
    reference_days = _reference_days(whole, at[monday])
    if level != LEARNT_LEVEL:
        reference_days = reference_days[-WEEK_DAYS:]
    wanted = np.concatenate([reference_days, np.arange(at[first], at[last] + 1)])
    rows = levels(whole, wanted, known)
    draw = np.random.default_rng([seed, monday.toordinal(), sum(map(ord, level))])
    is_reference = (rows["day"] < at[monday]).to_numpy()
    sample = _sample(np.flatnonzero(is_reference), REFERENCE_ROWS, draw)
    ruled = ruled_days(rows, whole.days[0], rulings)
    sampled = np.union1d(sample, np.flatnonzero((ruled.case >= 0) & is_reference))
    taken = np.union1d(sampled, np.flatnonzero(~is_reference))
    views = _views(whole, wanted, known, taken)
    around = surroundings(rows, whole.days, entities).take(taken)
    rows, ruled = rows[taken], ruled.take(taken)
    stores = rows["store"].to_numpy()
    is_judged = (rows["day"] >= at[monday]).to_numpy()
    is_ruled = (ruled.case >= 0) & ~is_judged
    is_reference = ~is_judged & ~is_ruled

    low, high = band(views, around, whole.layout)
    seen: list[pl.DataFrame] = []
    order: list[NDArray[np.int64]] = []
    found = np.full((len(rows), len(NAMES)), np.nan, np.float32)
    rehearsed: dict[str, list[Evidence]] = {kind: [] for kind in REHEARSED_ROWS}
    rehearse = REHEARSED_ROWS if level == LEARNT_LEVEL else {}
    everywhere = np.flatnonzero((stores == ALL_STORES) & is_reference)
    for store in sorted({ALL_STORES, *stores}):
        here = np.flatnonzero(stores == store)
        there = np.flatnonzero((stores == store) & is_reference)
        # A store without a past of its own is held against all the others together.
        past = there if len(there) else everywhere
        found[here], normal = _judged_by(past, here, views, around, whole.layout)
        mine = np.flatnonzero((stores == store) & is_judged)
        order.append(mine)
        seen.append(measured(views.take(mine), around.take(mine), normal, whole.layout))
        share = len(there) / max(int(is_reference.sum()), 1)
        for kind, number in rehearse.items():
            chosen = there[draw.integers(0, max(len(there), 1), int(share * number))]
            rehearsed[kind].append(
                _rehearsed(
                    kind,
                    views.take(chosen),
                    around.take(chosen),
                    normal=normal,
                    layout=whole.layout,
                    draw=draw,
                )
            )
    keys = rows.select(
        (pl.lit(whole.days[0]) + pl.duration(days=pl.col("day")))
        .cast(pl.Date)
        .alias("report_date"),
        "store",
        "entity",
        "streams",
        expected_streams=pl.Series(around.expected_today).fill_nan(None).round(2),
        expected_low=pl.Series(low).fill_nan(None),
        expected_high=pl.Series(high).fill_nan(None),
    )
    judged_rows = np.concatenate(order)
    values = pl.DataFrame(found[judged_rows], schema=dict.fromkeys(NAMES, pl.Float32))
    judged = pl.concat([keys[judged_rows], values, pl.concat(seen)], how="horizontal")
    return Week(
        monday,
        level,
        judged.sort("report_date", "store", "entity"),
        found[is_reference],
        _folds(rows.filter(is_reference), entities),
        np.concatenate([found[:0], *rehearsed["bought"]]),
        np.concatenate([found[:0], *(row for kind in PEOPLES for row in rehearsed[kind])]),
        found[is_ruled],
        ruled.take(np.flatnonzero(is_ruled)),
        min(at[monday] - _first_day(whole), REFERENCE_DAYS),
    )


def _judged_by(
    past: NDArray[np.int64],
    rows: NDArray[np.int64],
    views: Windows,
    around: Surroundings,
    layout: Layout,
) -> tuple[Evidence, Catalogue]:
    """Return the evidence of some rows by what is normal in others, and what that is.

    `past` is a part of `rows` or lies outside of it; both are ordered.
    """
    present, history = views.take(rows), views.take(past)
    normal = catalogue(history, layout)
    bare = unscaled(present, around.take(rows), normal, layout)
    within = np.isin(rows, past)
    bare_past = (
        bare[within] if within.any() else unscaled(history, around.take(past), normal, layout)
    )
    normal = scaled(normal, bare_past, history, layout)
    return in_scale(bare, present, normal, layout), normal


def _spoilt(whole: Panel, spoilt: pl.DataFrame | None) -> NDArray[np.bool_]:
    if spoilt is None:
        return np.zeros((whole.units.height, len(whole.days)), np.bool_)
    return spoilt_days(whole, spoilt)


def _reference_days(whole: Panel, monday: int) -> NDArray[np.int64]:
    """Return the day indices of the four weeks before, without those too early to have a past.

    In the first two weeks of a lake nothing has a past to be judged by; such days would teach that
    it is normal to have none. They count only where there are no later ones.
    """
    days = np.arange(monday - REFERENCE_DAYS, monday)
    settled = days[days >= _first_day(whole) + GAP_DAYS + WEEK_DAYS]
    return settled if len(settled) >= WEEK_DAYS else days


def _first_day(whole: Panel) -> int:
    return int(whole.counts["day"].min() or 0) if len(whole.counts) else 0  # type: ignore[arg-type]


def _folds(rows: pl.DataFrame, entities: pl.DataFrame) -> NDArray[np.int64]:
    artists = rows.select("entity").join(entities, on="entity", how="left", maintain_order="left")
    names = artists.select(pl.coalesce("artist", "entity")).to_series()
    return np.array([crc32(name.encode()) % 2 for name in names], np.int64)


def _sample(rows: NDArray[np.int64], most: int, draw: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(draw.choice(rows, most, replace=False)) if len(rows) > most else rows


def _views(
    whole: Panel, wanted: NDArray[np.int64], known: NDArray[np.bool_], taken: NDArray[np.int64]
) -> Windows:
    """Return the windows of the taken ones of all rows, which are ordered by unit and day."""
    parts: list[Windows] = []
    start = 0
    for units, block in whole.blocks():
        played = block[:, wanted, whole.layout.measure("streams")] > 0
        stop = start + int(np.count_nonzero(played))
        mine = taken[(taken >= start) & (taken < stop)] - start
        parts.append(windows(block, whole.layout, wanted, known[units], mine))
        start = stop
    return Windows(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Windows.__dataclass_fields__
        )
    )


def _rehearsed(
    kind: str,
    views: Windows,
    around: Surroundings,
    *,
    normal: Catalogue,
    layout: Layout,
    draw: np.random.Generator,
) -> Evidence:
    if not len(views.unit):
        return np.empty((0, len(NAMES)), np.float32)
    changed, surrounded = getattr(rehearsal, kind)(views, around, normal, layout, draw)
    return evidence(changed, surrounded, normal, layout)


__all__ = ["ALL_STORES", "NAMES", "Week", "mondays", "reach", "week"]
