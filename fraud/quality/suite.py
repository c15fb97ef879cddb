"""The checks of a delivered day × store: what each measures, what passes, and how it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fraud.config import Settings
from fraud.quality.declared import demands
from fraud.quality.expectations import Expectation
from fraud.tables import DELIVERED

Row = Mapping[str, Any]
Told = Callable[[Row, Expectation], str]

MOST_LOST_SHARE = 0.4
"""Of the track × territory cells of every week: half are lost where a file is cut in half."""
MOST_DOUBLED_SHARE = 0.8
"""Of the same cells: in a catalogue that grows, or a hit, most keep what they had."""
LEAST_KEPT_SHARE = 0.5
"""Of the rows or plays that the lake holds of a day: a purge leaves most rows where they are."""
MOST_TIMES_AFTER_OUTAGE = 1.5


@dataclass(frozen=True)
class Check:
    """One check: `passes` gives the least and the most that pass; `sentence` tells of others."""

    name: str
    about: str
    sentence: Told
    passes: Callable[[Settings], tuple[float | None, float | None]] = lambda _: (None, 0)

    def expectation(self, settings: Settings) -> Expectation:
        """Return what is demanded of the measure of this name."""
        lowest, highest = self.passes(settings)
        return Expectation(self.name, settings.gate.severity(self.name), lowest, highest)


def _rows_that(problem: str) -> Told:
    return lambda row, bound: f"{_count(row[bound.measure], 'row')} {problem}, where 0 are right"


def _of_usual(row: Row) -> str:
    weekday = f"{row['report_date']:%A}"
    return f"{row['streams']:,} plays, where {row['usual_streams']:,.0f} are usual on a {weekday}"


def _volume(row: Row, bound: Expectation) -> str:
    low, high = (row["usual_streams"] * (share or 0) for share in (bound.lowest, bound.highest))
    return f"{_of_usual(row)}: outside {low:,.0f} to {high:,.0f}"


def _lost(row: Row, bound: Expectation) -> str:
    return (
        f"{row['absent_cells']:,} of {row['steady_cells']:,} tracks × territories that are played"
        f" every {row['report_date']:%A} are absent ({row['cut']:.0%}, at most {bound.highest:.0%}"
        " is usual): the report looks cut"
    )


def _twice(row: Row, bound: Expectation) -> str:
    del bound
    if row["repeated_rows"] and 2 * row["repeated_rows"] >= row["repeatable_rows"] * row["twice"]:
        return (
            f"{row['repeated_rows']:,} of {row['repeatable_rows']:,} rows stand there twice:"
            " the day looks delivered twice"
        )
    return (
        f"{row['doubled_cells']:,} of {row['steady_cells']:,} tracks × territories that are played"
        f" every {row['report_date']:%A} have about double their usual plays at once;"
        " the day looks delivered twice"
    )


def _outage(row: Row, bound: Expectation) -> str:
    del bound
    share = row["ratio_before"]
    before = f"{share:.0%} of the usual" if share else "nothing"
    return f"{_of_usual(row)}, and {before} came the day before: the store caught up on an outage"


def _measures(row: Row, bound: Expectation) -> str:
    low, high = (row["usual_counted"] * (share or 0) for share in (bound.lowest, bound.highest))
    usual = f"where {row['usual_counted']:,.0f} are usual on a {row['report_date']:%A}"
    if not row["counted"]:
        return f"no {row['measure']}, {usual}: the report looks incomplete"
    return f"{row['counted']:,} {row['measure']}, {usual}: outside {low:,.0f} to {high:,.0f}"


DECLARED = {
    "required": ("a value that every row needs", "lack a value that every row needs"),
    "values": ("values in their sets", "hold a value outside its set"),
    "isrc": ("ISRCs well-formed", "hold a malformed ISRC"),
    "territory": ("territories well-formed", "hold a malformed territory"),
    "negative": ("counts not negative", "hold a negative count"),
    "listeners_above_streams": ("plays at least listeners", "count more listeners than plays"),
}
"""What is expected, and how rows that break it are told of, by the demands of the declarations."""

CHECKS = (
    Check(
        "columns",
        "the declared columns and types",
        lambda row, _: f"columns that are absent or of another type: {row['unlike_columns']}",
    ),
    *(
        Check(name, about, _rows_that(problem))
        for name, (about, problem) in DECLARED.items()
        if any(name in demands(table) for table in DELIVERED)
    ),
    Check(
        "duplicates",
        "one row a key",
        lambda row, _: (
            f"{_count(row['duplicates'], 'row')} contradict another of the same key,"
            " where 0 are right"
        ),
    ),
    Check(
        "dates",
        "the file's own day, and no day to come",
        lambda row, _: f"{_count(row['dates'], 'row')} {row['astray']}",
    ),
    Check(
        "bad_rows",
        "share of refused rows",
        lambda row, bound: (
            f"{row['quarantined']:,} rows were refused and {row['rows']:,} are good:"
            f" {row['bad_rows']:.0%} are bad, at most {bound.highest:.0%} may be"
        ),
        lambda settings: (None, settings.gate.most_bad_rows_share),
    ),
    Check(
        "empty",
        "plays where there are usually some",
        lambda row, _: f"{_of_usual(row)}",
        lambda _: (1, None),
    ),
    Check(
        "cut",
        "share of the steady tracks × territories that is absent",
        _lost,
        lambda _: (None, MOST_LOST_SHARE),
    ),
    Check(
        "twice",
        "share of rows, or of the steady tracks × territories, that is doubled",
        _twice,
        lambda _: (None, MOST_DOUBLED_SHARE),
    ),
    Check(
        "shrunk",
        "share of the rows, or the plays, that the lake holds of the day",
        lambda row, _: (
            f"{row['rows']:,} rows would replace the {row['held_rows']:,} that the lake holds,"
            f" {row['streams']:,} plays the {row['held_streams']:,}"
        ),
        lambda _: (LEAST_KEPT_SHARE, None),
    ),
    Check(
        "outage",
        "times the usual plays after a day with few or none",
        _outage,
        lambda _: (None, MOST_TIMES_AFTER_OUTAGE),
    ),
    Check(
        "missing_territory",
        "every territory that is always there",
        lambda row, _: f"territories of every {row['report_date']:%A} are absent: {row['absent']}",
    ),
    Check(
        "cut_territory",
        "every territory with most of its rows and plays",
        lambda row, _: (
            f"most rows and plays of territories are gone that are there every"
            f" {row['report_date']:%A}: {row['cut_ones']}; the report looks cut in them"
        ),
    ),
    Check(
        "measures",
        "times the usual listeners, saves and so on of the weekday, by themselves and a play",
        _measures,
        lambda settings: (1 / settings.measures_band, settings.measures_band),
    ),
    Check(
        "volume",
        "times the usual plays of the weekday",
        _volume,
        lambda settings: (1 / settings.volume_band, settings.volume_band),
    ),
)
"""In the order in which they are told. A measure that cannot be known is null and not judged."""


def _count(count: float, noun: str) -> str:
    return f"{count:,.0f} {noun}" if count == 1 else f"{count:,.0f} {noun}s"
