"""Days and moments on the command line, and the span they make."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from fraud.errors import CallError


def day(text: str) -> date:
    """Return the day that YYYY-MM-DD names; typer.BadParameter where it names none."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is no day; write YYYY-MM-DD, such as 2026-03-14")


def moment(text: str) -> datetime:
    """Return the moment that an ISO 8601 text names, in UTC where it names no zone."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no moment; write ISO 8601, such as 2026-03-14T06:00:00Z"
        ) from None
    return named if named.tzinfo else named.replace(tzinfo=UTC)


Day = Annotated[
    date | None, typer.Option("--date", parser=day, metavar="DAY", help="The day of the plays.")
]
First = Annotated[
    date | None, typer.Option("--from", parser=day, metavar="DAY", help="First day of a range.")
]
Last = Annotated[
    date | None, typer.Option("--to", parser=day, metavar="DAY", help="Last day of a range.")
]


def span(single: date | None, first: date | None, last: date | None) -> tuple[date, date]:
    """Return the first and last day that --date, or --from and --to, name; else yesterday (UTC)."""
    if single and (first or last):
        raise CallError("--date names one day, --from and --to a range; give one of the two")
    if single:
        return single, single
    if first and last:
        in_order(first, last)
        return first, last
    if first or last:
        raise CallError(f"a range needs both its ends; {'--to' if first else '--from'} is missing")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return yesterday, yesterday


def in_order(first: date | None, last: date | None) -> None:
    """Raise CallError where a range ends before it starts."""
    if first and last and first > last:
        raise CallError(f"--from {first} lies after --to {last}; swap them")
