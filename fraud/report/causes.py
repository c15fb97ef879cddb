"""Known innocent causes: what they explain of an alert, and what they do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from fraud.report.night_scores import GROUPS, SETS, Entity, NightScores, Row

ODDS_OF_SIZE = 0.25
"""What a cause that covers an alert leaves of its odds where the alert rests on size alone."""
ODDS_OF_EVIDENCE = 0.5
"""The same where a scheme is recognised by two or more kinds of evidence: a release or a campaign
explains many plays, it does not explain that nobody saves the track."""
MOST_CAUSES = 2
"""A cause listed twice under two names is not twice the explanation."""

_NAMES = {
    "release": "a release",
    "editorial_add": "an editorial playlist",
    "campaign": "a campaign",
    "sync": "use in a film or series",
    "tour": "a tour",
    "news": "news about the artist",
    "holiday": "a holiday",
    "other": "a known event",
}
_FACTS = ("isrc", "upc", "artist", "label")


@dataclass(frozen=True)
class Alert:
    """One suspect row of the scores, with its probability after the known causes."""

    row: Row
    score: float
    causes: tuple[str, ...]
    """The causes that cover it, as sentences."""

    @property
    def suspected(self) -> int:
        """Return the plays above what people explain."""
        return self.row["suspected_artificial_streams"] or 0

    @property
    def pattern(self) -> str:
        """Return the likeliest scheme, or unknown."""
        return self.row["pattern"] or "unknown"


def weigh(day: date, night: NightScores, context: pl.DataFrame) -> dict[Entity, Alert]:
    """Return the night's suspect rows with the known causes of `day` weighed in."""
    known = (
        context.filter(pl.col("start_date") <= day, pl.col("end_date") >= day)
        .unique()
        .sort(context.columns)
        .rows(named=True)
    )
    return {(row["level"], row["entity"]): _weigh(row, night, known) for row in night.suspects}


def _weigh(row: Row, night: NightScores, known: Sequence[Row]) -> Alert:
    score = row["score"]
    if not known:
        return Alert(row, score, ())
    tracks = _tracks(row, night)
    facts = {name: night.fact(tracks, name) for name in _FACTS}
    if row["level"] in GROUPS:
        facts[GROUPS[row["level"]]] = row["entity"]
    places = _places(row, tracks, night)
    covering = [cause for cause in known if _covers(cause, facts, places)]
    evidence = row["pattern"] not in (None, "unknown") and row["reason_2"] is not None
    left = (ODDS_OF_EVIDENCE if evidence else ODDS_OF_SIZE) ** min(len(covering), MOST_CAUSES)
    return Alert(
        row,
        left * score / (left * score + 1 - score),
        tuple(_sentence(cause) for cause in covering),
    )


def _tracks(row: Row, night: NightScores) -> tuple[str, ...]:
    if row["level"] in GROUPS or row["level"] in SETS:
        return night.members.get((row["level"], row["entity"]), ())
    return (row["track_id"],)


def _places(
    row: Row, tracks: Iterable[str], night: NightScores
) -> set[tuple[str | None, str | None]]:
    """Return the stores and territories that carry the row."""
    if row["level"] == "territory":
        return {(row["store"], row["territory"])}
    return {
        (cell["store"], cell["territory"])
        for track in tracks
        for cell in night.cells.get(track, ())
        if cell["suspected_artificial_streams"]
    }


def _covers(
    cause: Row, facts: dict[str, str | None], places: set[tuple[str | None, str | None]]
) -> bool:
    if any(cause[name] is not None and cause[name] != facts[name] for name in _FACTS):
        return False
    for at, name in enumerate(("store", "territory")):
        if cause[name] is not None and {place[at] for place in places} != {cause[name]}:
            return False
    return True


def _sentence(cause: Row) -> str:
    note = f": {cause['note'].rstrip('.')}" if cause["note"] else ""
    start, end = cause["start_date"], cause["end_date"]
    span = f"on {start}" if start == end else f"from {start} to {end}"
    return f"Known cause: {_NAMES.get(cause['kind'], cause['kind'])} {span}{note}."
