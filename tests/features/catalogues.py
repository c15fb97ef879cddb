"""Small catalogues written by hand or drawn by a seed, and the panel that is counted of them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl

from fraud.features.panel import ALL_STORES, Panel, gather
from fraud.features.surroundings import Surroundings, known_days, levels, surroundings
from fraud.features.windows import Windows, windows
from fraud.sql import statement
from fraud.tables import AUDIENCE, LISTENERS, STREAMS

Row = dict[str, Any]

MONDAY = date(2026, 3, 2)
START = MONDAY - timedelta(days=7 * 15)


def play(day: date | int, track: str, streams: int, **more: Any) -> Row:
    """Return a row of plays; a day may be counted from START."""
    row = {
        "report_date": day if isinstance(day, date) else START + timedelta(day),
        "store": "spotify",
        "territory": "NO",
        "track_id": track,
        "streams": streams,
    }
    return row | more


def steady(track: str, streams: int, days: Iterable[int], **more: Any) -> list[Row]:
    """Return a row a day, each with the same plays."""
    return [play(day, track, streams, **more) for day in days]


def arrived(
    first_day: date,
    last_day: date,
    *,
    audience: Sequence[Row] = (),
    streams: Sequence[Row] = (),
) -> duckdb.DuckDBPyConnection:
    """Return a connection that holds the delivered tables, the plays and their mix."""
    connection = duckdb.connect()
    for table, rows in ((AUDIENCE, audience), (STREAMS, streams), (LISTENERS, [])):
        frame = pl.DataFrame(list(rows), schema=dict(table.schema))
        connection.register(table.name, frame.to_arrow())
    span = {"first_day": first_day, "last_day": last_day}
    for name in ("plays", "mix", "places", "place_day"):
        made = f"create temp table {name} as {statement(f'features/{name}')}"
        connection.execute(made, span)
    return connection


def each_alone(*tables: Sequence[Row]) -> pl.DataFrame:
    """Return the members of the level track: every track counts for itself."""
    names = sorted({row["track_id"] for rows in tables for row in rows})
    return pl.DataFrame(
        {"track_id": names, "entity": names},
        schema_overrides=dict.fromkeys(("track_id", "entity"), pl.String),
    )


def counted(
    *,
    audience: Sequence[Row] = (),
    streams: Sequence[Row] = (),
    members: pl.DataFrame | None = None,
    settled: date | None = None,
    last: date | None = None,
) -> Panel:
    """Return the panel from START to the last delivered day."""
    end = last or max(row["report_date"] for row in (*audience, *streams))
    everybody = each_alone(audience, streams) if members is None else members
    with arrived(START, end, audience=audience, streams=streams) as connection:
        return gather(connection, everybody, START, end).panel(START, end, settled or end)


def looked_at(
    whole: Panel, day: int, tracks: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, Windows, Surroundings]:
    """Return the rows of one day (entity, store), their windows, and what surrounds them."""
    wanted = np.array([day])
    known = known_days(whole)
    rows = levels(whole, wanted, known)
    ((_, block),) = whole.blocks()
    views = windows(block, whole.layout, wanted, known)
    described = about() if tracks is None else tracks
    return rows, views, surroundings(rows, whole.days, described)


def about(*tracks: Row) -> pl.DataFrame:
    """Return what is known of entities; artist, release date and duration may be left out."""
    schema = {
        "entity": pl.String,
        "artist": pl.String,
        "release_date": pl.Date,
        "duration_seconds": pl.Int64,
    }
    return pl.DataFrame(list(tracks), schema=schema)


def at(rows: pl.DataFrame, entity: str, store: str = ALL_STORES) -> int:
    """Return the number of the row of an entity at a store."""
    numbered = rows.with_row_index("number")
    found = numbered.filter((pl.col("entity") == entity) & (pl.col("store") == store))
    return int(found["number"].item())


def drawn(
    tracks: int, days: int, seed: int = 1, stores: tuple[str, ...] = ("spotify", "deezer")
) -> list[Row]:
    """Return an audience report of people who come and go by chance."""
    draw = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(tracks):
        level = 4 * 2 ** draw.uniform(0, 6)
        for store in stores:
            for territory, share in (("NO", 0.6), ("SE", 0.3), ("NA", 0.1)):
                for day, streams in enumerate(draw.poisson(level * share, days)):
                    if streams:
                        listeners = max(1, int(draw.binomial(streams, 0.7)))
                        counts = {
                            "listeners": listeners,
                            "saves": int(draw.binomial(listeners, 0.06)),
                            "sub30_plays": int(draw.poisson(streams * 0.5)),
                            "listening_seconds": int(streams * draw.integers(120, 180)),
                        }
                        place = {"store": store, "territory": territory}
                        rows.append(play(day, f"T{number:02d}", int(streams), **place, **counts))
    return rows
