"""Plays as numbers: each different value of a column is held once for a delivery.

Millions of plays name the same listeners, tracks and places. A play is a row of small numbers here,
0 where it tells nothing, so that plays are staged, put in order and added up without a text.
"""

from datetime import date
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from fraud.sources.narrowing import narrow
from fraud.sources.texts import Numbered, Texts
from fraud.tables import PLAYS

VALUES = (
    *("report_date", "store", "territory", "track_id", "source", "device"),
    *("playlist_id", "listener_id"),
)
COUNTS = ("streams", "sub30_plays", "listening_seconds")
"""A count of n is the number n + 1."""
UNTOLD = tuple(name for name in PLAYS.schema if name not in {*VALUES, *COUNTS})
"""Columns that need the rows as they are, where they hold anything."""
_COUNTED = [
    pl.when(pl.col(name) > 0).then(pl.col(name).cast(pl.Int64) - 1).alias(name) for name in COUNTS
]
MOST_VALUES = 2_000_000
"""A delivery with more different values in a column goes on row by row: they are held in memory."""


class PlayNumbers:
    """The numbers that stand for what plays of a delivery say."""

    def __init__(self) -> None:
        self._values = {name: Texts() for name in VALUES}
        self._day_stores: dict[tuple[int, int], tuple[date, str]] = {}

    @property
    def values(self) -> dict[str, pl.Series]:
        """Return, for each column, the texts that its numbers stand for from 1 on."""
        return {name: values.series for name, values in self._values.items()}

    def number(self, name: str, text: str) -> int:
        """Return the number of a value that plays have."""
        return int(self._values[name].numbers(pl.Series([text]))[0])

    @property
    def are_too_many(self) -> bool:
        """Return whether a column has more values than are held in memory."""
        return any(len(values) > MOST_VALUES for values in self._values.values())

    def of(self, plays: pl.DataFrame) -> pl.DataFrame | None:
        """Return checked plays in numbers, None where they tell more than numbers hold."""
        is_more = any(name in plays.columns and plays[name].count() for name in UNTOLD)
        if is_more or self.are_too_many:
            return None
        return pl.DataFrame({name: self.of_values(plays[name]) for name in (*VALUES, *COUNTS)})

    def of_values(self, values: pl.Series) -> NDArray[np.uint64] | Numbered:
        """Return checked values of a column in numbers."""
        if values.name in self._values:
            return self._values[values.name].numbers(values)
        return (values + 1).fill_null(0).cast(pl.UInt64).to_numpy()

    def by_day_store(self, numbered: pl.DataFrame) -> dict[tuple[date, str], tuple[int, int]]:
        """Return how many rows and streams plays have of each day × store."""
        keys = ["report_date", "store"]
        parts = [numbered]
        # As in nearly every block, in a tenth of the time.
        if any(numbered[name].min() != numbered[name].max() for name in keys):
            parts = numbered.partition_by(keys)
        counted = {}
        for part in parts:
            told = part["streams"].cast(pl.Int64)
            key = self._day_store(*(int(part[name][0]) for name in keys))
            counted[key] = (part.height, int(told.sum()) - int((told > 0).sum()))
        return counted

    def _day_store(self, day: int, store: int) -> tuple[date, str]:
        if (day, store) not in self._day_stores:
            texts = (self._values["report_date"].series, self._values["store"].series)
            key = (date.fromisoformat(texts[0][day - 1]), str(texts[1][store - 1]))
            self._day_stores[day, store] = key
        return self._day_stores[day, store]

    def with_days(self, numbered: pl.DataFrame) -> pl.DataFrame:
        """Return plays in numbers with their days as such."""
        return numbered.with_columns(self._told(numbered, "report_date"))

    def without_days(self, dated: pl.DataFrame) -> pl.DataFrame:
        """Return plays all in numbers again, those of days not met before as well."""
        return dated.with_columns(
            report_date=pl.Series(self._values["report_date"].numbers(dated["report_date"]))
        )

    def rows(self, numbered: pl.DataFrame) -> pl.DataFrame:
        """Return plays in numbers as checked rows."""
        told = [self._told(numbered, name) for name in VALUES]
        return PLAYS.typed(numbered.select(*told, *_COUNTED))

    def told(self, numbered: pl.DataFrame) -> pl.DataFrame:
        """Return where and when plays in numbers were made, and their counts.

        Of listeners their numbers, null where a play has none.
        """
        places = [self._told(numbered, name) for name in ("report_date", "store", "territory")]
        listener = pl.when(pl.col("listener_id") > 0).then("listener_id").alias("listener_id")
        return numbered.select(*places, *_COUNTED, listener)

    def _told(self, frame: pl.DataFrame, name: str) -> pl.Series:
        number = pl.when(pl.col(name) > 0).then(pl.col(name).cast(pl.Int64) - 1)
        told = self._values[name].series.gather(frame.select(number).to_series()).alias(name)
        return told.str.to_date() if name == "report_date" else told


def write(numbered: pl.DataFrame, path: Path) -> None:
    """Write plays, each number no wider than it need be."""
    numbered.select(narrow(column) for column in numbered).write_ipc(path)


def read(path: Path) -> pl.DataFrame:
    """Return plays as they were written; nothing of them is copied."""
    return cast(
        "pl.DataFrame", pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    )


def told_of_all(numbered: pl.DataFrame) -> set[str]:
    """Return the counts that each of the plays tells."""
    return {name for name in COUNTS if numbered.height and numbered[name].min() > 0}  # type: ignore[operator]
