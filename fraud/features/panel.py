"""The panel: what was counted of each unit on each day, as one dense block of integers.

A unit is one entity (a track, a release, an artist, …) at one store, or over all stores (`*`).
Counts stay int64 from the report to the evidence: sums are exact in any order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.sql import statement
from fraud.tables import DEVICES, SOURCES, TIERS

Counts = NDArray[np.int64]

ALL_STORES = "*"
MEASURES = (
    "streams",
    "listeners",
    "listeners_streams",
    "saves",
    "saves_listeners",
    "sub30_plays",
    "sub30_streams",
    "listening_seconds",
    "seconds_streams",
)
BREAK_DOWNS = {"source": SOURCES, "tier": TIERS, "device": DEVICES}
MIX_COLUMNS = tuple(f"{name}_{value}" for name, values in BREAK_DOWNS.items() for value in values)
ELSEWHERE = "elsewhere"

SHARD_CELLS = 40_000_000
"""Integers in one dense block: 320 MB, so that memory does not grow with the catalogue."""


@dataclass(frozen=True)
class Layout:
    """Which columns of a block mean what: measures, then the mixes, then the territories."""

    territories: tuple[str, ...]

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(MEASURES) + len(MIX_COLUMNS) + len(self.territories)

    def measure(self, name: str) -> int:
        """Return the column of a measure."""
        return MEASURES.index(name)

    def values(self, dimension: str) -> tuple[str, ...]:
        """Return the values of a dimension in the order of its columns."""
        return self.territories if dimension == "territory" else BREAK_DOWNS[dimension]

    def span(self, dimension: str) -> slice:
        """Return the columns of a dimension: source, tier, device or territory."""
        start = len(MEASURES)
        for name, values in BREAK_DOWNS.items():
            if name == dimension:
                return slice(start, start + len(values))
            start += len(values)
        return slice(start, start + len(self.territories))


@dataclass(frozen=True)
class Panel:
    """All counts of one level over a span of days, handed out in dense blocks of whole units."""

    days: tuple[date, ...]
    units: pl.DataFrame
    """Columns unit (0…), store, entity; ordered by store and entity."""
    layout: Layout
    counts: pl.DataFrame
    """unit, day (index into `days`) and one column a measure or break-down value; sparse."""
    by_territory: pl.DataFrame
    """unit, day, territory (index into the layout), streams; sparse."""

    def blocks(self) -> Iterator[tuple[slice, Counts]]:
        """Yield (units, counts of shape units × days × columns) until every unit was handed out.

        Without any unit it is one block of none.
        """
        for units in self._shards(self.layout.width):
            yield units, self._block(units)

    def streams(self) -> Iterator[tuple[slice, Counts]]:
        """Yield the same with nothing but the plays: units × days × 1."""
        for units in self._shards(1):
            counts = self.counts.filter(_inside(units))
            block = np.zeros((units.stop - units.start, len(self.days), 1), np.int64)
            unit = counts["unit"].to_numpy() - units.start
            block[unit, counts["day"].to_numpy(), 0] = counts["streams"].to_numpy()
            yield units, block

    def _shards(self, width: int) -> Iterator[slice]:
        size = max(1, SHARD_CELLS // max(1, len(self.days) * width))
        for start in range(0, max(self.units.height, 1), size):
            yield slice(start, min(start + size, self.units.height))

    def _block(self, units: slice) -> Counts:
        shape = (units.stop - units.start, len(self.days), self.layout.width)
        block = np.zeros(shape, np.int64)
        counts = self.counts.filter(_inside(units))
        rows = counts["unit"].to_numpy() - units.start, counts["day"].to_numpy()
        for column, name in enumerate(self.counts.columns[2:]):
            block[*rows, column] = counts[name].to_numpy()
        cells = self.by_territory.filter(_inside(units))
        territory = self.layout.span("territory").start + cells["territory"].to_numpy()
        block[cells["unit"].to_numpy() - units.start, cells["day"].to_numpy(), territory] = cells[
            "streams"
        ].to_numpy()
        return block


def concerns(said_of: str) -> pl.Expr:
    """Return whether what is said of a store says something of a unit's `store`.

    `said_of` is the column that names it, null = all of them. What is said of one store says
    something of the sum over all as well.
    """
    of_store = pl.col(said_of).is_null() | (pl.col(said_of) == pl.col("store"))
    return (pl.col("store") == ALL_STORES) | of_store


def _inside(units: slice) -> pl.Expr:
    return pl.col("unit").is_between(units.start, units.stop, closed="left")


@dataclass(frozen=True)
class Gathered:
    """All counts of one level over a span of weeks; each week takes its own panel out of them."""

    first_day: date
    units: pl.DataFrame
    """Columns unit (0…), store, entity; ordered by store and entity."""
    counts: pl.DataFrame
    """unit, day (since `first_day`) and one column a measure or break-down value; in that order."""
    territories: tuple[str, ...]
    by_territory: pl.DataFrame
    """unit, day, territory (index into `territories`), streams; in that order."""

    def panel(self, first_day: date, last_day: date, settled_day: date) -> Panel:
        """Return the panel from first to last day.

        Territories first seen after `settled_day` share the column ELSEWHERE, so that a panel does
        not depend on what came later than its own week.
        """
        days = tuple(first_day + timedelta(n) for n in range((last_day - first_day).days + 1))
        start = (first_day - self.first_day).days
        within = pl.col("day").is_between(start, start + len(days) - 1)
        counts, cells = self.counts.filter(within), self.by_territory.filter(within)
        played = counts["unit"].unique().sort()
        unit, settled = _numbered(played, self.units.height), self._settled(cells, settled_day)
        place = _numbered(settled, len(self.territories))
        layout = Layout((*(self.territories[at] for at in settled), ELSEWHERE))

        def placed(frame: pl.DataFrame) -> pl.DataFrame:
            return frame.with_columns(
                pl.Series("unit", unit[frame["unit"].to_numpy()]), pl.col("day") - start
            )

        by_territory = placed(cells).with_columns(
            pl.Series("territory", place[cells["territory"].to_numpy()])
        )
        if len(settled) < len(self.territories):
            by_territory = (
                by_territory.group_by("unit", "day", "territory")
                .agg(pl.col("streams").sum())
                .sort("unit", "day", "territory")
            )
        units = self.units[played].with_columns(unit=pl.int_range(len(played)))
        return Panel(days, units, layout, placed(counts), by_territory)

    def _settled(self, cells: pl.DataFrame, settled_day: date) -> pl.Series:
        last = (settled_day - self.first_day).days
        return cells.filter(pl.col("day") <= last)["territory"].unique().sort()


def gather(
    connection: duckdb.DuckDBPyConnection, members: pl.DataFrame, first_day: date, last_day: date
) -> Gathered:
    """Return all counts of the entities in `members` (track_id, entity) for a span of days.

    The connection holds the tables `plays` and `mix`.
    """
    span = {"first_day": first_day, "last_day": last_day}
    connection.register("members", members.to_arrow())

    def found(name: str) -> pl.DataFrame:
        frame: pl.DataFrame = connection.sql(statement(f"features/{name}"), params=span).pl()
        return frame

    entity_day, mix_day, territory_day = map(found, ("entity_day", "mix_day", "territory_day"))
    connection.unregister("members")
    units = entity_day.select("store", "entity").unique().sort("store", "entity")
    units = units.select(pl.int_range(pl.len()).alias("unit"), "store", "entity")

    def placed(frame: pl.DataFrame) -> pl.DataFrame:
        day = (pl.col("report_date") - first_day).dt.total_days().alias("day")
        return frame.join(units, on=["store", "entity"]).with_columns(day)

    counts = (
        placed(entity_day)
        .select("unit", "day", *MEASURES)
        .join(placed(mix_day).select("unit", "day", *MIX_COLUMNS), on=["unit", "day"], how="left")
        .with_columns(pl.col(MIX_COLUMNS).fill_null(0).cast(pl.UInt32))
        .sort("unit", "day")
    )
    territories = territory_day["territory"].unique().sort()
    codes = pl.DataFrame({"name": territories}).with_row_index("code")
    by_territory = (
        placed(territory_day)
        .join(codes, left_on="territory", right_on="name")
        .select("unit", "day", pl.col("code").alias("territory"), "streams")
        .sort("unit", "day", "territory")
    )
    return Gathered(first_day, units, counts, tuple(territories), by_territory)


def _numbered(kept: pl.Series, many: int) -> NDArray[np.int64]:
    """Return for each of many numbers its place among the kept ones; the others come after them."""
    places = np.full(many, len(kept), np.int64)
    places[kept.to_numpy()] = np.arange(len(kept))
    return places
