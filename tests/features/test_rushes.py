"""The search for tracks that all come to the same few cells on one day, over hand-made streams."""

from datetime import date, timedelta
from functools import cache

import duckdb
import numpy as np
import polars as pl
import pytest

from fraud.features.lockstep_facts import lockstep_facts
from fraud.features.panel import gather
from fraud.features.rushes import Rush, Rushes
from fraud.sql import statement
from fraud.tables import AUDIENCE, LISTENERS, STREAMS

NIGHT = date(2026, 3, 31)
DAYS = 44
TRACKS = 400
PLACES = [
    (territory, source, tier)
    for territory in ("FI", "SE", "US")
    for source in ("search", "library", "user_playlist")
    for tier in ("premium", "family")
]
Play = tuple[date, str, str, str, str, int]
MANY = ("FI", "library", "family")
"""A cell in which one track in a hundred is played on a usual day."""


@cache
def people(seed: int = 3) -> list[Play]:
    """Return six plays a track and day, hardly any of them from FI."""
    weights = np.array([{"US": 6.0, "SE": 1.0, "FI": 0.3}[place[0]] for place in PLACES])
    draw = np.random.default_rng(seed)
    plays = draw.poisson(6 * weights / weights.sum(), (DAYS, TRACKS, len(PLACES)))
    return [
        (NIGHT - timedelta(day), f"T{track:03d}", *PLACES[place], int(plays[day, track, place]))
        for day, track, place in np.argwhere(plays).tolist()
    ]


def bought(tracks: int, *, days: int = 1, cell: tuple[str, str, str] = MANY) -> list[Play]:
    """Return three plays a day of each of the first tracks, in one cell."""
    return [
        (NIGHT - timedelta(day), f"T{track:03d}", *cell, 3)
        for day in range(days)
        for track in range(tracks)
    ]


def told(rows: list[Play]) -> tuple[duckdb.DuckDBPyConnection, pl.DataFrame]:
    names = ["report_date", "track_id", "territory", "source", "tier"]
    frame = pl.DataFrame(rows, schema=[*names, "streams"], orient="row")
    summed = frame.group_by(names, maintain_order=True).agg(pl.col("streams").sum())
    streams = STREAMS.conform(summed.with_columns(store=pl.lit("spotify")))
    connection = duckdb.connect()
    connection.register("streams", streams.to_arrow())
    connection.register("audience", AUDIENCE.empty().to_arrow())
    connection.register("listeners", LISTENERS.empty().to_arrow())
    span = {"first_day": NIGHT - timedelta(DAYS), "last_day": NIGHT}
    for name in ("plays", "mix", "store_day", "store_mix"):
        made = f"create temp table {name} as {statement(f'features/{name}')}"
        connection.execute(made, span).fetchall()
    owners = pl.DataFrame({"track_id": [f"T{n:03d}" for n in range(TRACKS)]}).with_columns(
        artist=pl.col("track_id"), account_id=pl.col("track_id")
    )
    return connection, owners


def rushes(connection: duckdb.DuckDBPyConnection, *nights: date) -> Rushes:
    members = pl.DataFrame({"track_id": [f"T{n:03d}" for n in range(TRACKS)]})
    first = nights[0] - timedelta(60)
    gathered = gather(connection, members.with_columns(entity="track_id"), first, nights[-1])
    return Rushes(connection, gathered, nights)


def found(rows: list[Play]) -> list[Rush]:
    connection, _ = told(rows)
    return rushes(connection, NIGHT).of(NIGHT)


def test_forty_tracks_at_three_plays_on_one_day_are_one_set() -> None:
    connection, owners = told(people() + bought(40))
    (rush,) = rushes(connection, NIGHT).of(NIGHT)
    assert rush.cells.rows() == [(*MANY, "")]
    planted = {f"T{n:03d}" for n in range(40)}
    assert len(planted & {*rush.tracks}) >= 30
    assert len({*rush.tracks} - planted) <= 6
    assert 1.5 < float(np.median(rush.gained)) < 3.5
    block = rush.block(owners)
    assert block is not None
    assert (block.store, block.days, block.artists) == ("spotify", 1, len(rush.tracks))
    (facts,) = lockstep_facts(connection, NIGHT, [block]).rows(named=True)
    assert facts["began"] == NIGHT
    assert facts["onset_tracks"] == facts["tracks"] == len(rush.tracks)
    assert facts["gained_high"] > 2


def test_a_usual_day_has_no_set() -> None:
    assert found(people()) == []


def test_a_territory_that_the_catalogue_has_just_come_to_makes_none() -> None:
    assert found(people() + bought(TRACKS, days=3, cell=("AU", "library", "premium"))) == []


def test_a_day_on_which_all_of_a_territory_rises_makes_none() -> None:
    holiday = [
        row for row in people(seed=4) if row[0] == NIGHT and row[2] == "FI" for _ in range(2)
    ]
    assert found(people() + holiday) == []


def test_the_tracks_of_one_account_are_its_own_affair() -> None:
    connection, owners = told(people() + bought(40))
    (rush,) = rushes(connection, NIGHT).of(NIGHT)
    assert rush.block(owners.with_columns(account_id=pl.lit("one"))) is None
    assert rush.block(owners.with_columns(artist=pl.lit("one"))) is None


def test_a_set_does_not_depend_on_the_order_of_rows_nor_on_the_nights_beside_it() -> None:
    rows = people() + bought(40)
    (rush,) = found(rows)
    (turned,) = found(rows[::-1])
    connection, _ = told(rows)
    (in_range,) = rushes(connection, NIGHT - timedelta(1), NIGHT).of(NIGHT)
    for other in (turned, in_range):
        assert other.tracks == rush.tracks
        assert other.gain == rush.gain
        assert np.array_equal(other.belonging, rush.belonging)


@pytest.mark.parametrize("days", [0, 10])
def test_a_store_with_too_short_a_past_has_no_set(days: int) -> None:
    young = [row for row in people() if row[0] > NIGHT - timedelta(days + 1)]
    assert found(young + bought(40)) == []
