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


def _inside(units: slice) -> pl.Expr:
    return pl.col("unit").is_between(units.start, units.stop, closed="left")


def gather(
    connection: duckdb.DuckDBPyConnection, members: pl.DataFrame, first_day: date, last_day: date
) -> None:
    """Count the entities in `members` (track_id, entity) for a span of days, in one pass.

    Leaves the tables entity_day, mix_day and territory_day in the connection, which holds the
    tables `plays` and `mix`.
    """
    span = {"first_day": first_day, "last_day": last_day}
    connection.register("members", members.to_arrow())
    for name in ("entity_day", "mix_day", "territory_day"):
        query = f"create or replace temp table {name} as {statement(f'features/{name}')}"
        connection.execute(query, span).fetchall()
    connection.unregister("members")


def panel(
    connection: duckdb.DuckDBPyConnection, first_day: date, last_day: date, settled_day: date
) -> Panel:
    """Return the panel of what was gathered, from first to last day.

    Territories first seen after `settled_day` share the column ELSEWHERE, so that a panel does not
    depend on what came later than its own week.
    """
    days = tuple(first_day + timedelta(n) for n in range((last_day - first_day).days + 1))
    span = {"first_day": first_day, "last_day": last_day}

    def between(table: str, columns: str) -> pl.DataFrame:
        query = f"select {columns} from {table} where report_date between $first_day and $last_day"
        frame: pl.DataFrame = connection.sql(query, params=span).pl()
        return frame

    units = (
        between("entity_day", "distinct store, entity")
        .sort("store", "entity")
        .with_row_index("unit")
        .with_columns(pl.col("unit").cast(pl.Int64))
    )
    cells = between("territory_day", "*")
    settled = cells.filter(pl.col("report_date") <= settled_day)["territory"].unique().sort()
    layout = Layout((*settled, ELSEWHERE))
    codes = pl.DataFrame({"territory": settled, "code": range(len(settled))}).with_columns(
        pl.col("code").cast(pl.Int64)
    )

    def placed(frame: pl.DataFrame) -> pl.DataFrame:
        day = (pl.col("report_date") - first_day).dt.total_days().alias("day")
        return frame.join(units, on=["store", "entity"]).with_columns(day)

    counts = (
        placed(between("entity_day", "*"))
        .join(between("mix_day", "*"), on=["report_date", "store", "entity"], how="left")
        .select("unit", "day", *MEASURES, *(pl.col(c).fill_null(0) for c in MIX_COLUMNS))
        .sort("unit", "day")
    )
    by_territory = (
        placed(cells)
        .join(codes, on="territory", how="left")
        .with_columns(pl.col("code").fill_null(len(settled)))
        .group_by("unit", "day", territory="code")
        .agg(pl.col("streams").sum())
        .sort("unit", "day", "territory")
    )
    return Panel(days, units, layout, counts, by_territory)
