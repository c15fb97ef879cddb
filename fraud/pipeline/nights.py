"""A night in order: gate, features, detect, report. A range of days is one pass of each."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.notify.night import notify as record
from fraud.notify.tell import tell
from fraud.pipeline.books import Ledger, changes_of, narrow, suspects_of
from fraud.pipeline.health import health
from fraud.pipeline.judging import judge_days
from fraud.quality.gate import LOOK_BACK_DAYS as GATE_DAYS
from fraud.quality.gate import GateResult, gate
from fraud.report.incidents import incidents
from fraud.report.lineage import MEMORY_DAYS
from fraud.report.names import owners_of
from fraud.report.night import write_night
from fraud.report.precision import precision
from fraud.report.series import LOOK_BACK_DAYS as SERIES_DAYS
from fraud.tables import (
    AUDIENCE,
    CATALOG,
    CONTEXT,
    DELIVERIES,
    FINDINGS,
    INCIDENTS,
    JUDGEMENTS,
    LISTENERS,
    SCORES,
    STREAMS,
    VERDICTS,
)

REPORT_SPAN_DAYS = 28
"""Nights whose scores and plays are held at once while their reports are written."""
INCIDENT_DAYS = 400
"""Nights before a night whose incidents may still be answered: a year, and the last month's end."""


@dataclass(frozen=True)
class Night:
    """What became of one day."""

    day: date
    alerts: pl.DataFrame
    """Its INCIDENTS rows, worst first."""
    folder: Path
    """Where alerts.csv and report.html lie."""
    warnings: list[str]
    """What a reader of the day should know, a sentence each; why it was stopped, where it was."""
    stopped: bool
    """Whether the gate stopped it: nothing was judged, an earlier report stands as it was."""
    owners: pl.DataFrame
    """The artist and label of each track of its alerts: incident_id, artist, label."""


@dataclass(frozen=True)
class _Place:
    """Where a run reads and where it writes; the same lake, unless it looks back (`as_of`)."""

    source: Lake
    results: Lake
    reports: Path


def _silent(text: str) -> None:
    del text


def run(
    first_day: date,
    last_day: date,
    settings: Settings,
    *,
    as_of: datetime | None = None,
    notify: bool = True,
    progress: Callable[[str], None] | None = None,
) -> list[Night]:
    """Judge each day of a range and write its report; return the nights in order.

    A single day tells the channels of the settings what is news to them; a range tells nobody. With
    `as_of` the lake is read as it was known then, nothing of the present is changed and nobody
    is told: scores and reports go to HOME/as-of/<moment>. Raises CallError where the lake is empty.
    """
    told = progress or _silent
    place = _place(settings, as_of)
    if not any(place.source.days(table) for table in (AUDIENCE, STREAMS, LISTENERS)):
        raise CallError(
            f"the lake at {settings.lake_address} holds no reports;"
            " load some with: fraud ingest PATH"
        )
    found = _gated(place.source, first_day, last_day, settings)
    days = [first_day + timedelta(n) for n in range((last_day - first_day).days + 1)]
    if not all(found.stops(day) for day in days):
        judge_days(
            place.source,
            place.results,
            first_day,
            last_day,
            seed=settings.seed,
            progress=told,
        )
    nights = []
    for span in _spans(days):
        # A backfill needs no evidence to send on: only its last morning is one.
        dossiers = settings.dossiers_per_night if span[-1] == last_day else 0
        for night in _reported(place, span, found, settings, told, dossiers=dossiers):
            if notify and as_of is None:
                record(night, settings)
                # A range is a past that people need not be woken for.
                missed = tell(night, settings, os.environ) if len(days) == 1 else []
                night = replace(night, warnings=[*night.warnings, *missed])  # noqa: PLW2901
            nights.append(night)
    return nights


def report(day: date, settings: Settings) -> Night:
    """Write the day's report again from the scores that stand in the lake; CallError if none do."""
    place = _place(settings, None)
    if day not in place.results.days(SCORES):
        raise CallError(f"{day} was never judged; run it with: fraud run --date {day}")
    found = _gated(place.source, day, day, settings)
    dossiers = settings.dossiers_per_night
    (night,) = _reported(place, [day], found, settings, _silent, dossiers=dossiers)
    return night


def _place(settings: Settings, as_of: datetime | None) -> _Place:
    lake = Lake(settings.lake_address)
    if as_of is None:
        return _Place(lake, lake, settings.reports)
    folder = settings.home / "as-of" / f"{as_of:%Y-%m-%dT%H%M%S%z}"
    return _Place(lake.at(as_of), Lake(folder / "lake"), folder / "reports")


def _gated(lake: Lake, first_day: date, last_day: date, settings: Settings) -> GateResult:
    tables = [STREAMS, AUDIENCE, LISTENERS, CATALOG, DELIVERIES, FINDINGS]
    days = [first_day + timedelta(n) for n in range((last_day - first_day).days + 1)]
    with lake.connect(tables, first_day - timedelta(GATE_DAYS), last_day) as connection:
        return gate(connection, days, settings)


def _spans(days: Sequence[date]) -> Iterator[Sequence[date]]:
    for start in range(0, len(days), REPORT_SPAN_DAYS):
        yield days[start : start + REPORT_SPAN_DAYS]


def _reported(
    place: _Place,
    days: Sequence[date],
    found: GateResult,
    settings: Settings,
    progress: Callable[[str], None],
    *,
    dossiers: int,
) -> Iterator[Night]:
    """Yield the nights of consecutive days in order, each seeing the incidents before it.

    So many `dossiers` are drawn for the worst incidents of the last day.
    """
    first, last = days[0], days[-1]
    begin = first - timedelta(SERIES_DAYS)
    scores = place.results.read(SCORES, begin, last)
    changes = changes_of(place.source, begin, last)
    healths = health(place.source, first, last)
    catalog, context, judgements, verdicts = (
        place.source.read(table) for table in (CATALOG, CONTEXT, JUDGEMENTS, VERDICTS)
    )
    known = pl.concat([_long_judged(place, first, judgements), _known(place, first, last)])
    suspects = suspects_of(scores.filter(pl.col("report_date") >= first), catalog, known, settings)
    ledger = Ledger.of(place.source, scores, days, suspects, settings)
    made: list[Night] = []
    with place.source.connect([STREAMS, AUDIENCE, LISTENERS, CATALOG], begin, last) as connection:
        told_by = narrow(connection, suspects)
        connection.register("scores", scores.to_arrow())
        for day in days:
            folder = place.reports / day.isoformat()
            if found.stops(day):
                none, failures = INCIDENTS.empty(), found.failures(day)
                owners = owners_of(none, catalog)
                made.append(Night(day, none, folder, failures, stopped=True, owners=owners))
                continue
            gaps = healths[day]
            absent = (pl.col("report_date") == day) & (pl.col("state") == "missing")
            judged = incidents(
                day,
                scores.filter(pl.col("report_date") == day),
                earlier=known,
                catalog=catalog,
                context=context,
                judgements=judgements,
                settings=settings,
                silent_stores=set(gaps.filter(absent)["store"]),
                books=ledger.of_night(day),
                changes=changes,
            )
            rows = judged.listed
            known = pl.concat([known.filter(pl.col("report_date") != day), rows])
            told_by_then = known.filter(pl.col("report_date") <= day)
            write_night(
                folder,
                day,
                rows,
                connection=connection,
                health=gaps,
                settings=settings,
                warnings=found.warnings(day),
                precision=precision(day, told_by_then, judgements, verdicts, catalog),
                context=context,
                changes=changes,
                told_by=told_by,
                silenced=judged.silenced,
                dossiers=dossiers if day == last else 0,
            )
            progress(f"{day}: {rows.filter(pl.col('status') != 'ended').height} alerts")
            owners, warnings = owners_of(rows, catalog), found.warnings(day)
            made.append(Night(day, rows, folder, warnings, stopped=False, owners=owners))
    place.results.replace_days(
        INCIDENTS, pl.concat(night.alerts for night in made), [n.day for n in made if not n.stopped]
    )
    yield from made


def _known(place: _Place, first: date, last: date) -> pl.DataFrame:
    """Return the incidents of the nights before a range, of its own and of those after it."""
    since, until = first - timedelta(INCIDENT_DAYS), last + timedelta(MEMORY_DAYS)
    known = place.results.read(INCIDENTS, since, until)
    if place.source is place.results:
        return known
    before = place.source.read(INCIDENTS, since, until)
    return pl.concat([before.join(known, on="report_date", how="anti"), known])


def _long_judged(place: _Place, day: date, judgements: pl.DataFrame) -> pl.DataFrame:
    """Return what is on record, from before those nights, of incidents that have been judged.

    A word given for good is about them however long they have been quiet.
    """
    since = day - timedelta(INCIDENT_DAYS)
    old = judgements.filter(pl.col("seen") < since, pl.col("incident_id").is_not_null())
    if old.is_empty():
        return INCIDENTS.empty()
    rows = place.source.read(INCIDENTS, None, since - timedelta(1))
    return rows.filter(pl.col("incident_id").is_in(old["incident_id"].unique().implode()))
