"""A small lake in memory: sixty days of plays and scores of tracks that all end in a burst."""

from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from fraud.tables import AUDIENCE, CATALOG, LISTENERS, SCORES, STREAMS, Table
from tests.report.stories import DAY, scored

DAYS = 60
BURST_DAYS = 9
HOME = (("spotify", "US"), ("spotify", "DE"), ("spotify", "SE"), ("apple_music", "US"))
ABROAD = ("spotify", "VN")
WEEKDAY = (0.94, 0.92, 0.95, 0.99, 1.08, 1.06, 0.97)


def usual(number: int, place: int, day: date) -> int:
    """Return the plays that people give a track in a place: the same in every run."""
    level = 40 + 23 * (number % 17) + 9 * place
    wobble = ((day.toordinal() * 7919 + number * 104729 + place * 1299709) % 23 - 11) / 100
    return round(level * WEEKDAY[day.weekday()] * (1 + wobble))


def bought(number: int, day: date) -> int:
    """Return the plays of the burst that ends on DAY."""
    since = (DAY - day).days
    return (900 + 37 * (number % 11)) if 0 <= since < BURST_DAYS - number % 5 else 0


def lake(tracks: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """Return a connection with the views that a night's report reads; every track has a burst.

    Plays come as audience from Spotify, by source as well, and as streams alone from Apple Music.
    """
    audience, streams, scores = [], [], []
    for offset in range(DAYS):
        day = DAY - timedelta(DAYS - 1 - offset)
        for number, track in enumerate(tracks):
            key = {"report_date": day, "track_id": track["track_id"], "isrc": track["isrc"]}
            plays = {at: usual(number, place, day) for place, at in enumerate(HOME)}
            expected = sum(plays.values())
            plays[ABROAD] = bought(number, day)
            for (store, territory), count in plays.items():
                row = {**key, "store": store, "territory": territory, "streams": count}
                if store == "spotify":
                    audience.append(row)
                sources = {"search": count // 3, "library": count // 4}
                sources["user_playlist"] = count - sum(sources.values())
                if (store, territory) == ABROAD:
                    sources = {"user_playlist": count}
                streams += [{**row, "source": s, "streams": n} for s, n in sources.items()]
            whole = sum(plays.values())
            scores.append(
                scored(
                    "track",
                    track["track_id"],
                    0.97 if plays[ABROAD] else 0.01,
                    report_date=day,
                    streams=whole,
                    expected_streams=float(expected),
                    expected_low=expected * 0.85,
                    expected_high=expected * 1.2,
                    suspected_artificial_streams=whole - expected,
                    suspected_share=round((whole - expected) / whole, 4),
                    pattern="foreign_territory",
                    reason_1=f"{whole:,} plays where {expected:,} were to be expected.",
                    reason_2="64% of the last seven days' plays with territory VN, usually 0%"
                    " (chance: less than 1 in a billion).",
                    reason_3="0.4 saves per 100 listeners in the last seven days; its own past has"
                    " 4.1, the catalogue 3.8.",
                    counter_evidence="The artist's other tracks rose as well (×1.4).",
                )
            )
            scores += [
                scored(
                    "territory",
                    f"{track['track_id']}|{store}|{territory}",
                    0.9 if (store, territory) == ABROAD and count else 0.01,
                    report_date=day,
                    streams=count,
                    suspected_artificial_streams=count if (store, territory) == ABROAD else 0,
                )
                for (store, territory), count in plays.items()
                if day == DAY
            ]
    return connection(
        (AUDIENCE, audience),
        (STREAMS, streams),
        (LISTENERS, []),
        (CATALOG, tracks),
        (SCORES, scores),
    )


def connection(*rows: tuple[Table, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    """Return a connection in which each table stands with these rows."""
    made = duckdb.connect()
    for table, given in rows:
        frame = table.conform(pl.DataFrame(given, schema=dict(table.schema)))
        made.register("_rows", frame.to_arrow())
        made.execute(f"create table {table.name} as select * from _rows")
        made.unregister("_rows")
    return made


def scores_of(lake: duckdb.DuckDBPyConnection, day: date = DAY) -> pl.DataFrame:
    """Return the SCORES of one night."""
    frame = lake.sql("select * from scores where report_date = $day", params={"day": day}).pl()
    return SCORES.conform(frame)
