"""What distributors call the columns in which they pass rulings on, as far as their papers tell.

None of them publishes a file; the names are those of their interfaces and help pages, and the
likely others. A name that is wrong is put right by `columns` in fraud.toml, which goes before the
preset.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

_STORE = ("dsp", "store", "service", "platform", "partner", "retailer")
_PERIOD = ("period", "month", "reporting_month", "sale_month", "sales_month", "date")
_TERRITORY = ("country", "territory", "country_code", "country_of_sale")
_UPC = ("upc", "release_upc", "ean", "barcode", "upc/ean")
_TOTAL = ("total_streams", "streams", "total_quantity")
_CURRENCY = ("currency", "currency_code", "payment_currency")


@dataclass(frozen=True)
class Preset:
    """Which columns may hold what a ruling says."""

    columns: Mapping[str, tuple[str, ...]]
    """By field, the slugs of the columns, the likeliest first."""
    constants: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    """Columns that say what a line is: one that is no penalty is passed over."""


def _columns(**more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {
        "store": _STORE,
        "period": _PERIOD,
        "isrc": ("isrc", "track_isrc"),
        "upc": _UPC,
        "territory": _TERRITORY,
        "currency": _CURRENCY,
    } | more


PRESETS: Mapping[str, Preset] = {
    "counts": Preset(
        _columns(
            artificial_streams=(
                "quantity",
                "artificial_streams",
                "flagged_streams",
                "flagged_plays",
            )
        )
    ),
    "fines": Preset(
        _columns(
            artificial_streams=("artificial_streams", "flagged_streams", "flagged_plays"),
            total_streams=_TOTAL,
            penalty_amount=("fines", "fine", "fine_amount", "penalty", "penalty_amount", "fee"),
        )
    ),
    "spotify_share": Preset(
        _columns(
            artificial_share=(
                "artificial_streams_%",
                "artificial_streams_percentage",
                "artificial_percentage",
                "artificial_share",
                "%_artificial",
                "percentage",
            ),
            total_streams=_TOTAL,
            penalty_amount=("penalty", "penalty_amount", "fee", "charge", "amount"),
        ),
        {"store": "spotify"},
    ),
    "penalty_lines": Preset(
        _columns(
            penalty_amount=("amount", "net_amount", "subtotal", "total", "fee", "earnings_(usd)"),
            artificial_streams=("artificial_streams", "flagged_streams"),
        ),
        kinds=("type", "transaction_type", "sale_type", "sales_type", "description", "line_item"),
    ),
    "apple_excluded": Preset(
        _columns(
            territory=("storefront", "storefront_name", *_TERRITORY),
            artificial_streams=("excluded_streams", "flagged_streams", "manipulated_streams"),
            total_streams=_TOTAL,
            penalty_amount=("adjustment", "adjustment_amount", "stream_manipulation_adjustment"),
        ),
        {"store": "apple_music"},
    ),
}
