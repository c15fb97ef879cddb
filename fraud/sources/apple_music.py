"""Apple Music's Sales and Trends reports: Summary, Detail, Container, Content, Demographics, Shazam
and Editorial Playlist Adds, tab separated, one file a report and day.

Plays name a song by its Apple Identifier; Content says which ISRC that is. Column names and their
order changed over the years, so they are read by name, old names as well.
https://help.apple.com/itc/musicsalesandtrends, https://itunespartner.apple.com/music
"""

from collections.abc import Mapping

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import apple_facts, apple_plays, cells
from fraud.sources.source import Reading, Report, Source

OLDER = {
    "quantity": "streams",
    "membership_type": "subscription_type",
    "membership_mode": "subscription_mode",
    "membership_partner": "subscription_partner",
    "playlist_name": "container_name",
    "playlist_type": "container_sub_type",
    "playlist_id": "container_id",
    "apple_id": "apple_identifier",
    "storefront": "storefront_name",
    "container_subtype": "container_sub_type",
    "label/studio": "label/studio/network",
}
"""Names of columns before 2017 and 2021, and spellings of readers, by the names of today."""

_REPORTS = {
    "Summary": apple_plays.SUMMARY,
    "Detail": apple_plays.DETAIL,
    "Container": apple_plays.CONTAINER,
    "Content": apple_facts.CONTENT,
    "Content Demographics": apple_facts.DEMOGRAPHICS,
    "Shazam": apple_facts.SHAZAM,
    "Editorial Playlist Adds": apple_facts.EDITORIAL,
}
_TOLD_BY = {
    "Shazam": {"shazams", "isrc_codes"},
    "Editorial Playlist Adds": {"track_position"},
    "Content Demographics": {"age_band", "gender"},
    "Detail": {"anonymized_person_id", "stream_duration", "stream_timestamp"},
    "Content": {"isrc"},
}
"""Columns of which any tells the report, the most telling ones first."""
_OF_SUMMARY = {"datestamp", "source_of_stream", "subscription_type", "device_type"}
_MARKS = frozenset(
    {
        *("apple_identifier", "storefront_name", "ingest_datestamp", "container_sub_type"),
        *("source_of_stream", "subscription_mode", "anonymized_person_id", "isrc_codes"),
    }
)


def _recognises(columns: frozenset[str]) -> bool:
    return len(_today(columns) & _MARKS) > 1 or {"apple_identifier", "isrc"} <= _today(columns)


def _today(columns: frozenset[str]) -> frozenset[str]:
    return frozenset(OLDER.get(name, name) for name in columns)


def _kind(columns: frozenset[str]) -> str:
    """Return which report has these columns."""
    told = next((kind for kind, telling in _TOLD_BY.items() if columns & telling), None)
    if told:
        return told
    return "Summary" if columns & _OF_SUMMARY else "Container"


def _open(report: Report) -> Reading:
    columns = _today(frozenset(report.columns))
    kind = _kind(columns)
    of = _REPORTS[kind]
    missing = [name for name in of.needs if name not in columns]
    if missing:
        raise UnreadableError(
            f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of Apple"
            f" Music's {kind} report; it has {', '.join(report.columns)}"
        )
    as_written = {
        name: [old for old, new in OLDER.items() if new == name and old in report.columns]
        for name in of.uses
    }

    def rows(read: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        known = cells.completed(read, {*of.uses, *(old for o in as_written.values() for old in o)})
        return of.rows(
            known.select(
                "line",
                *(pl.coalesce(name, *olds).alias(name) for name, olds in as_written.items()),
            )
        )

    return Reading(
        of.table,
        frozenset(of.uses).union(*as_written.values()),
        rows,
        ignores=of.ignores | OLDER.keys(),
        names={ours: _written(theirs, report) for ours, theirs in of.names.items()},
        telling=of.telling,
    )


def _written(name: str, report: Report) -> str:
    """Return how the file calls a column."""
    return next((old for old in report.columns if OLDER.get(old, old) == name), name)


APPLE_MUSIC = Source(
    "apple_music",
    "Apple Music's Summary, Detail, Container, Content, Demographics, Shazam and Editorial reports",
    _recognises,
    _open,
    separators="\t,",
    unquoted="\t",
)
