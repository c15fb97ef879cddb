"""What is known of the blocks of a night, in the terms of fraud.features.group_facts."""

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.group_facts import RHYTHM_DAYS, divergence, scatter, weekdays
from fraud.features.group_listeners import MEMBERS, group_listeners
from fraud.features.group_tracks import RECENT_DAYS
from fraud.features.lockstep import Block
from fraud.features.onsets import onsets
from fraud.sql import statement
from fraud.tables import LOCKSTEP

Reals = NDArray[np.float64]

MIXES = ("source", "tier", "device")
PUSHED = {"editorial_playlist", "algorithmic"}
"""A store that puts sixty tracks on a list of its own moves them together: no evidence."""
USUAL_ONSET_SHARE = 0.2
"""Of the tracks of a chance block so many begin within three days of two weeks."""


def lockstep_facts(
    connection: duckdb.DuckDBPyConnection, night: date, blocks: Sequence[Block]
) -> pl.DataFrame:
    """Return a row a block, in their order: entity, its tracks and facts, null = unknown.

    A block's plays are those of its tracks at its store in its territories; it is held against all
    plays of the store.
    """
    _register(connection, night, blocks)
    days, mixes = (
        connection.sql(statement(f"features/{name}"), params={"night": night}).pl()
        for name in ("lockstep_days", "lockstep_mix")
    )
    for name in ("block_cells", "block_tracks"):
        connection.unregister(name)
    rows = [_facts(night, at, block, days, mixes) for at, block in enumerate(blocks)]
    found = pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None))
    heads = group_listeners(connection, night, _members(blocks)).drop("level")
    return found.join(heads, on="entity", how="left", maintain_order="left")


def _members(blocks: Sequence[Block]) -> pl.DataFrame:
    rows = [
        (LOCKSTEP, block.entity, track, block.store) for block in blocks for track in block.tracks
    ]
    return pl.DataFrame(rows, schema=MEMBERS, orient="row")


def _register(connection: duckdb.DuckDBPyConnection, night: date, blocks: Sequence[Block]) -> None:
    cells = [
        (at, b.store, place, night - timedelta(b.days - 1))
        for at, b in enumerate(blocks)
        for place in b.territories
    ]
    tracks = [(at, track) for at, block in enumerate(blocks) for track in block.tracks]
    for name, rows, columns in (
        ("block_cells", cells, ["block", "store", "territory", "first_day"]),
        ("block_tracks", tracks, ["block", "track_id"]),
    ):
        connection.register(name, pl.DataFrame(rows, schema=columns, orient="row").to_arrow())


def _facts(
    night: date, at: int, block: Block, days: pl.DataFrame, mixes: pl.DataFrame
) -> dict[str, object]:
    mine, store = days.filter(block=at), days.filter(pl.col("store") == block.store)
    daily = _dense(mine, night, block.tracks)
    market = _dense(store.with_columns(track_id=pl.lit("")), night, ("",))[0].astype(np.float64)
    first = night - timedelta(RHYTHM_DAYS - 1)
    if block.days == 1:
        # Three plays a track have no rhythm, and as good as no chance to be kept or ended early.
        begun = np.full(len(block.tracks), RHYTHM_DAYS - 1)
        found: dict[str, Reals] = {}
    else:
        began = onsets(daily, market).day
        begun = began[began >= 0]
        recent = pl.col("report_date") > night - timedelta(RECENT_DAYS)
        found = _rates(mine.filter(recent), store.filter(recent), float(block.gained.sum()))
        found |= _rhythm(daily, market)
    for dimension in MIXES:
        found |= _mix(mixes, at, block.store, dimension)
    if set(block.sources) <= PUSHED:
        found["source_catalogue"] = np.array([np.nan])
    return {
        "entity": block.entity,
        "store": block.store,
        "territories": "|".join(block.territories),
        "sources": "|".join(block.sources),
        "track_ids": "|".join(block.tracks),
        "tracks": len(block.tracks),
        "artists": block.artists,
        "by_chance": block.by_chance,
        "days": block.days,
        "gained": float(block.gained.sum() / block.days),
        "gained_low": float(np.quantile(block.gained, 0.1) / block.days),
        "gained_high": float(np.quantile(block.gained, 0.9) / block.days),
        "streams": int(daily[:, -1].sum()),
        "began": first + timedelta(int(np.median(begun))) if len(begun) else None,
        "onset_tracks": int((np.abs(begun - np.median(begun)) <= 1).sum()) if len(begun) else 0,
        "onset_usual_share": USUAL_ONSET_SHARE,
    } | {name: float(value[0]) for name, value in found.items()}


def _rhythm(daily: NDArray[np.int64], market: Reals) -> dict[str, Reals]:
    """Return how the plays of a block's tracks go from day to day, beside those of its store."""
    one = np.zeros(len(daily), np.int64)
    recent = scatter(daily[:, -RECENT_DAYS:], market[-RECENT_DAYS:], one, 1)
    return recent | weekdays(daily.sum(axis=0)[None].astype(np.float64), market)


def _dense(days: pl.DataFrame, night: date, tracks: Sequence[str]) -> NDArray[np.int64]:
    first = night - timedelta(RHYTHM_DAYS - 1)
    dense = np.zeros((len(tracks), RHYTHM_DAYS), np.int64)
    places = {track: row for row, track in enumerate(tracks)}
    for track, day, streams in days.select("track_id", "report_date", "streams").iter_rows():
        dense[places[track], (day - first).days] = streams
    return dense


def _rates(mine: pl.DataFrame, store: pl.DataFrame, gained: float) -> dict[str, Reals]:
    """Return saves and short plays of the gained plays, as ratios to what the store's people give.

    The tracks' usual plays are taken to have the store's rates.
    """
    parts = {"saves": ("saves_listeners",), "sub30_plays": ("sub30_plays", "sub30_streams")}
    plays = float(mine["streams"].sum())
    new = min(gained / plays, 1.0) if plays else 1.0
    found: dict[str, Reals] = {}
    for name, chances in parts.items():
        own, below = (float(sum(frame[part].sum() for part in chances)) for frame in (mine, store))
        whole = own * float(store[name].sum()) / below if below else 0.0
        expected = new * whole if whole > 0 else np.nan
        seen = max(float(mine[name].sum()) - (1 - new) * whole, 0.0)
        short = name.removesuffix("_plays")
        found[f"{short}_ratio"] = np.array([seen / expected])
        found[f"{short}_chances"] = np.array([expected])
    return found


def _mix(mixes: pl.DataFrame, at: int, store: str, dimension: str) -> dict[str, Reals]:
    told = mixes.filter(pl.col(dimension).is_not_null())
    counts = (
        told.group_by(dimension)
        .agg(
            mine=pl.col("streams").filter(pl.col("block") == at).sum(),
            whole=pl.col("streams").filter(pl.col("store") == store).sum(),
        )
        .sort(dimension)
    )
    mine, whole = (counts[name].cast(pl.Float64).to_numpy()[None] for name in ("mine", "whole"))
    return {
        f"{dimension}_catalogue": divergence(mine, whole),
        f"{dimension}_chances": mine.sum(axis=1),
    }
