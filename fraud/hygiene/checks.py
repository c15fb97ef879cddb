"""All checks of a catalogue, as findings."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

import duckdb
import polars as pl

from fraud.hygiene import imitations
from fraud.hygiene.findings import findings
from fraud.sql import statement

Row = Mapping[str, Any]
Told = Callable[[Row], tuple[str, str]]
"""Makes of a row of a statement the severity and the sentence."""

MANY = 10
"""From so many tracks a finding of the lighter kind is a heavier one."""


def inspect(
    connection: duckdb.DuckDBPyConnection, day: date, known: Collection[str] = ()
) -> pl.DataFrame:
    """Return the FINDINGS of a catalogue as it stands on a day, the gravest first.

    The connection has catalog, quarantine and catalog_before (the catalogue a week earlier) as
    views; `known` are names of artists outside of the catalogue that may be imitated.
    """
    rows: list[dict[str, Any]] = []
    for name, (check, told) in _CHECKS.items():
        rows += _asked(connection, name, check, told, day)
    catalog = connection.sql("select * from catalog").pl()
    rows += imitations.artists(catalog, known)
    rows += imitations.titles(catalog)
    return findings(rows)


def _asked(
    connection: duckdb.DuckDBPyConnection, name: str, check: str, told: Told, day: date
) -> Iterator[dict[str, Any]]:
    text = statement(f"hygiene/{name}")
    found = connection.sql(text, params={"day": day} if "$day" in text else {}).pl()
    for row in found.iter_rows(named=True):
        severity, finding = told(row)
        yield {**row, "check": check, "severity": severity, "finding": finding}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _tracks(count: int) -> str:
    return "1 track does" if count == 1 else f"{count:,} tracks do"


def _bulk_upload(row: Row) -> tuple[str, str]:
    return "high", (
        f"{row['measured']:,} releases on {row['release_date']}; on its release days of the year"
        f" before, this account usually had {row['usual']:,.4g}."
    )


def _duplicate(row: Row) -> tuple[str, str]:
    artists = "" if row["artists"] <= 1 else f" under {row['artists']:,} artist names"
    grave = row["artists"] > 1 and row["tracks"] >= MANY
    return "high" if grave else "medium" if row["artists"] > 1 else "low", (
        f"'{row['title']}' of {row['duration_seconds']} s stands {row['tracks']:,} times in this"
        f" account{artists}; usually a title with its length stands once."
    )


def _claimed_twice(row: Row) -> tuple[str, str]:
    return "high", (
        f"'{row['title']}' by {row['artist']}, {row['duration_seconds']} s, is delivered by"
        f" {row['measured']:,} accounts ({row['accounts']}); usually one is paid for a recording."
    )


def _just_over_30(row: Row) -> tuple[str, str]:
    return "high" if row["measured"] >= 0.5 else "medium", (
        f"{row['tracks']:,} tracks last 30 to 35 s, {_percent(row['measured'])} of this account;"
        f" in the catalogue it is {_percent(row['usual'])}. A play counts from 30 s."
    )


def _equal_lengths(row: Row) -> tuple[str, str]:
    return "medium", (
        f"{row['tracks']:,} tracks last exactly {row['duration_seconds']} s,"
        f" {_percent(row['measured'])} of this account; of a usual account's tracks"
        f" {_percent(row['usual'])} share their commonest length."
    )


def _undisclosed(row: Row) -> tuple[str, str]:
    return "high" if row["generated"] >= 0.5 else "low", (
        f"{_tracks(row['tracks'])} not say whether they were generated, while"
        f" {_percent(row['measured'])} of this account's {row['known']:,} do"
        f" ({_percent(row['generated'])} are partly or fully generated)."
    )


def _ill_formed(row: Row) -> tuple[str, str]:
    rows = f"{row['tracks']:,} row{'s' * (row['tracks'] != 1)} of {row['file']}"
    return "medium", f"Refused because the ISRC is none: {rows}. The examples are what stood there."


def _used_again(row: Row) -> tuple[str, str]:
    return "high", (
        f"This ISRC was '{row['title_before']}' by {row['artist_before']} a week before and is"
        f" '{row['title']}' by {row['artist']} now; an ISRC names one recording for good."
    )


_CHECKS: Mapping[str, tuple[str, Told]] = {
    "bulk_uploads": ("bulk upload", _bulk_upload),
    "duplicates_in_account": ("duplicate title and length", _duplicate),
    "claimed_twice": ("recording claimed twice", _claimed_twice),
    "just_over_30": ("just over 30 s", _just_over_30),
    "equal_lengths": ("equal lengths", _equal_lengths),
    "undisclosed_ai": ("missing AI disclosure", _undisclosed),
    "isrcs_ill_formed": ("ISRC ill-formed", _ill_formed),
    "isrcs_used_again": ("ISRC used again", _used_again),
}
