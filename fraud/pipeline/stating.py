"""Reports by period into the lake: each statement × store × period replaced whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from fraud.lake import Lake
from fraud.pipeline.restating import Outcome
from fraud.sources.combining import Combined
from fraud.sources.delivery import STATEMENT_KEY, Delivery, Statement
from fraud.tables import STATEMENTS, Table


@dataclass(frozen=True)
class Stated:
    """What one statement tells one table of one store and period, and what became of it."""

    table: str
    origin: str
    statement: str
    store: str
    period_start: date
    period_end: date
    rows: int
    streams: int
    outcome: Outcome


def state(
    lake: Lake, delivery: Delivery, take: Callable[[Table, Combined], None]
) -> tuple[list[Stated], dict[str, int]]:
    """Load the reports by period of a delivery; return what they were and the rows by table.

    One that says what the lake already holds is left alone. One that no longer tells a table
    anything leaves nothing there. `take` gets what combining the rows had to say.
    """
    every = {one for table in STATEMENTS for some, _ in delivery.statements(table) for one in some}
    stated: list[Stated] = []
    rows: dict[str, int] = {}
    for table in STATEMENTS:
        silent = set(every)
        for some, combined in delivery.statements(table):
            take(table, combined)
            silent -= set(some)
            stated += _replace(lake, delivery, table, some, combined.rows)
            rows[table.name] = rows.get(table.name, 0) + combined.rows.height
        _replace(lake, delivery, table, sorted(silent), table.empty())
    return stated, rows


def _replace(
    lake: Lake, delivery: Delivery, table: Table, some: Sequence[Statement], rows: pl.DataFrame
) -> list[Stated]:
    before = _by_statement(_known(lake, table, some))
    now = _by_statement(table.conform(rows))
    stated = []
    for one in some:
        said, known = now.get(one, table.empty()), before.get(one, table.empty())
        outcome: Outcome = "new" if known.is_empty() else "restated"
        if known.equals(said):
            outcome = "unchanged"
        stated.append(Stated(table.name, *one, said.height, int(said["streams"].sum()), outcome))
    changed = [one for one, what in zip(some, stated, strict=True) if what.outcome != "unchanged"]
    lake.replace_where(table, rows, STATEMENT_KEY, changed, {"delivery_id": delivery.delivery_id})
    return stated


def _known(lake: Lake, table: Table, some: Sequence[Statement]) -> pl.DataFrame:
    if not some or lake.version(table) is None:
        return table.empty()
    wanted = pl.DataFrame(
        list(some), schema={name: table.schema[name] for name in STATEMENT_KEY}, orient="row"
    )
    with lake.connect([table]) as connection:
        connection.register("wanted", wanted.to_arrow())
        using = ", ".join(STATEMENT_KEY)
        known = connection.sql(f"select * from {table.name} semi join wanted using ({using})")
        return table.conform(known.pl())


def _by_statement(rows: pl.DataFrame) -> dict[Statement, pl.DataFrame]:
    parts = rows.partition_by(STATEMENT_KEY, as_dict=True, maintain_order=True)
    return {Statement(*key): part for key, part in parts.items()}
