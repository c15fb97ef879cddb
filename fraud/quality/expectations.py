"""Great Expectations behind one function: measures in, its verdict on each of them out.

It judges one row a day × store × table instead of the rows of the reports: see
docs/decisions/gate-engine.md. Nothing of it is imported before it is needed; it takes seconds.
"""

import gc
import importlib
import os
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from fraud.config import Severity
from fraud.errors import FraudError

KEY = ("report_date", "store", "table")
_SEVERITIES = {"fail": "critical", "warn": "warning"}
DIALECT = "duckdb"
IMPORT_STEP_SECONDS = 0.0005
"""So long the import works before another thread has its turn, where one waits for it."""


@dataclass(frozen=True)
class Expectation:
    """A measure (a column of the measured rows), what passes, and what becomes of the rest."""

    measure: str
    severity: Severity
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Verdicts:
    """What Great Expectations said."""

    broken: frozenset[tuple[str, tuple[str, ...]]]
    """Measure and KEY (as text) of each measured value that it did not expect."""
    version: str
    results: list[dict[str, Any]]
    """Its own results as JSON, one an expectation."""


UNUSED = ("scipy.stats", "altair")
"""A third of the import: only its tests of distributions and its charts of them need these."""


class _DialectName(str):
    """A name that has a `value`, as the members of Great Expectations' enumeration of dialects."""

    value = property(str)


def judge(measured: pl.DataFrame, expected: Sequence[Expectation], folder: Path) -> Verdicts:
    """Return which measures are not as expected; null is not judged.

    `measured` has the columns of KEY and one a measure; it is handed over as a file in `folder`.
    Opens no connection and writes nothing else.
    """
    gx = great_expectations()
    path = folder / "measured.parquet"
    measured.select(*KEY, *(one.measure for one in expected)).write_parquet(path)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    quoted = str(path).replace("'", "''")
    batch = (
        context.data_sources.add_sql("gate", connection_string=f"{DIALECT}:///:memory:")
        .add_query_asset("measured", query=f"select * from read_parquet('{quoted}')")
        .add_batch_definition_whole_table("all")
        .get_batch()
    )
    # Where all is as expected, as nearly always, its word is enough and takes half the time.
    results = _validated(gx, batch, expected, {"result_format": "BOOLEAN_ONLY"})
    unlike = [n for n, result in enumerate(results) if not result["success"]]
    wanted = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": list(KEY),
        "partial_unexpected_count": measured.height,
    }
    if unlike:
        told = _validated(gx, batch, [expected[n] for n in unlike], wanted)
        for n, result in zip(unlike, told, strict=True):
            results[n] = result
    broken = frozenset(_broken(results))
    if len(broken) != sum(results[n]["result"]["unexpected_count"] for n in unlike):
        raise FraudError(
            "Great Expectations counts what is wrong, but does not say where all of it is"
        )
    return Verdicts(broken, gx.__version__, results)


def _validated(
    gx: ModuleType, batch: Any, expected: Sequence[Expectation], result_format: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return what Great Expectations says of a batch as JSON, in the order of what is expected."""
    suite = gx.ExpectationSuite(
        "gate", expectations=[_expectation(gx.expectations, one) for one in expected]
    )
    answer = batch.validate(suite, result_format=result_format)
    results = [result.to_json_dict() for result in answer.results]
    for result in results:
        failure = result["exception_info"]
        if failure.get("raised_exception", True):
            raise FraudError(
                f"the gate could not judge {result['expectation_config']['kwargs']}: {failure}"
            )
    order = {one.measure: n for n, one in enumerate(expected)}
    return sorted(results, key=lambda of: order[of["expectation_config"]["kwargs"]["column"]])


def import_ahead() -> None:
    """Begin to import Great Expectations in a thread: its seconds pass while reports are read.

    Who needs it sooner waits for the rest of it, and is told there where it cannot be imported.
    """

    if "great_expectations" in sys.modules:
        return
    interval = sys.getswitchinterval()

    def attempt() -> None:
        # Threads that unpack and scan let go of the interpreter for a moment only, and would wait
        # so long each time before they have it again.
        sys.setswitchinterval(IMPORT_STEP_SECONDS)
        try:
            with suppress(Exception):
                great_expectations()
        finally:
            sys.setswitchinterval(interval)

    threading.Thread(target=attempt, name="import of Great Expectations").start()


def great_expectations() -> ModuleType:
    """Return Great Expectations, with telemetry off and fit to read DuckDB.

    It closes a connection before it fetches, and DuckDB then has no rows left; dialects in a
    private list are spared that. tests/quality/test_expectations.py fails where a release moves it.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    collects, is_new = gc.isenabled(), "great_expectations" not in sys.modules
    # What an import makes stays; looking through it for garbage is a quarter of its time.
    gc.disable()
    try:
        with warnings.catch_warnings(), _put_off(UNUSED):
            warnings.simplefilter("ignore")
            import great_expectations as gx
            from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

            # SQLAlchemy would import it with the first connection, when it is waited for.
            importlib.import_module("duckdb_engine")
        if is_new:
            # Nor need any later look for garbage go through it.
            gc.freeze()
    finally:
        if collects:
            gc.enable()
    kept = engine._PERSISTED_CONNECTION_DIALECTS
    if DIALECT not in kept:
        engine._PERSISTED_CONNECTION_DIALECTS = (*kept, _DialectName(DIALECT))  # type: ignore[assignment]
    return gx


class _PutOff(ModuleType):
    """Stands for a module that is imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _put_off(names: Iterable[str]) -> Iterator[None]:
    """Let modules that are imported meanwhile be imported later, where they are used at all."""
    waiting = {name: _PutOff(name) for name in names if name not in sys.modules}
    sys.modules.update(waiting)
    try:
        yield
    finally:
        for name, module in waiting.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _expectation(kinds: Any, one: Expectation) -> Any:
    return kinds.ExpectColumnValuesToBeBetween(
        column=one.measure,
        min_value=one.lowest,
        max_value=one.highest,
        severity=_SEVERITIES[one.severity],
    )


def _broken(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (result["expectation_config"]["kwargs"]["column"], tuple(str(row[name]) for name in KEY))
        for result in results
        if not result["success"]
        for row in result["result"]["unexpected_index_list"]
    ]
