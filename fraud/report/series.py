"""Daily figures of the night's incidents: what the plots draw and what the evidence holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import duckdb
import polars as pl

from fraud.sql import statement

LOOK_BACK_DAYS = 60
LARGEST_PARTS = 4
"""So many territories or sources are drawn by name; the rest is one part."""


@dataclass(frozen=True)
class Series:
    """An incident's plays a day; None = no report told of that day, or no night judged it."""

    plays: Sequence[int | None]
    expected_low: Sequence[float | None]
    expected: Sequence[float | None]
    expected_high: Sequence[float | None]
    territories: Mapping[str, Sequence[int | None]]
    """The largest by plays, largest first; the rest of `plays` is elsewhere."""
    sources: Mapping[str, Sequence[int | None]]
    """All sources that were reported; None throughout a day of which no source is known."""
    places: pl.DataFrame
    """report_date, store, territory, streams: the plays as they were reported."""
    tracks: pl.DataFrame
    """track_id, isrc, title, artist, label, upc."""


@dataclass(frozen=True)
class NightSeries:
    """The series of all incidents of a night over the same days."""

    days: Sequence[date]
    of_incident: Mapping[str, Series]


def read(connection: duckdb.DuckDBPyConnection, day: date, incidents: pl.DataFrame) -> NightSeries:
    """Return the series of the INCIDENTS rows of one night, LOOK_BACK_DAYS days up to `day`.

    The connection has the lake's tables audience, streams, listeners, catalog and scores as views;
    each is read once for all incidents together.
    """
    span = {"first_day": day - timedelta(days=LOOK_BACK_DAYS - 1), "last_day": day}
    relations = {
        "incidents": incidents,
        "incident_tracks": _incident_tracks(incidents),
        "told_by": connection.sql(statement("report/told_by"), params=span).pl(),
    }
    for name, frame in relations.items():
        connection.register(name, frame.to_arrow())
    try:
        plays = connection.sql(statement("report/incident_plays"), params=span).pl()
        sources = connection.sql(statement("report/incident_sources"), params=span).pl()
        parts = connection.sql(statement("report/incident_parts"), params={"day": day}).pl()
        connection.register("incident_parts", parts.to_arrow())
        band = connection.sql(statement("report/incident_band"), params=span).pl()
        names = connection.sql(statement("report/incident_names")).pl()
        connection.unregister("incident_parts")
    finally:
        for name in relations:
            connection.unregister(name)
    delivered = sorted(relations["told_by"]["report_date"].unique())
    first = delivered[0] if delivered else day
    days = [first + timedelta(days=n) for n in range((day - first).days + 1)]
    calendar = _Calendar(days, frozenset(delivered))
    whole = _lines(plays, None)
    by_territory = _lines(_largest(plays, "territory", LARGEST_PARTS), "territory")
    by_source = _lines(_largest(sources, "source", None), "source")
    bands = _by_incident(band)
    places, tracks = _by_incident(plays), _by_incident(names)
    made = {}
    for name in incidents["incident_id"]:
        with_source = frozenset(told for line in by_source.get(name, {}).values() for told in line)
        made[name] = Series(
            plays=calendar.counts(whole.get(name, {}).get("", {}), calendar.delivered),
            **calendar.band(bands.get(name)),
            territories={
                part: calendar.counts(line, calendar.delivered)
                for part, line in by_territory.get(name, {}).items()
            },
            sources={
                part: calendar.counts(line, with_source)
                for part, line in by_source.get(name, {}).items()
            },
            places=places.get(name, plays.clear()),
            tracks=tracks.get(name, names.clear()),
        )
    return NightSeries(days, made)


@dataclass(frozen=True)
class _Calendar:
    days: Sequence[date]
    delivered: frozenset[date]

    def counts(self, line: Mapping[date, int], told: frozenset[date]) -> list[int | None]:
        """Return the plays of each day: 0 on a day that was told of, else None."""
        return [line.get(day, 0 if day in told else None) for day in self.days]

    def band(self, frame: pl.DataFrame | None) -> dict[str, list[float | None]]:
        known = (
            {row[0]: row[1:] for row in frame.select(_BAND).iter_rows()}
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
