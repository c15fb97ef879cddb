"""What evidence is about: one incident, or what a store ruled, and what others may see of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from fraud.report.series import Series

_OWN_NOTES = ("Known cause:", "Judged innocent")
"""What a house knows and says of an incident, as its counter-evidence begins."""


_INTERNAL = (
    "incident_id",
    "entity",
    "royalty_at_risk",
    "penalty_exposure",
    "line_exposure",
    "line_tracks",
    "pay_source",
    "takedown_risk",
    "takedown_reason",
    "verdict",
    "evidence",
    "rank",
    "severity",
    "changed",
)


@dataclass(frozen=True)
class Ruling:
    """What a store ruled on a track or release, and what nights had said of it by then."""

    store: str
    period_start: date
    period_end: date
    artificial_streams: int
    total_streams: int | None
    penalty: str
    """The charged amount with its currency, '' where none is known."""
    first_alert: date | None
    """First night with an alert on it, None = no night raised one by the end of the period."""
    nights: int
    """Nights with an alert on it up to the end of the period."""

    @property
    def days_before(self) -> int | None:
        """Return how many days before the end of the ruled period the first alert was."""
        return (self.period_end - self.first_alert).days if self.first_alert else None


@dataclass(frozen=True)
class Exhibit:
    """What a dossier is about: one INCIDENTS row, its series, and a ruling where one was made."""

    row: Mapping[str, Any]
    days: Sequence[date]
    series: Series
    rulings: Sequence[Ruling] = ()
    is_redacted: bool = False
    left_out: int = 0
    """Tracks of other artists that are not shown."""

    def redacted(self) -> "Exhibit":
        """Return what others may see: no money, no internal ids or notes, no other artists."""
        artist = self.row["artist"]
        own = self.series.tracks
        if artist is not None:
            own = own.filter(pl.col("artist").eq_missing(artist))
        shown = set(own["track_id"])
        row = {key: value for key, value in self.row.items() if key not in _INTERNAL}
        counter = self.row["counter_evidence"] or ""
        for start in _OWN_NOTES:
            counter = counter.partition(start)[0]
        if self.row["level"] == "account":
            for at in (1, 2, 3):
                reason = self.row[f"reason_{at}"]
                row[f"reason_{at}"] = reason and reason.replace(
                    f"account {self.row['entity']}", "one account"
                )
        return Exhibit(
            {**row, **dict.fromkeys(_INTERNAL), "counter_evidence": counter.strip() or None},
            self.days,
            replace(
                self.series,
                tracks=own,
                largest_tracks={
                    track: line
                    for track, line in self.series.largest_tracks.items()
                    if track in shown
                },
                marks=[mark for mark in self.series.marks if mark.kind in ("restated", "late")],
            ),
            [replace(ruling, penalty="") for ruling in self.rulings],
            is_redacted=True,
            left_out=self.series.tracks.height - own.height,
        )
