"""Whether a delivered day × store may enter: the verdict of Great Expectations on each check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from fraud.config import Settings
from fraud.quality.expectations import judge
from fraud.quality.suite import CHECKS

Verdict = Literal["failed", "accepted", "warned", "passed", "unknown"]
"""`accepted` would have failed; `unknown` cannot be measured, as what is usual of a new store."""


@dataclass(frozen=True)
class Judged:
    """One check of one day × store of one table."""

    day: date
    store: str
    table: str
    check: str
    expects: str
    """What is measured, in a few words."""
    found: float | None
    lowest: float | None
    highest: float | None
    verdict: Verdict
    message: str
    """A sentence where it did not pass, else empty."""


@dataclass(frozen=True)
class Judgement:
    """What the gate said of all that one delivery brought."""

    checks: tuple[Judged, ...]
    version: str
    """Of Great Expectations."""

    def findings(self) -> list[Judged]:
        """Return the checks that did not pass, in order of table, day and store."""
        return [one for one in self.checks if one.message]

    def failed(self) -> dict[tuple[str, date, str], list[Judged]]:
        """Return why a table's day × store may not enter; what may is not in it."""
        kept_out: dict[tuple[str, date, str], list[Judged]] = {}
        for one in self.checks:
            if one.verdict == "failed":
                kept_out.setdefault((one.table, one.day, one.store), []).append(one)
        return kept_out


def judge_arrivals(
    measured: Sequence[pl.DataFrame], settings: Settings, folder: Path, *, accept: bool = False
) -> Judgement:
    """Return the verdict on each measured day × store; `folder` is for a file in passing.

    One pass of Great Expectations for a whole delivery, whatever days, stores and tables it has.
    With `accept` what would fail enters, and is told of as accepted.
    """
    rows = pl.concat([frame for frame in measured if frame.height], how="diagonal_relaxed")
    expected = [check.expectation(settings) for check in CHECKS]
    known = [one for one in expected if rows[one.measure].null_count() < rows.height]
    verdicts = judge(rows, known, folder)
    checks = []
    for row in rows.sort("table", "report_date", "store").iter_rows(named=True):
        key = (str(row["report_date"]), row["store"], row["table"])
        for check, bound in zip(CHECKS, expected, strict=True):
            is_broken = (check.name, key) in verdicts.broken
            verdict: Verdict = "unknown" if row[check.name] is None else "passed"
            if is_broken:
                verdict = "warned" if bound.severity == "warn" else "failed"
                verdict = "accepted" if verdict == "failed" and accept else verdict
            told = f"{row['store']}, {row['report_date']}, {row['table']}"
            checks.append(
                Judged(
                    row["report_date"],
                    row["store"],
                    row["table"],
                    check.name,
                    check.about,
                    row[check.name],
                    bound.lowest,
                    bound.highest,
                    verdict,
                    f"{told}: {check.sentence(row, bound)}" if is_broken else "",
                )
            )
    return Judgement(tuple(checks), verdicts.version)
