"""Reads a case folder and runs its statement on an in-memory DuckDB."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from fraud import tables

ROOT = Path(__file__).parents[2]
STATEMENTS = ROOT / "sql"
CASES = ROOT / "tests" / "sql"

TYPE_NAMES = {
    pl.Date: "date",
    pl.String: "varchar",
    pl.Int64: "bigint",
    pl.Float64: "double",
    pl.Boolean: "boolean",
}
DECLARED = {
    table.name: {
        column.name: TYPE_NAMES.get(type(column.dtype), "timestamptz") for column in table.columns
    }
    for table in tables.TABLES
}

Row = dict[str, Any]

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


class _Loader(yaml.SafeLoader):
    """YAML in which NO, ON and YES are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506


def statement_files() -> list[Path]:
    """Return every SQL file below sql/, in order."""
    return sorted(STATEMENTS.rglob("*.sql"))


@dataclass(frozen=True)
class Case:
    """One folder: a statement, what it reads, and what must come out."""

    folder: Path

    @cached_property
    def statement(self) -> Path:
        """The SQL file that the folder's place names."""
        return STATEMENTS / self.folder.parent.relative_to(CASES).with_suffix(".sql")

    @cached_property
    def ordered(self) -> bool:
        """Whether the statement promises an order: an `order by` outside all brackets."""
        text = re.sub(r"--[^\n]*", "", self.statement.read_text(encoding="utf-8"))
        while (flat := re.sub(r"\([^()]*\)", "", text)) != text:
            text = flat
        return "order by" in text

    def run(self) -> tuple[list[Row], list[Row]]:
        """Return the rows that came out and the rows that were expected, nulls left out of both."""
        params = self.folder / "params.yaml"
        rows = _run(
            self.statement,
            {path.stem: read(path) for path in self.folder.glob("*.yaml")},
            (read(params) or {}) if params.exists() else {},
        )
        expect = read(self.folder / "expect.yaml") or []
        if isinstance(expect, dict):
            only = expect["only"]
            rows = [{name: row[name] for name in only} for row in rows]
            expect = expect["rows"]
        return [_comparable(row) for row in rows], [_comparable(row) for row in expect]


def all_cases() -> list[Case]:
    """Return every folder with an expect.yaml, in order."""
    return [Case(path.parent) for path in sorted(CASES.rglob("expect.yaml"))]


def _run(statement: Path, inputs: dict[str, Any], params: dict[str, Any]) -> list[Row]:
    sql = statement.read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in _tables(connection, sql):
            _create(connection, name, inputs.get(name), statement.parent)
        result = connection.execute(sql, {name: params[name] for name in _parameters(sql)})
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _create(connection: duckdb.DuckDBPyConnection, name: str, given: Any, nearby: Path) -> None:
    columns = _types(name, given, nearby)
    described = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f'create table "{name}" ({described})')
    for row in (given["rows"] if isinstance(given, dict) else given) or []:
        unknown = sorted(set(row) - set(columns))
        assert not unknown, f"{name}.yaml has columns that {name} has not: {', '.join(unknown)}"
        names = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f'insert into "{name}" ({names}) values ({marks})', list(row.values()))


def _types(name: str, given: Any, nearby: Path) -> dict[str, str]:
    if isinstance(given, dict):
        return dict(given["columns"])
    if name in DECLARED:
        return DECLARED[name]
    makers = (nearby / f"{name}.sql", *sorted(STATEMENTS.rglob(f"{name}.sql")))
    maker = next((path for path in makers if path.exists()), None)
    assert maker, (
        f"no types for the table {name}: neither fraud/tables.py nor sql/ makes it; "
        f"give them in {name}.yaml as {{columns: ..., rows: ...}}"
    )
    return _made_types(maker)


def _made_types(maker: Path) -> dict[str, str]:
    sql = maker.read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        for name in _tables(connection, sql):
            _create(connection, name, None, maker.parent)
        unknown = dict.fromkeys(_parameters(sql))
        result = connection.execute(sql, unknown)
        return {column[0]: str(column[1]) for column in result.description}


def _tables(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """Return the tables that a statement reads, told from its syntax: none of them need exist."""
    (parsed,) = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchone() or ()
    nodes = list(_nodes(json.loads(parsed)))
    read = {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"}
    made = {one["key"] for node in nodes for one in node.get("cte_map", {}).get("map", ())}
    return sorted(read - made)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(branch, dict | list):
            yield from _nodes(branch)


def _parameters(sql: str) -> set[str]:
    return set(_PARAMETER.findall(sql))


def _comparable(row: Row) -> Row:
    return {
        name: float(f"{value:.9g}") if isinstance(value, float) else value
        for name, value in sorted(row.items())
        if value is not None
    }
