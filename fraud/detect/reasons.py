"""Reasons: what carries a score, in sentences with the measured value, the expected one, the odds.

A family of evidence carries as much of a score as the log odds fall when the family is taken for
unremarkable (leave-one-group-out). Families that lower the odds are what speaks for people.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraud.tables import DIMENSIONS, EVIDENCE, RATES

Row = Mapping[str, Any]

NAMES = [column.name for column in EVIDENCE]
FAMILIES: dict[str, list[str]] = {
    "rise": [
        "rise_today",
        "rise_week",
        "rise_long",
        "deviate_today",
        "deviate_week",
        "step",
        "ebb",
    ],
    "rhythm": ["flatness", "equal_days"],
    "siblings": ["siblings"],
    "other_stores": ["other_stores"],
    "age": ["age_log", "artist_release_log"],
    **{
        rate: [name for name in NAMES if name.startswith(f"{rate}_")]
        + ([f"{rate}_rise"] if rate == "saves" else [])
        + (["listeners_rise"] if rate == "repeats" else [])
        for rate in RATES
    },
    **{
        dimension: [name for name in NAMES if name.startswith(f"{dimension}_")]
        + (["active_week", "active_excess"] if dimension == "source" else [])
        + (["pushed_week", "pushed_excess"] if dimension == "source" else [])
        for dimension in DIMENSIONS
    },
}
EXPLAINED_SCORE = 0.05
"""Below this probability nothing is said of a row."""
TOLD_SCORE = 0.5
"""From this probability a row has a reason, even if no sign of it is one by itself."""
SURE_DEVIATE = 2.0
"""From so many standard deviations a difference has a chance, and is none of people's."""
LEAST_SHARE = 0.3
"""Log odds below which a family is not worth a sentence."""


NOTHING_ALONE = "No sign stands out by itself; together they are unlike what people do here."


def contributions(
    rows: NDArray[np.float32],
    neutral: NDArray[np.float32],
    judge: Callable[[NDArray[np.float32]], NDArray[np.float64]],
) -> dict[str, NDArray[np.float64]]:
    """Return for each family the log odds that it adds to each row."""
    variants = [rows]
    for names in FAMILIES.values():
        changed = rows.copy()
        columns = [NAMES.index(name) for name in names]
        changed[:, columns] = np.where(np.isnan(rows[:, columns]), np.nan, neutral[columns])
        variants.append(changed)
    odds = judge(np.concatenate(variants)).reshape(len(variants), len(rows))
    return {family: odds[0] - odds[at] for at, family in enumerate(FAMILIES, 1)}


def sentences(row: Row, added: Mapping[str, float]) -> tuple[list[str], str]:
    """Return up to three reasons, strongest first, and what speaks for people ('' if nothing)."""
    ranked = sorted(added, key=lambda family: -added[family])
    reasons = [
        _SAID[family](row)
        for family in ranked
        if added[family] >= LEAST_SHARE and _leaning(family, row) > 0
    ]
    against = [
        _SAID[family](row)
        for family in reversed(ranked)
        if added[family] <= -LEAST_SHARE and _leaning(family, row) < 0
    ]
    return [text for text in reasons if text][:3], " ".join([text for text in against if text][:2])


def together(row: Row, added: Mapping[str, float]) -> str:
    """Return the sentence of a suspect row none of whose signs is a reason by itself."""
    ranked = sorted((family for family in added if added[family] > 0), key=lambda f: -added[f])
    measured = (family for family in ranked if _leaning(family, row))
    signs = [text.rstrip(".") for family in measured if (text := _SAID[family](row))]
    if not signs:
        return NOTHING_ALONE
    return f"No sign stands out by itself; the strongest of many small ones: {signs[0]}."


def _leaning(family: str, row: Row) -> int:
    """Return 1 where the measured value speaks for machines, -1 for people, 0 for neither.

    A family can carry a score only in company; a sentence has to make sense alone.
    """
    if family == "rise":
        return (
            1 if row["expected_high"] is not None and row["streams"] > row["expected_high"] else 0
        )
    if family == "rhythm":
        steady = row["flatness"] is not None and row["flatness"] < 0
        return 1 if steady or (row["equal_days"] or 0) >= 2 else 0
    if family in ("siblings", "other_stores"):
        rise = row[f"{family}_rise"]
        return 0 if rise is None else (-1 if rise >= 1.3 else 1)
    if family == "age":
        return -1
    if family in DIMENSIONS:
        share, usual = row[f"{family}_share"], row[f"{family}_usual"]
        return 0 if share is None else (1 if share - usual >= 0.1 else -1)
    return _rate_leaning(family, row)


def _rate_leaning(rate: str, row: Row) -> int:
    seen = row[f"{rate}_seen"]
    if seen is None:
        return 0
    usual, normal = row[f"{rate}_usual"], row[f"{rate}_normal"]
    against = normal if usual is None else usual
    deviate = row[f"{rate}_week"] or 0.0
    if rate in ("saves", "sub30"):
        is_odd, is_usual = seen < 0.8 * max(against, normal), deviate > -SURE_DEVIATE
    elif rate == "repeats":
        is_odd = 1 + seen > 1.2 * (1 + against)
        is_usual = abs(seen - against) < 0.2 and deviate < SURE_DEVIATE
    else:
        is_odd = abs(seen / max(against, 1.0) - 1) > 0.1
        is_usual = abs(deviate) < SURE_DEVIATE
    return 1 if is_odd else -1 if is_usual else 0


def _sure(deviate: float | None) -> str:
    """Return how unlikely a deviate is, in words; '' below SURE_DEVIATE."""
    if deviate is None or abs(deviate) < SURE_DEVIATE:
        return ""
    if abs(deviate) > 6:
        return " (chance: less than 1 in a billion)"
    odds = 1 / (0.5 * np.exp(-0.717 * abs(deviate) - 0.416 * deviate**2))
    return f" (chance: about 1 in {_number(odds)})"


def _number(value: float) -> str:
    """Return a number with at most two significant digits below 100, else with separators."""
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}" if value >= 10_000 else f"{value:,.0f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _rise(row: Row) -> str:
    expected = row["expected_streams"]
    if expected is None:
        return ""
    low, high = row["expected_low"], row["expected_high"]
    return (
        f"{row['streams']:,} plays where {_number(expected)} were to be expected"
        f" (range {_number(max(low, 0.0) + 0.0)}–{_number(high)})."
    )


def _rhythm(row: Row) -> str:
    if row["equal_days"] and row["equal_days"] >= 2:
        return (
            f"{row['equal_days'] + 1:.0f} of the last seven days have exactly"
            f" {row['streams']:,} plays; people's counts scatter."
        )
    if row["flatness"] is None:
        return ""
    ratio = 2 ** row["flatness"]
    how = "steadier" if ratio < 1 else "more abrupt"
    return (
        f"The last seven days' plays are {how} than chance: variance to mean {_number(ratio)}"
        " where independent plays give 1."
    )


def _siblings(row: Row) -> str:
    rise = row["siblings_rise"]
    if rise is None:
        return ""
    if rise < 1.3:
        return f"The artist's other tracks stood still (×{_number(rise)} of the expected)."
    return f"The artist's other tracks rose as well (×{_number(rise)} of the expected)."


def _other_stores(row: Row) -> str:
    rise = row["other_stores_rise"]
    if rise is None:
        return ""
    if rise < 1.3:
        return f"The other stores show nothing of it (×{_number(rise)} of the expected)."
    return f"The other stores show it as well (×{_number(rise)} of the expected)."


def _age(row: Row) -> str:
    age = row["age_days"]
    return "" if age is None or age > 60 else f"Released {age:.0f} days ago."


def _rate(rate: str, text: str, scale: float, unit: str) -> Callable[[Row], str]:
    def said(row: Row) -> str:
        seen = row[f"{rate}_seen"]
        if seen is None:
            return ""
        usual, normal = row[f"{rate}_usual"], row[f"{rate}_normal"]
        offset = 1 if rate == "repeats" else 0
        own = (
            f"its own past has {_number((usual + offset) * scale)}{unit}, "
            if usual is not None
            else ""
        )
        return (
            f"{_number((seen + offset) * scale)}{unit} {text} in the last seven days;"
            f" {own}the catalogue {'has ' * (not own)}{_number((normal + offset) * scale)}{unit}"
            f"{_sure(row[f'{rate}_week'])}."
        )

    return said


def _mix(dimension: str) -> Callable[[Row], str]:
    def said(row: Row) -> str:
        cell, share, usual = (row[f"{dimension}_{part}"] for part in ("cell", "share", "usual"))
        if cell is None:
            return ""
        return (
            f"{share:.0%} of the last seven days' plays with {dimension} {cell},"
            f" usually {usual:.0%}{_sure(row[f'{dimension}_deviate_week'])}."
        )

    return said


_SAID: dict[str, Callable[[Row], str]] = {
    "rise": _rise,
    "rhythm": _rhythm,
    "siblings": _siblings,
    "other_stores": _other_stores,
    "age": _age,
    "saves": _rate("saves", "saves per 100 listeners", 100, ""),
    "repeats": _rate("repeats", "streams per listener", 1, ""),
    "sub30": _rate("sub30", "of starts end before 30 s", 100, "%"),
    "listened": _rate("listened", "listened per play", 1, " s"),
    **{dimension: _mix(dimension) for dimension in DIMENSIONS},
}
