"""Rushes: many tracks that all at once are played in the same few cells, on one day.

A cell is a territory, source, plan and device at a store. Three plays say nothing of a track; that
sixty tracks, hardly ever played in a cell, are played there on the same day does. In two steps: the
cells to which more tracks came than on the days before, then, among the tracks to which these
cells are new, a mixture of people's plays and those of one hidden set, fitted by expectation and
maximisation (Dempster, Laird & Rubin 1977). Fraud panels serve lists of tracks (the dense blocks of
M-Zoom, Shin, Hooi & Faloutsos 2016, in one day's slice).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.lockstep import Block, is_apart, name_of
from fraud.features.panel import Gathered
from fraud.sql import statement

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

CELL = ("store", "territory", "source", "tier", "device")
KIND = ("source", "tier", "device")
USUAL_DAYS = 28
GAP_DAYS = 8
"""Usual ends so many days before the night, as in fraud.features.windows: a rush that goes on for
days is not its own past."""
LOOK_BACK_DAYS = USUAL_DAYS + GAP_DAYS - 1
LEAST_PAST_DAYS = 7
FEW_PLAYS = 5
"""A row of more plays is of a track that is played there anyhow: it would hide who came anew."""
LEAST_KNOWN = 5.0
"""Rows that a territory's or a kind's other cells are shrunk by towards a usual day."""
LEAST_USUAL = 3.0
"""Cells with fewer rows a day tell nothing of how far a day scatters."""
HOT, MOST_HOT = 2.0, 64
"""A cell is looked into from so many standard deviations above usual on, the hottest at a store."""
LEAST_MORE = 4
RARE_PLAYS = 8
"""A cell is new to a track that had no more plays there in four weeks: two a week."""
SEED, JOINED = 5.0, 1.5
"""Standard deviations of newcomers from which a cell begins a rush, and may be part of one."""
LEAST_TRACKS = 8
OWN_PRIOR = 20.0
"""A track's part in a cell is shrunk towards the store's as if so many of its plays were known."""
LEAST_RATE = 0.3
MOST_PLAYS = 10
"""More plays of a track in a cell say no more: one large track makes no set."""
LEAST_PART = 0.1
"""A cell with less of a set's plays is none of its cells."""
ROUNDS = 20
MOST_MEMBERS = 0.3
LEAST_CHANCE = 0.1
LEAST_GAIN = 40.0
"""Nats by which the set explains the day better. On 1,100 store-nights of eight catalogues, four of
them of another simulator, all sets above it of several artists were planted; they came to 85 and
more."""


@dataclass(frozen=True)
class Rush:
    """One set of tracks on one day at one store."""

    store: str
    cells: pl.DataFrame
    """territory, source, tier, device; those with most of its plays first."""
    tracks: tuple[str, ...]
    """Ordered."""
    belonging: Reals
    """The probability that each track's new plays are the set's; above one half."""
    gained: Reals
    """Plays of each track in the cells that day beyond what was expected of it there."""
    gain: float
    """Log likelihood ratio of a set among people to people alone."""

    def block(self, owners: pl.DataFrame) -> Block | None:
        """Return the set as a block of one day; None if it is of few artists or of one account.

        `owners` has track_id, artist, account_id.
        """
        members = pl.DataFrame({"track_id": self.tracks}).join(owners, on="track_id", how="left")
        if not is_apart(members):
            return None
        return Block(
            name_of(self.store, self.tracks),
            self.store,
            tuple(self.cells["territory"].unique().sort()),
            tuple(self.cells.filter(pl.col("source") != "")["source"].unique().sort()),
            self.tracks,
            members["artist"].n_unique(),
            self.gained,
            max(float((1 - self.belonging).sum()), LEAST_CHANCE),
            days=1,
        )


class Rushes:
    """The rushes of some nights: one pass counts all cells, another reads the hot ones."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, gathered: Gathered, nights: Sequence[date]
    ) -> None:
        """Read what `nights` (one after another, in order) need; the connection has `streams`."""
        self._first = nights[0] - timedelta(LOOK_BACK_DAYS)
        span = {"first_day": self._first, "last_day": nights[-1]}
        told: pl.DataFrame = connection.sql(
            statement("features/cell_day"), params=span | {"few": FEW_PLAYS}
        ).pl()
        self._cells, self._told = _dense(told, self._first, nights[-1])
        self._hot = {night: _hot(self._cells, self._told, *self._days(night)) for night in nights}
        wanted = pl.concat(self._hot.values())["cell"].unique().sort()
        connection.register("hot_cells", self._cells[wanted].to_arrow())
        self._plays: pl.DataFrame = connection.sql(
            statement("features/hot_plays"), params=span
        ).pl()
        connection.unregister("hot_cells")
        self._units = gathered.units
        self._streams = gathered.counts.select("unit", "day", "streams")
        self._streams_from = gathered.first_day

    def _days(self, night: date) -> tuple[slice, int]:
        at = (night - self._first).days
        return slice(max(at - LOOK_BACK_DAYS, 0), at - GAP_DAYS + 1), at

    def of(self, night: date) -> list[Rush]:
        """Return the rushes of a night, the clearest first at each store."""
        hot = self._hot[night]
        if hot.is_empty():
            return []
        plays = self._plays.join(hot, on="cell", how="semi")
        found = []
        for store, mine in hot.join(self._cells, on="cell", maintain_order="left").group_by(
            "store", maintain_order=True
        ):
            past, _ = self._days(night)
            delivered = self._told[self._cells["store"].to_numpy() == store[0], past].any(axis=0)
            days = int(delivered.sum())
            rows = plays.join(mine, on="cell", how="semi")
            newcomers = _newcomers(
                rows, mine, night, days, self._levels(night, str(store[0]), days)
            )
            found += _sets(str(store[0]), *newcomers)
        return found

    def _levels(self, night: date, store: str, days: int) -> pl.DataFrame:
        """Return for each track of the store its plays of the usual weeks and of the night."""
        at = (night - self._streams_from).days
        units = self._units.filter(pl.col("store") == store)
        first, last = at - LOOK_BACK_DAYS, at - GAP_DAYS
        return (
            self._streams.filter(pl.col("day").is_between(first, last) | (pl.col("day") == at))
            .join(units, on="unit")
            .group_by(track_id="entity")
            .agg(
                usual=pl.col("streams").filter(pl.col("day") <= last).sum(),
                whole=pl.col("streams").filter(pl.col("day") == at).sum(),
            )
            .with_columns(rate=pl.col("usual") / days)
            .sort("track_id")
        )


def _dense(told: pl.DataFrame, first: date, last: date) -> tuple[pl.DataFrame, Counts]:
    """Return the cells, numbered, and their rows: cells × days."""
    cells = told.select(CELL).unique().sort(CELL).with_columns(cell=pl.int_range(pl.len()))
    rows = told.join(cells, on=CELL)
    dense = np.zeros((cells.height, (last - first).days + 1), np.int64)
    day = (rows["report_date"] - first).dt.total_days().to_numpy()
    dense[rows["cell"].to_numpy(), day] = rows["told"].to_numpy()
    return cells, dense


def _hot(cells: pl.DataFrame, told: Counts, past: slice, night: int) -> pl.DataFrame:
    """Return (cell, factor): where more tracks came than usual, and what the day did around there.

    The factor is what the territory's other cells, or those of the same source, plan and device
    elsewhere, did that day, whichever rose more; at least 1. A store with too short a past, or
    none that night, has no hot cells.
    """
    empty = pl.DataFrame(schema={"cell": pl.Int64, "factor": pl.Float64})
    parts = [empty]
    for (_store,), mine in cells.group_by("store", maintain_order=True):
        rows = told[mine["cell"].to_numpy()]
        days = int(rows[:, past].any(axis=0).sum())
        if days < LEAST_PAST_DAYS or not rows[:, night].any():
            continue
        usual, today = rows[:, past].sum(axis=1) / days, rows[:, night].astype(np.float64)
        settled = _settled(mine, rows[:, past], days)
        factor = np.maximum(
            _around(mine, ["territory"], usual, today), _around(mine, list(KIND), usual, today)
        )
        expected = usual * factor
        deviate = (today - expected) / np.sqrt(expected + 1)
        large = expected >= LEAST_USUAL
        scatter = np.median(np.abs(deviate[large])) / 0.6745 if large.any() else 1.0
        deviate /= max(float(scatter), 1.0)
        deviate[~settled] = 0.0
        order = np.argsort(-deviate, kind="stable")[:MOST_HOT]
        chosen = order[(deviate[order] >= HOT) & ((today - expected)[order] >= LEAST_MORE)]
        parts.append(
            pl.DataFrame({"cell": mine["cell"].to_numpy()[chosen], "factor": factor[chosen]})
        )
    return pl.concat(parts).sort("cell")


def _settled(cells: pl.DataFrame, past: Counts, days: int) -> NDArray[np.bool_]:
    """Return which cells lie in a territory, and are of a kind, that the store told on most days.

    In a territory that a catalogue has just come to, all of its tracks are new.
    """
    settled = np.ones(cells.height, np.bool_)
    for by in (["territory"], list(KIND)):
        group = _grouped(cells, by)
        there = np.zeros((group.max(initial=0) + 1, past.shape[1]), np.bool_)
        np.logical_or.at(there, group, past > 0)
        settled &= (2 * there.sum(axis=1) > days)[group]
    return settled


def _grouped(cells: pl.DataFrame, by: list[str]) -> Counts:
    return cells.select(pl.struct(by).rank("dense").cast(pl.Int64)).to_series().to_numpy() - 1


def _around(cells: pl.DataFrame, by: list[str], usual: Reals, today: Reals) -> Reals:
    """Return how the other cells that agree in `by` stand to their usual rows, shrunk to 1."""
    group = _grouped(cells, by)
    sums = [np.bincount(group, values)[group] - values for values in (today, usual)]
    return np.maximum((sums[0] + LEAST_KNOWN) / (sums[1] + LEAST_KNOWN), 1.0)


def _newcomers(
    rows: pl.DataFrame, cells: pl.DataFrame, night: date, days: int, levels: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return the night's plays of tracks new to a cell, the cells, and how many tracks there are.

    Plays have cell, track_id, streams and `expected`; cells what came (`seen`), what was to come
    (`expected`) and the deviate of the two, measured on the cell's own past days.
    """
    usual = rows.filter(
        pl.col("report_date").is_between(
            night - timedelta(LOOK_BACK_DAYS), night - timedelta(GAP_DAYS)
        )
    ).with_columns(own=pl.col("streams").sum().over("cell", "track_id"))
    came = (
        usual.filter(pl.col("own") - pl.col("streams") <= RARE_PLAYS)
        .group_by("cell", "report_date")
        .agg(came=pl.len())
        .group_by("cell")
        .agg(pl.col("came").sum(), squares=(pl.col("came") ** 2).sum())
    )
    own = usual.group_by("cell", "track_id").agg(own=pl.col("streams").sum())
    today = (
        rows.filter(pl.col("report_date") == night)
        .select("cell", "track_id", "streams")
        .join(own, on=["cell", "track_id"], how="left")
        .with_columns(pl.col("own").fill_null(0))
        .filter(pl.col("own") <= RARE_PLAYS)
    )
    seen = today.group_by("cell").agg(seen=pl.len())
    mean = pl.col("came").fill_null(0) / days
    variance = pl.col("squares").fill_null(0) / days - mean**2
    held = (
        cells.join(came, on="cell", how="left")
        .join(seen, on="cell", how="left")
        .with_columns(expected=mean * pl.col("factor"), seen=pl.col("seen").fill_null(0))
        .with_columns(
            deviate=(pl.col("seen") - pl.col("expected"))
            / (pl.max_horizontal(variance, "expected") + 1).sqrt()
        )
    )
    return _expected(today, own, held, levels), held, levels.height


def _expected(
    today: pl.DataFrame, own: pl.DataFrame, held: pl.DataFrame, levels: pl.DataFrame
) -> pl.DataFrame:
    """Return the night's plays of newcomers with what was expected of each track in the cell.

    Its level of the day times the cell's part in its usual plays, shrunk towards a part that is the
    same for all tracks and such that as many newcomers were to come as usually do.
    """
    known = pl.col("usual") + OWN_PRIOR
    prior = float(levels.select((pl.col("rate") * OWN_PRIOR / known).sum()).item() or 0.0)
    by_own = (
        own.filter(pl.col("own") <= RARE_PLAYS)
        .join(levels, on="track_id")
        .group_by("cell")
        .agg(by_own=(pl.col("rate") * pl.col("own") / known).sum())
    )
    parts = held.join(by_own, on="cell", how="left").with_columns(
        part=pl.max_horizontal(
            pl.col("expected") - pl.col("by_own").fill_null(0.0), 0.1 * pl.col("expected"), 1e-3
        )
        / max(prior, 1.0)
    )
    unknown = pl.col("usual") == 0
    elsewhere = (pl.col("whole") - pl.col("streams")).cast(pl.Float64)
    rate = pl.max_horizontal(
        pl.when(unknown).then(pl.col("whole").cast(pl.Float64)).otherwise("rate"),
        elsewhere,
        pl.lit(LEAST_RATE),
    )
    return (
        today.join(levels, on="track_id", how="left")
        .with_columns(pl.col("usual", "whole").fill_null(0), pl.col("rate").fill_null(0.0))
        .join(parts.select("cell", "part", "factor"), on="cell")
        .with_columns(
            expected=rate * (pl.col("own") + OWN_PRIOR * pl.col("part")) / known * pl.col("factor")
            + 1e-3
        )
        .select("cell", "track_id", "streams", "expected")
        .sort("cell", "track_id")
    )


def _sets(store: str, plays: pl.DataFrame, cells: pl.DataFrame, many: int) -> list[Rush]:
    """Return the sets that some cells of a store begin, each cell in at most one."""
    joined = cells.filter(pl.col("deviate") >= JOINED).sort(-pl.col("deviate"), "cell")
    more = (joined["seen"] - joined["expected"]).to_numpy()
    begins = np.flatnonzero((joined["deviate"].to_numpy() >= SEED) & (more >= LEAST_TRACKS))
    plays = plays.join(joined.select("cell"), on="cell", how="semi")
    tracks = plays["track_id"].unique().sort()
    track = plays["track_id"].replace_strict(tracks, np.arange(len(tracks)), return_dtype=pl.Int64)
    cell = plays["cell"].replace_strict(
        joined["cell"], np.arange(joined.height), return_dtype=pl.Int64
    )
    day = _Day(
        track.to_numpy(),
        cell.to_numpy(),
        np.minimum(plays["streams"].to_numpy(), MOST_PLAYS).astype(np.float64),
        plays["expected"].to_numpy(),
        (len(tracks), joined.height),
        max(many, len(tracks)),
    )
    used: set[int] = set()
    found: list[Rush] = []
    for begin in begins:
        if int(begin) in used:
            continue
        mean, belonging, gain = _fitted(day, int(begin), float(more[begin]))
        used |= {int(begin), *np.flatnonzero(mean).tolist()}
        member = belonging > 0.5
        mine = set(tracks.filter(pl.Series(member)))
        again = any(2 * len(mine.intersection(rush.tracks)) >= len(mine) for rush in found)
        if gain < LEAST_GAIN or len(mine) < LEAST_TRACKS or again:
            continue
        above = np.where(mean[day.cell] > 0, day.plays - day.expected, 0.0)
        gained = np.bincount(day.track, above, len(tracks)).astype(np.float64)
        order = np.argsort(-mean, kind="stable")[: np.count_nonzero(mean)]
        found.append(
            Rush(
                store,
                joined[order].select(CELL[1:]),
                tuple(sorted(mine)),
                belonging[member],
                gained[member],
                gain,
            )
        )
    return sorted(found, key=lambda rush: (-rush.gain, rush.tracks))


@dataclass(frozen=True)
class _Day:
    """The plays of newcomers at one store: arrays of a value a play-row, the shape, all tracks."""

    track: Counts
    cell: Counts
    plays: Reals
    expected: Reals
    shape: tuple[int, int]
    many: int


def _fitted(day: _Day, begin: int, more: float) -> tuple[Reals, Reals, float]:
    """Return the set's mean plays a track in each cell, who belongs to it, and what it explains."""
    tracks, cells = day.shape
    mean = np.zeros(cells)
    mean[begin] = 1.0
    share = max(more, 3.0) / day.many

    def ratio() -> Reals:
        rows: Reals = day.plays * np.log1p(mean[day.cell] / day.expected)
        return np.asarray(np.bincount(day.track, rows, minlength=tracks) - mean.sum())

    def belongs() -> Reals:
        odds = np.clip(ratio() + np.log(share / (1 - share)), -50, 50)
        return np.asarray(1 / (1 + np.exp(-odds)))

    for _ in range(ROUNDS):
        belonging = belongs()
        gained = np.maximum(day.plays - day.expected, 0.0) * belonging[day.track]
        mean = np.bincount(day.cell, gained, minlength=cells) / max(belonging.sum(), 1e-9)
        mean = np.round(np.minimum(mean, MOST_PLAYS / 2), 6)
        mean[mean < LEAST_PART * mean.sum()] = 0.0
        share = float(np.clip(belonging.sum() / day.many, 1 / day.many, MOST_MEMBERS))
    belonging = belongs()
    seen = np.log(1 - share + share * np.exp(np.clip(ratio(), -50, 50))).sum()
    unseen = (day.many - tracks) * np.log(1 - share + share * np.exp(-mean.sum()))
    return mean, np.round(belonging, 6), float(np.round(seen + unseen, 6))
