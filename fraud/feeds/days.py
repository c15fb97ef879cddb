"""The day that a file's name tells."""

import re
from datetime import date

_DAY = re.compile(r"(?<!\d)(20\d\d)([-_./]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


def day_in(name: str) -> date | None:
    """Return the last day that a path names (2026-03-14, 20260314, 2026/03/14), None for none."""
    found = None
    for year, _, month, day in _DAY.findall(name):
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            continue
    return found
