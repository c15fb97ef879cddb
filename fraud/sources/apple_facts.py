"""Apple Music's reports beside the plays: what a song is, who listens, where it is looked for."""

from collections.abc import Mapping

import polars as pl

from fraud.sources import cells
from fraud.sources.apple_plays import STORE, AppleReport, counted, day, seconds, territory
from fraud.sources.source import Telling
from fraud.tables import AUDIENCE, CONTEXT, PLAYS, TRACK_IDS

EDITORIAL_DAYS = 28
"""How long an addition to an editorial playlist may explain plays; Apple does not tell when a song
leaves the list, and such lists turn over within weeks."""

_UPC = r"^\s*([0-9]{12,14})(?:_|\s*$)"
"""A Vendor Identifier as distributors make it: the release's GTIN and the track's number."""
_ISRCS = r"[^,;|\s][^,;|]*"
_AUDIENCE = frozenset({AUDIENCE.name})


def _content(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    songs = rows.with_columns(store=pl.lit(STORE), lasts=seconds(rows, "media_duration"))
    return {
        "track_ids": songs.select("line", "store", "isrc", store_track_id="apple_identifier"),
        "catalog": songs.select(
            "line",
            "isrc",
            "title",
            "artist",
            label="label/studio/network",
            upc=pl.col("vendor_identifier").str.extract(_UPC),
            duration_seconds=cells.count("lasts").cast(pl.String),
        ),
    }


def _demographics(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    one_day = day("start_date") == day("end_date")
    span = pl.concat_str(day("start_date"), pl.lit(" to "), day("end_date"))
    told = rows.select(
        "line",
        report_date=pl.when(one_day).then(day("start_date")).otherwise(span),
        store=pl.lit(STORE),
        territory=territory(rows, "storefront_name"),
        store_track_id="apple_identifier",
        listeners="listeners",
        streams="streams",
    )
    return {"plays": told}


def _shazam(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return recognitions by recording: those of a song are told of each that it may have been."""
    codes = pl.col("isrc_codes").str.extract_all(_ISRCS).list.eval(pl.element().str.strip_chars())
    some = pl.when(codes.list.len() > 0).then(codes.list.unique(maintain_order=True))
    each = rows.with_columns(isrc=some).explode("isrc")
    told = each.select(
        "line",
        "isrc",
        report_date=day("ingest_datestamp"),
        store=pl.lit(STORE),
        territory=territory(rows, "country"),
        shazams=counted("shazams"),
    )
    return {"plays": told}


def _editorial(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    first = day("datestamp").str.to_date("%Y-%m-%d", strict=False)
    last = first + pl.duration(days=EDITORIAL_DAYS - 1)
    position = pl.concat_str(pl.lit(" at "), pl.col("track_position"))
    told = rows.select(
        "line",
        "artist",
        # Without an artist and an ISRC it would explain every alert of the storefront.
        kind=pl.when(cells.filled("artist")).then(pl.lit("editorial_add")),
        start_date=day("datestamp"),
        end_date=pl.coalesce(last.dt.to_string("%Y-%m-%d"), "datestamp"),
        store=pl.lit(STORE),
        territory=territory(rows, "storefront_name"),
        store_track_id="apple_identifier",
        note=pl.concat_str(
            pl.coalesce("container_name", "container_id"),
            pl.when(cells.filled("track_position")).then(position),
            ignore_nulls=True,
        ),
    )
    return {"context": told}


CONTENT = AppleReport(
    TRACK_IDS,
    ("apple_identifier", "isrc"),
    frozenset(
        {
            *("apple_identifier", "isrc", "title", "artist", "media_duration"),
            *("vendor_identifier", "label/studio/network"),
        }
    ),
    _content,
    {"store_track_id": "apple_identifier"},
    frozenset({"artist_id", "item_type", "media_type", "grid"}),
)
DEMOGRAPHICS = AppleReport(
    PLAYS,
    ("start_date", "end_date", "apple_identifier", "storefront_name", "listeners"),
    frozenset(
        {"start_date", "end_date", "apple_identifier", "storefront_name", "listeners", "streams"}
    ),
    _demographics,
    {"report_date": "start_date", "territory": "storefront_name", "isrc": "apple_identifier"},
    frozenset(
        {
            *("subscription_type", "subscription_mode", "subscription_partner", "action_type"),
            *("gender", "age_band", "audio_format"),
        }
    ),
    Telling("Content Demographics", _AUDIENCE),
)
SHAZAM = AppleReport(
    PLAYS,
    ("ingest_datestamp", "country", "isrc_codes", "shazams"),
    frozenset({"ingest_datestamp", "country", "isrc_codes", "shazams"}),
    _shazam,
    {"report_date": "ingest_datestamp", "territory": "country", "isrc": "isrc_codes"},
    frozenset({"ingest_hour", "title", "artist", "state_province", "city"}),
    Telling("Shazam", _AUDIENCE),
)
EDITORIAL = AppleReport(
    CONTEXT,
    ("datestamp", "apple_identifier", "storefront_name", "artist"),
    frozenset(
        {
            *("datestamp", "apple_identifier", "storefront_name", "artist"),
            *("container_id", "container_name", "track_position"),
        }
    ),
    _editorial,
    {"start_date": "datestamp", "territory": "storefront_name", "kind": "artist"},
    frozenset({"title", "artist_id", "media_type", "action_type"}),
)
