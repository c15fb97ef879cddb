"""DistroKid's bank details: what each store paid for a track, a month and a country.

Two layouts: 13 columns separated by tabs, often in ISO 8859-1, and 15 quoted columns separated by
commas. The page docs/formats/distrokid.md says more.
"""

from collections.abc import Mapping

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources import statements
from fraud.sources.decimals import Decimals
from fraud.sources.source import Reading, Report, Source
from fraud.tables import PERIOD_STREAMS

_NEEDED = ("sale_month", "store", "isrc", "quantity", "country_of_sale")
_KNOWN = frozenset(
    {
        *_NEEDED,
        "date_inserted",
        "reporting_date",
        "artist",
        "title",
        "upc",
        "team_percentage",
        "song/album",
        "source_type",
    }
)
_EARNINGS, _BESIDE = "earnings_(", ("songwriter_royalties_withheld", "recoup")
_SHOPS = r"(?i)^(itunes|.*download.*|google play|7digital|juno|beatport|bandcamp)\b"
"""Stores that sell tracks; what they report are no plays."""


def _recognises(columns: frozenset[str]) -> bool:
    earned = any(name.startswith("earnings") for name in columns)
    return earned and columns >= {"sale_month", "store", "quantity"}


def _open(report: Report) -> Reading:
    earnings = [name for name in report.columns if name.startswith(_EARNINGS)]
    missing = [name for name in (*_NEEDED, "reporting_date") if name not in report.columns]
    if missing or not earnings:
        lacking = ", ".join([*missing, *([] if earnings else ["earnings_(usd)"])])
        raise UnreadableError(
            f"lacks {lacking} of DistroKid's bank details; it has {', '.join(report.columns)}"
        )
    paid = earnings[0]
    currency = paid.removeprefix(_EARNINGS).rstrip(")").upper()
    told = [
        name for name in ("title", "store", "song/album", "source_type") if name in report.columns
    ]

    beside = {name for name in report.columns if name.startswith(_BESIDE)}
    decimals = Decimals({paid: f"Earnings ({currency})"})

    def rows(sales: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        decimals.look(sales, "quantity", paid, *sorted(beside))
        amount = decimals.number(paid)
        is_album = pl.lit(False)
        for name in ("song/album", "source_type"):
            if name in sales.columns:
                is_album |= pl.col(name).str.to_lowercase().str.strip_chars() == "album"
        is_stream = ~(is_album | pl.col("store").str.contains(_SHOPS)).fill_null(False)
        return statements.tables(
            sales.select(
                "line",
                "isrc",
                pl.col("upc") if "upc" in sales.columns else pl.lit(None, pl.String).alias("upc"),
                period_start=statements.first_day("sale_month"),
                period_end=statements.last_of_month("sale_month"),
                store=statements.store("store"),
                territory=statements.territory("country_of_sale"),
                streams=decimals.number("quantity"),
                amount=amount,
                currency=pl.lit(currency),
                origin=pl.lit("distrokid"),
                statement=statements.month("reporting_date"),
                what=statements.what(is_stream, amount, *told),
            )
        )

    return Reading(
        PERIOD_STREAMS,
        frozenset((_KNOWN & set(report.columns)) | {paid} | beside),
        rows,
        names={
            "period_start": "Sale Month",
            "period_end": "Sale Month",
            "store": "Store",
            "territory": "Country of Sale",
            "isrc": "ISRC",
            "upc": "UPC",
            "streams": "Quantity",
            "amount": f"Earnings ({currency})",
            "statement": "Reporting Date",
        },
        passes_over=statements.PASSED_OVER,
        decimals=decimals,
        adds_up=True,
    )


DISTROKID = Source(
    "distrokid",
    "DistroKid's bank details, in both of its layouts",
    _recognises,
    _open,
    separators="\t,",
    unquoted="\t",
    latin1=True,
)
