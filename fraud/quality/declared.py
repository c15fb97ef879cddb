"""What the declaration of a table demands of its rows, as conditions that bad rows meet."""

from fraud.tables import ISRC_PATTERN, TERRITORY_PATTERN, Column, Table

TYPE_NAMES = {"Date": "DATE", "String": "VARCHAR", "Int64": "BIGINT"}
"""What DuckDB calls the types of delivered columns."""


def demands(table: Table) -> dict[str, str]:
    """Return for each check of rows the condition on which a row of the table breaks it.

    Named as in `fraud.config.Gate`; a check that the table has no column for is left out.
    """
    told = table.columns
    conditions = {
        "required": [f"{_name(c)} is null" for c in told if c.required],
        **{check: [*by_column.values()] for check, by_column in words(table).items()},
        "negative": [f"{_name(c)} < {c.minimum}" for c in told if c.minimum is not None],
        "listeners_above_streams": (
            ["listeners > streams"] if {"listeners", "streams"} <= set(table.schema) else []
        ),
    }
    return {check: " or ".join(any_of) for check, any_of in conditions.items() if any_of}


def words(table: Table) -> dict[str, dict[str, str]]:
    """Return for each check that looks at words alone the condition on which one breaks it.

    By column; what no word of any column breaks, no row breaks.
    """
    told = table.columns
    conditions = {
        "values": {c.name: _outside(c) for c in told if c.allowed or _own_pattern(c)},
        "isrc": {c.name: _unlike(c) for c in told if c.pattern == ISRC_PATTERN},
        "territory": {c.name: _unlike(c) for c in told if c.pattern == TERRITORY_PATTERN},
    }
    return {check: by_column for check, by_column in conditions.items() if by_column}


def unlike_declared(table: Table, described: dict[str, str]) -> list[str]:
    """Return the columns that `described` (name to DuckDB type) lacks or types otherwise."""
    return [c.name for c in table.columns if described.get(c.name) != TYPE_NAMES[str(c.dtype)]]


def _name(column: Column) -> str:
    return f'"{column.name}"'


def _own_pattern(column: Column) -> bool:
    return bool(column.pattern) and column.pattern not in {ISRC_PATTERN, TERRITORY_PATTERN}


def _outside(column: Column) -> str:
    if column.pattern:
        return _unlike(column)
    listed = ", ".join(f"'{value}'" for value in column.allowed)
    return f"{_name(column)} not in ({listed})"


def _unlike(column: Column) -> str:
    return f"not regexp_matches({_name(column)}, '{column.pattern}')"
