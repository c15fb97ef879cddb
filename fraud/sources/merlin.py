"""What Merlin passes on: weekly trends, and monthly reports as each service words them.

Which service a report is of stands in the folder (`spo-spotify`) or in the file's name, where its
columns do not tell. The page docs/formats/merlin.md says more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import statements
from fraud.sources.decimals import Decimals
from fraud.sources.source import Reading, Report, Source
from fraud.tables import PERIOD_STREAMS

SERVICES = {
    "aum": "audiomack",
    "awa": "awa",
    "boo": "boomplay",
    "dzr": "deezer",
    "fbk": "meta",
    "ncm": "netease",
    "plt": "peloton",
    "spo": "spotify",
    "tme": "tencent",
    "vvo": "vevo",
}
"""Merlin's codes of services, as its folders are named."""
_OTHER_NAMES = {"facebook": "meta", "netease_cloud_music": "netease"}


@dataclass(frozen=True)
class Layout:
    """How one service words what every monthly report says; names are slugs of columns."""

    stores: tuple[str, ...]
    """Whose layout it is; of several the folder or the file's name tells one."""
    territory: str
    streams: str
    first: str
    last: str
    amount: str = ""
    isrc: str = "isrc"
    currency: str = ""
    """The amount's currency, where the column's name says it."""

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that tell the layout."""
        named = {self.territory, self.streams, self.first, self.last, self.amount, self.isrc}
        return frozenset(named - {""})


LAYOUTS = (
    Layout(("spotify",), "country", "quantity", "start_date", "end_date", "payable"),
    Layout(("deezer",), "country", "nb_of_plays", "start_report", "end_report", "royalties"),
    Layout(("pandora",), "territorycode", "numberofconsumersalesgross", "salesdate", "salesdate"),
    Layout(("iheart",), "country", "#_streams", "reportstartdt", "reportenddt", "price"),
    Layout(
        ("soundcloud",),
        *("territory", "total_plays", "reporting_period", "reporting_period", "total_revenue"),
    ),
    Layout(("audiomack",), "country", "streams", "start_date", "end_date", "total_payable"),
    Layout(("anghami",), "country_of_sale", "quantity", "start_date", "end_date", "total_payable"),
    Layout(
        ("awa",),
        *("territory_code", "quantity", "report_date", "report_date", "total_in_usd"),
        isrc="isrc_id",
        currency="USD",
    ),
    Layout(
        ("tencent", "mixcloud"),
        *("country_of_sale", "quantity", "start_date", "end_date", "total_payable_usd"),
        currency="USD",
    ),
    Layout(
        ("trebel",),
        *("territory", "quantity", "start_date", "end_date", "total_payable_usd"),
        currency="USD",
    ),
    Layout(
        ("jiosaavn",),
        *("territory_code", "quantity", "report_date", "report_date", "total_in_usd"),
        isrc="isrc_id",
        currency="USD",
    ),
    Layout(
        ("soundtrack_your_brand",),
        *("country_of_sale", "number_of_transactions", "start_date", "end_date"),
        "statement_amount",
    ),
    Layout(
        ("netease",),
        *("country_of_sale", "quantity_streams", "start_date", "end_date", "usd_amount"),
        currency="USD",
    ),
    Layout(("vevo",), "territory", "quantity", "start_date", "end_date", "net_revenue"),
    Layout(("meta",), "country", "event_count", "start_date", "end_date"),
    Layout(("meta",), "country", "event_count", "start_date", "end_date", isrc="elected_isrc"),
)
_STORES = {store for layout in LAYOUTS for store in layout.stores} | set(SERVICES.values())
TRENDS = frozenset({"week_start_date", "week_end_date", "country", "isrc", "streams30s"})
_CURRENCIES = ("currency", "currency_code", "payable_currency", "invoice_currency")
_TOLD = ("track_name", "title", "track_title", "sales_type", "transaction_type", "description")


def _layouts(columns: frozenset[str]) -> list[Layout]:
    return [layout for layout in LAYOUTS if columns >= layout.columns]


def _recognises(columns: frozenset[str]) -> bool:
    return columns >= {"week_start_date", "streams30s"} or bool(_layouts(columns))


def _open(report: Report) -> Reading:
    columns = frozenset(report.columns)
    if "streams30s" in columns:
        return _trends(report, columns)
    layouts = _layouts(columns)
    store = _service(report, tuple(store for layout in layouts for store in layout.stores))
    layout = next(one for one in layouts if store in one.stores)
    return _monthly(report, layout, store)


def _trends(report: Report, columns: frozenset[str]) -> Reading:
    missing = sorted(TRENDS - columns)
    if missing:
        raise UnreadableError(
            f"lacks {', '.join(missing)} of Merlin's weekly trends;"
            f" it has {', '.join(report.columns)}"
        )
    store = _service(report, ())
    licensed = "merlin_licensor" in columns
    decimals = Decimals({})

    def rows(trends: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        decimals.look(trends, "streams30s")
        licensor = pl.col("merlin_licensor") if licensed else pl.lit(None, pl.String)
        return {
            "period_streams": trends.select(
                *("line", "isrc"),
                period_start=statements.first_day("week_start_date"),
                period_end=statements.last_day("week_end_date"),
                store=pl.lit(store),
                territory=statements.territory("country"),
                streams=decimals.number("streams30s"),
                origin=pl.lit("merlin trends"),
                statement=pl.coalesce(licensor, pl.lit("weekly")),
                coverage=pl.lit("top"),
            )
        }

    beside = {"merlin_licensor", "rank", "track_name", "artists", "age_bucket", "gender"}
    return Reading(
        PERIOD_STREAMS,
        TRENDS | (beside & columns),
        rows,
        names={
            "period_start": "week_start_date",
            "period_end": "week_end_date",
            "territory": "country",
            "streams": "streams30s",
        },
        told_by_name=store,
        decimals=decimals,
    )


def _monthly(report: Report, layout: Layout, store: str) -> Reading:
    columns = frozenset(report.columns)
    currency = next((name for name in _CURRENCIES if name in columns), None)
    told = [name for name in _TOLD if name in columns]
    is_month = layout.first == layout.last
    decimals = Decimals({layout.amount: layout.amount})

    def rows(sales: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        decimals.look(sales, layout.streams, layout.amount)
        amount = decimals.number(layout.amount) if layout.amount else pl.lit(None, pl.String)
        first = statements.first_of_month if is_month else statements.first_day
        last = statements.last_of_month if is_month else statements.last_day
        coin = pl.lit(layout.currency or None, pl.String)
        if currency:
            coin = pl.col(currency).str.strip_chars().str.to_uppercase()
        return statements.tables(
            sales.select(
                "line",
                isrc=pl.col(layout.isrc),
                upc=pl.col("upc") if "upc" in sales.columns else pl.lit(None, pl.String),
                period_start=first(layout.first),
                period_end=last(layout.last),
                store=pl.lit(store),
                territory=statements.territory(layout.territory),
                streams=decimals.number(layout.streams),
                amount=amount,
                currency=coin,
                origin=pl.lit("merlin"),
                statement=pl.lit("monthly"),
                what=statements.what(pl.lit(True), amount, *told),
            )
        )

    return Reading(
        PERIOD_STREAMS,
        layout.columns | (columns & {*_CURRENCIES, *_TOLD, "upc"}),
        rows,
        names={
            "isrc": layout.isrc,
            "period_start": layout.first,
            "period_end": layout.last,
            "territory": layout.territory,
            "streams": layout.streams,
            "amount": layout.amount,
        },
        told_by_name=store,
        decimals=decimals,
        adds_up=True,
    )


def _service(report: Report, candidates: tuple[str, ...]) -> str:
    """Return the store that a report is of: the only candidate, else the one that its place names.

    Without candidates any service may be named. Raises UnreadableError where none is.
    """
    if len(set(candidates)) == 1:
        return candidates[0]
    named = [
        store
        for part in reversed(PurePosixPath(report.place).parts)
        for store in _named_in(part, is_file=part.startswith(report.name))
        if not candidates or store in candidates
    ]
    if named:
        return named[0]
    one_of = f" It may be of {' or '.join(sorted(set(candidates)))}." if candidates else ""
    raise UnreadableError(
        "is a report of Merlin's that does not say of which service; leave it in the folder that"
        f" Merlin names after the service, such as spo-spotify.{one_of}".rstrip(".")
    )


def _named_in(part: str, *, is_file: bool) -> list[str]:
    """Return the services that a folder's or a file's name tells, the first of them first."""
    words = re.split(r"[^a-z0-9]+", part.lower())
    if not is_file:
        # A folder is named after the service as a whole: `spo-spotify`, `soundcloud`.
        words = [words[0] if words[0] in SERVICES else "_".join(words)]
    told = [_OTHER_NAMES.get(word, SERVICES.get(word, word)) for word in words]
    return [store for store in told if store in _STORES]


MERLIN = Source(
    "merlin",
    "Merlin's weekly trends and the monthly reports of the services it licenses",
    _recognises,
    _open,
    separators=",\t;",
    ragged=True,
    latin1=True,
)
