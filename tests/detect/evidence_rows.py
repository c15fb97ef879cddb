"""Rows of evidence drawn by a seed: people's, bought ones, and innocent ones that look odd."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from fraud.detect.judge import Judge, RuledDays
from fraud.detect.scores import judge
from fraud.tables import DIMENSIONS, EVIDENCE, RATES

NAMES = [column.name for column in EVIDENCE]
RISEN = ("rise_today", "rise_week", "deviate_today", "deviate_week", "step")
"""What rises with every crowd, of people or of machines."""
BOUGHT = ("source_deviate_week", "source_divergence_week", "territory_deviate_week", "repeats_week")
"""What only machines do, with fewer savers."""
TOGETHER = ("siblings", "other_stores", "saves_rise", "listeners_rise")
"""What only people do."""


PAST_ROWS = 3_000


@dataclass(frozen=True)
class Ruled:
    """What rulings say of rows of the past."""

    case: np.ndarray
    share: np.ndarray
    streams: np.ndarray


def ruled_days(rows: int, share: float = 0.5) -> RuledDays:
    """Return days of one ruling, each of a hundred plays."""
    return Ruled(np.zeros(rows, np.int64), np.full(rows, share), np.full(rows, 100))


@dataclass(frozen=True)
class Past:
    """What a judge learns from."""

    reference: np.ndarray
    reference_folds: np.ndarray
    bought: np.ndarray
    innocent: np.ndarray
    ruled: np.ndarray
    ruled_days: RuledDays
    past_days: int

    def judge(self, seed: int = 1) -> Judge | None:
        return judge(self, seed)


def people(rows: int, seed: int) -> np.ndarray:
    """Return ordinary rows: every piece of evidence scatters around 0."""
    return np.random.default_rng(seed).normal(0, 1, (rows, len(NAMES))).astype(np.float32)


def lifted(rows: np.ndarray, by: float, *names: str) -> np.ndarray:
    changed = rows.copy()
    changed[:, [NAMES.index(name) for name in names]] += by
    return changed


def bought(rows: int, seed: int) -> np.ndarray:
    return lifted(lifted(lifted(people(rows, seed), 5, *RISEN), 5, *BOUGHT), -4, "saves_week")


def innocent(rows: int, seed: int) -> np.ndarray:
    return lifted(lifted(people(rows, seed), 5, *RISEN), 4, *TOGETHER)


def past(past_days: int = 28, **changed: Any) -> Past:
    reference = people(PAST_ROWS, 1)
    given: dict[str, Any] = {
        "ruled": people(0, 1),
        "ruled_days": ruled_days(0),
        "reference": reference,
        "reference_folds": np.arange(len(changed.get("reference", reference))) % 2,
        "bought": bought(2_500, 2),
        "innocent": innocent(1_000, 3),
        "past_days": past_days,
    }
    return Past(**(given | changed))


def probability(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))


MEASURED = {
    **{f"{rate}_{part}": None for rate in RATES for part in ("seen", "usual", "normal", "chances")},
    **{f"{name}_{part}": None for name in DIMENSIONS for part in ("cell", "share", "usual")},
    **dict.fromkeys(("week_streams", "week_expected")),
    **dict.fromkeys(("siblings_rise", "other_stores_rise", "age_days", "days_equal")),
}
TYPES = {
    **dict.fromkeys(MEASURED, pl.Float64),
    **{f"{name}_cell": pl.String for name in DIMENSIONS},
    **dict.fromkeys(NAMES, pl.Float32),
    "report_date": pl.Date,
    "store": pl.String,
    "entity": pl.String,
    "streams": pl.Int64,
    **dict.fromkeys(("expected_streams", "expected_low", "expected_high"), pl.Float64),
}


def row(**known: Any) -> dict[str, Any]:
    """Return a judged row of which only what is given is known."""
    empty = MEASURED | dict.fromkeys(NAMES) | dict.fromkeys(TYPES)
    return empty | {"streams": 100} | known
