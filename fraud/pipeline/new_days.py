"""Days of which the lake holds nothing: they enter without being held as a whole.

With nothing beside it, nothing has to be compared. Files that are in the order of the key become
files of the lake as they are; what comes in any order is written piece by piece.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fraud.lake import Lake
from fraud.sources.combining import Combined
from fraud.sources.delivery import Delivery
from fraud.tables import AUDIENCE, LATE, Table


@dataclass(frozen=True)
class Entered:
    """What a day was made of."""

    taken: int
    """Rows as they were delivered."""
    sizes: Mapping[str, tuple[int, int]]
    """Rows and plays of each store, those that were kept out as well."""


def new_days(lake: Lake, delivery: Delivery, table: Table, oldest: date) -> list[date]:
    """Return the days that the lake knows nothing of and that can enter by themselves.

    They are made in full, or have more rows than are held at a time, and are neither completed by
    other days of the lake nor held against them.
    """
    known = {*lake.days(table), *lake.days(LATE)}
    beside = delivery.told_in_parts(table) if table is AUDIENCE else ()
    completed = {day for day, _ in (*beside, *delivery.counted_by_arrival(table))}
    # What is told by an empty file has no file of the lake to be made of.
    completed |= delivery.silent_days(table)
    alone = {*delivery.made_days(table), *delivery.large_days(table)}
    return sorted(day for day in alone if day >= oldest and day not in known | completed)


def enter(
    lake: Lake,
    delivery: Delivery,
    table: Table,
    day: date,
    *,
    entering: Collection[str],
    take: Callable[[Combined], int],
) -> Entered:
    """Write the stores of a new day that may enter, in one commit.

    `take` is told of what was combined, and says of how many rows.
    """
    note = {"delivery_id": delivery.delivery_id}
    if day in delivery.made_days(table):
        made = delivery.made(table, day)
        if entering:
            lake.adopt(table, day, [made[store].path for store in sorted(entering)], note)
        delivered = delivery.day_stores(table, day)
        return Entered(
            sum(one.delivered for one in made.values()),
            {store: (one.rows, delivered[store][1]) for store, one in made.items()},
        )
    sizes = dict.fromkeys(delivery.day_stores(table, day), (0, 0))
    taken = 0

    def pieces() -> Iterator[pl.DataFrame]:
        nonlocal taken
        for store, combined in delivery.pieces(table, day):
            taken += take(combined)
            rows, streams = sizes[store]
            added = int(combined.rows["streams"].sum())
            sizes[store] = rows + combined.rows.height, streams + added
            if store in entering:
                yield combined.rows

    lake.replace_store_days(
        table, pieces(), [(day, store) for store in entering], note, in_order=True
    )
    if not entering:
        for _ in pieces():
            pass
    return Entered(taken, sizes)
