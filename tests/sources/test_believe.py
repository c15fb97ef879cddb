"""Believe's royalty reports: semicolons, decimal commas, headers in other languages."""

from pathlib import Path

import pytest

from tests.sources.loading import load_text

HEADER = (
    "Reporting month;Sales Month;Platform;Country / Region;Label Name;Artist Name;Release title;"
    "Track title;UPC;ISRC;Release Catalog nb;Streaming Subscription Type;Release type;Sales Type;"
    "Quantity;Client Payment Currency;Unit Price;Mechanical Fee;Gross Revenue;Client share rate;"
    "Net Revenue\n"
)
RUSSIAN = (
    "Отчётный месяц;Месяц продаж;Платформа;Страна / Регион;Лейбл;Исполнитель;Название релиза;"
    "Название трека;UPC;ISRC;Каталожный номер;Тип подписки;Тип релиза;Тип продажи;"
    "Количество;Валюта;Цена за единицу;Механические;Валовой доход;Доля клиента;Чистый доход\n"
)


def row(
    *,
    month: str = "2026/02/01",
    platform: str = "Spotify",
    country: str = "Finland",
    isrc: str = "QZAAA2600001",
    plan: str = "Premium",
    kind: str = "Streaming",
    quantity: str = "41\N{NO-BREAK SPACE}210",
    revenue: str = "52,54",
    title: str = "Invented Song",
) -> str:
    return (
        f"2026/04/01;{month};{platform};{country};Invented Records;Ann;Invented;{title};"
        f"360149700019;{isrc};INV001;{plan};Music Release;{kind};{quantity};EUR;0,0015;0;61,82;"
        f"0,85;{revenue}\n"
    )


ROWS = (
    row()
    + row(
        month="2026-02-01",
        platform="Apple Music",
        country="NA",
        isrc="QZ-AAA-26-00002",
        plan="Family",
        quantity="12,0",
        revenue="1.234,5",
    )
    + row(kind="Download", quantity="3", revenue="2,10")
    + row(plan="", quantity="5", revenue="\N{MINUS SIGN}0,10", title="x")
)
EXPECTED = [
    ("apple_music", "NA", "family", "QZAAA2600002", 12, 1234.5),
    ("spotify", "FI", None, "QZAAA2600001", 5, -0.1),
    ("spotify", "FI", "premium", "QZAAA2600001", 41210, 52.54),
]
COLUMNS = ["store", "territory", "tier", "track_id", "streams", "amount"]


def test_plays_and_money_are_told_by_plan(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEADER + ROWS)
    plays = loaded.tables["period_streams"]
    assert plays.select(COLUMNS).rows() == EXPECTED
    assert plays["statement"].unique().to_list() == ["2026-04"]
    assert plays["period_end"].cast(str).unique().to_list() == ["2026-02-28"]
    assert loaded.tables["royalties"]["currency"].unique().to_list() == ["EUR"]
    assert loaded.delivery.passed_over == {"no streams but downloads, sales or fees": 1}
    assert loaded.refused.is_empty()
    assert loaded.warnings == []


def test_a_russian_header_is_read_by_its_places(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, RUSSIAN + ROWS + row(quantity="x"))
    assert loaded.tables["period_streams"].select(COLUMNS).rows() == EXPECTED
    assert loaded.warnings[0].endswith(
        "its columns were told by their places, as Believe orders them"
    )
    assert loaded.faults == [(6, "количество")]


def test_places_are_only_trusted_where_the_codes_stand_where_they_should(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, RUSSIAN.replace("UPC;ISRC", "ISRC;UPC") + ROWS)
    assert "in another order than Believe's" in loaded.reasons[0]


def test_commas_and_windows_1252_are_read_too(tmp_path: Path) -> None:
    cells = HEADER.strip().split(";")
    text = ",".join(cells) + "\n" + row(country="Réunion").replace(";", "|").replace(",", ".")
    loaded = load_text(tmp_path, text.replace("|", ",").encode("cp1252"))
    assert loaded.tables["period_streams"].select("territory", "amount").rows() == [("RE", 52.54)]
    assert loaded.warnings[0].endswith("is not UTF-8 and was read as Windows-1252")


def test_penalties_are_verdicts_and_bad_rows_are_named(tmp_path: Path) -> None:
    text = HEADER + row(kind="Artificial streams penalty", quantity="700", revenue="-10,00")
    text += row(quantity="1,5") + row(country="Nowhere") + row(month="2026/13/01") + row(isrc="")
    loaded = load_text(tmp_path, text)
    (verdict,) = loaded.tables["verdicts"].iter_rows(named=True)
    assert (verdict["artificial_streams"], verdict["penalty_amount"]) == (700, 10.0)
    assert loaded.tables["royalties"].is_empty()
    assert loaded.faults == [
        (3, "Quantity"),
        (4, "Country / Region"),
        (5, "Sales Month"),
        (6, "ISRC"),
    ]


def test_a_file_that_breaks_off_does_not_enter_at_all(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, (HEADER + ROWS)[:-30])
    assert loaded.tables["period_streams"].is_empty()
    assert "a report by period is taken whole or not at all" in loaded.reasons[0]


def test_a_report_that_was_put_behind_itself_is_told(tmp_path: Path) -> None:
    rows = "".join(row(isrc=f"QZAAA26{track:05}", quantity=str(track)) for track in range(1, 31))
    loaded = load_text(tmp_path, HEADER + rows + HEADER + rows)
    (told,) = [text for text in loaded.warnings if "stand there twice" in text]
    assert told.startswith("believe, first of spotify from 2026-02-01: 60 of 60 rows stand there")
    assert load_text(tmp_path, HEADER + rows).warnings == []


def test_what_parts_decimals_is_one_thing_in_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = row(revenue="1.234").replace("0,0015", "1").replace("61,82;0,85", "2;1")
    report = HEADER + 40 * silent + row(revenue="0,5")
    whole = load_text(tmp_path / "whole", report)
    monkeypatch.setattr("fraud.sources.lines.BLOCK_BYTES", 500)
    monkeypatch.setattr("fraud.sources.unpacking.CHUNK_BYTES", 500)
    apart = load_text(tmp_path / "apart", report)
    english = load_text(tmp_path / "english", report.replace(";0,5\n", ";0.5\n"))
    for loaded, amount in ((whole, 49360.5), (apart, 49360.5), (english, 49.86)):
        assert loaded.tables["royalties"]["amount"].sum() == pytest.approx(amount)
        assert loaded.reasons == []
        assert loaded.delivery.files[0].rows == 41
    assert apart.delivery.delivery_id == whole.delivery.delivery_id
