"""The search for tracks that move as one, over hand-made streams."""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl

from fraud.features.lockstep import blocks
from fraud.features.lockstep_facts import lockstep_facts
from fraud.features.places import Places
from fraud.sql import statement
from fraud.tables import LISTENERS

NIGHT = date(2026, 3, 31)
DAYS = 42
PLACES = [(t, s) for t in ("GB", "US", "DE", "SE") for s in ("search", "library", "radio")]


def world(
    locked: int, *, began: int = 30, plays: float = 3.0, owners: int = 100, tracks: int = 120
) -> tuple[duckdb.DuckDBPyConnection, pl.DataFrame]:
    """Return people's plays of all tracks, and from day `began` on more of the first in FI."""
    draw = np.random.default_rng(3)
    rows = []
    for day in range(DAYS):
        at = NIGHT - timedelta(DAYS - 1 - day)
        for track in range(tracks):
            heard = draw.integers(0, len(PLACES), draw.poisson(6))
            rows += [(at, f"T{track:03d}", *PLACES[place], 1, 1, 0) for place in heard]
            if track < locked and day >= began:
                count = int(draw.poisson(plays))
                rows += [(at, f"T{track:03d}", "FI", "other", 0, 0, 1)] * count
    frame = pl.DataFrame(
        rows,
        schema=["report_date", "track_id", "territory", "source", "early", "kept", "bought"],
        orient="row",
    ).with_columns(store=pl.lit("spotify"))
    people = frame["bought"] == 0
    streams = frame.with_columns(
        streams=1,
        tier=pl.when(people).then(pl.lit("premium")).otherwise(pl.lit("free")),
        device=pl.when(people).then(pl.lit("mobile")).otherwise(pl.lit("web")),
    )
    told = frame.with_columns(
        streams=1, listeners=1, saves=pl.col("kept"), sub30_plays=pl.col("early")
    )
    connection = duckdb.connect()
    connection.register("streams", streams.to_arrow())
    connection.register("plays", told.to_arrow())
    connection.register("listeners", LISTENERS.empty().to_arrow())
    span = {"first_day": NIGHT - timedelta(DAYS), "last_day": NIGHT}
    for name in ("places", "place_day", "store_day", "store_mix"):
        made = f"create temp table {name} as {statement(f'features/{name}')}"
        connection.execute(made, span).fetchall()
    catalog = pl.DataFrame(
        {
            "track_id": [f"T{n:03d}" for n in range(tracks)],
            "artist": [f"A{n % owners}" for n in range(tracks)],
            "account_id": [f"a{n % owners}" for n in range(tracks)],
        }
    )
    return connection, catalog


def test_sixty_tracks_at_three_plays_a_day_are_one_block() -> None:
    connection, catalog = world(60)
    (block,) = blocks(Places(connection, catalog), NIGHT)
    assert (block.store, block.territories, block.sources) == ("spotify", ("FI",), ("other",))
    assert set(block.tracks) >= {f"T{n:03d}" for n in range(55)}
    assert block.by_chance < 2
    (facts,) = lockstep_facts(connection, NIGHT, [block]).rows(named=True)
    assert facts["began"] == NIGHT - timedelta(DAYS - 1 - 30)
    assert facts["saves_ratio"] < 0.1
    assert 1.0 < facts["gained_low"] < facts["gained_high"] < 6.0


def test_the_name_of_a_block_stays_from_night_to_night() -> None:
    connection, catalog = world(60, began=28)
    nights = [NIGHT - timedelta(n) for n in (4, 2, 0)]
    places = Places(connection, catalog)
    assert len({blocks(places, night)[0].entity for night in nights}) == 1


def test_a_night_does_not_see_what_comes_after_it() -> None:
    connection, catalog = world(60)
    assert blocks(Places(connection, catalog), NIGHT - timedelta(DAYS - 30)) == []


def test_people_alone_a_few_tracks_and_one_owner_are_no_block() -> None:
    for locked, owners in ((0, 100), (5, 100), (60, 1)):
        connection, catalog = world(locked, owners=owners)
        assert blocks(Places(connection, catalog), NIGHT) == []
