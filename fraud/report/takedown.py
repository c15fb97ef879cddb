"""How likely it is that a store or a distributor takes an incident's tracks down.

Distributors warn first and take down on the second finding (TuneCore and Random Sounds on their
help pages), and they act on what the stores rule: so what counts is whether a store has ruled on
the tracks before, and whether one will after this month.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from fraud.report.money import CERTAIN_SCORE, Books, Cost, Plays, crossing_chance

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
    last_month: Mapping[str, Plays],
    books: Books,
) -> tuple[str, str]:
    """Return the risk, low, medium or high, and the reason for it as a sentence.

    `last_month` are the plays of each track in the month before, as far as nights judged them.
    """
    ruled = sorted(
        {
            str(row["store"])
            for row in books.rulings
            if _is_of(row, isrcs, upcs) and row["period_end"] >= day - timedelta(days=RULED_DAYS)
        }
    )
    over = {track for track, chance in spent.crossing.items() if chance * spent.score >= LIKELY}
    again = {track for track in over if _was_over(last_month.get(track, Plays()))}
    if ruled and spent.score >= CERTAIN_SCORE:
        return "high", f"{_listed(ruled)} ruled on these plays before, and they go on."
    if again:
        return "high", f"{_counted(again)} likely to end a second month above a store's line."
    if over:
        return "medium", f"{_counted(over)} likely to end this month above a store's line."
    if ruled:
        return "medium", f"{_listed(ruled)} ruled on these plays before."
    return "low", "No store has ruled on it, and no track is likely to cross a store's line."


def _was_over(plays: Plays) -> bool:
    share = plays.suspected / plays.streams if plays.streams else 0.0
    return crossing_chance(share) >= LIKELY


def _counted(tracks: Collection[str]) -> str:
    return f"{len(tracks)} track{'s' * (len(tracks) != 1)}"


def _is_of(row: Mapping[str, Any], isrcs: Collection[str], upcs: Collection[str]) -> bool:
    return row["isrc"] in isrcs if row["isrc"] is not None else row["upc"] in upcs


def _listed(stores: list[str]) -> str:
    names = [store.replace("_", " ").title() for store in stores]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
