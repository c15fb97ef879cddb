"""Judges the days of a range in one pass, each by what had been played up to it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any

import duckdb
import polars as pl

from fraud.config import Settings, Severity
from fraud.quality.checks import CHECKS, Check
from fraud.quality.finding import Finding
from fraud.sql import statement

LOOK_BACK_DAYS = 29
"""Days before the first judged one that the gate reads."""


@dataclass(frozen=True)
class GateResult:
    """What the gate found on each judged day, in order of day, severity and check."""

    findings: tuple[Finding, ...]

    def stops(self, day: date) -> bool:
        """Return whether the day is not fit to be judged."""
        return any(finding.severity == "fail" for finding in self._of(day))

    def failures(self, day: date) -> list[str]:
        """Return why the day is stopped, a sentence each; empty = it is not."""
        return [finding.message for finding in self._of(day) if finding.severity == "fail"]

    def warnings(self, day: date) -> list[str]:
        """Return what a reader of the day's report should know, a sentence each."""
        return [finding.message for finding in self._of(day) if finding.severity == "warn"]

    def frame(self) -> pl.DataFrame:
        """Return the findings as a table: the fields of Finding, `day` as report_date."""
        columns = {
            "report_date": pl.Date(),
            "severity": pl.String(),
            "check": pl.String(),
            "store": pl.String(),
            "value": pl.Float64(),
            "bound": pl.Float64(),
            "message": pl.String(),
        }
        return pl.DataFrame([astuple(f) for f in self.findings], schema=columns, orient="row")

    def _of(self, day: date) -> list[Finding]:
        return [finding for finding in self.findings if finding.day == day]


def gate(
    connection: duckdb.DuckDBPyConnection, days: Collection[date], settings: Settings
) -> GateResult:
    """Return what is wrong with each of `days`, judged by nothing later than the day itself.

    The connection holds streams, audience, listeners, catalog, deliveries and findings, the daily
    ones from `LOOK_BACK_DAYS` before the first day on.
    """
    if not days:
        return GateResult(())
    span = {"first_day": min(days), "last_day": max(days)}
    connection.execute(
        f"create or replace temp table store_day as {statement('quality/store_day')}", span
    )
    found = [
        finding
        for check in CHECKS
        for finding in _run(connection, check, span, settings)
        if finding.day in set(days)
    ]
    connection.execute("drop table store_day")
    order = [check.name for check in CHECKS]
    return GateResult(
        tuple(
            sorted(_told(found), key=lambda f: (f.day, f.severity, order.index(f.check), f.store))
        )
    )


def _told(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings; what the gate kept out is not missing, and tells why a day is empty."""
    kept_out = {(one.day, one.store) for one in found if one.check == "kept_out"}
    empty = {one.day for one in found if one.check == "empty" and one.severity == "fail"}
    for one in found:
        if one.check == "kept_out" and one.day in empty:
            yield replace(one, severity="fail")
        elif one.check != "missing_store" or (one.day, one.store) not in kept_out:
            yield one


def _severity(check: Check, settings: Settings) -> Severity:
    if check.name == "kept_out":
        return "fail" if settings.gate.on_failure == "stop" else "warn"
    return settings.gate.severity(check.name)


def _run(
    connection: duckdb.DuckDBPyConnection, check: Check, span: dict[str, date], settings: Settings
) -> list[Finding]:
    bounds = check.bounds(settings)
    text = statement(f"quality/{check.name}")
    asked: dict[str, Any] = {
        name: value for name, value in (span | bounds).items() if f"${name}" in text
    }
    result = connection.execute(text, asked)
    names = [column[0] for column in result.description]
    findings = []
    for values in result.fetchall():
        row = dict(zip(names, values, strict=True))
        if not check.tells_of(row):
            continue
        day, store = row["report_date"], row.get("store", "")
        told = f"{store}, {day}" if store else f"{day}"
        findings.append(
            Finding(
                day,
                _severity(check, settings),
                check.name,
                store,
                check.value(row),
                check.bound(row, bounds),
                f"{told}: {check.sentence(row, bounds)}",
            )
        )
    return findings
