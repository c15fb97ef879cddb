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
    by_incident = [_by_incident(frame) for frame in (plays, sources, band, names)]
    return NightSeries(
        days,
        {
            name: _series(calendar, *(frames.get(name) for frames in by_incident))
            for name in incidents["incident_id"]
        },
    )


@dataclass(frozen=True)
class _Calendar:
    days: Sequence[date]
    delivered: frozenset[date]

    def counts(self, frame: pl.DataFrame, known: frozenset[date] | None = None) -> list[int | None]:
        """Return the sum of `streams` a day: 0 on a day that was told of, else None."""
        summed = dict(frame.group_by("report_date").agg(pl.col("streams").sum()).iter_rows())
        told = self.delivered if known is None else known
        return [summed.get(day, 0 if day in told else None) for day in self.days]

    def values(self, frame: pl.DataFrame, name: str) -> list[float | None]:
        known = dict(frame.select("report_date", name).iter_rows())
        return [known.get(day) for day in self.days]


_PLAYS = pl.DataFrame(
    schema={
        "report_date": pl.Date,
        "store": pl.String,
        "territory": pl.String,
        "streams": pl.Int64,
    }
)
_SOURCES = pl.DataFrame(schema={"report_date": pl.Date, "source": pl.String, "streams": pl.Int64})
_BAND = pl.DataFrame(
    schema={
        "report_date": pl.Date,
        "expected_low": pl.Float64,
        "expected_streams": pl.Float64,
        "expected_high": pl.Float64,
    }
)
_NAMES = pl.DataFrame(
    schema=dict.fromkeys(("track_id", "isrc", "title", "artist", "label", "upc"), pl.String)
)


def _by_incident(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts = frame.partition_by("incident_id", as_dict=True, include_key=False)
    return {str(name): part for (name,), part in parts.items()}


def _series(
    calendar: _Calendar,
    plays: pl.DataFrame | None,
    sources: pl.DataFrame | None,
    band: pl.DataFrame | None,
    names: pl.DataFrame | None,
) -> Series:
    plays = _PLAYS if plays is None else plays
    sources = _SOURCES if sources is None else sources
    band = _BAND if band is None else band
    names = _NAMES if names is None else names
    with_source = frozenset(sources["report_date"])
    return Series(
        plays=calendar.counts(plays),
        expected_low=calendar.values(band, "expected_low"),
        expected=calendar.values(band, "expected_streams"),
        expected_high=calendar.values(band, "expected_high"),
        territories={
            name: calendar.counts(plays.filter(pl.col("territory") == name))
            for name in _largest(plays, "territory")[:LARGEST_PARTS]
        },
        sources={
            name: calendar.counts(sources.filter(pl.col("source") == name), with_source)
            for name in _largest(sources, "source")
        },
        places=plays,
        tracks=names,
    )


def _largest(frame: pl.DataFrame, name: str) -> list[str]:
    """Return the parts by what they have on top in the end: plays of the last week, then of all."""
    if frame.is_empty():
        return []
    week = frame["report_date"].max() - timedelta(days=6)  # type: ignore[operator]
    return (
        frame.group_by(name)
        .agg(
            recent=pl.col("streams").filter(pl.col("report_date") >= week).sum(),
            whole=pl.col("streams").sum(),
        )
        .sort(-pl.col("recent"), -pl.col("whole"), name)[name]
        .to_list()
    )


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
