"""Cells rewritten as the checks read them; what cannot be rewritten stays and is refused there."""

from collections.abc import Set

import polars as pl


def completed(rows: pl.DataFrame, columns: Set[str]) -> pl.DataFrame:
    """Return the rows with each of the columns; one that the file does not have is empty."""
    absent = sorted(columns - set(rows.columns))
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def by_combination(rows: pl.DataFrame, *columns: str, **made: pl.Expr) -> pl.DataFrame:
    """Return the rows with what few values decide, reckoned once for each combination of them."""
    decided = rows.select(columns).unique().with_columns(**made)
    if decided.height == 1:
        return rows.with_columns(decided[name].new_from_index(0, rows.height) for name in made)
    return rows.join(decided, on=columns, how="left", nulls_equal=True, maintain_order="left")


def compact_day(name: str) -> pl.Expr:
    """Return YYYYMMDD as YYYY-MM-DD."""
    return pl.col(name).str.replace(r"^\s*([0-9]{4})([0-9]{2})([0-9]{2})\s*$", "$1-$2-$3")


def whole(name: str, times: float = 1) -> pl.Expr:
    """Return a number of some unit as a whole number of `times` smaller units, rounded."""
    rounded = (number(name) * times).round().cast(pl.Int64, strict=False).cast(pl.String)
    return pl.coalesce(rounded, pl.col(name))


def number(name: str) -> pl.Expr:
    """Return a number to reckon with; null where the cell is empty or is none."""
    return pl.col(name).str.strip_chars().cast(pl.Float64, strict=False)


def count(name: str) -> pl.Expr:
    """Return a count to reckon with; null where the cell is empty or is none."""
    value = number(name)
    return pl.when(value == value.floor()).then(value).cast(pl.Int64, strict=False)


def filled(name: str) -> pl.Expr:
    """Return whether a cell holds something."""
    return (pl.col(name).str.strip_chars() != "").fill_null(value=False)
