"""What a night is checked for before it is judged: a statement that returns what is wrong, and the
sentence that tells it.

Each statement `sql/quality/<name>.sql` returns one row a finding; its rows carry report_date and,
where they are about one, store.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fraud.config import Settings

Row = Mapping[str, Any]

MOST_OF_14_DAYS = 7
"""A store that reported on more of the last 14 days than this is expected to report."""
LEAST_PLAYS = 100
"""Days and pasts below so many plays are not held against each other: they swing by chance."""
MOST_APART_SHARE = 0.01
MOST_UNKNOWN_SHARE = 0.2


@dataclass(frozen=True)
class Check:
    """One check: its name is that of its statement, `bounds` are the parameters it binds."""

    name: str
    bounds: Callable[[Settings], dict[str, float]]
    value: Callable[[Row], float]
    bound: Callable[[Row, Mapping[str, float]], float]
    sentence: Callable[[Row, Mapping[str, float]], str]
    tells_of: Callable[[Row], bool] = lambda _: True
    """Whether a row of the statement is a finding."""


def _times(settings: Settings) -> dict[str, float]:
    return {"volume_band": settings.volume_band, "least_plays": LEAST_PLAYS}


def _volume_ratio(row: Row) -> float:
    return float(row["plays"] / row["usual_plays"]) if row["usual_plays"] else float("inf")


def _volume_sentence(row: Row, bounds: Mapping[str, float]) -> str:
    band = bounds["volume_band"]
    usual = row["usual_plays"]
    return (
        f"{row['plays']:,} plays, where {usual:,.0f} are usual on a {row['report_date']:%A}: "
        f"outside {usual / band:,.0f} to {usual * band:,.0f}"
    )


CHECKS = (
    Check(
        "empty",
        bounds=lambda _: {},
        value=lambda _: 0,
        bound=lambda _row, _bounds: 1,
        sentence=lambda _row, _bounds: (
            "no store reported anything, 1 is needed; deliver the day's reports, then run it again"
        ),
    ),
    Check(
        "kept_out",
        bounds=lambda _: {},
        value=lambda _: 0,
        bound=lambda _row, _bounds: 1,
        sentence=lambda row, _: (
            f"the gate kept the {row['table']} report out"
            + (", the day before it stands" if row["stands"] else "")
            + f" ({row['why']}); the checks are in quality/{row['report_date']}.html"
        ),
    ),
    Check(
        "missing_store",
        bounds=lambda _: {"most_of_14_days": MOST_OF_14_DAYS},
        value=lambda row: float(row["days_before"]),
        bound=lambda _, bounds: bounds["most_of_14_days"],
        sentence=lambda row, _: (
            f"missing, though it came on {row['days_before']} of the 14 days before;"
            " the night goes on without it"
        ),
    ),
    Check(
        "volume",
        bounds=_times,
        value=_volume_ratio,
        bound=lambda row, bounds: (
            bounds["volume_band"] if _volume_ratio(row) > 1 else 1 / bounds["volume_band"]
        ),
        sentence=_volume_sentence,
    ),
    Check(
        "outage",
        bounds=lambda _: {"most_of_14_days": MOST_OF_14_DAYS, "least_plays": LEAST_PLAYS},
        value=lambda row: float(row["times_usual"]),
        bound=lambda _row, _bounds: 1.5,
        sentence=lambda row, _: (
            f"{row['plays']:,} plays, {row['times_usual']:.1f} times the usual"
            f" {row['usual_plays']:,.0f}, after a day with none or few:"
            " the store caught up on an outage"
        ),
        tells_of=lambda row: row["state"] == "catch_up",
    ),
    Check(
        "partial",
        bounds=lambda _: {},
        value=lambda row: float(row["rows"] or 0),
        bound=lambda _row, _bounds: 0,
        sentence=lambda row, _: (
            f"the {row['table']} report ends early after {row['rows'] or 0:,} rows "
            f"({row['files']}); what it lacks is missing from the day"
        ),
    ),
    Check(
        "agreement",
        bounds=lambda _: {"most_apart_share": MOST_APART_SHARE},
        value=lambda row: float(row["apart_share"]),
        bound=lambda _, bounds: bounds["most_apart_share"],
        sentence=lambda row, bounds: (
            f"streams count {row['streams_plays']:,} plays, audience {row['audience_plays']:,}: "
            f"{row['apart_share']:.1%} apart, at most {bounds['most_apart_share']:.0%} is usual"
        ),
    ),
    Check(
        "listeners_above_streams",
        bounds=lambda _: {},
        value=lambda row: float(row["rows_at_fault"]),
        bound=lambda _row, _bounds: 0,
        sentence=lambda row, _: (
            f"audience rows with more listeners than plays: {row['rows_at_fault']:,}, such as "
            f"{row['example_track_id']} in {row['example_territory']} "
            f"({row['example_listeners']:,} and {row['example_streams']:,}), where 0 are possible"
        ),
    ),
    Check(
        "unknown_catalogue",
        bounds=lambda _: {"most_unknown_share": MOST_UNKNOWN_SHARE},
        value=lambda row: float(row["unknown_share"]),
        bound=lambda _, bounds: bounds["most_unknown_share"],
        sentence=lambda row, bounds: (
            f"{row['unknown_tracks']:,} of {row['tracks']:,} tracks are in no catalogue, "
            f"{row['unknown_share']:.0%}, where at most {bounds['most_unknown_share']:.0%} is usual"
        ),
    ),
)
"""In the order in which they are told."""
