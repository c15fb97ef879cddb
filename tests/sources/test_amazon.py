"""Amazon Music's monthly statements."""

from pathlib import Path

from tests.sources.loading import load_text

HEADER = (
    "VENDOR_CODE,TERRITORY_CODE,START_DATE,END_DATE,UPC,ISRC,PRODUCT_TYPE_ID,UNITS,COST,AMOUNT,"
    "SALE_RETURN_FLAG,SALE_TYPE,track_name,artist_name,CURRENCY_CODE\n"
)


def row(
    isrc: str = "QZAAA2600001",
    *,
    kind: str = "ST",
    units: str = "812",
    amount: str = "3.25",
    flag: str = "S",
    territory: str = "DE",
    start: str = "20260201",
) -> str:
    return (
        f"INVEN,{territory},{start},20260228,7.567991e+10,{isrc},{kind},{units},0.004,{amount},"
        f'{flag},SUB,"Song, one",Ann,EUR\n'
    )


def test_streams_enter_and_sales_and_returns_are_passed_over(tmp_path: Path) -> None:
    text = HEADER + row() + row(kind="S", territory="NA", units="5", amount="1") + row(kind="D")
    loaded = load_text(tmp_path, text + row(flag="R"))
    plays = loaded.tables["period_streams"]
    assert plays.select("store", "territory", "streams", "amount", "currency", "origin").rows() == [
        ("amazon_music", "DE", 812, 3.25, "EUR", "amazon INVEN"),
        ("amazon_music", "NA", 5, 1.0, "EUR", "amazon INVEN"),
    ]
    assert plays["period_start"].cast(str).to_list() == ["2026-02-01"] * 2
    assert loaded.delivery.passed_over == {"no streams but sales or returns": 2}
    assert loaded.refused.is_empty()


def test_the_currency_may_be_unknown(tmp_path: Path) -> None:
    text = (HEADER + row()).replace(",CURRENCY_CODE", "").replace(",EUR", "")
    assert load_text(tmp_path, text).tables["royalties"]["currency"].to_list() == [None]


def test_bad_rows_are_named(tmp_path: Path) -> None:
    text = HEADER + row("X") + row(units="-3") + row(start="20260230") + row(territory="XX")
    assert load_text(tmp_path, text).faults == [
        (2, "ISRC"),
        (3, "UNITS"),
        (4, "START_DATE"),
        (5, "TERRITORY_CODE"),
    ]


def test_a_missing_column_refuses_the_file(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, (HEADER + row()).replace("AMOUNT", "SUM"))
    assert loaded.reasons[0].startswith(
        "the file lacks amount of Amazon's statement; it has vendor"
    )
