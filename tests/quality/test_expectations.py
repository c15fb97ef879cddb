"""Great Expectations decides: its own result is the verdict, over DuckDB, without a network."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from fraud.quality import expectations
from fraud.quality.expectations import Expectation, great_expectations, judge

DAYS = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]


def measured(**measures: list[float | None]) -> pl.DataFrame:
    key = {"report_date": DAYS, "store": ["spotify"] * 3, "table": ["streams"] * 3}
    return pl.DataFrame({**key, **measures})


def place(day: date) -> tuple[str, ...]:
    return (day.isoformat(), "spotify", "streams")


def test_each_value_out_of_bounds_is_named_and_null_is_not_judged(tmp_path: Path) -> None:
    rows = measured(cut=[0.1, 0.9, None], volume=[0.1, 1.0, 9.0])
    wanted = [Expectation("cut", "fail", None, 0.4), Expectation("volume", "warn", 0.25, 4)]
    verdicts = judge(rows, wanted, tmp_path)
    assert verdicts.broken == {
        ("cut", place(DAYS[1])),
        ("volume", place(DAYS[0])),
        ("volume", place(DAYS[2])),
    }
    severities = [result["expectation_config"]["severity"] for result in verdicts.results]
    assert severities == ["critical", "warning"]
    assert json.dumps(verdicts.results)


def test_the_bounds_themselves_pass(tmp_path: Path) -> None:
    rows = measured(volume=[0.25, 4.0, 1.0])
    assert judge(rows, [Expectation("volume", "warn", 0.25, 4)], tmp_path).broken == frozenset()


def test_many_bad_days_are_all_named(tmp_path: Path) -> None:
    days = pl.date_range(date(2025, 1, 1), date(2025, 12, 31), eager=True)
    rows = pl.DataFrame({"report_date": days, "store": "spotify", "table": "streams", "cut": 1.0})
    assert len(judge(rows, [Expectation("cut", "fail", None, 0.4)], tmp_path).broken) == 365


def test_it_is_great_expectations_that_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gx = great_expectations()
    lenient = gx.expectations.ExpectColumnValuesToBeBetween
    monkeypatch.setattr(
        expectations, "_expectation", lambda _, one: lenient(column=one.measure, max_value=99)
    )
    rows = measured(cut=[0.9, 0.9, 100.0])
    verdicts = judge(rows, [Expectation("cut", "fail", None, 0.4)], tmp_path)
    assert verdicts.broken == {("cut", place(DAYS[2]))}


def test_the_guarded_name_is_still_there_and_still_needed(tmp_path: Path) -> None:
    """Fails where a release moves the private list, or mends what the patch is for."""
    path = tmp_path / "rows.parquet"
    duckdb.sql("select 1 as value").write_parquet(str(path))
    script = f"""
import warnings
warnings.simplefilter("ignore")
import great_expectations as gx
from great_expectations.execution_engine import sqlalchemy_execution_engine as engine
assert isinstance(engine._PERSISTED_CONNECTION_DIALECTS, tuple)
assert "duckdb" not in engine._PERSISTED_CONNECTION_DIALECTS
def success():
    batch = (
        gx.get_context(mode="ephemeral")
        .data_sources.add_sql("x", connection_string="duckdb:///:memory:")
        .add_query_asset("x", query="select * from read_parquet('{path}')")
        .add_batch_definition_whole_table("x")
        .get_batch()
    )
    expected = gx.expectations.ExpectColumnValuesToBeBetween(column="value", max_value=2)
    return batch.validate(expected).success
print(success())
from fraud.quality.expectations import great_expectations
great_expectations()
print(success())
"""
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["False", "True"]


def test_a_load_through_the_gate_opens_no_connection(tmp_path: Path) -> None:
    """Every connection and every look-up of a name ends the process that tries it."""
    (tmp_path / "report.csv").write_text(
        "report_date,store,territory,isrc,streams\n2026-03-01,spotify,NO,USAAA2600001,5\n"
    )
    script = f"""
import sys, os
def guard(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        print(event, args, file=sys.stderr)
        os._exit(9)
sys.addaudithook(guard)
from fraud.cli import app
app(["ingest", {str(tmp_path / "report.csv")!r}, "--home", {str(tmp_path / "home")!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "1 row entered" in done.stdout
    assert (tmp_path / "home" / "quality" / "2026-03-01.html").is_file()


def test_telemetry_is_off() -> None:
    great_expectations()
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


IMPORTED_AHEAD = """
import sys, threading
from fraud.quality import expectations
usual, steps = sys.getswitchinterval(), set()
imported = expectations.great_expectations
def noting():
    steps.add(sys.getswitchinterval())
    return imported()
expectations.great_expectations = noting
expectations.import_ahead()
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
expectations.import_ahead()
print(*(round(1e6 * one) for one in (usual, *steps, sys.getswitchinterval())))
print("great_expectations" in sys.modules)
"""


def test_other_threads_have_their_turn_soon_while_it_is_imported_ahead_and_only_then() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED_AHEAD], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["5000", "500", "5000", "True"]
