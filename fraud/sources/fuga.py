"""FUGA Trends: one TSV a store and day with 51 columns for every store, headed or not.

Stores that tell each play have rows of one play with a `user_id`; the others have rows of counts.
Which store a file is of, its name says (`client_Spotify`), else what its rows have filled.
FUGA documents neither its value sets nor its ids of organizations; names and order are those that
public parsers of these files share.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import apple_codes, cells, spotify_words
from fraud.sources.source import Reading, Report, Source, Telling
from fraud.tables import PLAYS

COLUMNS = (
    "label_id",
    "product_id",
    "asset_id",
    "date",
    "territory",
    "number_of_downloads",
    "number_of_streams",
    "number_of_listeners",
    "number_of_saves",
    "reporting_organization_id",
    "asset_duration",
    "stream_device_type",
    "stream_device_os",
    "stream_length",
    "stream_source",
    "stream_source_uri",
    "user_id",
    "user_region",
    "user_region_detail",
    "user_gender",
    "user_birth_year",
    "user_age_group",
    "user_country",
    "user_access_type",
    "user_account_type",
    "track_id",
    "primary_artist_ids",
    "isrc",
    "upc",
    "shuffle",
    "repeat",
    "cached",
    "completion",
    "apple_container_type",
    "apple_container_sub_type",
    "apple_source_of_stream",
    "youtube_channel_id",
    "video_id",
    "youtube_claimed_status",
    "subscribed_status",
    "asset_type",
    "discovery_flag",
    "current_membership_week",
    "first_trial_membership_week",
    "first_trial_membership",
    "first_paid_membership_week",
    "first_paid_membership",
    "total_user_streams",
    "youtube_uploader_type",
    "audio_format",
    "dsp_data",
)
STORES = {
    "spotify": "spotify",
    "itunes": "apple_music",
    "apple": "apple_music",
    "deezer": "deezer",
    "amazon": "amazon_music",
    "pandora": "pandora",
    "soundcloud": "soundcloud",
    "tiktok": "tiktok",
    "youtube": "youtube",
}
"""The ends that FUGA gives the names of its files, and our slugs."""

_NAME = re.compile(rf"(?:^|[_\W])({'|'.join(STORES)})(?![a-z])", re.IGNORECASE)
_NEEDED = ("date", "territory", "number_of_streams", "isrc")
_DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_FEWEST_CELLS = COLUMNS.index("upc")
_FACTS = frozenset({"streams", "audience", "listeners"})
_BROKEN_DOWN = (
    "stream_source",
    "stream_source_uri",
    "stream_device_type",
    "apple_container_type",
    "apple_source_of_stream",
)
_USES = frozenset(
    {
        *_NEEDED,
        *_BROKEN_DOWN,
        "number_of_downloads",
        "number_of_listeners",
        "number_of_saves",
        "reporting_organization_id",
        "asset_duration",
        "stream_device_os",
        "stream_length",
        "user_id",
        "user_country",
        "user_access_type",
        "user_account_type",
        "upc",
        "apple_container_sub_type",
        "youtube_channel_id",
        "video_id",
    }
)
_NAMES = {
    "report_date": "date",
    "streams": "number_of_streams",
    "listeners": "number_of_listeners",
    "saves": "number_of_saves",
    "listening_seconds": "stream_length",
    "listener_territory": "user_country",
}


def fuga(organizations: Mapping[str, str] | None = None) -> Source:
    """Return the format; `organizations` says which store a `reporting_organization_id` is."""
    return Source(
        "fuga",
        "FUGA Trends, one tab-separated file a store and day",
        lambda columns: columns >= {"number_of_streams", "reporting_organization_id"},
        partial(_open, organizations or {}),
        separators="\t",
        unquoted="\t",
        ragged=True,
        unheaded=_unheaded,
    )


def _unheaded(first: Sequence[str]) -> tuple[str, ...] | None:
    """Return the columns of a file without header, told by day, territory and their number."""
    if not _FEWEST_CELLS <= len(first) <= len(COLUMNS):
        return None
    day, territory = first[3], first[4]
    return COLUMNS if _DAY.fullmatch(day) and len(territory) in {0, 2} else None


def _open(organizations: Mapping[str, str], report: Report) -> Reading:
    missing = [name for name in _NEEDED if name not in report.columns]
    if missing:
        raise UnreadableError(
            f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of FUGA Trends"
        )
    ends = _NAME.findall(report.name)
    file = _File(STORES[ends[-1].lower()] if ends else "", organizations)
    return Reading(
        PLAYS,
        _USES & set(report.columns),
        file.rows,
        ignores=frozenset(COLUMNS),
        names=_NAMES,
        told_by_name=file.store,
        telling=Telling("FUGA Trends", _FACTS, slack_days=0),
        passes_over="downloads",
    )


class _File:
    """One file, which is of one store; the first rows tell it where the name does not."""

    def __init__(self, store: str, organizations: Mapping[str, str]) -> None:
        self.store = store
        self._organizations = organizations

    def rows(self, trends: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        trends = cells.completed(trends, _USES)
        self.store = self.store or self._told_by_rows(trends)
        # A row that is passed over tells no table anything: it would be counted twice.
        trends = trends.filter(~_is_download())
        trends = cells.by_combination(
            trends,
            "user_access_type",
            "user_account_type",
            tier=spotify_words.tier("user_access_type", "user_account_type", "user_account_type"),
        )
        return {"plays": trends.select(**self._play()), "catalog": _tracks(trends)}

    def _told_by_rows(self, trends: pl.DataFrame) -> str:
        apple = [name for name in trends.columns if name.startswith("apple_")]
        youtube = ["youtube_channel_id", "video_id"]
        hints = {
            "apple_music": pl.any_horizontal(cells.filled(name) for name in apple),
            "youtube": pl.any_horizontal(cells.filled(name) for name in youtube),
            "spotify": pl.col("stream_source_uri").str.starts_with("spotify:"),
        }
        ids = trends["reporting_organization_id"].str.strip_chars().drop_nulls().unique().sort()
        by_id = {self._organizations[one] for one in ids if one in self._organizations}
        told = by_id or {store for store, hint in hints.items() if trends.select(hint.any()).item()}
        if len(told) == 1:
            return told.pop()
        several = f" and whose rows look like {' and '.join(sorted(told))}" if told else ""
        raise UnreadableError(
            f"is FUGA Trends whose name does not say the store{several}; name it as FUGA does,"
            " client_Spotify.tsv, or give the store of its reporting_organization_id in"
            " [fuga_organizations] of fraud.toml"
        )

    def _play(self) -> dict[str, pl.Expr]:
        device = (
            apple_codes.device("stream_device_type")
            if self.store == "apple_music"
            else spotify_words.device("stream_device_type", "stream_device_os")
        )
        one_play = cells.count("number_of_streams") == 1
        whole_cell = ~pl.any_horizontal(cells.filled(name) for name in _BROKEN_DOWN)
        return {
            "line": pl.col("line"),
            "report_date": cells.compact_day("date"),
            "store": pl.lit(self.store),
            "territory": pl.col("territory"),
            "isrc": pl.col("isrc"),
            "source": pl.coalesce(
                apple_codes.source(
                    "apple_source_of_stream", "apple_container_type", "apple_container_sub_type"
                ),
                spotify_words.source("stream_source", "stream_source_uri"),
            ),
            "tier": pl.col("tier"),
            "device": device,
            "playlist_id": spotify_words.playlist("stream_source_uri"),
            "listener_id": pl.col("user_id"),
            "listener_territory": pl.col("user_country"),
            "streams": pl.col("number_of_streams"),
            # People who come from two places would be counted twice.
            "listeners": pl.when(whole_cell).then(pl.col("number_of_listeners")),
            "saves": pl.col("number_of_saves"),
            "listening_seconds": pl.when(one_play).then(cells.whole("stream_length")),
        }


def _is_download() -> pl.Expr:
    counts = ("number_of_streams", "number_of_listeners", "number_of_saves")
    tells_nothing_else = pl.all_horizontal(
        ~cells.filled(name) | (cells.count(name) == 0) for name in counts
    )
    is_download = (cells.count("number_of_downloads") > 0) & tells_nothing_else
    return is_download.fill_null(value=False)


def _tracks(trends: pl.DataFrame) -> pl.DataFrame:
    return trends.select(
        "line",
        "isrc",
        "upc",
        duration_seconds=cells.whole("asset_duration"),
        as_of=cells.compact_day("date"),
    ).unique(["isrc", "upc", "duration_seconds"], keep="first", maintain_order=True)


FUGA = fuga()
