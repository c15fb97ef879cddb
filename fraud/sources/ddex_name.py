"""What a DSR file's name says by DDEX's rule, and how DDEX writes days and periods."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_NAME = re.compile(
    r"DSR_(?P<recipient>[^_]+)_(?P<sender>[^_]+)_(?P<service>[^_]*)_(?P<period>[^_]+)"
    r"_(?P<territory>[^_]*)_(?P<number>[0-9]+)of(?P<of>[0-9]+)_(?P<created>[0-9]{8}T[0-9]{6})"
    r"(\.(tsv|txt))?",
    re.IGNORECASE,
)
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_DATE = re.compile(r"([0-9]{4})(?:-?([0-9]{2}))?(?:-?([0-9]{2}))?")


@dataclass(frozen=True)
class FileName:
    """What the file's name says by DDEX's rule (DSRF Part 1, clause 7)."""

    recipient: str
    sender: str
    service: str
    period: str
    territory: str
    number: int
    of: int
    created: str

    @classmethod
    def of_text(cls, text: str) -> "FileName | None":
        """Return what a name says, None where it does not follow the rule."""
        named = _NAME.fullmatch(text)
        if not named:
            return None
        parts = named.groupdict()
        return cls(
            **{key: parts[key] for key in ("recipient", "sender", "service", "period")},
            territory=parts["territory"],
            number=int(parts["number"]),
            of=int(parts["of"]),
            created=parts["created"],
        )

    @property
    def report(self) -> str:
        """Return what the parts of one report, and its versions, have in common."""
        parts = (self.recipient, self.sender, self.service, self.period, self.territory)
        return "_".join(parts)


def date_of(text: str, *, last: bool) -> date | None:
    """Return the first or the last day of a day, month or year."""
    parts = _DATE.fullmatch(text)
    if not parts:
        return None
    year, month, day = int(parts[1]), parts[2], parts[3]
    try:
        if day:
            return date(year, int(month), int(day))
        first_month = int(month) if month else 12 if last else 1
        return _end_of_month(year, first_month) if last else date(year, first_month, 1)
    except ValueError:
        return None


def span(period: str) -> tuple[date, date] | None:
    """Return the first and last day of the period in a file's name."""
    quarter = _QUARTER.fullmatch(period.upper())
    if quarter:
        year, month = int(quarter[1]), 3 * int(quarter[2]) - 2
        return date(year, month, 1), _end_of_month(year, month + 2)
    if re.fullmatch(r"[0-9]{4}-[0-9]{3}", period):
        year, day = int(period[:4]), int(period[5:])
        if not 1 <= day <= 366 or year < 1:
            return None
        of_year = date(year, 1, 1) + timedelta(days=day - 1)
        return of_year, of_year
    first, _, end = period.partition("--")
    begins, ends = date_of(first, last=False), date_of(end or first, last=True)
    return (begins, ends) if begins and ends else None


def _end_of_month(year: int, month: int) -> date:
    after = date(year + month // 12, month % 12 + 1, 1)
    return after - timedelta(days=1)
