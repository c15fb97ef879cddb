"""What statements share: numbers, days, countries, stores, plans, spreadsheet-bitten UPCs."""

import polars as pl
import pytest

from fraud.sources import statements
from fraud.sources.country_names import code_of
from fraud.sources.territories import ISO_3166_1
from fraud.sources.values import signed_amount


def one(expression: pl.Expr, cell: str | None) -> object:
    return pl.DataFrame({"a": [cell]}, schema={"a": pl.String()}).select(expression).item()


@pytest.mark.parametrize(
    ("cell", "first", "last", "end_of_month"),
    [
        ("2026-02", "2026-02-01", "2026-02-28", "2026-02-28"),
        ("2024/02", "2024-02-01", "2024-02-29", "2024-02-29"),
        ("2026/02/03", "2026-02-03", "2026-02-03", "2026-02-28"),
        ("20260203", "2026-02-03", "2026-02-03", "2026-02-28"),
        ("2026-02-03 00:00:00", "2026-02-03", "2026-02-03", "2026-02-28"),
        ("Feb 2026", "2026-02-01", "2026-02-28", "2026-02-28"),
        ("2026-13", "2026-13", "2026-13", "2026-13"),
        ("9999999", "9999999", "9999999", "9999999"),
        ("soon", "soon", "soon", "soon"),
    ],
)
def test_days_and_months(cell: str, first: str, last: str, end_of_month: str) -> None:
    assert one(statements.first_day("a"), cell) == first
    assert one(statements.last_day("a"), cell) == last
    assert one(statements.last_of_month("a"), cell) == end_of_month


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NA", "NA"),
        ("fi", "FI"),
        ("UK", "GB"),
        ("Finland", "FI"),
        ("the Netherlands", "NL"),
        ("Côte d'Ivoire", "CI"),
        ("Cote d’Ivoire", "CI"),
        ("Korea, Republic of", "KR"),
        ("Trinidad and Tobago", "TT"),
        ("St. Lucia", "LC"),
        ("Worldwide", "ZZ"),
        ("Atlantis", "Atlantis"),
    ],
)
def test_countries_by_code_or_name(name: str, code: str) -> None:
    assert code_of(name) == code


def test_every_country_has_a_name() -> None:
    from fraud.sources.country_names import _CODES

    assert set(_CODES.values()) >= ISO_3166_1


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Apple Music", "apple_music"),
        ("Amazon Unlimited (Streaming)", "amazon_music"),
        ("YouTube (ContentID)", "youtube_content_id"),
        ("YouTube (Red)", "youtube_music"),
        ("YouTube (Ads)", "youtube"),
        ("NetEase Cloud Music", "netease_cloud_music"),
        ("iTunes", "itunes"),
    ],
)
def test_stores_by_any_of_their_products(name: str, slug: str) -> None:
    assert statements.store_of(name) == slug


@pytest.mark.parametrize(
    ("plan", "tier"),
    [
        ("Premium", "premium"),
        ("Family Monthly", "family"),
        ("Student", "student"),
        ("Free Trial", "trial"),
        ("Ad-supported", "free"),
        ("Freemium", "free"),
        ("Gold", "Gold"),
    ],
)
def test_plans(plan: str, tier: str) -> None:
    assert statements.tier_of(plan) == tier


@pytest.mark.parametrize(
    ("cell", "upc"),
    [
        ("360149700019", "360149700019"),
        ("360149700019.0", "360149700019"),
        ("3.60149700019e+11", "360149700019"),
        ("7.567991e+10", "7.567991e+10"),
    ],
)
def test_a_upc_comes_back_only_with_all_its_digits(cell: str, upc: str) -> None:
    assert statements.gtin_of(cell) == upc


def test_amounts_may_be_negative_and_tiny_but_numbers_they_are() -> None:
    assert signed_amount("-0.5") == -0.5
    assert signed_amount("6e-05") == 6e-05
    for text in ("", "1,5", "inf", "nan", "1e999", "1e", "."):
        with pytest.raises(ValueError, match="is no amount"):
            signed_amount(text)
