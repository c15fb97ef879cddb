"""Which days a feed owes: due, late, or missing though later ones came."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from fraud.config import Settings
from fraud.feed_settings import Feed
from fraud.lake import Lake
from fraud.pipeline.pulled import Pulled, remembered
from fraud.tables import DELIVERIES


@dataclass(frozen=True)
class Punctuality:
    """The days of one feed that should have come and have not; each is in one of the three."""

    feed: str
    last_day: date | None
    """The last day that came."""
    due: tuple[date, ...] = ()
    """The moment by which they are due is over, the one from which they are late is not."""
    late: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()
    """They are late, and a later day has come."""

    def as_dict(self) -> dict[str, Any]:
        """Return the same for a machine; days as YYYY-MM-DD."""
        return {
            "feed": self.feed,
            "last_day": str(self.last_day) if self.last_day else None,
            **{
                name: [str(day) for day in days]
                for name, days in (
                    ("due", self.due),
                    ("late", self.late),
                    ("missing", self.missing),
                )
            },
        }

    def sentences(self) -> Iterator[str]:
        """Yield what a person should know."""
        came = (
            f"the last day that came is {self.last_day}" if self.last_day else "nothing ever came"
        )
        for word, days in (("Late", self.late), ("Missing", self.missing), ("Due", self.due)):
            if days:
                yield f"{word}: {self.feed}, {_listed(days)}; {came}."


def punctuality(settings: Settings, now: datetime) -> list[Punctuality]:
    """Return what each feed of the settings owes at `now`; feeds without `due` owe nothing."""
    lake = Lake(settings.lake_address)
    return [
        owed(name, feed, days_of(lake, remembered(lake, name)), now)
        for name, feed in sorted(settings.feeds.items())
    ]


def days_of(lake: Lake, pulled: Mapping[str, Pulled]) -> set[date]:
    """Return the days that came: those the files' names tell, else those that were loaded."""
    files = [one for one in pulled.values() if one.outcome != "no_plays"]
    named = {one.day for one in files if one.day}
    if named or not files:
        return named
    loads = [one.delivery_id for one in files if one.delivery_id]
    return set(lake.read(DELIVERIES).filter(pl.col("delivery_id").is_in(loads))["report_date"])


def owed(name: str, feed: Feed, came: Iterable[date], now: datetime) -> Punctuality:
    """Return the days that a feed owes at `now`, counted from its first day.

    Without `first_day` that is the first that came; where none came, the last that was due.
    """
    days = sorted(came)
    last = days[-1] if days else None
    if feed.due is None:
        return Punctuality(name, last)
    today = now.astimezone(feed.zone).date()
    last_due = today - timedelta(days=feed.due_after_days)
    if now < _due(feed, last_due):
        last_due -= timedelta(days=1)
    first = feed.first_day or (days[0] if days else last_due)
    open_days = [
        day
        for day in (first + timedelta(days=n) for n in range((last_due - first).days + 1))
        if day not in set(days)
    ]
    lateness = timedelta(hours=feed.late_after_hours)
    late = [day for day in open_days if now >= _due(feed, day) + lateness]
    return Punctuality(
        name,
        last,
        due=tuple(day for day in open_days if day not in late),
        late=tuple(day for day in late if last is None or day > last),
        missing=tuple(day for day in late if last is not None and day < last),
    )


def _due(feed: Feed, day: date) -> datetime:
    """Return the moment by which a day's reports are due, in UTC: hours are added to it."""
    assert feed.due is not None  # noqa: S101 the caller has seen it
    local = datetime.combine(day + timedelta(days=feed.due_after_days), feed.due, feed.zone)
    return local.astimezone(UTC)


def _listed(days: tuple[date, ...]) -> str:
    """Return days as runs: 2026-03-01, 2026-03-04 to 2026-03-09."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{r[0]}" if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs)
