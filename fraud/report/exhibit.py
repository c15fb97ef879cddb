"""What evidence is about: one incident, or what a store ruled, and what others may see of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from fraud.report.figures import legible
from fraud.report.folding import LONGEST_NAME
from fraud.report.series import Series

_OWN_NOTES = ("Known cause:", "Judged innocent")
"""What a house knows and says of an incident, as its counter-evidence begins."""
_SUM_OF_ALL = re.compile(r", with [\d,]+ plays above the expected")
"""What folding counts over all tracks of a group, others' too."""

_INTERNAL = (
    "incident_id",
    "entity",
    "about",
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
        """Return what others may see: no money, no internal ids or notes, no other artists.

        The plays are those of the series: `of_artist` narrows a group to the artist it names.
        """
        own = self.series.tracks.filter(pl.col("artist").eq_missing(self.row["artist"]))
        shown = set(own["track_id"])
        row = {key: value for key, value in self.row.items() if key not in _INTERNAL}
        counter = self.row["counter_evidence"] or ""
        for start in _OWN_NOTES:
            counter = counter.partition(start)[0]
        for at in (1, 2, 3):
            reason = self.row[f"reason_{at}"]
            if reason and self.row["level"] == "account":
                reason = reason.replace(
                    f"account {legible(self.row['entity'], LONGEST_NAME)}", "one account"
                )
            row[f"reason_{at}"] = reason and _SUM_OF_ALL.sub("", reason)
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
                marks=[mark for mark in self.series.marks if mark.is_report],
            ),
            [replace(ruling, penalty="") for ruling in self.rulings],
            is_redacted=True,
            left_out=self.left_out + self.series.tracks.height - own.height,
        )


def of_artist(
    row: Mapping[str, Any], catalog: pl.DataFrame, scores: pl.DataFrame
) -> dict[str, Any]:
    """Return a group's INCIDENTS row with the tracks, plays and name of the artist it names alone.

    Those of others are not for the artist's eyes, and totals of a group give them away. `scores`
    are those of the row's night: suspected are the plays that are suspect by the tracks themselves,
    None where only the group as a whole is. A row whose tracks are all the artist's stays as it is.
    """
    named = row["worst_artist"] or row["artist"]
    listed = (row["track_ids"] or "").split("|")
    artists = dict(catalog.select("track_id", "artist").iter_rows())
    own = [track for track in listed if artists.get(track) == named]
    if len(own) == len(listed):
        return dict(row)
    played = scores.filter(pl.col("level") == "track", pl.col("track_id").is_in(own))
    sums = {
        name: None if played.is_empty() or played[name].has_nulls() else played[name].sum()
        for name in ("streams", "suspected_artificial_streams", "expected_streams")
    }
    streams, suspected, expected = (None if n is None else float(n) for n in sums.values())
    return {
        **row,
        "level": "artist",
        "entity": named,
        "artist": named,
        "track_ids": "|".join(own),
        "tracks": len(own),
        "streams": sums["streams"],
        "expected_streams": None if expected is None else round(expected, 1),
        "suspected_artificial_streams": sums["suspected_artificial_streams"] or None,
        "suspected_share": round(suspected / streams, 3) if suspected and streams else None,
    }
