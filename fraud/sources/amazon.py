"""Amazon Music's monthly statements to a vendor: what each track earned in a territory.

The page docs/formats/amazon.md says more.
"""

from collections.abc import Mapping

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import statements
from fraud.sources.decimals import Decimals
from fraud.sources.source import Reading, Report, Source
from fraud.tables import PERIOD_STREAMS

_NEEDED = (
    *("vendor_code", "territory_code", "start_date", "end_date", "isrc"),
    *("product_type_id", "units", "amount"),
)
_CURRENCIES = ("currency_code", "currency", "payment_currency")
_KNOWN = frozenset(
    {
        *_NEEDED,
        *_CURRENCIES,
        *("upc", "cost", "sale_return_flag", "sale_type"),
        *("track_name", "artist_name", "title", "album_name", "label_name"),
    }
)
_STREAMS = ("S", "ST")
"""Product types that are streams, as a label's importer reads them; Amazon's list is not known."""
_RETURNED = ("R", "RETURN", "Y")


def _recognises(columns: frozenset[str]) -> bool:
    return columns >= {"vendor_code", "territory_code"} and bool(
        columns & {"product_type_id", "units"}
    )


def _open(report: Report) -> Reading:
    missing = [name for name in _NEEDED if name not in report.columns]
    if missing:
        raise UnreadableError(
            f"lacks {', '.join(missing)} of Amazon's statement; it has {', '.join(report.columns)}"
        )
    currency = next((name for name in _CURRENCIES if name in report.columns), None)
    told = [
        n
        for n in ("product_type_id", "sale_type", "track_name", "title", "album_name")
        if n in report.columns
    ]

    decimals = Decimals({"amount": "AMOUNT"})

    def rows(sales: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        decimals.look(sales, "units", "amount", "cost")
        amount = decimals.number("amount")
        kind = pl.col("product_type_id").str.strip_chars().str.to_uppercase()
        returned = pl.lit(False)
        if "sale_return_flag" in sales.columns:
            flag = pl.col("sale_return_flag").str.strip_chars().str.to_uppercase()
            returned = flag.is_in(_RETURNED).fill_null(False)
        return statements.tables(
            sales.select(
                *("line", "isrc"),
                pl.col("upc") if "upc" in sales.columns else pl.lit(None, pl.String).alias("upc"),
                period_start=statements.first_day("start_date"),
                period_end=statements.last_day("end_date"),
                store=pl.lit("amazon_music"),
                territory=statements.territory("territory_code"),
                streams=decimals.number("units"),
                amount=amount,
                currency=pl.col(currency).str.strip_chars().str.to_uppercase()
                if currency
                else pl.lit(None, pl.String),
                origin=pl.concat_str(pl.lit("amazon "), pl.col("vendor_code").str.strip_chars()),
                statement=pl.lit("monthly"),
                what=statements.what(kind.is_in(_STREAMS) & ~returned, amount, *told),
            )
        )

    return Reading(
        PERIOD_STREAMS,
        _KNOWN & set(report.columns),
        rows,
        names={
            "period_start": "START_DATE",
            "period_end": "END_DATE",
            "territory": "TERRITORY_CODE",
            "isrc": "ISRC",
            "upc": "UPC",
            "streams": "UNITS",
            "amount": "AMOUNT",
            "origin": "VENDOR_CODE",
        },
        passes_over="no streams but sales or returns",
        decimals=decimals,
        adds_up=True,
    )


AMAZON = Source(
    "amazon",
    "Amazon Music's monthly statements to a vendor",
    _recognises,
    _open,
    separators=",\t;",
    latin1=True,
)
