"""YouTube's Reporting API: bulk reports of a content owner, one CSV a report type and day.

Usage reports tell the same views in several break-downs; the asset and claim reports say which ISRC
a video or an asset is; the revenue reports hold YouTube's only mark of artificial plays, rows that
are a `Spam Adjustment`. Columns: https://developers.google.com/youtube/reporting/v1/reports
"""

from collections.abc import Mapping
from functools import partial

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import cells
from fraud.sources.source import Reading, Report, Source, Telling
from fraud.tables import PLAYS, TRACK_IDS, VERDICTS

STORE = "youtube"
TRAFFIC_SOURCES = {
    "3": "algorithmic",
    "4": "artist_page",
    "5": "search",
    "7": "algorithmic",
    "14": "user_playlist",
    "18": "user_playlist",
    "24": "algorithmic",
    "32": "algorithmic",
    **dict.fromkeys(("0", "1", "8", "9", "11", "17", "19", "20", "23"), "other"),
    **dict.fromkeys(("25", "26", "27", "28", "29", "30", "31"), "other"),
}
"""The API's codes; browse features, suggested and related videos and Shorts are its own choice."""
DEVICES = {
    "100": "other",
    "101": "desktop",
    "102": "tv",
    "103": "console",
    "104": "mobile",
    "105": "tablet",
}
SPAM = "spam adjustment"

_FROM_PLAYLISTS = ("14", "18")
_BREAK_DOWNS = {
    "playback locations": {"playback_location_type"},
    "devices": {"device_type", "operating_system"},
    "traffic sources": {"traffic_source_type"},
}
"""What a report breaks its views down by, the more telling the later."""
_OTHER_BREAK_DOWNS = {
    "province_code": "views by province, which other reports tell by country",
    "playlist_id": "views by playlist, which other reports tell by traffic source",
}
_VIEWS = ("views", "engaged_views")
_ISRCS = ("isrc", "display_isrc", "your_isrc", "other_isrc")
_ADJUSTED_VIEWS = ("monetized_views", "total_monetized_views", "owned_views", "views")
_ADJUSTED_MONEY = ("partner_revenue", "total_partner_revenue", "net_partner_revenue", "revenue")
_USES = frozenset(
    {
        *("date", "video_id", "asset_id", "country_code", *_VIEWS, "red_views"),
        *("watch_time_minutes", "red_watch_time_minutes", "videos_added_to_playlists"),
        *("traffic_source_type", "traffic_source_detail", "device_type"),
    }
)


def _recognises(columns: frozenset[str]) -> bool:
    of_day = columns >= {"date", "channel_id"} or columns >= {"date", "asset_id"}
    return (
        (of_day and bool(columns & {"video_id", "asset_id"}))
        or ("asset_id" in columns and bool(columns & set(_ISRCS)))
        or columns >= {"adjustment_type", "country"}
    )


def _open(report: Report) -> Reading:
    columns = frozenset(report.columns)
    if "adjustment_type" in columns:
        return _adjustments(report)
    if "date" not in columns:
        return _tracks(report)
    for column, what in _OTHER_BREAK_DOWNS.items():
        if column in columns:
            return _nothing(report, what)
    if not columns & set(_VIEWS):
        return _nothing(report, "of a report without views")
    return _usage(report)


def _usage(report: Report) -> Reading:
    columns = frozenset(report.columns)
    if "country_code" not in columns:
        raise UnreadableError("lacks the column country_code of a YouTube report of views")
    by = [number for number, of in enumerate(_BREAK_DOWNS.values(), 1) if columns & of]
    of_assets = "asset_id" in columns
    names = [name for name, of in _BREAK_DOWNS.items() if columns & of]
    part = f"{'assets' if of_assets else 'videos'} by {' and '.join(['country', *names])}"
    uses = _USES & columns
    return Reading(
        PLAYS,
        uses,
        partial(_views, next(name for name in _VIEWS if name in columns)),
        ignores=columns - uses,
        names={
            "report_date": "date",
            "territory": "country_code",
            "isrc": "asset_id" if of_assets else "video_id",
            "streams": "views",
            "saves": "videos_added_to_playlists",
            "listening_seconds": "watch_time_minutes",
        },
        telling=Telling(
            part, frozenset({"streams", "audience"}), precedence=2 * sum(by) + of_assets
        ),
    )


def _views(column: str, usage: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return the views of members and those of all others, two rows where both are known."""
    usage = cells.completed(usage, _USES)
    views, red = cells.count(column), cells.count("red_views")
    minutes = cells.number("watch_time_minutes")
    red_minutes = cells.number("red_watch_time_minutes")
    known = red.is_not_null()
    no_count = cells.filled("red_views") & ~known
    told = usage.with_columns(
        report_date=cells.compact_day("date"),
        store=pl.lit(STORE),
        territory=pl.col("country_code"),
        store_track_id=pl.coalesce(
            pl.when(cells.filled(name)).then(pl.col(name)) for name in ("asset_id", "video_id")
        ),
        source=pl.col("traffic_source_type").str.strip_chars().replace(TRAFFIC_SOURCES),
        device=pl.col("device_type").str.strip_chars().replace(DEVICES),
        playlist_id=pl.when(pl.col("traffic_source_type").is_in(_FROM_PLAYLISTS)).then(
            pl.col("traffic_source_detail")
        ),
    ).select(
        "line",
        "report_date",
        "store",
        "territory",
        "store_track_id",
        "source",
        "device",
        "playlist_id",
        members=pl.when(red > 0).then(red.cast(pl.String)),
        members_seconds=(red_minutes * 60).round().cast(pl.Int64, strict=False).cast(pl.String),
        streams=pl.when(no_count)
        .then(pl.col("red_views"))
        .when(known & views.is_not_null())
        .then((views - red).cast(pl.String))
        .otherwise(pl.col(column)),
        tier=pl.when(known).then(pl.lit("free")),
        listening_seconds=pl.when(known & red_minutes.is_not_null() & minutes.is_not_null())
        .then(
            ((minutes - red_minutes) * 60)
            .round()
            .clip(lower_bound=0)
            .cast(pl.Int64)
            .cast(pl.String)
        )
        .otherwise(cells.whole("watch_time_minutes", 60)),
        saves=pl.col("videos_added_to_playlists"),
    )
    members = told.filter(pl.col("members").is_not_null()).with_columns(
        streams="members",
        listening_seconds="members_seconds",
        tier=pl.lit("premium"),
        saves=pl.lit(None, pl.String),
    )
    plays = pl.concat([told, members]).drop("members", "members_seconds")
    return {"plays": plays.sort("line", maintain_order=True)}


def _tracks(report: Report) -> Reading:
    columns = frozenset(report.columns)
    isrcs = [name for name in _ISRCS if name in columns]

    def rows(assets: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        codes = [pl.col(name).str.extract(r"^\s*([^\s|,;]+)").alias(name) for name in isrcs]
        named = (
            assets.with_columns(codes)
            .select(
                "line",
                "asset_id",
                *(["video_id"] if "video_id" in columns else []),
                isrc=pl.coalesce(isrcs),
                store=pl.lit(STORE),
            )
            .filter(pl.col("isrc").is_not_null())
        )
        ids = [named.select("line", "store", "isrc", store_track_id="asset_id")]
        if "video_id" in columns:
            one = named.filter(cells.filled("video_id")).filter(
                pl.col("isrc").n_unique().over("video_id") == 1
            )
            ids.append(one.select("line", "store", "isrc", store_track_id="video_id"))
        return {"track_ids": pl.concat(ids).sort("line", maintain_order=True)}

    uses = frozenset({"asset_id", "video_id", *isrcs}) & columns
    return Reading(
        TRACK_IDS,
        uses,
        rows,
        ignores=columns - uses,
        names={"store_track_id": "asset_id"},
        passes_over="assets without an ISRC",
    )


def _adjustments(report: Report) -> Reading:
    columns = frozenset(report.columns)
    day = next((name for name in ("day", "date") if name in columns), None)
    views = next((name for name in _ADJUSTED_VIEWS if name in columns), None)
    money = next((name for name in _ADJUSTED_MONEY if name in columns), None)
    if not day or "isrc" not in columns:
        return _nothing(report, "revenue that names no track of a day")
    if not views:
        raise UnreadableError(
            f"lacks the column {_ADJUSTED_VIEWS[0]} of YouTube's revenue by track and day"
        )
    uses = {"adjustment_type", day, "country", "isrc", views, *([money] if money else [])}

    def rows(revenue: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        is_spam = pl.col("adjustment_type").str.strip_chars().str.to_lowercase() == SPAM
        spam = revenue.filter(is_spam.fill_null(value=False)).with_columns(
            counted=cells.number(views).abs().round().cast(pl.Int64, strict=False),
            amount=cells.number(money).abs() if money else pl.lit(None, pl.Float64),
        )
        as_text = pl.col("amount").cast(pl.String)
        return {
            "verdicts": spam.select(
                "line",
                "isrc",
                store=pl.lit(STORE),
                period_start=cells.compact_day(day),
                period_end=cells.compact_day(day),
                territory="country",
                artificial_streams=pl.coalesce(pl.col("counted").cast(pl.String), pl.col(views)),
                **({"penalty_amount": pl.coalesce(as_text, pl.col(money))} if money else {}),
            )
        }

    return Reading(
        VERDICTS,
        frozenset(uses) & columns,
        rows,
        ignores=columns - uses,
        names={
            "period_start": day,
            "period_end": day,
            "territory": "country",
            "artificial_streams": views,
        },
        passes_over="revenue that is no spam adjustment",
        adds_up=True,
    )


def _nothing(report: Report, what: str) -> Reading:
    """Return how a report is read that tells nothing which another does not."""
    return Reading(
        PLAYS,
        frozenset(report.columns[:1]),
        lambda rows: {"plays": rows.clear().select("line")},
        ignores=frozenset(report.columns),
        telling=Telling("other", frozenset({"streams"})),
        passes_over=what,
    )


YOUTUBE = Source(
    "youtube",
    "bulk reports of YouTube's Reporting API: views, assets, claims, spam adjustments",
    _recognises,
    _open,
)
