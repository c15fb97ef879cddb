"""Rows that are none: quarantined with file, line, column, value and reason; good rows enter."""

from pathlib import Path

import pytest

from tests.sources.loading import AUDIENCE_CSV, load, load_text, write

HEAD = "report_date,store,territory,isrc,tier,streams\n"
GOOD = "2026-05-04,spotify,US,QZAAA2600001,free,5\n"
GOOD_2 = "2026-05-05,spotify,US,QZAAA2600002,free,7\n"


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        (
            "2026-05-04,spotify,US,QZAAA2600001,free,-5",
            "streams",
            "-5",
            "streams '-5' is negative; a count is 0 or more",
        ),
        (
            "2026-05-04,spotify,US,QZAAA2600001,free,12.5",
            "streams",
            "12.5",
            "streams '12.5' is no whole number; a count has no fraction",
        ),
        (
            '2026-05-04,spotify,US,QZAAA2600001,free,"1,200"',
            "streams",
            "1,200",
            (
                "streams '1,200' is no whole number; write digits only and leave the cell empty"
                " where unknown"
            ),
        ),
        (
            "2026-05-04,spotify,US,QZAAA2600001,free,NaN",
            "streams",
            "NaN",
            (
                "streams 'NaN' is no whole number; write digits only and leave the cell empty"
                " where unknown"
            ),
        ),
        (
            "2026-05-04,spotify,US,QZAAA2600001,free,99999999999999999999",
            "streams",
            "99999999999999999999",
            (
                "streams '99999999999999999999' is more than 1,000,000,000,000; no report counts"
                " so many"
            ),
        ),
        (
            "2026-05-04,spotify,US,QZAAA2600001,free,",
            "streams",
            None,
            "streams is empty; every row needs it",
        ),
        (
            "04.05.2026,spotify,US,QZAAA2600001,free,5",
            "report_date",
            "04.05.2026",
            "report_date '04.05.2026' is no day; write it as YYYY-MM-DD",
        ),
        (
            "2026-02-30,spotify,US,QZAAA2600001,free,5",
            "report_date",
            "2026-02-30",
            "report_date '2026-02-30' is not in the calendar; write a real day as YYYY-MM-DD",
        ),
        (
            "0206-05-04,spotify,US,QZAAA2600001,free,5",
            "report_date",
            "0206-05-04",
            "report_date '0206-05-04' lies before 2000-01-01 or after 2199-12-31; check the year",
        ),
        (
            "2026-05-04,spotify,US,QZAAA26-1,free,5",
            "isrc",
            "QZAAA26-1",
            (
                "isrc 'QZAAA26-1' is no ISRC; it has 2 letters, 3 letters or digits and 7 digits,"
                " as in QZAAA2600001"
            ),
        ),
        (
            "2026-05-04,spotify,US,,free,5",
            "isrc",
            None,
            "isrc is empty; every row needs it",
        ),
        (
            "2026-05-04,spotify,XX,QZAAA2600001,free,5",
            "territory",
            "XX",
            "territory 'XX' is no ISO 3166-1 alpha-2 territory; ZZ stands for unknown",
        ),
        (
            "2026-05-04,spotify,USA,QZAAA2600001,free,5",
            "territory",
            "USA",
            "territory 'USA' is no ISO 3166-1 alpha-2 territory; ZZ stands for unknown",
        ),
        (
            "2026-05-04,spotify,,QZAAA2600001,free,5",
            "territory",
            None,
            "territory is empty; every row needs it",
        ),
        (
            "2026-05-04,Spotify!,US,QZAAA2600001,free,5",
            "store",
            "Spotify!",
            "store 'Spotify!' is no store; write a slug as in apple_music",
        ),
        (
            "2026-05-04,spotify,US,QZAAA2600001,5",
            None,
            None,
            "the number of fields is 5, too few for the header's 6",
        ),
        (
            "2026-05-04,spotify,US,QZAAA2600001,free,5,6",
            None,
            None,
            "the number of fields is 7, too many for the header's 6",
        ),
        (
            "2026-05-04;spotify;US;QZAAA2600001;free;5",
            None,
            None,
            "the number of fields is 1, too few for the header's 6",
        ),
        (
            "2026-05-04,spotify,US,QZAAA\x002600001,free,5",
            None,
            None,
            "the row holds NUL bytes; the file was damaged or is no text",
        ),
        (
            '2026-05-04,"spo"tify,US,QZAAA2600001,free,5',
            None,
            None,
            'a quote is opened and not closed, or closed inside a cell; double it as ""',
        ),
        (
            '2026-05-04,spotify,US,QZAAA2600001,"free,5',
            None,
            None,
            'a quote is opened and not closed, or closed inside a cell; double it as ""',
        ),
    ],
)
def test_a_bad_row_is_quarantined_alone(
    row: str, column: str | None, value: str | None, reason: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, HEAD + GOOD + row + "\n" + GOOD_2)
    assert loaded.tables["streams"]["streams"].to_list() == [5, 7]
    assert loaded.refused.rows() == [(f"{tmp_path}/report.csv", 3, column, value, reason, row)]


def test_bytes_that_are_not_utf_8_keep_out_only_their_row(tmp_path: Path) -> None:
    bad = "2026-05-04,spotify,US,QZAAA2600001,ménage,5\n".encode("latin-1")
    loaded = load_text(tmp_path, HEAD.encode() + GOOD.encode() + bad + GOOD_2.encode())
    assert loaded.tables["streams"]["streams"].to_list() == [5, 7]
    assert loaded.faults == [(3, None)]
    assert loaded.reasons == ["byte 37 of the row is not UTF-8; export the file as UTF-8"]
    assert loaded.refused["row"][0] == "2026-05-04,spotify,US,QZAAA2600001,m�nage,5"


def test_several_faults_of_a_row_are_one_refusal_that_names_the_first(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEAD + "x,spotify,QQ,none,free,-1\n" + GOOD)
    assert loaded.faults == [(2, "report_date")]


def test_a_quoted_cell_with_line_breaks_keeps_the_line_numbers_right(tmp_path: Path) -> None:
    text = (
        "isrc,title,duration_seconds\r\n"
        'QZAAA2600001,"One\r\nand\r\n""more""",10\r\n'
        "QZAAA2600002,Two,ten\r\n"
        "\r\n"
        'QZAAA2600003,"Three\r\n",-1\r\n'
        "QZAAA2600004,Four,40\r\n"
    )
    loaded = load_text(tmp_path, text)
    assert loaded.tables["catalog"]["title"].to_list() == ['One\r\nand\r\n"more"', "Four"]
    assert loaded.faults == [(5, "duration_seconds"), (7, "duration_seconds")]
    assert loaded.refused["row"].to_list() == [
        "QZAAA2600002,Two,ten",
        'QZAAA2600003,"Three\r\n",-1',
    ]


def test_stray_quotes_swallow_no_good_rows(tmp_path: Path) -> None:
    stray = '2026-05-04,spotify,US,QZAAA2600001,"free,5\n'
    loaded = load_text(tmp_path, HEAD + stray + GOOD * 20 + stray + GOOD_2)
    assert loaded.tables["streams"]["streams"].to_list() == [100, 7]
    assert [line for line, _ in loaded.faults] == [2, 23]


def test_a_line_of_ten_megabytes_keeps_out_only_itself(tmp_path: Path) -> None:
    head = HEAD.replace("tier", "playlist_id")
    good = GOOD.replace("free", "p1")
    long = GOOD.replace("free", "x" * 10_000_000)
    loaded = load_text(tmp_path, head + good + long + GOOD_2)
    assert loaded.tables["streams"]["streams"].to_list() == [5, 7]
    assert loaded.faults == [(3, "playlist_id")]
    assert "has 10,000,000 characters; at most 4,000 can be stored" in loaded.reasons[0]
    assert len(loaded.refused["value"][0]) == 200
    assert len(loaded.refused["row"][0]) == 1_000


def test_a_quote_before_ten_megabytes_keeps_out_only_its_line(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEAD + GOOD + '"' + "x" * 10_000_000 + "\n" + GOOD_2)
    assert loaded.tables["streams"]["streams"].to_list() == [5, 7]
    assert loaded.reasons == ["the row has 10,000,001 characters; no report has such rows"]


@pytest.mark.parametrize("written", ["12.0", " 12 ", "012", "+12", '"12"'])
def test_a_whole_number_may_be_written_differently(written: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEAD + GOOD.replace(",5\n", f",{written}\n"))
    assert loaded.tables["streams"]["streams"].to_list() == [12]


def test_a_value_outside_a_set_becomes_other_with_one_warning(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEAD + GOOD.replace("free", "Gold") + GOOD.replace("free", "PREMIUM"))
    write(tmp_path / "b.csv", HEAD + GOOD_2.replace("free", "Gold"))
    loaded = load(tmp_path)
    assert loaded.tables["streams"]["tier"].to_list() == ["other", "premium", "other"]
    assert loaded.warnings == ["tier 'Gold' is no known value; 2 rows entered as other"]
    assert loaded.refused.is_empty()


def test_the_commonest_of_many_unknown_values_are_named(tmp_path: Path) -> None:
    rows = [GOOD.replace("free", f"tier{n}") for n in range(25)] + [GOOD.replace("free", "tier9")]
    loaded = load_text(tmp_path, HEAD + "".join(rows))
    assert loaded.warnings[0] == "tier 'tier9' is no known value; 2 rows entered as other"
    assert loaded.warnings[-1] == "5 more values are not known; 5 rows entered as other"


@pytest.mark.parametrize("code", ["gb", "UK", "uk", " GB "])
def test_great_britain_may_be_called_uk(code: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEAD + GOOD.replace("US", code))
    assert loaded.tables["streams"]["territory"].to_list() == ["GB"]


@pytest.mark.parametrize("code", ["NA", "XK", "ZZ"])
def test_namibia_kosovo_and_the_unknown_are_territories(code: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEAD + GOOD.replace("US", code))
    assert loaded.tables["streams"]["territory"].to_list() == [code]


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        (
            (
                "store,period_start,period_end,isrc,upc,artificial_streams\n"
                "spotify,2026-05-31,2026-05-01,QZAAA2600001,,5\n"
            ),
            2,
            "period_end",
            "period_end '2026-05-01' lies before period_start 2026-05-31",
        ),
        (
            (
                "store,period_start,period_end,isrc,upc,artificial_streams\n"
                "spotify,2026-05-01,2026-05-31,,,5\n"
            ),
            2,
            "isrc",
            "isrc is empty, as is upc; a verdict needs one of them",
        ),
        (
            (
                "store,period_start,period_end,isrc,artificial_streams,penalty_amount\n"
                "spotify,2026-05-01,2026-05-31,QZAAA2600001,5,10 EUR\n"
            ),
            2,
            "penalty_amount",
            "penalty_amount '10 EUR' is no amount; write digits with a decimal point",
        ),
        (
            "kind,start_date,end_date\ntour,2026-05-09,2026-05-01\n",
            2,
            "end_date",
            "end_date '2026-05-01' lies before start_date 2026-05-09",
        ),
        (
            "isrc,title,ai_disclosure\nQZAAA2600001,One,maybe\n",
            2,
            "ai_disclosure",
            "ai_disclosure 'maybe' is none of none, partial, full",
        ),
        (
            "isrc,upc\nQZAAA2600001,3.6E+11\n",
            2,
            "upc",
            "upc '3.6E+11' was shortened by a spreadsheet; export the column as text",
        ),
        (
            "report_date,store,territory,store_track_id,streams\n2026-05-04,spotify,US, ,5\n",
            2,
            "isrc",
            "isrc is empty, as is store_track_id; a row needs one of them",
        ),
        (
            AUDIENCE_CSV + "2026-05-04,spotify,DE,QZAAA2600001,3,NA,,,\n",
            4,
            "listeners",
            (
                "listeners 'NA' is no whole number; write digits only and leave the cell empty"
                " where unknown"
            ),
        ),
    ],
)
def test_every_table_has_rules_of_its_own(
    text: str, line: int, column: str, reason: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, text)
    assert loaded.faults == [(line, column)]
    assert loaded.reasons == [reason]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"report_date":"2026-05-04",', "the row is no JSON object; write one object a line"),
        ("[1, 2]", "the row is JSON but no object; write one object a line"),
        (
            '{"report_date":"2026-05-04","store":"\\u0000"}',
            "the row holds NUL bytes; the file was damaged or is no text",
        ),
        (
            '{"report_date":"2026-05-04","store":"\\ud800"}',
            "the row holds half a surrogate pair (\\ud800); write the character itself",
        ),
        (
            (
                '{"report_date":"2026-05-04","store":"spotify","territory":"US","isrc":"QZAAA2600001",'
                '"streams":-5}'
            ),
            "streams '-5' is negative; a count is 0 or more",
        ),
        (
            (
                '{"report_date":"2026-05-04","store":"spotify","territory":"US","isrc":"QZAAA2600001",'
                '"streams":[5]}'
            ),
            (
                "streams '[5]' is no whole number; write digits only and leave the cell empty"
                " where unknown"
            ),
        ),
    ],
)
def test_a_bad_row_of_ndjson_is_quarantined_alone(row: str, reason: str, tmp_path: Path) -> None:
    good = (
        '{"report_date":"2026-05-04","store":"spotify","territory":"US","isrc":"QZAAA2600001",'
        '"streams":5}'
    )
    loaded = load_text(tmp_path, f"{good}\n\n{row}\n{good}\n", "a.ndjson")
    assert loaded.tables["streams"]["streams"].to_list() == [10]
    assert [line for line, _ in loaded.faults] == [3]
    assert loaded.reasons == [reason]
    assert loaded.refused["row"].to_list() == [row]


def test_ten_thousand_bad_rows_are_all_kept_with_their_lines(tmp_path: Path) -> None:
    rows = [GOOD if n % 4 else GOOD.replace(",5\n", ",-5\n") for n in range(40_000)]
    loaded = load_text(tmp_path, HEAD + "".join(rows))
    assert loaded.tables["streams"]["streams"].sum() == 5 * 30_000
    assert loaded.refused["line"].to_list() == list(range(2, 40_002, 4))
