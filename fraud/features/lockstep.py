"""Lockstep: tracks that share no owner and yet gain the same few plays in the same place at once.

The search is for dense blocks of track × territory × source at a store (after M-Zoom, Shin, Hooi &
Faloutsos 2016), grown from single cells: in each cell the tracks that were suddenly played there,
then the cells that share their tracks. It is linear in the cells played, so it holds for a
catalogue of any size; a night depends on its own look-back only.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import pdtrc

from fraud.features.places import RECENT_DAYS, Places

Reals = NDArray[np.float64]

ROOM = 1.3
"""So much more than before is still what it held before."""
LEAST_EXPECTED = 0.05
UNLIKELY = 1e-3
"""A cell is hot for a track where its plays are so unlikely by what it held before."""
LEAST_PART = 0.08
"""Part of a track's new plays that a hot cell holds: a world-wide rise is none of the cell."""
LEAST_TRACKS = 8
LEAST_ARTISTS = 4
"""A block of fewer artists shows at its artist, label or account."""
MOST_OF_ONE_ACCOUNT = 0.8
SHARED = 0.5
"""Cells that share so much of the smaller one's tracks are one block."""
LEVEL = 3.0
"""Members gain at most so many times the block's median, and at least its reciprocal."""


@dataclass(frozen=True)
class Block:
    """Tracks that move as one."""

    entity: str
    """Store and the least hash among its tracks: blocks that share nearly all tracks share it."""
    store: str
    territories: tuple[str, ...]
    sources: tuple[str, ...]
    tracks: tuple[str, ...]
    artists: int
    gained: Reals
    """New plays in the block's cells in `days`, a track."""
    by_chance: float
    """Tracks that were to be expected in it, were all plays drawn one by one."""
    days: int = RECENT_DAYS
    """Days up to the night in which they were gained."""


def blocks(places: Places, night: date) -> list[Block]:
    """Return the blocks of a night, ordered by entity."""
    cells = places.cells(night)
    found = []
    for store in cells["store"].unique().sort():
        here = cells.filter(pl.col("store") == store)
        found += [
            block
            for places in _merged(here.filter(_hot(here)))
            if (block := _block(store, places, here)) is not None
        ]
    # The same tracks may be found from two cells: the larger block has all of them.
    unique = {block.entity: block for block in sorted(found, key=lambda b: len(b.tracks))}
    return [unique[entity] for entity in sorted(unique)]


def name_of(store: str, tracks: Iterable[str]) -> str:
    """Return the entity of a set of tracks: its store and the least hash among its tracks."""
    least = min(hashlib.blake2b(track.encode(), digest_size=4).hexdigest() for track in tracks)
    return f"{store} {least}"


def is_apart(members: pl.DataFrame) -> bool:
    """Return whether a set of tracks (artist, account_id) is nobody's own and large enough."""
    accounts = members["account_id"].drop_nulls().value_counts()["count"]
    most = max(accounts.to_list(), default=0)
    enough = members.height >= LEAST_TRACKS and members["artist"].n_unique() >= LEAST_ARTISTS
    return enough and most <= MOST_OF_ONE_ACCOUNT * members.height


def _hot(cells: pl.DataFrame) -> pl.Series:
    """Return which cells are new to their track, and not just by its rise everywhere."""
    recent, usual, whole, before, share = (
        cells[name].cast(pl.Float64).to_numpy()
        for name in ("recent", "usual", "track_recent", "track_usual", "cell_share")
    )
    part = (recent - usual) / np.maximum(whole - before, 1.0)
    expected = ROOM * usual + share * whole + LEAST_EXPECTED
    tail = pdtrc(np.maximum(recent - 1, 0), expected)
    return pl.Series((tail < UNLIKELY) & (part >= LEAST_PART))


def _merged(hot: pl.DataFrame) -> list[list[tuple[str, str]]]:
    """Return the cells (territory, source) of one store that share their tracks, largest first."""
    sets = {
        (territory, source): frozenset(tracks)
        for territory, source, tracks in hot.group_by("territory", "source")
        .agg(pl.col("track_id"))
        .filter(pl.col("track_id").list.len() >= LEAST_TRACKS)
        .sort("territory", "source")
        .iter_rows()
    }
    merged: list[tuple[list[tuple[str, str]], set[str]]] = []
    for cell in sorted(sets, key=lambda cell: (-len(sets[cell]), cell)):
        tracks = sets[cell]
        for cells, core in merged:
            if len(tracks & core) >= SHARED * len(tracks):
                cells.append(cell)
                break
        else:
            merged.append(([cell], set(tracks)))
    return [cells for cells, _ in merged]


def _block(store: str, places: list[tuple[str, str]], cells: pl.DataFrame) -> Block | None:
    """Return the tracks to which these cells together are new, all to about the same degree."""
    schema = {name: cells.schema[name] for name in ("territory", "source")}
    names = pl.DataFrame(places, schema=schema, orient="row")
    whole = (
        cells.join(names, on=["territory", "source"], how="semi")
        .group_by("track_id")
        .agg(
            pl.col("recent", "usual").sum(),
            pl.col("track_recent", "track_usual", "artist", "account_id").first(),
        )
        .sort("track_id")
    )
    held = cells.select("territory", "source", "cell_share").unique(maintain_order=True)
    share = held.join(names, on=["territory", "source"], how="semi")["cell_share"].sum()
    whole = whole.with_columns(cell_share=pl.lit(share), gained=pl.col("recent") - pl.col("usual"))
    members = whole.filter(_hot(whole))
    middle = members["gained"].median()
    level = pl.col("gained").is_between(pl.lit(middle) / LEVEL, pl.lit(middle) * LEVEL)
    members = members.filter(level)
    if not is_apart(members):
        return None
    tracks = tuple(members["track_id"])
    return Block(
        name_of(store, tracks),
        store,
        tuple(sorted({territory for territory, _ in places})),
        tuple(sorted({source for _, source in places if source})),
        tracks,
        members["artist"].n_unique(),
        members["gained"].to_numpy(),
        UNLIKELY * cells["track_id"].n_unique() * len(places),
    )
