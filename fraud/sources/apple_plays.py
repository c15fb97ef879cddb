"""Apple Music's reports of plays: Summary, Container and Detail, from counts to single plays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from fraud.sources import apple_codes, cells
from fraud.sources.country_names import code_of
from fraud.sources.source import Rows, Telling
from fraud.tables import AUDIENCE, LISTENERS, PLAYS, STREAMS, Table

STORE = "apple_music"
COUNTED_SECONDS = 30
"""Apple counts a play from 30 s on (partner site, 2017-11)."""
MILLISECONDS_FROM = 2_000
"""A median length above this is in milliseconds: no catalogue's median song lasts 33 minutes."""
TIERS = {
    "individual": "premium",
    "voice": "premium",
    "student": "student",
    "family": "family",
    "trial": "trial",
    "introductory": "trial",
}
"""What a word in the subscription's type or mode says of the plan; the last one that is there."""


@dataclass(frozen=True)
class AppleReport:
    """One of Apple's reports: the columns it needs, what it reads, and what becomes of a row."""

    table: Table
    needs: tuple[str, ...]
    uses: frozenset[str]
    rows: Rows
    names: Mapping[str, str]
    """How the report calls a column of ours, for messages."""
    ignores: frozenset[str] = frozenset()
    telling: Telling | None = field(default=None)


_PLAYED_FROM = frozenset({"container_type", "container_sub_type", "container_id", "container_name"})
_IGNORED = frozenset(
    {
        *("subscription_partner", "action_type", "audio_format", "operating_system", "offline"),
        *("end_reason_type", "postal_code", "ingest_timestamp", "stream_timestamp"),
        *("stream_start_position", "utc_offset", "media_duration", "ingest_hour"),
    }
)
_NAMES = {
    "report_date": "datestamp",
    "territory": "storefront_name",
    "isrc": "apple_identifier",
    "streams": "streams",
    "listener_id": "anonymized_person_id",
    "listening_seconds": "stream_duration",
}


def day(name: str) -> pl.Expr:
    """Return a day that may be written with or without hyphens, or with an hour behind it."""
    return pl.col(name).str.replace(r"^\s*(\d{4})-?(\d{2})-?(\d{2})([T ][0-9:.]*)?\s*$", "$1-$2-$3")


def territory(rows: pl.DataFrame, name: str) -> pl.Expr:
    """Return the countries of a column, which are codes in some reports and names in others."""
    written = rows[name].drop_nulls().unique().to_list()
    return pl.col(name).replace(written, [code_of(text) for text in written])


def counted(name: str) -> pl.Expr:
    """Return a count that a row of this report must have; an empty one is refused as none."""
    return pl.when(cells.filled(name)).then(pl.col(name)).otherwise(pl.lit("(empty)"))


def seconds(rows: pl.DataFrame, name: str) -> pl.Expr:
    """Return lengths in whole seconds; Apple does not say their unit, so their size does."""
    return cells.whole(name, unit_of(rows, name))


def unit_of(rows: pl.DataFrame, name: str) -> float:
    """Return how many seconds the unit of these lengths is."""
    median = rows.select(cells.number(name).median()).item()
    return 0.001 if median is not None and median >= MILLISECONDS_FROM else 1


def tier(kind: str, mode: str) -> pl.Expr:
    """Return the plan; a kind of subscription that is not known stays as it is."""
    said = pl.concat_str(kind, mode, separator=" ", ignore_nulls=True).str.to_lowercase()
    plan: pl.Expr = pl.when(cells.filled(kind)).then(pl.col(kind))
    for word, meant in TIERS.items():
        plan = pl.when(said.str.contains(rf"\b{word}\b")).then(pl.lit(meant)).otherwise(plan)
    return plan


def arrival(rows: pl.DataFrame) -> pl.Expr:
    """Return the day of the report that a row came in.

    Nearly all plays of a report have one distance between Datestamp and Ingest Datestamp; what was
    received later than that (plays without network) came in the report of a later day.
    """
    days = rows.select(
        lag=(_date("ingest_datestamp") - _date("datestamp")).dt.total_days()
    ).to_series()
    usual = days.drop_nulls().mode().min()
    received = _date("ingest_datestamp") - pl.duration(days=pl.lit(usual, pl.Int64))
    return received.dt.to_string("%Y-%m-%d")


def _date(name: str) -> pl.Expr:
    return day(name).str.to_date("%Y-%m-%d", strict=False)


def _played_from() -> dict[str, pl.Expr]:
    listed = apple_codes.playlists("container_type", "container_sub_type")
    return {
        "playlist_id": pl.when(listed & cells.filled("container_id")).then("container_id"),
        "playlist_name": pl.when(listed & cells.filled("container_name")).then("container_name"),
    }


def _song(rows: pl.DataFrame, played_on: str) -> dict[str, pl.Expr]:
    return {
        "report_date": day(played_on),
        "store": pl.lit(STORE),
        "territory": territory(rows, "storefront_name"),
        "store_track_id": pl.col("apple_identifier"),
    }


def _summary(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    told = rows.select(
        "line",
        **_song(rows, "datestamp"),
        **_played_from(),
        source=apple_codes.source("source_of_stream", "container_type", "container_sub_type"),
        tier=tier("subscription_type", "subscription_mode"),
        device=apple_codes.device("device_type"),
        streams=counted("streams"),
        came_on=arrival(rows),
    )
    return {"plays": told}


def _container(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    nowhere = rows.with_columns(source_of_stream=pl.lit(None, pl.String))
    told = nowhere.select(
        "line",
        **_song(rows, "ingest_datestamp"),
        **_played_from(),
        source=apple_codes.source("source_of_stream", "container_type", "container_sub_type"),
        streams=counted("streams"),
    )
    return {"plays": told}


def _detail(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    lasted = cells.number("stream_duration") * unit_of(rows, "stream_duration")
    # Rounded, a play of 29.6 seconds would count.
    short = (lasted < COUNTED_SECONDS).fill_null(value=False)
    rows = rows.with_columns(lasted=seconds(rows, "stream_duration"))
    told = rows.select(
        "line",
        **_song(rows, "datestamp"),
        **_played_from(),
        source=apple_codes.source("source_of_stream", "container_type", "container_sub_type"),
        tier=tier("subscription_type", "subscription_mode"),
        device=apple_codes.device("device_type"),
        listener_id="anonymized_person_id",
        streams=pl.when(~short).then(pl.lit("1")),
        sub30_plays=pl.when(short).then(pl.lit("1")),
        listening_seconds=pl.when(~short | (cells.number("lasted") < 0)).then("lasted"),
        came_on=arrival(rows),
    )
    return {"plays": told}


_BOTH = frozenset({STREAMS.name, AUDIENCE.name})
_WHERE = frozenset({"apple_identifier", "storefront_name"})
_BREAK_DOWN = frozenset({"subscription_type", "subscription_mode", "device_type"})

SUMMARY = AppleReport(
    PLAYS,
    ("datestamp", "apple_identifier", "storefront_name", "streams"),
    _WHERE
    | _PLAYED_FROM
    | _BREAK_DOWN
    | {"datestamp", "ingest_datestamp", "source_of_stream", "streams"},
    _summary,
    _NAMES,
    _IGNORED,
    Telling("Summary", _BOTH, precedence=2),
)
CONTAINER = AppleReport(
    PLAYS,
    ("ingest_datestamp", "apple_identifier", "storefront_name", "streams"),
    _WHERE | _PLAYED_FROM | {"ingest_datestamp", "streams"},
    _container,
    {**_NAMES, "report_date": "ingest_datestamp"},
    _IGNORED | _BREAK_DOWN,
    Telling("Container", frozenset({STREAMS.name}), precedence=1, by_arrival=True),
)
DETAIL = AppleReport(
    PLAYS,
    ("datestamp", "apple_identifier", "storefront_name"),
    _WHERE
    | _PLAYED_FROM
    | _BREAK_DOWN
    | {"datestamp", "ingest_datestamp", "source_of_stream"}
    | {"anonymized_person_id", "stream_duration"},
    _detail,
    _NAMES,
    _IGNORED,
    Telling("Detail", _BOTH | {LISTENERS.name}, precedence=3),
)
