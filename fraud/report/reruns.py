"""What a night keeps of its own earlier runs, and of later nights that were judged before it.

An id is given once. A night that is run again, or after later ones, with other reports or other
settings, goes on under the ids that are known already, and what it no longer finds it says to have
ended: a verdict is never left on an incident that is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from fraud.report import lineage
from fraud.report.folding import Case
from fraud.report.lineage import Past
from fraud.report.night_scores import Row


class Known:
    """The incidents that begin on `day` or later by runs before this one."""

    def __init__(self, rows: pl.DataFrame, day: date, pasts: Mapping[str, Past]) -> None:
        latest = day + timedelta(days=lineage.MEMORY_DAYS)
        span = rows.filter(pl.col("report_date").is_between(day, latest))
        self._of_night: dict[str, Row] = {}
        self._later: dict[str, Row] = {}
        for row in span.sort("report_date", "incident_id").iter_rows(named=True):
            name = row["incident_id"]
            if row["report_date"] == day:
                self._of_night[name] = row
            elif name not in pasts:
                self._later.setdefault(name, row)
        self._begun = {name: row for name, row in self._of_night.items() if name not in pasts}

    def ids(self, cases: Sequence[Case], linked: Mapping[int, Past]) -> dict[int, str]:
        """Return the ids that cases without a past, by place, had in earlier runs."""
        found: dict[int, str] = {}
        for rows in (self._begun, self._later):
            left = [place for place in range(len(cases)) if place not in {*linked, *found}]
            taken = set(found.values())
            free = {
                name: lineage.past(name, [row]) for name, row in rows.items() if name not in taken
            }
            again = lineage.link([cases[place] for place in left], free).of_case
            found |= {left[at]: same.incident_id for at, same in again.items()}
        return found

    def is_of_night(self, name: str) -> bool:
        """Return whether an earlier run of the night listed an incident."""
        return name in self._of_night

    def withdrawn(self, kept: Iterable[str]) -> list[Row]:
        """Return what earlier runs found on this night alone and this one does not, as ended."""
        gone = sorted(self._begun.keys() - set(kept) - self._later.keys())
        return [_withdrawn(self._begun[name]) for name in gone]


def _withdrawn(row: Row) -> Row:
    if row["status"] == "ended":
        return row
    return {
        **row,
        "status": "ended",
        "days_active": 0,
        "suspected_artificial_streams": 0,
        "suspected_share": 0.0,
        "severity": "low",
        "reason_1": f"No alert any more when {row['report_date']} was judged again; before, it had"
        f" {row['suspected_artificial_streams'] or 0:,} suspected plays.",
        "reason_2": None,
        "reason_3": None,
        "royalty_at_risk": 0.0,
        "penalty_exposure": 0.0,
        "line_tracks": 0,
        "line_exposure": 0.0,
        "takedown_risk": "low",
        "takedown_reason": None,
        "changed": None,
        "below_floor": False,
    }
