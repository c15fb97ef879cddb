"""Spotify's Bulk API: plays, accounts, tracks and daily sums of a licensor, NDJSON in gzip.

`streams` and `sub_30_sec_streams` hold one play a row and name the track and the listener by ids,
which `tracks` and `users` of the same day explain. `aggregatedstreams` adds saves and skips.
The field names are those that public readers of the API use; its description is not public.
"""

import re
from collections.abc import Mapping

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import cells, spotify_sums, spotify_words
from fraud.sources.source import Decided, Reading, Report, Source, Telling
from fraud.tables import AUDIENCE, LISTENERS, PEOPLE, PLAYS, STREAMS, TRACK_IDS

STORE = "spotify"
COUNTED_SECONDS = 30
"""Spotify counts a play from 30 s on; shorter ones stand in `sub_30_sec_streams`."""

_PLAYED = ("track_id", "timestamp", "country")
_OF_PLAYS = frozenset(
    {
        *("user_id", "length", "cached", "source", "source_uri", "device_type", "os", "shuffle"),
        *("repeat_play", "completion_flag", "discovery_flag", "content_type_flag"),
        *("utc_timestamp_offset", "offline_timestamp"),
    }
)
_OF_PEOPLE = frozenset(
    {
        *("access", "product", "type", "partner", "referral", "region", "geohash", "postal_code"),
        *("gender", "age_group", "birth_year", "financial_product", "user_product_type"),
    }
)
_OF_TRACKS = frozenset(
    {"track_name", "uri", "album_name", "album_code", "album_artist", "track_artists"}
)
_OF_OTHERS = frozenset(
    {"isrc_code", "transaction_date", "report_date", "date", "quantity", "store", "streams"}
)
"""Columns of other formats that also have track_id, timestamp or user_id."""
_ENVELOPE = frozenset({"message", "version"})
_DAY = r"^\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?$"
_HEAD = r"^(\d{4}-\d{2}-\d{2})[T ]$"
"""How a time begins as a rule; there are few different days and many different times."""
_DECIDED = (
    Decided(("timestamp",), ("report_date",), {"timestamp": 11}, _HEAD),
    Decided(("country",), ("territory",)),
    Decided(
        ("track_id",),
        ("track_id",),
        alone=lambda cells: cells.select(store=pl.lit(STORE), store_track_id="track_id"),
    ),
    Decided(("source", "source_uri"), ("source", "playlist_id")),
    Decided(("device_type", "os"), ("device",)),
    Decided(("user_id",), ("listener_id",), is_listener=True),
    Decided(("length",), ("streams", "sub30_plays", "listening_seconds")),
)
_SHORT = re.compile(r"sub[_-]?30")
_TRACK = r"track[:/]([A-Za-z0-9]{22})$"


def _recognises(columns: frozenset[str]) -> bool:
    return _kind(columns) != ""


def _kind(columns: frozenset[str]) -> str:
    """Return which of the resources has these columns, empty where none has."""
    if "trackv2" in columns:
        return "aggregatedstreams"
    if columns & _OF_OTHERS:
        return ""
    if "isrc" in columns:
        return "tracks" if "track_id" in columns and columns & _OF_TRACKS else ""
    if "track_id" in columns or "timestamp" in columns:
        return "streams" if len(columns & _OF_PLAYS) > 1 else ""
    if "user_id" in columns:
        return "users" if columns & _OF_PEOPLE else ""
    return "tracks" if len(columns & _OF_TRACKS) > len(_OF_TRACKS) // 2 else ""


def _open(report: Report) -> Reading:
    columns = frozenset(report.columns)
    kind = _kind(columns)
    if kind == "aggregatedstreams":
        return spotify_sums.reading()
    needed = {
        "streams": _PLAYED,
        "tracks": ("track_id", "isrc"),
        "users": ("user_id",),
    }[kind]
    missing = [name for name in needed if name not in columns]
    if missing:
        raise UnreadableError(
            f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of Spotify's"
            f" {kind}; it has {', '.join(report.columns)}"
        )
    return {"streams": _plays, "tracks": _tracks, "users": _people}[kind](report)


def _plays(report: Report) -> Reading:
    named_short = bool(_SHORT.search(report.name.lower()))
    uses = {
        *_PLAYED,
        *("user_id", "length", "source", "source_uri", "device_type", "os"),
    }

    def rows(plays: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        plays = cells.completed(plays, uses).with_columns(
            pl.col("timestamp").str.slice(0, 11).alias("head")
        )
        plays = cells.by_combination(plays, "head", day=pl.col("head").str.extract(_HEAD))
        plays = cells.by_combination(
            plays,
            "source",
            "source_uri",
            played_from=spotify_words.source("source", "source_uri"),
            playlist_id=spotify_words.playlist("source_uri"),
        )
        plays = cells.by_combination(
            plays, "device_type", "os", device=spotify_words.device("device_type", "os")
        )
        is_usual = plays["day"].null_count() == 0
        day = pl.col("day") if is_usual else pl.col("timestamp").str.replace(_DAY, "$1-$2-$3")
        seconds = pl.col("length").str.strip_chars().cast(pl.Float64, strict=False)
        short = pl.lit(value=True) if named_short else (seconds < COUNTED_SECONDS)
        counted = ~short.fill_null(value=False)
        whole = seconds.floor().cast(pl.Int64, strict=False).cast(pl.String)
        told = plays.select(
            "line",
            report_date=day,
            store=pl.lit(STORE),
            territory="country",
            store_track_id="track_id",
            source="played_from",
            device="device",
            playlist_id="playlist_id",
            listener_id="user_id",
            streams=pl.when(counted).then(pl.lit("1")),
            sub30_plays=pl.when(~counted).then(pl.lit("1")),
            listening_seconds=pl.when(counted | (seconds < 0) | seconds.is_null()).then(
                pl.coalesce(whole, "length")
            ),
        )
        return {"plays": told}

    return Reading(
        PLAYS,
        frozenset(uses),
        rows,
        ignores=_OF_PLAYS | _ENVELOPE,
        told_by_name="sub_30" if named_short else "",
        names={
            "report_date": "timestamp",
            "territory": "country",
            "isrc": "track_id",
            "listening_seconds": "length",
        },
        telling=Telling(
            "streams",
            frozenset({STREAMS.name, AUDIENCE.name, LISTENERS.name}),
            precedence=2,
            by_territory=True,
            slack_days=1,
        ),
        decided=_DECIDED,
    )


def _tracks(_: Report) -> Reading:
    uses = {"track_id", "isrc", "uri", "track_name", "track_artists", "album_artist", "album_code"}

    def rows(tracks: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        tracks = cells.completed(tracks, uses).with_columns(store=pl.lit(STORE))
        by_uri = tracks.with_columns(track_id=pl.col("uri").str.extract(_TRACK)).filter(
            pl.col("track_id").is_not_null()
        )
        named = pl.concat([tracks, by_uri]).sort("line", maintain_order=True)
        return {
            "track_ids": named.select("line", "store", "isrc", store_track_id="track_id"),
            "catalog": tracks.select(
                "line",
                "isrc",
                title="track_name",
                artist=pl.coalesce(_filled("track_artists"), "album_artist"),
                upc="album_code",
            ),
        }

    return Reading(
        TRACK_IDS,
        frozenset(uses),
        rows,
        ignores=_OF_TRACKS | _ENVELOPE,
        names={"store_track_id": "track_id"},
    )


def _people(_: Report) -> Reading:
    uses = {"user_id", "country", "access", "product", "type"}
    older = ("financial_product", "user_product_type")

    def rows(people: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        people = cells.completed(people, {*uses, *older}).with_columns(
            product=pl.coalesce(_filled("product"), *(_filled(name) for name in older))
        )
        told = people.select(
            "line",
            store=pl.lit(STORE),
            listener_id="user_id",
            listener_territory="country",
            tier=spotify_words.tier("access", "product", "type"),
        )
        return {"people": told}

    return Reading(
        PEOPLE,
        frozenset({*uses, *older}),
        rows,
        ignores=_OF_PEOPLE | _ENVELOPE,
        names={"listener_id": "user_id", "listener_territory": "country"},
    )


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))


SPOTIFY_BULK = Source(
    "spotify_bulk",
    "plays, short plays, users, tracks and daily sums of Spotify's Bulk API",
    _recognises,
    _open,
)
