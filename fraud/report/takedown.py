"""How likely it is that a store or a distributor takes an incident's tracks down.

Distributors warn first and take down on the second finding (TuneCore and Random Sounds on their
help pages), and they act on what the stores rule: so what counts is whether a store has ruled on
the tracks before, and whether one will after this month.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from fraud.report.money import CERTAIN_SCORE, Books, Cost

RULED_DAYS = 365
"""A ruling this old is still remembered."""
LIKELY = 0.5
"""Chance from which a track is said to cross a store's line."""


def takedown(
    day: date,
    spent: Cost,
    *,
    isrcs: Collection[str],
    upcs: Collection[str],
    first_day: date,
    books: Books,
) -> tuple[str, str]:
    """Return the risk, low, medium or high, and the reason for it as a sentence."""
    ruled = sorted(
        {
            str(row["store"])
            for row in books.rulings
            if _is_of(row, isrcs, upcs) and row["period_end"] >= day - timedelta(days=RULED_DAYS)
        }
    )
    over = sum(chance * spent.score >= LIKELY for chance in spent.crossing.values())
    tracks = f"{over} track{'s' * (over != 1)}"
    if ruled and spent.score >= CERTAIN_SCORE:
        return "high", f"{_listed(ruled)} ruled on these plays before, and they go on."
    if over and first_day < day.replace(day=1):
        return "high", f"{tracks} likely to end a second month above a store's line."
    if over:
        return "medium", f"{tracks} likely to end this month above a store's line."
    if ruled:
        return "medium", f"{_listed(ruled)} ruled on these plays before."
    return "low", "No store has ruled on it, and no track is likely to cross a store's line."


def _is_of(row: Mapping[str, Any], isrcs: Collection[str], upcs: Collection[str]) -> bool:
    return row["isrc"] in isrcs if row["isrc"] is not None else row["upc"] in upcs


def _listed(stores: list[str]) -> str:
    names = [store.replace("_", " ").title() for store in stores]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
