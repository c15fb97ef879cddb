"""A day × store told in parts: what one delivery leaves unsaid stays as an earlier one said it.

A store that tells its day in several reports may send them on different days. A report of saves
alone must not wipe out listeners, nor one of playlists the break-down by plan and device.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import polars as pl

from fraud.tables import AUDIENCE, CATALOG, Table

DayStore = tuple[date, str]

_BREAK_DOWNS = ("source", "tier", "device", "playlist_id")
_OF_OWN_DAYS = {"tier", "device"}


def completed(
    rows: pl.DataFrame, before: pl.DataFrame, told: Mapping[DayStore, frozenset[str]]
) -> tuple[pl.DataFrame, list[DayStore]]:
    """Return AUDIENCE rows with the measures that only `before` knows, and what has no plays.

    `told` names the measures that the delivery tells of a day × store that came in parts. Where
    neither side tells plays, the day × store is handed back and its rows are left out; a track of
    which another measure is known and no plays had none: 0.
    """
    playless = []
    for key, known in sorted(told.items()):
        old, new = _of(before, key), _of(rows, key)
        untold = [c.name for c in AUDIENCE.columns if c.minimum == 0 and c.name not in known]
        if not untold:
            continue
        rows = rows.join(new, on=AUDIENCE.key, how="anti", maintain_order="left")
        new = new.with_columns(pl.lit(None, pl.Int64).alias(name) for name in untold)
        if "streams" in untold and old.is_empty():
            playless.append(key)
            continue
        kept = old.select(*AUDIENCE.key, pl.col("isrc", *untold).name.suffix("_before"))
        both = new.join(kept, on=AUDIENCE.key, how="full", coalesce=True)
        filled = (pl.coalesce(name, f"{name}_before").alias(name) for name in ("isrc", *untold))
        rows = pl.concat([rows, AUDIENCE.conform(both.with_columns(*filled))])
    return AUDIENCE.conform(rows.with_columns(pl.col("streams").fill_null(0))), playless


def with_territories(
    table: Table,
    rows: pl.DataFrame,
    before: pl.DataFrame,
    told: Mapping[DayStore, frozenset[str]],
) -> pl.DataFrame:
    """Return the rows and those of `before` whose territories the delivery tells nothing of.

    `told` names the territories of the day × stores whose reports come a territory a file.
    """
    for key, territories in sorted(told.items()):
        named = pl.col("territory").is_in(list(territories))
        is_key = (pl.col("report_date") == key[0]) & (pl.col("store") == key[1])
        rows = pl.concat([rows.filter(~is_key | named), _of(before, key).filter(~named)])
    return table.conform(rows) if told else rows


def coarser(rows: pl.DataFrame, before: pl.DataFrame, parts: Iterable[DayStore]) -> list[DayStore]:
    """Return those of `parts` whose STREAMS rows break down by less than what the lake holds."""
    return [
        key
        for key in sorted(parts)
        if not (told := _of(rows, key)).is_empty() and _known(told) < _known(_of(before, key))
    ]


def told_beside(before: pl.DataFrame, arrived: Iterable[DayStore]) -> list[DayStore]:
    """Return those of `arrived` whose plays `before` has on a day beside them, of their own day.

    A report that counts plays by the day of arrival, mostly a day late, tells neither plan nor
    device; where the lake knows those, it has the plays from a report of their own days.
    """
    day = timedelta(1)
    return [
        (on, store)
        for on, store in sorted(arrived)
        if _known(
            before.filter(
                pl.col("report_date").is_between(on - day, on + day), pl.col("store") == store
            )
        )
        & _OF_OWN_DAYS
    ]


def complemented(rows: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return CATALOG rows in which `before` fills what they leave unsaid.

    Reports of plays know little of a track, often only its release, and come every day.
    """
    both = rows.join(before, on=CATALOG.key, how="left", suffix="_before")
    untold = [name for name in CATALOG.schema if name not in CATALOG.key]
    filled = (pl.coalesce(name, f"{name}_before").alias(name) for name in untold)
    return CATALOG.conform(both.with_columns(*filled))


def _known(rows: pl.DataFrame) -> set[str]:
    return {name for name in _BREAK_DOWNS if rows[name].null_count() < rows.height}


def _of(rows: pl.DataFrame, key: DayStore) -> pl.DataFrame:
    return rows.filter((pl.col("report_date") == key[0]) & (pl.col("store") == key[1]))
