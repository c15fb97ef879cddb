"""The public Spotify Charts: a territory's daily Top 200 as a CSV, in its old and its new layout.

The old one begins with a note, then `Position,"Track Name",Artist,Streams,URL`; the new one has
`rank,uri,artist_names,track_name,source,peak_rank,previous_rank,days_on_chart,streams`, in which
`source` is the label. Territory and day stand only in the file's name, as
`regional-us-daily-2018-06-18.csv`. https://charts.spotify.com
"""

import re
from collections.abc import Mapping

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import values
from fraud.sources.source import Reading, Report, Source
from fraud.tables import STREAMS

OLD = {"track_name": "title", "artist": "artist", "streams": "streams", "url": "link"}
NEW = {
    "track_name": "title",
    "artist_names": "artist",
    "source": "label",
    "streams": "streams",
    "uri": "link",
}
_RANKS = {
    "position",
    "rank",
    "peak_rank",
    "previous_rank",
    "days_on_chart",
    "weeks_on_chart",
}
_NAME = re.compile(
    r"regional-(?P<territory>[a-z]{2}|global)-(?P<span>daily|weekly)-(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\b"
)
_TRACK = r"track[/:]([A-Za-z0-9]{22})(?:[?].*)?$"
"""A track's id in a URL or a URI: 22 characters of base 62."""


def _recognises(columns: frozenset[str]) -> bool:
    return columns >= OLD.keys() | {"position"} or columns >= NEW.keys() | {"rank"}


def _open(report: Report) -> Reading:
    named = _NAME.match(report.name.lower())
    if not named:
        raise UnreadableError(
            "is a Spotify chart whose name does not say territory and day;"
            " name it as the site does: regional-us-daily-2018-06-18.csv"
        )
    if named["span"] == "weekly":
        raise UnreadableError(
            "is a weekly Spotify chart, which cannot be told apart into days;"
            " download the daily chart"
        )
    if named["territory"] == "global":
        raise UnreadableError(
            "is the global Spotify chart, which holds the plays of no single territory;"
            " download the charts of the territories"
        )
    try:
        values.day(named["day"])
        values.territory(named["territory"])
    except ValueError as error:
        raise UnreadableError(
            f"is a Spotify chart of {named['territory']} and {named['day']}, one of which {error}"
        ) from None
    layout = NEW if "uri" in report.columns else OLD

    def rows(chart: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        facts = chart.select(pl.col(name).alias(layout[name]) for name in sorted(layout))
        facts = facts.with_columns(
            chart["line"],
            report_date=pl.lit(named["day"]),
            store=pl.lit("spotify"),
            territory=pl.lit(named["territory"]),
            store_track_id=pl.col("link").str.extract(_TRACK),
        )
        return {
            "streams": facts.select(
                "line", "report_date", "store", "territory", "store_track_id", "streams"
            ),
            "catalog": facts.select(
                "line",
                "store",
                "store_track_id",
                "title",
                "artist",
                *(["label"] if layout is NEW else []),
                as_of="report_date",
            ),
        }

    return Reading(
        STREAMS,
        frozenset(layout) | (_RANKS & set(report.columns)),
        rows,
        told_by_name=f"{named['territory']} {named['day']}",
        names={"isrc": "URL", "streams": "Streams"} if layout is OLD else {"isrc": "uri"},
    )


SPOTIFY_CHARTS = Source(
    "spotify_charts",
    "the daily Top 200 of a territory as published on charts.spotify.com",
    _recognises,
    _open,
)
