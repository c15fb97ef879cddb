"""Times the ways to judge a large day, and the gate's share of loading it.

`python -m benchmarks.gate` prints a table; each way runs in a process of its own, so that its
memory is its own. Rows are made anew from a seed.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from fraud import config
from fraud.pipeline import arriving
from fraud.pipeline.ingest import ingest
from fraud.quality.arrival import BESIDE, measure
from fraud.quality.declared import demands
from fraud.quality.expectations import great_expectations
from fraud.quality.judged import judge_arrivals
from fraud.tables import DEVICES, SOURCES, STREAMS, TIERS

DAY = date(2026, 3, 29)
STORES = ("amazon_music", "apple_music", "deezer", "spotify", "youtube_music")
TERRITORIES = ("AT", "BR", "DE", "FR", "GB", "IT", "MX", "NO", "SE", "US")


def day(rows: int) -> pl.DataFrame:
    """Return a day of plays of five stores, broken down as far as the table goes."""
    rng = np.random.default_rng(DAY.toordinal())
    track = rng.zipf(1.3, rows) % 200_000
    isrc = pl.Series(track).cast(pl.String).str.zfill(7)
    frame = pl.DataFrame(
        {
            "report_date": pl.Series([DAY]).new_from_index(0, rows),
            "store": _drawn(rng, STORES, rows),
            "territory": _drawn(rng, TERRITORIES, rows),
            "isrc": "USAAA" + isrc,
            "source": _drawn(rng, SOURCES, rows),
            "tier": _drawn(rng, TIERS, rows),
            "device": _drawn(rng, DEVICES, rows),
            "streams": rng.geometric(0.2, rows),
        }
    ).with_columns(track_id=pl.col("isrc"))
    unknown = [name for name in STREAMS.schema if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in unknown)
    return frame.select(STREAMS.schema.keys())


def _drawn(rng: np.random.Generator, values: tuple[str, ...], rows: int) -> pl.Series:
    return pl.Series(values).gather(rng.integers(0, len(values), rows))


def expectations(gx: Any) -> list[Any]:
    """Return what the declaration demands of single rows, as Great Expectations offers it."""
    kinds = gx.expectations
    return [
        *(
            kinds.ExpectColumnValuesToNotBeNull(column=c.name)
            for c in STREAMS.columns
            if c.required
        ),
        *(
            kinds.ExpectColumnValuesToBeInSet(column=c.name, value_set=list(c.allowed))
            for c in STREAMS.columns
            if c.allowed
        ),
        kinds.ExpectColumnValuesToBeBetween(column="streams", min_value=0),
        kinds.ExpectColumnValueLengthsToEqual(column="isrc", value=12),
        kinds.ExpectColumnValueLengthsToEqual(column="territory", value=2),
    ]


def pandas_rows(path: Path) -> int:
    """Judge every row with the pandas engine, which reads the file itself."""
    gx = great_expectations()
    source = _sources(gx).add_pandas("day")
    asset = source.add_parquet_asset("day", path=str(path))
    batch = asset.add_batch_definition_whole_dataframe("day").get_batch()
    return _validated(gx, batch)


def duckdb_rows(path: Path) -> int:
    """Judge every row with the SQL engine over DuckDB."""
    gx = great_expectations()
    source = _sources(gx).add_sql("day", connection_string="duckdb:///:memory:")
    asset = source.add_query_asset("day", query=f"select * from read_parquet('{path}')")
    return _validated(gx, asset.add_batch_definition_whole_table("day").get_batch())


def _sources(gx: Any) -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context.data_sources


def _validated(gx: Any, batch: Any) -> int:
    suite = gx.ExpectationSuite("day", expectations=expectations(gx))
    key = ["report_date", "store"]
    wanted = {"result_format": "SUMMARY", "unexpected_index_column_names": key}
    assert batch.validate(suite, result_format=wanted).success  # noqa: S101
    return len(suite.expectations)


def measured(path: Path) -> int:
    """Judge the aggregates, as the gate does, against four weeks that are there in full."""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("set enable_progress_bar = false")
        columns = ", ".join(STREAMS.schema)
        past = [f"{path.parent}/{DAY - timedelta(back)}.parquet" for back in (7, 14, 21, 28)]
        listed = ", ".join(f"'{file}'" for file in past)
        connection.execute(f"create view arrived as select {columns} from read_parquet('{path}')")
        connection.execute(f"create view before as select {columns} from read_parquet([{listed}])")
        connection.execute(
            "create table known_totals as select report_date, store, count(*) as rows,"
            " sum(streams)::bigint as streams from before group by all"
        )
        rows = measure(connection, STREAMS, pl.DataFrame(schema=BESIDE))
        judgement = judge_arrivals([rows], config.load(), Path(folder))
    assert not judgement.findings(), judgement.findings()  # noqa: S101
    return len({one.check for one in judgement.checks}) + len(demands(STREAMS))


Timed = tuple[float, float, float, float, int]


def _in_its_own_process(work: Callable[[Path], int], path: Path) -> Timed:
    """Return import seconds, then seconds, processor seconds, peak GB and checks of the work."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (work, path))


def _timed(work: Callable[[Path], int], path: Path) -> Timed:
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    great_expectations()
    imported = time.perf_counter()
    processor = time.process_time()
    checks = work(path)
    taken, processor = time.perf_counter() - imported, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return imported - start, taken, processor, peak, checks


def loaded(folder: Path, rows: int) -> tuple[float, float, float]:
    """Return the seconds in which a report of so many rows is loaded, those of the gate in them,
    and the gate's share of the processor time.
    """
    report = folder / f"report-{rows}.csv"
    day(rows).drop("track_id").write_csv(report)
    spent: list[tuple[float, float]] = []
    judge = arriving.judge_delivery

    def judged(*args: Any, **named: Any) -> Any:
        start, processor = time.perf_counter(), time.process_time()
        answer = judge(*args, **named)
        spent.append((time.perf_counter() - start, time.process_time() - processor))
        return answer

    arriving.judge_delivery = judged
    start, processor = time.perf_counter(), time.process_time()
    ingest([report], config.load(home=folder / f"home-{rows}"), now=datetime.now(UTC))
    taken, processor = time.perf_counter() - start, time.process_time() - processor
    arriving.judge_delivery = judge
    report.unlink()
    return taken, spent[0][0], spent[0][1] / processor


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--no-pandas", action="store_true", help="leave out the slowest way")
    asked = parser.parse_args()
    ways = {
        "pandas, rows": pandas_rows,
        "DuckDB, rows": duckdb_rows,
        "DuckDB, aggregates": measured,
    }
    if asked.no_pandas:
        del ways["pandas, rows"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows_of_day = day(asked.rows)
        for back in (0, 7, 14, 21, 28):
            past = DAY - timedelta(back)
            same = rows_of_day.with_columns(report_date=pl.lit(past))
            same.write_parquet(folder / f"{past}.parquet")
        del rows_of_day, same
        print(
            f"{f'a day of {asked.rows:,} rows':24}import s  judged s  processor s  peak GB  checks"
        )
        for way, work in ways.items():
            timed = _in_its_own_process(work, folder / f"{DAY}.parquet")
            print("{:24}{:8.1f}{:10.1f}{:13.1f}{:9.2f}{:8}".format(way, *timed), flush=True)
    print("a report of so many rows  loaded s  gate s (import apart)  share of processor time")
    with tempfile.TemporaryDirectory() as name:
        great_expectations()
        for rows in sorted({10_000, 100_000, 1_000_000, asked.rows}):
            taken, gate, share = loaded(Path(name), rows)
            print(f"{rows:24,}{taken:10.1f}{gate:23.2f}{share:25.0%}", flush=True)


if __name__ == "__main__":
    main()
