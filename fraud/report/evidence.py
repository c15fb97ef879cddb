"""Evidence to send on: an incident's figures and, in neutral words, what was measured."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fraud.report.figures import grouped, legible, percent
from fraud.report.series import Series
from fraud.report.spreadsheet import csv_bytes

DAILY = ("report_date", "streams", "expected_low", "expected_streams", "expected_high")
PLACES = ("report_date", "store", "territory", "streams")
TRACKS = ("track_id", "isrc", "title", "artist", "label", "upc")


def evidence(row: Mapping[str, Any], days: Sequence[date], series: Series) -> dict[str, bytes]:
    """Return the evidence of one INCIDENTS row: file names and their bytes.

    summary.txt says what was measured; daily.csv has the plays of each day with what was expected,
    places.csv the plays as the stores reported them, tracks.csv the tracks concerned.
    """
    daily = zip(
        days,
        series.plays,
        series.expected_low,
        series.expected,
        series.expected_high,
        strict=True,
    )
    return {
        "summary.txt": _summary(row).encode("utf-8"),
        "daily.csv": csv_bytes(DAILY, daily),
        "places.csv": csv_bytes(PLACES, series.places.select(PLACES).iter_rows()),
        "tracks.csv": csv_bytes(TRACKS, series.tracks.select(TRACKS).iter_rows()),
    }


def _summary(row: Mapping[str, Any]) -> str:
    facts = {
        "Incident": row["incident_id"],
        "Night": f"{row['report_date']}, {row['status']}",
        "First night": f"{row['first_day']}, {row['days_active']} active so far",
        "About": f"{row['level']} {legible(row['entity'])}",
        "Title": legible(row["title"]),
        "Artist": legible(row["artist"]),
        "Label": legible(row["label"]),
        "ISRC": row["isrc"],
        "UPC": row["upc"],
        "Tracks": grouped(row["tracks"]),
        "Stores": _listed(row["stores"]),
        "Territories": _listed(row["territories"]),
        "Plays": f"{grouped(row['streams'])}, expected {grouped(row['expected_streams'])}",
        "Suspected plays": f"{grouped(row['suspected_artificial_streams'])},"
        f" {percent(row['suspected_share'])} of the plays",
        "Probability": percent(row["score"]),
        "Likeliest scheme": (row["pattern"] or "unknown").replace("_", " "),
        "Method": row["model_version"],
    }
    width = max(map(len, facts)) + 2
    reasons = [row[f"reason_{at}"] for at in (1, 2, 3) if row[f"reason_{at}"]]
    lines = [
        "Artificial activity, origin unknown",
        "",
        *(f"{name + ':':<{width}}{value}" for name, value in facts.items() if value),
        "",
        "What was measured",
        *(f"{at}. {legible(reason)}" for at, reason in enumerate(reasons, 1)),
        "",
        "What speaks for people",
        legible(row["counter_evidence"]) or "Nothing that was measured.",
        "",
        "This text says what was measured on the plays that stores reported. It accuses nobody:",
        "who ordered such plays cannot be seen from reports, and the artist may be their victim.",
        "The daily figures are in daily.csv, by store and territory in places.csv, the tracks in",
        "tracks.csv.",
        "",
    ]
    return "\n".join(lines)


def _listed(joined: str | None) -> str:
    return ", ".join((joined or "").split("|"))
