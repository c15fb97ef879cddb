"""Rows that come after their day's own report: added to the day once, however often they come."""

from collections.abc import Collection, Iterator
from datetime import date

import polars as pl

from fraud.lake import Lake
from fraud.sources.combining import Combined
from fraud.tables import AUDIENCE, LATE, LISTENERS, Table

_PART = ["report_date", "store", "came_on"]
_NOT_ADDITIVE = "listeners"


def with_late(lake: Lake, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the days' own rows with what had come late to the same days and stores."""
    if rows.is_empty():
        return rows
    known = _known(lake, table, rows["report_date"])
    late = known.join(rows.select("report_date", "store").unique(), on=_PART[:2], how="semi")
    return _together(table, rows, late)


def added(
    lake: Lake, table: Table, combined: Combined, before: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the days as they are with the late rows of `combined`, and the LATE rows to keep.

    `before` is what the lake holds of the days. A report of a `came_on` that had come before takes
    back what it had added to its days and stores; the same rows again change nothing.
    """
    late = combined.rows
    old = _known(lake, table, late["report_date"])
    parts = late.select(_PART).unique()
    replaced = old.join(parts, on=_PART, how="semi")
    stays = old.join(parts, on=_PART, how="anti").join(
        parts.select(_PART[:2]).unique(), on=_PART[:2], how="semi"
    )
    rows = _together(table, _taken_back(table, before, replaced), late)
    kept = pl.concat(
        [_as_late(table, late), LATE.conform(stays.with_columns(table=pl.lit(table.name)))]
    )
    return rows, kept


def replace_late(
    lake: Lake, table: Table, kept: pl.DataFrame, but: Collection[tuple[date, str]] = ()
) -> None:
    """Keep these LATE rows in the place of those of their table, days and stores.

    `but` are days and stores that stay as they were.
    """
    left = pl.DataFrame(
        list(but), schema={"report_date": pl.Date(), "store": pl.String()}, orient="row"
    )
    kept = kept.join(left, on=left.columns, how="anti")
    if kept.is_empty():
        return
    days = kept["report_date"].unique().to_list()
    others = lake.read(LATE, min(days), max(days)).filter(
        (pl.col("table") != table.name) & pl.col("report_date").is_in(days)
    )
    pairs = kept.select("report_date", "store").unique()
    beside = others.join(pairs, on=["report_date", "store"], how="semi")
    lake.replace_store_days(LATE, pl.concat([kept, beside]), list(pairs.iter_rows()))


def forget_late_listeners(lake: Lake, oldest: date) -> None:
    """Drop late rows that carry listener ids of days before the oldest that is kept."""
    for day in [day for day in lake.days(LATE) if day < oldest]:
        rows = lake.read(LATE, day, day)
        kept = rows.filter(pl.col("table") != LISTENERS.name)
        if kept.height < rows.height:
            lake.replace_days(LATE, kept, [day])


def _known(lake: Lake, table: Table, days: pl.Series) -> pl.DataFrame:
    """Return what came late to the days of a table, with `came_on`."""
    told = sorted(set(days.unique()) & set(lake.days(LATE)))
    if not told:
        return LATE.empty().select(*table.schema, "came_on")
    rows = lake.read(LATE, told[0], told[-1]).filter(pl.col("table") == table.name)
    return rows.select(*table.schema, "came_on")


def _as_late(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return LATE.conform(rows.with_columns(table=pl.lit(table.name)))


def _together(table: Table, own: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """Add late counts to the day's own. People cannot be added up: the larger number is a floor."""
    if late.is_empty():
        return own
    columns = list(table.schema)
    whole = pl.concat([own.select(columns), late.select(columns)])
    return table.conform(
        whole.group_by(table.key, maintain_order=True).agg(
            *_beside(table),
            *(
                pl.col(name).max()
                if name == _NOT_ADDITIVE
                else pl.when(_known_in(table, name)).then(pl.col(name).sum())
                for name in _counts(table)
            ),
        )
    )


def _known_in(table: Table, name: str) -> pl.Expr:
    """Return whether a sum is known: of AUDIENCE late rows tell one measure and not the others."""
    column = pl.col(name)
    return column.count() > 0 if table is AUDIENCE else column.null_count() == 0


def _taken_back(table: Table, before: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """Return the days without what the late rows had added; a row that they alone made is gone."""
    if late.is_empty():
        return before
    counts = list(_counts(table))
    was = late.group_by(table.key).agg(
        pl.when(pl.col(c).count() > 0).then(pl.col(c).sum()).alias(f"late_{c}") for c in counts
    )
    left = before.join(was, on=table.key, how="left", nulls_equal=True).with_columns(
        pl.col(name) - pl.col(f"late_{name}").fill_null(0)
        for name in counts
        if name != _NOT_ADDITIVE
    )
    # A track without plays of its own may still have been saved or looked for.
    nothing_left = pl.all_horizontal(
        pl.col(name).is_null() | ((pl.col(name) == 0) & pl.col(f"late_{name}").is_not_null())
        for name in counts
        if name != _NOT_ADDITIVE
    )
    return table.conform(left.filter(~nothing_left | pl.col("late_streams").is_null()))


def _counts(table: Table) -> Iterator[str]:
    return (c.name for c in table.columns if c.dtype == pl.Int64() and c.name not in table.key)


def _beside(table: Table) -> Iterator[pl.Expr]:
    counts = set(_counts(table))
    return (
        pl.col(name).drop_nulls().min()
        for name in table.schema
        if name not in counts and name not in table.key
    )
