"""Evidence on demand: an incident's dossier, or one from a store's ruling backwards."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from fraud.config import Settings
from fraud.errors import CallError, FraudError
from fraud.lake import Lake
from fraud.pipeline.books import changes_of
from fraud.report import series
from fraud.report.dossier import seen_before
from fraud.report.evidence import everything
from fraud.report.exhibit import Exhibit, Ruling, of_artist
from fraud.report.incidents import EVIDENCE_FOLDER
from fraud.report.night import write_evidence
from fraud.tables import (
    AUDIENCE,
    CATALOG,
    CONTEXT,
    INCIDENTS,
    LISTENERS,
    SCORES,
    STREAMS,
    VERDICTS,
)

__all__ = ["EVIDENCE_FOLDER", "Made", "of_incident", "of_ruling", "seen_before"]

RULED_DAYS = 60
"""Nights before the end of a ruled period in which alerts on it are looked for."""
REDACTED = "redacted"


@dataclass(frozen=True)
class Made:
    """Where the evidence lies, its files, and what nights had said before a store's ruling."""

    folder: Path
    files: Sequence[str]
    rulings: Sequence[Ruling] = ()


def of_incident(
    incident_id: str,
    settings: Settings,
    *,
    day: date | None = None,
    redact: bool = False,
    out: Path | None = None,
) -> Made:
    """Write the dossier of an incident as one of its nights has it, else its last active one.

    It lies with the night's evidence, what others may see in a folder of its own, or below `out`.
    Raises CallError where the lake knows no such incident or not on that day.
    """
    lake = Lake(settings.lake_address)
    row = _row(lake, incident_id, day)
    exhibit = _redacted(lake, row) if redact else _exhibit(lake, row)
    night = settings.reports / str(row["report_date"]) / EVIDENCE_FOLDER
    return _written(exhibit, out or night, incident_id, settings)


def of_ruling(
    code: str, settings: Settings, *, redact: bool = False, out: Path | None = None
) -> Made:
    """Write a dossier on a track (ISRC) or release (UPC) that a store has ruled on.

    It says what nights had said by the end of the ruled period, and how many days before that.
    Raises CallError where no store is known to have ruled on it.
    """
    lake = Lake(settings.lake_address)
    code = code.strip().upper().replace("-", "")
    ruled = _rulings(lake, code)
    catalog = lake.read(CATALOG)
    tracks = catalog.filter((pl.col("isrc") == code) | (pl.col("upc") == code))
    track_ids = sorted(tracks["track_id"]) or [code]
    last_day = max(row["period_end"] for row in ruled)
    row, nights = _row_of_ruling(
        lake, code, track_ids=track_ids, tracks=tracks, last_day=last_day, settings=settings
    )
    rulings = [_ruling(each, nights) for each in ruled]
    make = _redacted if redact else _exhibit
    exhibit = make(lake, row, rulings, until=max(last_day, row["report_date"]))
    return _written(exhibit, out or settings.home / EVIDENCE_FOLDER, code, settings)


def _written(exhibit: Exhibit, place: Path, name: str, settings: Settings) -> Made:
    folder = place / name
    if exhibit.is_redacted:
        codes = (exhibit.row[code] for code in ("isrc", "worst_isrc", "upc"))
        folder = place / f"{REDACTED}-{next(filter(None, codes), 'group')}"
    files = everything(exhibit, settings.csv_separator)
    try:
        write_evidence(folder, files)
    except OSError as error:
        raise FraudError(
            f"{folder} cannot be written ({error.strerror}); give another folder with --out"
        ) from None
    return Made(folder, sorted(files), exhibit.rulings)


def _row(lake: Lake, incident_id: str, day: date | None) -> Mapping[str, Any]:
    known = lake.read(INCIDENTS)
    nights = known.filter(pl.col("incident_id") == incident_id).sort("report_date")
    if nights.is_empty():
        near = difflib.get_close_matches(incident_id, known["incident_id"].unique().sort(), n=3)
        hint = f"the nearest are {', '.join(near)}" if near else "copy one of alerts.csv"
        if known.is_empty():
            hint = "the lake holds no incidents yet; run a night first"
        raise CallError(f"there is no incident {incident_id!r}; {hint}")
    if day:
        there = nights.filter(pl.col("report_date") == day)
        if there.is_empty():
            listed = ", ".join(str(night) for night in nights["report_date"].tail(5))
            raise CallError(f"{incident_id} is not in the night of {day}; its last are {listed}")
        return there.row(0, named=True)
    active = nights.filter(pl.col("status") != "ended")
    return (nights if active.is_empty() else active).row(-1, named=True)


def _exhibit(
    lake: Lake,
    row: Mapping[str, Any],
    rulings: Sequence[Ruling] = (),
    *,
    until: date | None = None,
) -> Exhibit:
    """Return a case with its days up to its night, or up to the end of what was ruled on."""
    day = until or row["report_date"]
    begin = day - timedelta(series.LOOK_BACK_DAYS)
    frame = INCIDENTS.conform(pl.DataFrame([row], schema=dict(INCIDENTS.schema)))
    tables = [STREAMS, AUDIENCE, LISTENERS, CATALOG, SCORES]
    with lake.connect(tables, begin, day) as connection:
        shown = series.read(
            connection,
            day,
            frame,
            context=lake.read(CONTEXT),
            changes=changes_of(lake, begin, day),
        )
    return Exhibit(row, shown.days, shown.of_incident[row["incident_id"]], rulings)


def _redacted(
    lake: Lake,
    row: Mapping[str, Any],
    rulings: Sequence[Ruling] = (),
    *,
    until: date | None = None,
) -> Exhibit:
    """Return what others may see: the figures of the artist that the case names, and no more."""
    night = lake.read(SCORES, row["report_date"], row["report_date"])
    own = of_artist(row, lake.read(CATALOG), night)
    others = (row["tracks"] or 0) - (own["tracks"] or 0)
    return replace(_exhibit(lake, own, rulings, until=until), left_out=others).redacted()


def _rulings(lake: Lake, code: str) -> Sequence[Mapping[str, Any]]:
    verdicts = lake.read(VERDICTS)
    ruled = verdicts.filter((pl.col("isrc") == code) | (pl.col("upc") == code))
    if ruled.is_empty():
        known = verdicts["isrc"].drop_nulls().len() + verdicts["upc"].drop_nulls().len()
        hint = (
            "give the ISRC or UPC as the ruling names it"
            if known
            else "load the stores' rulings first: fraud ingest FILE"
        )
        raise CallError(f"no store is known to have ruled on {code}; {hint}")
    return ruled.sort("period_end", "store").rows(named=True)


def _row_of_ruling(
    lake: Lake,
    code: str,
    *,
    track_ids: Sequence[str],
    tracks: pl.DataFrame,
    last_day: date,
    settings: Settings,
) -> tuple[Mapping[str, Any], list[date]]:
    """Return an INCIDENTS row as a night would have written it, and the nights with an alert.

    The row is of the track's or release's worst night up to the last ruled day.
    """
    scores = lake.read(SCORES, last_day - timedelta(RULED_DAYS), last_day).filter(
        pl.col("level") == "track", pl.col("track_id").is_in(track_ids)
    )
    alerting = scores.filter(pl.col("score") >= settings.alert_score)
    nights = sorted(alerting["report_date"].unique())
    by_night = (
        scores.group_by("report_date")
        .agg(pl.col("suspected_artificial_streams").sum().alias("plays"), pl.col("score").max())
        .sort("score", "plays", "report_date")
    )
    day = by_night["report_date"][-1] if by_night.height else last_day
    night = scores.filter(pl.col("report_date") == day).sort("score", "track_id")
    lead: Mapping[str, Any] = night.row(-1, named=True) if night.height else {}
    streams = int(night["streams"].sum())
    suspected = int(night["suspected_artificial_streams"].sum())
    expected = night["expected_streams"]
    reasons = {
        name: lead.get(name) for name in ("reason_1", "reason_2", "reason_3", "counter_evidence")
    }
    row = {
        **dict.fromkeys(INCIDENTS.schema),
        **_names_of_ruled(tracks, lead),
        **reasons,
        "report_date": day,
        "incident_id": code,
        "first_day": nights[0] if nights else None,
        "days_active": len(nights),
        "level": "track" if len(track_ids) == 1 else "release",
        "entity": code,
        "tracks": len(track_ids),
        "track_ids": "|".join(track_ids),
        "streams": streams,
        "expected_streams": None if expected.has_nulls() else round(expected.sum(), 1),
        "suspected_artificial_streams": suspected,
        "suspected_share": round(suspected / streams, 3) if streams else None,
        "score": round(lead["score"], 3) if lead else None,
        "pattern": lead.get("pattern"),
        "pattern_share": lead.get("pattern_share"),
        "model_version": lead.get("model_version"),
    }
    return row, nights


def _names_of_ruled(tracks: pl.DataFrame, lead: Mapping[str, Any]) -> dict[str, Any]:
    """Return what rows of CATALOG share, and of several the one that stood out on the night."""
    names = {name: tracks[name].unique().to_list() for name in ("artist", "label", "upc")}
    shared = {name: values[0] for name, values in names.items() if len(values) == 1}
    if tracks.height == 1:
        return shared | tracks.select("isrc", "title").row(0, named=True)
    worst = tracks.filter(pl.col("track_id") == lead.get("track_id"))
    known = worst.row(0, named=True) if worst.height else {}
    return shared | {f"worst_{name}": known.get(name) for name in ("isrc", "title", "artist")}


def _ruling(row: Mapping[str, Any], nights: Sequence[date]) -> Ruling:
    before = [night for night in nights if night <= row["period_end"]]
    amount = row["penalty_amount"]
    return Ruling(
        row["store"].replace("_", " ").title(),
        row["period_start"],
        row["period_end"],
        row["artificial_streams"],
        row["total_streams"],
        "" if amount is None else f"{amount:,.2f} {row['currency'] or ''}".strip(),
        before[0] if before else None,
        len(before),
    )
