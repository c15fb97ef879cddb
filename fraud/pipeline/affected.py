"""Which judged nights a changed day reaches: those whose look-back holds it."""

from collections.abc import Collection
from datetime import date

from fraud.lake import Lake
from fraud.tables import DELIVERED, SCORES


def affected_nights(lake: Lake, changed: Collection[date]) -> list[date]:
    """Return the judged nights that read one of the changed days, in order."""
    nights = lake.days(SCORES)
    if not nights or not changed or min(changed) > nights[-1]:
        return []
    from fraud.features.week import reach

    return [night for night in nights if any(reach(night) <= day <= night for day in changed)]


def stale_nights(lake: Lake) -> list[date]:
    """Return the nights that were judged before the plays they are judged by last changed.

    Told from the lake's own commits: the days of a table and the moment each was last written.
    """
    judged = lake.written(SCORES)
    changes = [lake.written(table) for table in DELIVERED]
    if not judged or not any(changes):
        return []
    from fraud.features.week import reach

    return [
        night
        for night, moment in sorted(judged.items())
        if any(
            reach(night) <= day <= night and written > moment
            for change in changes
            for day, written in change.items()
        )
    ]


def spans(days: Collection[date]) -> list[tuple[date, date]]:
    """Return the runs of consecutive days, each as its first and last."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
