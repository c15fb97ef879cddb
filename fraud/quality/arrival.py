"""Measures what arrived, a row a day × store: by itself, and against the weeks before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import polars as pl

from fraud.quality.checks import LEAST_PLAYS
from fraud.quality.declared import demands, unlike_declared, words
from fraud.quality.suite import CHECKS
from fraud.sql import statement
from fraud.tables import Table

DAY_STORE = ["report_date", "store"]
WEEKS = (7, 14, 21, 28)
"""Days between a day and those it is held against."""
LOOK_BACK_DAYS = 29
"""Days before the first delivered one whose totals are read: four weeks, and the day before."""
LEAST_BAD_ROWS = 20
"""Fewer refused rows than this condemn no day, however few there are beside them."""
LEAST_STEADY_PLAYS = 10
"""A cell that usually has so many plays is hardly ever without any by chance."""
LEAST_STEADY_CELLS = 10
LEAST_HELD_ROWS = 100
LEAST_REPEATED_ROWS = 20
LEAST_DOUBLED_RATIO, MOST_DOUBLED_RATIO = 1.6, 2.6
"""A day with less or more times its usual plays was not simply delivered twice."""
LEAST_WHOLE_RATIO = 0.8
"""Above this share of the usual rows and plays nobody looks for a cut."""
LEAST_UNLIKE_SHARE = 0.75
"""Fewer different rows than this, estimated, and the rows are compared one by one."""
DOWN_RATIO = 0.5
LEAST_LEFT_SHARE = 0.4
"""A territory with less of the least rows and plays of its weekday was cut: of 7,244 days of
territories in five simulated worlds none fell so low; of those that lost nine rows of ten, 98 %."""

BESIDE = pl.Schema(
    {
        "report_date": pl.Date(),
        "store": pl.String(),
        "quarantined": pl.Int64(),
        "stray_rows": pl.Int64(),
        "astray": pl.String(),
        "held_rows": pl.Int64(),
        "held_streams": pl.Int64(),
    }
)
"""What the loading of a day × store knows beside its rows: how many were refused, how many of them
lie outside their file's own day and why that is said, and what rows and plays the lake holds."""


COUNTED = pl.Schema(
    {
        "report_date": pl.Date(),
        "store": pl.String(),
        "file": pl.Int64(),
        "rows": pl.Int64(),
        "streams": pl.Int64(),
        "repeatable": pl.Int64(),
        "unlike": pl.Int64(),
        "repeated": pl.Int64(),
    }
)
"""What is known of rows that were added up on their way here: how many came and how many plays,
how many have two plays and more, and how many of these are different and how many say the same as
another."""


@dataclass(frozen=True)
class Counted:
    """What was counted of days × stores while they were read."""

    rows: pl.DataFrame
    """A row a day × store as `COUNTED` has it."""
    witness: pl.DataFrame
    """Rows of the table with `file`, in which each value of each column of that file stands: what
    none of them breaks, no row of the file breaks."""
    is_all: bool = False
    """Whether nothing else arrived."""


def past_days(days: Sequence[date]) -> list[date]:
    """Return the days whose rows `measure` compares with: the same weekdays of four weeks."""
    return sorted({day - timedelta(back) for day in days for back in WEEKS})


def measure(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    beside: pl.DataFrame,
    counted: Counted | None = None,
) -> pl.DataFrame:
    """Return a row a day × store of what arrived, with a column a check and what its words need.

    The connection holds `arrived` (rows of the table), `before` (rows of the lake on `past_days`)
    and `known_totals` (report_date, store, rows, streams of the lake's days). A measure that cannot
    be known is null: of a first delivery nothing is usual yet. Of what is `counted`, `arrived` may
    hold the rows added up by the key.
    """
    _arrived_day(
        connection, table, counted or Counted(pl.DataFrame(schema=COUNTED), pl.DataFrame())
    )
    # A store that says that nothing was played has no row that says it.
    connection.register("beside", beside.select(DAY_STORE).to_arrow())
    connection.execute(
        "insert into arrived_day by name select *, 0 as rows, 0 as streams, 0 as repeatable,"
        " 0 as unlike from beside anti join arrived_day using (report_date, store)"
    )
    days: pl.DataFrame = connection.sql("select * from arrived_day order by all").pl()
    compared = _compared(connection, days)
    rows = (
        days.join(compared, on=DAY_STORE, how="left")
        .join(beside, on=DAY_STORE, how="left")
        .join(_duplicates(connection, table), on=DAY_STORE, how="left")
        .join(_steady(connection, compared), on=DAY_STORE, how="left")
        .join(_repeated(connection, table, days), on=DAY_STORE, how="left")
        .join(_absent(connection, compared), on=DAY_STORE, how="left")
    )
    unlike = unlike_declared(table, _described(connection))
    rows = rows.with_columns(
        pl.lit(table.name).alias("table"),
        pl.lit(len(unlike)).alias("columns"),
        pl.lit(", ".join(unlike)).alias("unlike_columns"),
        *_measures(table),
    )
    return rows.with_columns(pl.col(check.name).cast(pl.Float64) for check in CHECKS)


def _measures(table: Table) -> list[pl.Expr]:
    """Return the measures that follow from the joined columns."""
    usual, bad = pl.col("usual_streams"), pl.col("quarantined").fill_null(0)
    is_judged = pl.max_horizontal("streams", usual) >= LEAST_PLAYS
    is_steady = pl.col("steady_cells") >= LEAST_STEADY_CELLS
    came_after = pl.col("ratio_before") < DOWN_RATIO
    repeated = 2 * pl.col("repeated_rows") / pl.col("repeatable_rows")
    doubled = pl.col("doubled_cells") / pl.col("steady_cells")
    is_double = pl.col("streams_ratio").is_between(LEAST_DOUBLED_RATIO, MOST_DOUBLED_RATIO)
    return [
        *(pl.lit(None).alias(c.name) for c in CHECKS if c.name in _absent_demands(table)),
        pl.lit(None).alias("measures"),
        pl.col("duplicates").fill_null(0),
        pl.col("stray_rows").fill_null(0).alias("dates"),
        pl.when(bad >= LEAST_BAD_ROWS).then(bad / (bad + pl.col("rows"))).alias("bad_rows"),
        pl.when(usual >= LEAST_PLAYS).then(pl.col("streams")).alias("empty"),
        pl.when(is_steady & (pl.col("streams") > 0))
        .then(pl.col("absent_cells") / pl.col("steady_cells"))
        .alias("cut"),
        pl.max_horizontal(
            pl.when(pl.col("repeatable_rows") >= LEAST_REPEATED_ROWS).then(repeated),
            pl.when(is_steady & is_double & came_after.not_().fill_null(value=True)).then(doubled),
        ).alias("twice"),
        pl.when(pl.col("held_rows") >= LEAST_HELD_ROWS)
        .then(
            # A report without the break-down of the one before has few rows, and all the plays.
            pl.max_horizontal(
                pl.col("rows") / pl.col("held_rows"),
                pl.col("streams") / pl.max_horizontal("held_streams", 1),
            )
        )
        .alias("shrunk"),
        pl.when(came_after & (usual >= LEAST_PLAYS)).then(pl.col("streams_ratio")).alias("outage"),
        pl.when(usual.is_not_null())
        .then(pl.col("absent_territories").fill_null(0))
        .alias("missing_territory"),
        # Where all of them fell the store is down, which its volume tells.
        pl.when(usual.is_not_null())
        .then(
            pl.when(pl.col("cut_territories") < pl.col("large_territories"))
            .then("cut_territories")
            .otherwise(0)
        )
        .alias("cut_territory"),
        pl.when(is_judged & (pl.col("streams") > 0)).then(pl.col("streams_ratio")).alias("volume"),
    ]


def _absent_demands(table: Table) -> set[str]:
    """Return the demands that declarations may make and that of this table does not."""
    every = {"required", "values", "isrc", "territory", "negative", "listeners_above_streams"}
    return every - demands(table).keys()


def _described(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = connection.execute("describe arrived").fetchall()
    return {name: kind for name, kind, *_ in rows}


def _arrived_day(connection: duckdb.DuckDBPyConnection, table: Table, counted: Counted) -> None:
    """Make `arrived_day`: a row a day × store, with a count of bad rows for each demand.

    Words are looked at once each, and the rows only where one is bad. Of what was counted, only
    the different values are looked at.
    """
    alike = f"approx_count_distinct({_hash(table)}) filter (where streams >= 2)"
    connection.register("counted", counted.rows.to_arrow())
    # What is counted is as a rule all that arrived, and leaves no words to be looked at.
    in_order = () if counted.rows.height else _in_order(connection, table)
    others = "(from arrived limit 0)" if counted.is_all else "arrived"
    connection.execute(
        "create or replace temp table arrived_day as select report_date, store,"
        " count(*) as rows, sum(streams)::bigint as streams,"
        " count(*) filter (where streams >= 2) as repeatable,"
        f" {alike if table.additive else '0::bigint'} as unlike,"
        f" null::bigint as repeated, {_at_fault(table, in_order)}"
        f" from {others} anti join counted using (report_date, store) group by report_date, store"
    )
    if counted.rows.height:
        connection.register("witness", counted.witness.to_arrow())
        connection.execute(
            "insert into arrived_day by name select * exclude (file) from counted"
            f" join (select file, {_at_fault(table, ())} from witness group by file) using (file)"
        )


def _at_fault(table: Table, in_order: Collection[str]) -> str:
    """Return what counts the rows that break each check; nothing breaks those in order."""
    return ", ".join(
        f"{'0::bigint' if check in in_order else f'count(*) filter (where {condition})'} as {check}"
        for check, condition in demands(table).items()
    )


def _in_order(connection: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
    """Return the checks that no word of `arrived` breaks: each is looked at once, not by rows."""
    columns = sorted({name for by_column in words(table).values() for name in by_column})
    # Not materialized, a condition would be asked of the rows all the same.
    distinct = ", ".join(
        f'"of_{name}" as materialized (select distinct "{name}" from arrived)' for name in columns
    )
    asked = ", ".join(
        " or ".join(f'exists (from "of_{name}" where {one})' for name, one in by_column.items())
        for by_column in words(table).values()
    )
    found = connection.execute(f"with {distinct} select {asked}").fetchone() or ()
    return {check for check, is_broken in zip(words(table), found, strict=True) if not is_broken}


def _hash(table: Table) -> str:
    return f"hash({', '.join(_key_and_plays(table))})"


def _key_and_plays(table: Table) -> list[str]:
    return [f'"{name}"' for name in (*table.key, "streams")]


def _compared(connection: duckdb.DuckDBPyConnection, days: pl.DataFrame) -> pl.DataFrame:
    """Hold the totals of each day × store that arrived against those of the weeks before."""
    connection.execute(
        "create or replace temp table known_day as"
        " select report_date, store, rows, streams from arrived_day union all"
        " select report_date, store, rows, streams from known_totals"
        " anti join arrived_day using (report_date, store)"
    )
    every: pl.DataFrame = connection.sql(statement("quality/usual_day")).pl()
    compared = days.select(DAY_STORE).join(every, on=DAY_STORE, how="left")
    return compared.drop("rows", "streams")


def _duplicates(connection: duckdb.DuckDBPyConnection, table: Table) -> pl.DataFrame:
    """Count rows that contradict another; rows of an additive table add up instead."""
    nothing = pl.DataFrame(schema={"report_date": pl.Date, "store": pl.String, "duplicates": int})
    if table.additive:
        return nothing
    key = ", ".join(f'"{name}"' for name in table.key)
    # Numbers are grouped in a third of the time that texts take, and as a rule no key stands twice.
    connection.execute(
        "create or replace temp table again as"
        f" select hash({key}) as key from arrived group by all having count(*) > 1"
    )
    if not len(connection.table("again")):
        return nothing
    found: pl.DataFrame = connection.sql(
        "select report_date, store, sum(unlike - 1)::bigint as duplicates from"
        f" (select {key}, count(distinct streams) as unlike from arrived"
        f" where hash({key}) in (from again)"
        f" group by {key} having min(streams) <> max(streams))"
        " group by report_date, store"
    ).pl()
    return found


def _steady(connection: duckdb.DuckDBPyConnection, compared: pl.DataFrame) -> pl.DataFrame:
    """Look into the days whose totals ask for it: too little may be cut, double may be doubled."""
    plays = pl.col("streams_ratio")
    suspect = compared.filter(
        (plays < LEAST_WHOLE_RATIO)
        | (pl.col("rows_ratio") < LEAST_WHOLE_RATIO)
        | plays.is_between(LEAST_DOUBLED_RATIO, MOST_DOUBLED_RATIO)
    )
    return _asked(connection, "steady", suspect, least_plays=LEAST_STEADY_PLAYS)


def _repeated(
    connection: duckdb.DuckDBPyConnection, table: Table, days: pl.DataFrame
) -> pl.DataFrame:
    """Look for rows that stand there twice where estimates say that there may be many of them."""
    alike = pl.col("unlike") < LEAST_UNLIKE_SHARE * pl.col("repeatable")
    suspect = days.filter(alike if table.additive else pl.lit(value=False))
    compared = suspect.filter(pl.col("repeated").is_null())
    asked = _asked(connection, "repeated", compared).rename({"rows": "repeatable_rows"})
    known = suspect.filter(pl.col("repeated").is_not_null()).select(
        *DAY_STORE, repeatable_rows="repeatable", repeated_rows="repeated"
    )
    return pl.concat([asked, known])


def _absent(connection: duckdb.DuckDBPyConnection, compared: pl.DataFrame) -> pl.DataFrame:
    suspect = compared.filter(pl.col("usual_streams").is_not_null())
    found = _asked(
        connection,
        "absent_territory",
        suspect,
        least_plays=LEAST_STEADY_PLAYS,
        least_cut_plays=LEAST_PLAYS,
        least_left_share=LEAST_LEFT_SHARE,
    )
    return found.rename({"territories": "absent"})


def _asked(
    connection: duckdb.DuckDBPyConnection, name: str, suspect: pl.DataFrame, **bounds: float
) -> pl.DataFrame:
    connection.register("suspect", suspect.select(DAY_STORE).to_arrow())
    asked = connection.sql(statement(f"quality/{name}"), params=bounds)
    # Where nothing is suspect, the weeks before need not be read.
    answer: pl.DataFrame = asked.limit(0).pl() if suspect.is_empty() else asked.pl()
    connection.unregister("suspect")
    return answer
