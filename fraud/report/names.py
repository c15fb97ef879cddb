"""What an incident is called: a track's names, or of several tracks what all of them share."""

from datetime import date

import polars as pl

from fraud.naming import called_in_full
from fraud.report.folding import Case
from fraud.report.night_scores import GROUPS, SETS, NightScores, Row

NAMES = (
    "isrc",
    "title",
    "artist",
    "label",
    "upc",
    "about",
    "worst_isrc",
    "worst_title",
    "worst_artist",
)
"""The columns of INCIDENTS that names_of fills."""


def names_of(case: Case, night: NightScores, first_day: date) -> dict[str, str | None]:
    """Return the NAMES of a case.

    The worst of several tracks stands by itself, so that nobody takes its title for the incident's.
    """
    worst = _worst(case, night)
    names: dict[str, str | None] = dict.fromkeys(NAMES)
    if case.level in GROUPS or case.level in SETS:
        names |= {name: night.fact(case.tracks, name) for name in ("artist", "label", "upc")}
        names |= {f"worst_{name}": worst.get(name) for name in ("isrc", "title", "artist")}
    else:
        names |= {name: worst.get(name) for name in ("isrc", "title", "artist", "label", "upc")}
    own = GROUPS.get(case.level, "")
    names |= {own: case.entity} if own in names else {}
    group = {"level": case.level, "entity": case.entity, "tracks": len(case.tracks)}
    return names | {"about": called_in_full({**names, **group, "first_day": first_day}) or None}


def _worst(case: Case, night: NightScores) -> Row:
    """Return what the night says of the track with most suspected plays, then most plays."""
    return min(
        (night.tracks.get(track, {"track_id": track}) for track in case.tracks),
        key=lambda row: (
            -(row.get("suspected_artificial_streams") or 0),
            -(row.get("streams") or 0),
            row["track_id"],
        ),
        default={},
    )


def owners_of(incidents: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    """Return the artists and labels of all tracks of INCIDENTS: incident_id, artist, label.

    Who subscribed to one of them wants to know of a set, whoever its worst track is by.
    """
    return (
        incidents.select("incident_id", track_id=pl.col("track_ids").str.split("|"))
        .explode("track_id", empty_as_null=True)
        .join(catalog.select("track_id", "artist", "label"), on="track_id")
        .select("incident_id", "artist", "label")
        .unique()
        .sort("incident_id", "artist", "label")
    )
