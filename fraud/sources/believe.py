"""Believe's (Backstage's) royalty reports: 21 columns, separated by semicolons as a rule.

Some countries get the header in their own language; the columns keep their places then. The page
docs/formats/believe.md says more.
"""

from collections.abc import Mapping

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import statements
from fraud.sources.decimals import Decimals, Sign
from fraud.sources.source import Reading, Report, Source
from fraud.sources.values import slug
from fraud.tables import PERIOD_STREAMS

HEADER = (
    "Reporting month",
    "Sales Month",
    "Platform",
    "Country / Region",
    "Label Name",
    "Artist Name",
    "Release title",
    "Track title",
    "UPC",
    "ISRC",
    "Release Catalog nb",
    "Streaming Subscription Type",
    "Release type",
    "Sales Type",
    "Quantity",
    "Client Payment Currency",
    "Unit Price",
    "Mechanical Fee",
    "Gross Revenue",
    "Client share rate",
    "Net Revenue",
)
COLUMNS = tuple(slug(name) for name in HEADER)
_OTHERWISE = {"country_/region": "country_/_region", "country": "country_/_region"}
_NEEDED = (
    *("reporting_month", "sales_month", "platform", "country_/_region", "isrc"),
    *("quantity", "client_payment_currency", "net_revenue"),
)
_NUMBERS = (
    *("quantity", "unit_price", "mechanical_fee", "gross_revenue", "client_share_rate"),
    "net_revenue",
)
_STREAMS = r"(?i)stream|subscri|\bad\b|ad[ _-]?(support|fund)|play|view"
_BY_PLACE = (
    "its header is not in English; its columns were told by their places, as Believe orders them"
)


def _recognises(columns: frozenset[str]) -> bool:
    return columns >= {"sales_month", "platform", "client_payment_currency"} or (
        # In another language only the names of the codes stay what they are.
        len(columns) == len(COLUMNS)
        and columns >= {"upc", "isrc"}
        and sum(not name.isascii() for name in columns) > len(COLUMNS) // 2
    )


def _open(report: Report) -> Reading:
    named = dict(zip(report.columns, report.columns, strict=True))
    by_place = not {"sales_month", "platform"} <= set(report.columns)
    if by_place:
        if (report.columns.index("upc"), report.columns.index("isrc")) != (8, 9):
            raise UnreadableError(
                "has Believe's header in a language that is not known and in another order than"
                " Believe's; export it with the English header"
            )
        named = dict(zip(report.columns, COLUMNS, strict=True))
    names = {column: _OTHERWISE.get(name, name) for column, name in named.items()}
    missing = [name for name in _NEEDED if name not in names.values()]
    if missing:
        raise UnreadableError(
            f"lacks {', '.join(missing)} of Believe's royalty report;"
            f" it has {', '.join(report.columns)}"
        )
    used = {column: name for column, name in names.items() if name in COLUMNS}

    shown = dict(zip(COLUMNS, HEADER, strict=True))
    if by_place:
        shown = {name: column for column, name in used.items()}
    decimals = Decimals({"net_revenue": shown["net_revenue"]}, usual=Sign.COMMA)

    def rows(sales: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        sales = sales.rename(used)
        absent = [name for name in COLUMNS if name not in sales.columns]
        sales = sales.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
        decimals.look(sales, *_NUMBERS)
        amount = decimals.number("net_revenue")
        return statements.tables(
            sales.select(
                *("line", "isrc", "upc"),
                period_start=statements.first_of_month("sales_month"),
                period_end=statements.last_of_month("sales_month"),
                store=statements.store("platform"),
                territory=statements.territory("country_/_region"),
                tier=statements.translated("streaming_subscription_type", statements.tier_of),
                streams=decimals.number("quantity"),
                amount=amount,
                currency=pl.col("client_payment_currency").str.strip_chars().str.to_uppercase(),
                origin=pl.lit("believe"),
                statement=statements.month("reporting_month"),
                what=statements.what(
                    pl.col("sales_type").str.contains(_STREAMS) | (pl.col("sales_type") == ""),
                    amount,
                    *("sales_type", "release_type", "release_title", "track_title", "platform"),
                ),
            )
        )

    return Reading(
        PERIOD_STREAMS,
        frozenset(used),
        rows,
        notes=(_BY_PLACE,) if by_place else (),
        names={
            "period_start": shown["sales_month"],
            "period_end": shown["sales_month"],
            "store": shown["platform"],
            "territory": shown["country_/_region"],
            "isrc": shown["isrc"],
            "upc": shown["upc"],
            "streams": shown["quantity"],
            "amount": shown["net_revenue"],
            "currency": shown["client_payment_currency"],
            "statement": shown["reporting_month"],
        },
        passes_over=statements.PASSED_OVER,
        decimals=decimals,
        adds_up=True,
    )


BELIEVE = Source(
    "believe",
    "royalty reports of Believe (Backstage), with an English or a localised header",
    _recognises,
    _open,
    separators=";,\t",
    latin1=True,
)
