"""alerts.csv: fixed columns, numbers as numbers, and no title that does more than stand there."""

import csv
import io
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.report.alerts_csv import COLUMNS, alerts_csv
from fraud.report.figures import legible
from fraud.report.spreadsheet import cell, text_of
from fraud.tables import INCIDENTS
from tests.report.stories import catalog, isrc, night, scored, track

A, B = isrc(1), isrc(2)


def parsed(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def a_night(**names: Any) -> pl.DataFrame:
    return night(scored("track", A, 0.9), listed=catalog(track(A, **names)))


def test_the_columns_stand_in_their_fixed_order() -> None:
    header = alerts_csv(a_night()).decode("utf-8-sig").partition("\r\n")[0]
    assert header == (
        "rank,incident_id,status,report_date,first_day,days_active,level,isrc,title,artist,label,"
        "upc,tracks,stores,territories,streams,expected_streams,suspected_artificial_streams,"
        "suspected_share,score,severity,pattern,reason_1,reason_2,reason_3,counter_evidence,"
        "royalty_at_risk,penalty_exposure,currency,verdict,evidence,model_version,"
        "changed,pay_source,below_floor,line_tracks,line_exposure,takedown_risk,takedown_reason,"
        "about,worst_isrc,worst_title,worst_artist,pattern_share"
    )


def test_a_row_reads_back_as_the_incident_it_is() -> None:
    frame = a_night(title="Größer, „höher“\nweiter", artist="宇多田ヒカル", upc="0036000291452")
    content = alerts_csv(frame)
    assert content.startswith(b"\xef\xbb\xbfrank,")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 2
    (row,) = parsed(content)
    assert row["title"] == "Größer, „höher“ weiter"
    assert row["artist"] == "宇多田ヒカル"
    assert row["upc"] == "0036000291452\t"
    assert row["isrc"] == A
    assert row["streams"] == "1000"
    assert row["expected_streams"] == "100"
    assert row["suspected_share"] == "0.9"
    assert row["report_date"] == "2026-07-12"
    assert row["verdict"] == ""
    assert parsed(alerts_csv(frame.sample(fraction=1, shuffle=True))) == [row]


def test_an_empty_night_is_a_header() -> None:
    assert alerts_csv(INCIDENTS.empty()) == b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"


def test_rows_stand_by_rank() -> None:
    frame = night(scored("track", A, 0.9), scored("track", B, 0.95, streams=9000))
    rows = parsed(alerts_csv(frame.reverse()))
    assert [row["rank"] for row in rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+49", "'+49"),
        ("-5+2", "'-5+2"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1+1", "' =1+1"),
        ("\r=1+1", "' =1+1"),
        ("  =1+1", "' =1+1"),
        ("\u200e\ufeff=1+1", "'\u200e\ufeff=1+1"),
        ("\u202e=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("007", "007\t"),
        ("1-2", "1-2\t"),
        ("00:34", "00:34\t"),
        ("1e5", "1e5\t"),
        ("March 7", "March 7\t"),
        ("9 Dec", "9 Dec\t"),
        ("(5)", "(5)\t"),
        ("$5.00", "$5.00\t"),
        ("True", "True\t"),
        ("Marching 2 You", "Marching 2 You"),
        ("May I", "May I"),
        ("1975", "1975"),
        ("360000000001", "360000000001"),
        ("1 = 1", "1 = 1"),
        ("#9 Dream", "#9 Dream"),
        ("אבג", "אבג"),
        ("🎧 live", "🎧 live"),
        ("", ""),
    ],
)
def test_a_title_is_shown_and_never_run(title: str, shown: str) -> None:
    assert cell(title) == shown
    assert text_of(shown) == legible(title)


def test_a_title_that_begins_with_an_apostrophe_keeps_it() -> None:
    assert text_of(cell("'Til Tuesday")) == "'Til Tuesday"


def test_where_the_decimal_sign_is_a_comma_semicolons_stand_between_the_cells() -> None:
    content = alerts_csv(a_night(title="a;b, c", upc="0036000291452"), ";").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content, newline=""), delimiter=";")
    assert row["suspected_share"] == "0,9"
    assert row["royalty_at_risk"] == "2,7"
    assert row["streams"] == "1000"
    assert row["report_date"] == "2026-07-12"
    assert row["title"] == "a;b, c"
    assert row["reason_1"].startswith("1,000 plays where 100")


@given(st.text())
def test_no_text_whatever_becomes_a_formula_or_breaks_a_row(text: str) -> None:
    content = alerts_csv(a_night(title=text, artist=text))
    (row,) = parsed(content)
    assert row["title"] == row["artist"]
    assert row["title"].lstrip()[:1] not in tuple("=+-@") or not row["title"].strip()
    assert "\n" not in row["title"]
    assert "\r" not in row["title"]


@given(st.floats(min_value=0, max_value=1e9), st.integers(min_value=0))
def test_numbers_are_plain(real: float, count: int) -> None:
    frame = a_night().with_columns(
        expected_streams=pl.lit(round(real, 1)), streams=pl.lit(min(count, 2**62))
    )
    (row,) = parsed(alerts_csv(frame))
    assert float(row["expected_streams"]) == round(real, 1)
    assert int(row["streams"]) == min(count, 2**62)
    assert "e" not in row["expected_streams"]


def test_a_title_of_ten_thousand_signs_stays_whole_and_one_too_long_for_excel_is_cut() -> None:
    assert cell("x" * 10_000) == "x" * 10_000
    assert len(cell("x" * 50_000)) == 32_000
    assert date.fromisoformat(parsed(alerts_csv(a_night()))[0]["first_day"])
