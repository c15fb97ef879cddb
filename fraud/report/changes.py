"""What became different about an incident since the night that last told of it."""

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from fraud.naming import NAMED_GROUPS, SETS
from fraud.report.figures import legible
from fraud.report.folding import LONGEST_NAME
from fraud.report.lineage import Past
from fraud.report.night_scores import Row

CHANGES = {
    "report_date": pl.Date(),
    "store": pl.String(),
    "track_id": pl.String(),
    "kind": pl.String(),
    "streams_before": pl.Int64(),
    "streams_after": pl.Int64(),
    "known_on": pl.Date(),
}
"""What sql/report/changes.sql makes: a restated track's day, or a store's late day (no track)."""
MOST_NAMED = 5
SEVERITIES = ("low", "medium", "high", "critical")


def of_reports(
    changes: pl.DataFrame, tracks: Collection[str], since: date, day: date
) -> pl.DataFrame:
    """Return what became known of some tracks after the night `since`, and by that of `day`."""
    return changes.filter(
        pl.col("known_on") > since,
        pl.col("known_on") <= day,
        pl.col("report_date") <= day,
        pl.col("track_id").is_null() | pl.col("track_id").is_in(sorted(tracks)),
    )


def sentences(
    past: Past, row: Row, tracks: Collection[str], changes: pl.DataFrame, day: date
) -> list[str]:
    """Return how an incident's row differs from its last one, and which reports changed since."""
    return [
        *_grown(past, row, tracks),
        *_reported(of_reports(changes, tracks, past.last["report_date"], day), past),
    ]


def taken_in(past: Past | None, others: Sequence[Past]) -> list[str]:
    """Return which incidents an incident took in since its last night, which end under it."""
    since = past.last["report_date"] if past else date.min
    new = [other for other in others if not other.has_ended and other.last_active >= since]
    told = [f"{other.incident_id} ({_called(other)})" for other in new[:MOST_NAMED]]
    if len(new) > MOST_NAMED:
        told.append(f"{len(new) - MOST_NAMED} more")
    return [f"Part of it from now on: {', '.join(told)}."] if told else []


def _called(past: Past) -> str:
    return legible(past.last["about"], LONGEST_NAME) or past.level


def _grown(past: Past, row: Row, tracks: Collection[str]) -> list[str]:
    if past.has_ended:
        return []
    told = []
    if past.level != row["level"]:
        article = "the" if past.level in (*NAMED_GROUPS, *SETS) else "one"
        told.append(f"It was about {article} {past.level}, now it is about the {row['level']}.")
    added, gone = len(set(tracks) - past.tracks), len(past.tracks - set(tracks))
    if added or gone:
        parts = [f"{n:,} {what}" for n, what in ((added, "came in"), (gone, "went out")) if n]
        told.append(f"Of its tracks {' and '.join(parts)}; it has {len(tracks):,} now.")
    for name, what in (("stores", "stores"), ("territories", "territories")):
        now = [part for part in (row[name] or "").split("|") if part]
        before = set((past.last[name] or "").split("|"))
        new = [part for part in now if part not in before]
        if new and before != {""}:
            more = f" and {len(new) - MOST_NAMED} more" if len(new) > MOST_NAMED else ""
            told.append(f"New {what}: {', '.join(new[:MOST_NAMED])}{more}.")
    was = past.last["severity"]
    if was in SEVERITIES and row["severity"] in SEVERITIES and was != row["severity"]:
        told.append(f"Severity {row['severity']}, was {was}.")
    return told


def _reported(changes: pl.DataFrame, past: Past) -> list[str]:
    stores = past.stores
    told = []
    for (store, kind), part in sorted(
        changes.partition_by("store", "kind", as_dict=True, maintain_order=True).items()
    ):
        span = _span(part["report_date"].unique().sort().to_list())
        if kind == "restated":
            before = part["streams_before"].fill_null(0).sum()
            after = part["streams_after"].fill_null(0).sum()
            told.append(
                f"{store} restated {span}: {before:,} plays of its tracks became {after:,}."
            )
        elif not stores or store in stores:
            told.append(f"{store} reported {span} late.")
    return told


def _span(days: Sequence[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]}"
