"""Listeners, saves and other measures of the audience against those of the weeks before."""

from collections.abc import Collection, Mapping
from datetime import date

import duckdb
import polars as pl

from fraud.quality.arrival import past_days
from fraud.sql import statement
from fraud.tables import AUDIENCE

LEAST_COUNTED, LEAST_ABSENT = 100, 10
"""Less is not held against its usual: it swings by chance. That all of it is gone shows sooner."""
MEASURES = tuple(
    column.name
    for column in AUDIENCE.columns
    if column.minimum == 0 and column.name not in {*AUDIENCE.key, "streams"}
)

DayStore = tuple[date, str]


def measures(
    connection: duckdb.DuckDBPyConnection,
    days: Collection[date],
    told: Mapping[DayStore, frozenset[str]],
    territories: Mapping[str, frozenset[str]],
) -> pl.DataFrame:
    """Return a row a day × store of what arrived with the measure that is least like its usual.

    The connection holds `arrived` (rows of AUDIENCE) and `audience` (those of the lake). `told`
    names the measures that reports in parts tell of a day and store; the others come with other
    reports. `territories` limits the past of a store to those that its delivery tells of.
    """
    past = ", ".join(f"date '{day}'" for day in past_days(sorted(days)))
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in ("streams", *MEASURES))
    connection.register("untold", _untold(told).to_arrow())
    connection.register("limited", _limited(territories).to_arrow())
    connection.execute(
        f"create or replace temp table arrived_audience as select report_date, store, {sums}"
        " from arrived group by report_date, store"
    )
    connection.execute(
        "create or replace temp table audience_day as"
        " select arrived_audience.* replace (coalesce(arrived_audience.streams, held.streams)"
        " as streams) from arrived_audience left join (select report_date, store,"
        " sum(streams)::bigint as streams from audience semi join arrived_audience"
        " using (report_date, store) group by report_date, store) as held"
        " using (report_date, store)"
        f" union all by name select report_date, store, {sums} from audience"
        f" where report_date in ({past}) and (store not in (select store from limited)"
        " or (store, territory) in (select (store, territory) from limited))"
        " and (report_date, store) not in (select (report_date, store) from arrived_audience)"
        " group by report_date, store"
    )
    bounds = {"least_counted": LEAST_COUNTED, "least_absent": LEAST_ABSENT}
    found: pl.DataFrame = connection.sql(statement("quality/measures"), params=bounds).pl()
    arrived = connection.sql("select report_date, store from arrived_audience").pl()
    return found.join(arrived, on=["report_date", "store"], how="semi", maintain_order="left")


def _untold(told: Mapping[DayStore, frozenset[str]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(*key, name) for key, of in told.items() for name in MEASURES if name not in of],
        schema={"report_date": pl.Date(), "store": pl.String(), "measure": pl.String()},
        orient="row",
    )


def _limited(territories: Mapping[str, frozenset[str]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(store, territory) for store, of in territories.items() for territory in sorted(of)],
        schema={"store": pl.String(), "territory": pl.String()},
        orient="row",
    )
