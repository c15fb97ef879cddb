"""What the review page shows: the nights, their incidents, and what was said of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.report import night as night_files
from fraud.report.night_scores import Row
from fraud.report.precision import WINDOWS_NIGHTS, precision
from fraud.report.words import Judgement, Subject, Words, latest
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS, SCOPES, VERDICTS

__all__ = ["Judgement", "NightLine", "Reviewed"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class NightLine:
    """A night of the list: its incidents, how many began, and how many have been judged."""

    day: date
    incidents: int
    new: int
    judged: int


@dataclass(frozen=True)
class Reviewed:
    """One incident of a night, the word that holds on it, and the scopes a word may be about."""

    row: Row
    word: Judgement | None
    scopes: Mapping[str, str]
    """Scope and the entity of it that the incident belongs to."""


def styles() -> str:
    """Return the style sheet of report.html, which the review pages share."""
    sheet = Path(night_files.__file__).parent / "page" / "report.css"
    return sheet.read_text(encoding="utf-8")


def nights(settings: Settings) -> list[NightLine]:
    """Return the nights whose reports stand in the home, newest first."""
    if not settings.reports.is_dir():
        return []
    days = sorted(
        (
            date.fromisoformat(folder.name)
            for folder in settings.reports.iterdir()
            if _DAY.fullmatch(folder.name) and (folder / "report.html").is_file()
        ),
        reverse=True,
    )
    if not days:
        return []
    lake = Lake(settings.lake_address)
    judged = _judged(lake)
    with lake.connect([INCIDENTS], days[-1], days[0]) as connection:
        rows = connection.sql(
            """
            select report_date, incident_id, status from incidents where status <> 'ended'
            """
        ).pl()
    counted = {
        row["report_date"]: row
        for row in rows.group_by("report_date")
        .agg(
            incidents=pl.len(),
            new=(pl.col("status") == "new").sum(),
            judged=pl.col("incident_id").is_in(sorted(judged)).sum(),
        )
        .iter_rows(named=True)
    }
    none = {"incidents": 0, "new": 0, "judged": 0}
    return [
        NightLine(day, *(counted.get(day, none)[name] for name in ("incidents", "new", "judged")))
        for day in days
    ]


def _judged(lake: Lake) -> set[str]:
    words = latest(lake.read(JUDGEMENTS)).filter(pl.col("verdict") != "withdrawn")
    return set(words["incident_id"].drop_nulls())


def reviewed(day: date, settings: Settings, *, today: date) -> list[Reviewed]:
    """Return the incidents of a night by rank, with the words that hold today."""
    lake = Lake(settings.lake_address)
    rows = lake.read(INCIDENTS, day, day).sort("rank")
    tracks = rows["track_ids"].str.split("|").explode().unique()
    listed = lake.read(CATALOG).filter(pl.col("track_id").is_in(tracks.implode()))
    groups = {row["track_id"]: row for row in listed.iter_rows(named=True)}
    words = Words.on(lake.read(JUDGEMENTS), today)
    alive = set(rows["incident_id"])
    found = []
    for row in rows.iter_rows(named=True):
        subject = Subject.of_row(row, groups)
        word = words.of(row["incident_id"], subject, alive)
        found.append(Reviewed(row, word, _scopes(subject)))
    return found


def _scopes(subject: Subject) -> dict[str, str]:
    named = dict(subject.groups)
    if len(subject.tracks) == 1:
        named["track"] = next(iter(subject.tracks))
    if subject.pattern != "unknown":
        named["pattern"] = subject.pattern
    if len(subject.territories) == 1:
        named["territory"] = next(iter(subject.territories))
    return {scope: named[scope] for scope in SCOPES if scope in named}


def scope_of(day: date, name: str, scope: str, settings: Settings) -> str:
    """Return the entity of a scope that an incident of a night belongs to; CallError if none."""
    for one in reviewed(day, settings, today=day):
        if one.row["incident_id"] == name:
            if scope in one.scopes:
                return one.scopes[scope]
            raise CallError(f"{name} belongs to no single {scope}")
    raise CallError(f"there is no incident {name!r} in the night of {day}")


def words(settings: Settings) -> Sequence[Row]:
    """Return every word on record, newest first; `is_last` marks those that may be taken back."""
    said = Lake(settings.lake_address).read(JUDGEMENTS)
    last = latest(said).filter(pl.col("verdict") != "withdrawn")
    marked = said.join(
        last.select("incident_id", "scope", "entity", "given_at", is_last=pl.lit(value=True)),
        on=["incident_id", "scope", "entity", "given_at"],
        how="left",
        nulls_equal=True,
    )
    order = ["given_at", "incident_id", "scope", "entity"]
    return marked.sort(order, descending=True, nulls_last=True).rows(named=True)


def how_right(settings: Settings, day: date) -> Sequence[Row]:
    """Return the rows of PRECISION for the weeks that end with a night."""
    lake = Lake(settings.lake_address)
    since = day - timedelta(max(WINDOWS_NIGHTS))
    others = (lake.read(table) for table in (JUDGEMENTS, VERDICTS, CATALOG))
    return precision(day, lake.read(INCIDENTS, since, day), *others).rows(named=True)
