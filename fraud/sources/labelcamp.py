"""LabelCamp's daily trends export: events of every store as JSON Lines, in numbered parts.

The parts `…_trends_extract_<timestamp>.json_<number>` hold what was indexed on one day, mostly
plays of the day before, some of earlier days: each is a play of its `transaction_date`, and
`came_on` tells those that are late. A file of another name is of the day that nearly all of its
plays are of, and of several days where there is none such. https://developer.labelcamp.io/exports/daily-trends-export
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import cells
from fraud.sources.source import Reading, Report, Source, Telling
from fraud.tables import PLAYS

COUNTED_SECONDS = 30
"""The stores count a play from here on; a shorter one is a start."""
STORES = {
    "itunes": "apple_music",
    "apple": "apple_music",
    "amazon": "amazon_music",
    "amazon_prime": "amazon_music",
    "amazon_unlimited": "amazon_music",
}
"""Names of shops that are a music service of another name."""

_NAME = re.compile(r"(?P<extract>.*_extract_(?P<stamp>[^.]*))\.json_0*(?P<number>[0-9]+)$")
_DAY = re.compile(r"(20[0-9]{2})[-_]?([01][0-9])[-_]?([0-3][0-9])")
_NEEDED = ("transaction_date", "quantity", "isrc_code", "code_alpha_2", "retail_name")
_USES = frozenset(
    {
        *_NEEDED,
        "played_seconds",
        "user_id",
        "playlist_xid",
        "product_upc_code",
        "track_name",
        "track_artists",
        "artists",
        "label_name",
    }
)
_IGNORES = frozenset(
    {
        *("company_id", "company_name", "label_id", "product_id", "product_name", "product_age"),
        *("territory_id", "territory_name", "product_genre_id", "product_genre_name"),
        *("product_subgenre_id", "product_subgenre_name", "track_id", "track_subtitle"),
        *("eq_track_quantity", "played_percent", "gender", "birth_year", "creator", "retail_id"),
        *("video_name",),
    }
)
_SOURCE_IDS = (
    "source holds ids of LabelCamp's own, which are not published; its plays enter"
    " without a source; say in [labelcamp_sources] of fraud.toml what they mean"
)
_FACTS = frozenset({"streams", "audience", "listeners"})


def labelcamp(sources: Mapping[str, str] | None = None) -> Source:
    """Return the format; `sources` says which of our sources an id in `source` is."""
    return Source(
        "labelcamp",
        "LabelCamp's daily trends export, JSON Lines in numbered parts",
        lambda columns: columns >= {"transaction_date", "isrc_code"},
        partial(_open, sources or {}),
    )


def _open(sources: Mapping[str, str], report: Report) -> Reading:
    missing = [name for name in _NEEDED if name not in report.columns]
    if missing:
        raise UnreadableError(
            f"lacks the key{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            " of LabelCamp's daily trends"
        )
    named = _NAME.match(report.name)
    indexed = _indexed(named["stamp"]) if named else None
    return Reading(
        PLAYS,
        _USES | ({"source"} if sources else set()),
        partial(_rows, sources, indexed),
        explained={"source": _SOURCE_IDS} if "source" in report.columns and not sources else {},
        ignores=_IGNORES,
        names={
            "report_date": "transaction_date",
            "store": "retail_name",
            "territory": "code_alpha_2",
            "isrc": "isrc_code",
            "streams": "quantity",
            "sub30_plays": "quantity",
            "listening_seconds": "played_seconds",
        },
        told_by_name=report.name if named else "",
        numbered=(named["extract"], int(named["number"])) if named else None,
        # Where the name does not tell the day of indexing, the plays tell the day that it follows.
        telling=Telling(
            "LabelCamp trends", _FACTS, slack_days=None if indexed else 0, arrives_after_days=1
        ),
    )


def _indexed(stamp: str) -> date | None:
    """Return the day on which an export was indexed, None where its name tells none."""
    day = _DAY.search(stamp)
    try:
        return date(*(int(part) for part in day.groups())) if day else None
    except ValueError:
        return None


def _came_on(indexed: date) -> pl.Expr:
    """Return when an event came: with its day's own report, which is indexed a day later, or late.

    An event of the day of indexing itself is before that report and must not be replaced by it: it
    is taken as late, under a day of arrival that no other event of its day can have.
    """
    played = pl.col("transaction_date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    days = (pl.lit(indexed) - played).dt.total_days()
    return (
        pl.when(days == 1)
        .then(played)
        .when(days < 1)
        .then(pl.lit(indexed + timedelta(days=1)))
        .otherwise(pl.lit(indexed))
        .dt.to_string("%Y-%m-%d")
    )


def _rows(
    sources: Mapping[str, str], indexed: date | None, events: pl.DataFrame
) -> Mapping[str, pl.DataFrame]:
    events = cells.completed(events, _USES)
    short = (cells.number("played_seconds") < COUNTED_SECONDS).fill_null(value=False)
    one_event = cells.count("quantity") == 1
    plays = events.select(
        "line",
        report_date=pl.col("transaction_date").str.replace(r"[T ][0-9:.]+(Z|\+00:00)?\s*$", ""),
        store=_store(),
        territory="code_alpha_2",
        isrc="isrc_code",
        source=pl.col("source").replace(sources) if sources else pl.lit(None, pl.String),
        playlist_id="playlist_xid",
        listener_id="user_id",
        streams=pl.when(~short).then(pl.col("quantity")),
        sub30_plays=pl.when(short).then(pl.col("quantity")),
        listening_seconds=pl.when(one_event & ~short).then(cells.whole("played_seconds")),
        **({"came_on": _came_on(indexed)} if indexed else {}),
    )
    return {"plays": plays, "catalog": _tracks(events)}


def _store() -> pl.Expr:
    words = pl.col("retail_name").str.to_lowercase().str.replace_all("[^a-z0-9]+", "_")
    return words.str.strip_chars("_").replace(STORES)


def _tracks(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(
        "line",
        isrc="isrc_code",
        title="track_name",
        artist=pl.coalesce(_listed("track_artists"), _listed("artists")),
        label="label_name",
        upc="product_upc_code",
        as_of="transaction_date",
    ).unique(["isrc", "title", "artist", "label", "upc"], keep="first", maintain_order=True)


def _listed(name: str) -> pl.Expr:
    """Return a JSON array of names with commas between them."""
    names = pl.col(name).str.strip_chars('[]" ').str.replace_all('" *, *"', ", ")
    return pl.when(names != "").then(names)


LABELCAMP = labelcamp()
