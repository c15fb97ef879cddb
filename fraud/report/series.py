"""Daily figures of the night's incidents: what the plots draw and what the evidence holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

import duckdb
import polars as pl

from fraud.report.changes import CHANGES
from fraud.sql import statement
from fraud.tables import CONTEXT

LOOK_BACK_DAYS = 60
LARGEST_PARTS = 4
"""So many territories are drawn by name; the rest is one part."""
LARGEST_TRACKS = 12
"""So many tracks of a group are drawn, each in its own small plot."""
MOST_ABSENT_SHARE = 0.1
"""A day's plays are known while the stores that told nothing carry no more of an incident's."""
DIMENSIONS = ("territory", "source", "device", "tier")

Line = Sequence[int | float | None]


REPORT_MARKS = ("missing", "late", "restated")
"""Kinds of marks that tell of reports; all others are known innocent causes."""


@dataclass(frozen=True)
class Mark:
    """What may explain a day: an innocent cause, or a report that is missing, late or restated."""

    kind: str
    start: date
    end: date
    text: str

    @property
    def is_report(self) -> bool:
        """Return whether it tells of a report."""
        return self.kind in REPORT_MARKS


@dataclass(frozen=True)
class Series:
    """An incident's plays a day; None = not known of that day, or no night judged it.

    A day is not known when stores with more than MOST_ABSENT_SHARE of the incident's plays told
    nothing of it: what the others told would be drawn as a fall.
    """

    plays: Line
    expected_low: Line
    expected: Line
    expected_high: Line
    parts: Mapping[str, Mapping[str, Line]]
    """By dimension the largest parts, largest first. Of territories, the rest of `plays` is
    elsewhere; of the others all are there, None throughout a day of which none is known."""
    per_listener: Line
    """Plays per listener, where both are told."""
    largest_tracks: Mapping[str, Line]
    """Plays of a group's largest tracks by track_id, largest first; empty for a single track."""
    marks: Sequence[Mark]
    places: pl.DataFrame
    """report_date, store, territory, streams: the plays as they were reported."""
    tracks: pl.DataFrame
    """track_id, isrc, title, artist, label, upc."""


@dataclass(frozen=True)
class NightSeries:
    """The series of all incidents of a night over the same days."""

    days: Sequence[date]
    of_incident: Mapping[str, Series]
    stores: Sequence[str] = ()
    """The stores that reported plays of the night itself."""


def read(
    connection: duckdb.DuckDBPyConnection,
    day: date,
    incidents: pl.DataFrame,
    *,
    context: pl.DataFrame | None = None,
    changes: pl.DataFrame | None = None,
    told_by: pl.DataFrame | None = None,
) -> NightSeries:
    """Return the series of the INCIDENTS rows of one night, LOOK_BACK_DAYS days up to `day`.

    The connection has the lake's tables audience, streams, listeners, catalog and scores as views;
    each is read once for all incidents together. `context` are the known innocent causes, `changes`
    what stores reported late or again. `told_by` is needed where the views hold no more than the
    incidents' tracks: what sql/report/told_by.sql says of all.
    """
    span = {"first_day": day - timedelta(days=LOOK_BACK_DAYS - 1), "last_day": day}
    frames = _frames(
        connection, day, span, incidents, context=context, changes=changes, told_by=told_by
    )
    delivered = sorted(frames["told_by"]["report_date"].unique())
    first = delivered[0] if delivered else day
    days = [first + timedelta(days=n) for n in range((day - first).days + 1)]
    plays, names = frames["plays"], frames["names"]
    mix = {
        dimension: _lines(_largest(part, "part", None), "part")
        for (dimension,), part in frames["mix"].partition_by("dimension", as_dict=True).items()
    }
    territories = _lines(_largest(plays, "territory", LARGEST_PARTS), "territory")
    whole, tracks = _lines(plays, None), _lines(frames["tracks"], "track_id")
    by_incident = {
        name: _by_incident(frames[name])
        for name in ("band", "listeners", "causes", "changes", "absent", "plays", "names")
    }
    made = {}
    for name in incidents["incident_id"]:
        own = {key: of.get(name) for key, of in by_incident.items()}
        calendar = _Calendar(days, frozenset(delivered) - _gaps(own["absent"]))
        made[name] = Series(
            plays=calendar.counts(whole.get(name, {}).get("", {})),
            **calendar.band(own["band"]),
            parts={
                "territory": {
                    part: calendar.counts(line) for part, line in territories.get(name, {}).items()
                },
                **{
                    str(dimension): calendar.known(of.get(name, {}))
                    for dimension, of in sorted(mix.items())
                },
            },
            per_listener=calendar.rates(own["listeners"]),
            largest_tracks={
                track: calendar.counts(line) for track, line in tracks.get(name, {}).items()
            },
            marks=[
                *_causes(own["causes"]),
                *_changes(own["changes"]),
                *_absent(own["absent"], days[0]),
            ],
            places=plays.drop("incident_id").clear() if own["plays"] is None else own["plays"],
            tracks=names.drop("incident_id").clear() if own["names"] is None else own["names"],
        )
    tonight = frames["told_by"].filter(pl.col("report_date") == day)
    return NightSeries(days, made, tonight["store"].unique().sort().to_list())


def _frames(
    connection: duckdb.DuckDBPyConnection,
    day: date,
    span: dict[str, date],
    incidents: pl.DataFrame,
    *,
    context: pl.DataFrame | None,
    changes: pl.DataFrame | None,
    told_by: pl.DataFrame | None,
) -> dict[str, pl.DataFrame]:
    """Return what sql/report says of the incidents, by the statement's name without its prefix."""
    tracks = _incident_tracks(incidents)
    relations = {
        "incidents": incidents,
        "incident_tracks": tracks,
        "suspect_tracks": tracks.select("track_id").unique(),
        "context": CONTEXT.empty() if context is None else context,
        "changes": pl.DataFrame(schema=CHANGES) if changes is None else changes,
    }

    def asked(name: str, **params: object) -> pl.DataFrame:
        frame: pl.DataFrame = connection.sql(statement(f"report/{name}"), params=params).pl()
        return frame

    try:
        for name, frame in relations.items():
            connection.register(name, frame.to_arrow())
        if told_by is None:
            told_by = asked("told_by", **span)
        else:
            told_by = told_by.filter(
                pl.col("report_date").is_between(span["first_day"], span["last_day"])
            )
        connection.register("told_by", told_by.to_arrow())
        connection.execute(f"create or replace temp view told as {statement('report/told')}")
        connection.execute(
            f"create or replace temp table incident_told as {statement('report/incident_told')}",
            span,
        )
        connection.register("incident_parts", asked("incident_parts", day=day).to_arrow())
        return {
            "told_by": told_by,
            "plays": asked("incident_plays"),
            "tracks": asked("incident_track_plays", day=day, most=LARGEST_TRACKS),
            "mix": asked("incident_mix", **span),
            "listeners": asked("incident_listeners", **span),
            "band": asked("incident_band", **span),
            "causes": asked("incident_causes", **span),
            "changes": asked("incident_changes", **span),
            "absent": asked("incident_absent", **span),
            "names": asked("incident_names"),
        }
    finally:
        connection.execute("drop table if exists incident_told")
        connection.execute("drop view if exists told")
        for name in (*relations, "told_by", "incident_parts"):
            connection.unregister(name)


@dataclass(frozen=True)
class _Calendar:
    days: Sequence[date]
    told: frozenset[date]
    """The days of which an incident's plays are known."""

    def counts(self, line: Mapping[date, int]) -> list[int | None]:
        """Return the plays of each day: 0 on a day that was told of, else None."""
        return [line.get(day, 0) if day in self.told else None for day in self.days]

    def known(self, lines: Mapping[str, Mapping[date, int]]) -> dict[str, list[int | None]]:
        """Return the plays of each part, None on the days of which no part is known."""
        parts = replace(self, told=self.told & {day for line in lines.values() for day in line})
        return {part: parts.counts(line) for part, line in lines.items()}

    def rates(self, frame: pl.DataFrame | None) -> list[float | None]:
        """Return the plays per listener of each day."""
        if frame is None:
            return [None] * len(self.days)
        rates = {
            day: round(streams / listeners, 2)
            for day, streams, listeners in frame.select(
                "report_date", "streams", "listeners"
            ).iter_rows()
            if day in self.told
        }
        return [rates.get(day) for day in self.days]

    def band(self, frame: pl.DataFrame | None) -> dict[str, list[float | None]]:
        """Return what was expected of each day that is told of."""
        known = (
            {row[0]: row[1:] for row in frame.select(_BAND).iter_rows() if row[0] in self.told}
            if frame is not None
            else {}
        )
        unknown = (None, None, None)
        low, mid, high = zip(*(known.get(day, unknown) for day in self.days), strict=True)
        return {"expected_low": list(low), "expected": list(mid), "expected_high": list(high)}


_BAND = ("report_date", "expected_low", "expected_streams", "expected_high")

Lines = dict[str, dict[str, dict[date, int]]]
"""Plays by incident, part and day."""


def _lines(frame: pl.DataFrame, part: str | None) -> Lines:
    lines: Lines = {}
    of_part = pl.lit("").alias("part") if part is None else pl.col(part).alias("part")
    summed = frame.group_by("incident_id", of_part, "report_date", maintain_order=True).agg(
        pl.col("streams").sum()
    )
    for name, key, day, streams in summed.iter_rows():
        lines.setdefault(name, {}).setdefault(key, {})[day] = streams
    return lines


def _by_incident(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts = frame.partition_by("incident_id", as_dict=True, include_key=False)
    return {str(name): part for (name,), part in parts.items()}


def _causes(frame: pl.DataFrame | None) -> list[Mark]:
    if frame is None:
        return []
    return [
        Mark(row["kind"], row["start_date"], row["end_date"], row["note"] or "")
        for row in frame.iter_rows(named=True)
    ]


def _changes(frame: pl.DataFrame | None) -> list[Mark]:
    if frame is None:
        return []
    marks = []
    for row in frame.iter_rows(named=True):
        text = row["store"]
        if row["kind"] == "restated":
            before, after = row["streams_before"] or 0, row["streams_after"] or 0
            text = f"{text}: {before:,} plays became {after:,}"
        marks.append(Mark(row["kind"], row["report_date"], row["report_date"], text))
    return marks


def _gaps(absent: pl.DataFrame | None) -> frozenset[date]:
    """Return the days of which too much of an incident's plays is not told."""
    if absent is None:
        return frozenset()
    share = absent.group_by("report_date").agg(pl.col("plays_share").sum())
    return frozenset(share.filter(pl.col("plays_share") > MOST_ABSENT_SHARE)["report_date"])


def _absent(absent: pl.DataFrame | None, first: date) -> list[Mark]:
    """Return a mark for each run of days of which a store told nothing, from the day `first` on."""
    if absent is None:
        return []
    runs = (
        absent.filter(pl.col("report_date") >= first)
        .sort("store", "report_date")
        .with_columns(
            run=pl.col("report_date") - pl.duration(days=pl.int_range(pl.len()).over("store"))
        )
        .group_by("store", "run")
        .agg(start=pl.col("report_date").min(), end=pl.col("report_date").max())
        .sort("start", "store")
    )
    return [Mark("missing", row["start"], row["end"], row["store"]) for row in runs.to_dicts()]


def _largest(frame: pl.DataFrame, part: str, most: int | None) -> pl.DataFrame:
    """Return the rows of each incident's largest parts, largest first.

    Large is what has most plays in the last week that is told of, then in all.
    """
    week = pl.col("report_date") > pl.col("report_date").max().over("incident_id") - timedelta(7)
    ranked = (
        frame.with_columns(recent=pl.when(week).then("streams").otherwise(0))
        .group_by("incident_id", part)
        .agg(pl.col("recent").sum(), pl.col("streams").sum())
        .sort("incident_id", -pl.col("recent"), -pl.col("streams"), part)
        .with_columns(place=pl.int_range(pl.len()).over("incident_id"))
        .select("incident_id", part, "place")
    )
    if most is not None:
        ranked = ranked.filter(pl.col("place") < most)
    return frame.join(ranked, on=["incident_id", part]).sort("incident_id", "place", "report_date")


def _incident_tracks(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the tracks of each incident, with its places where it is no more than places."""
    rows = [
        (row["incident_id"], track, store, territory)
        for row in incidents.iter_rows(named=True)
        for track, (store, territory) in product(
            (row["track_ids"] or "").split("|"),
            product(row["stores"].split("|"), row["territories"].split("|"))
            if row["level"] == "territory"
            else [(None, None)],
        )
    ]
    columns = ("incident_id", "track_id", "store", "territory")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
