"""Rows of one key: a break-down adds up, a measure does not, and no order of rows matters."""

import itertools
from pathlib import Path

import pytest

from tests.sources.loading import load, load_text, write

STREAMS = "report_date,store,territory,isrc,playlist_id,playlist_name,streams"
AUDIENCE = "report_date,store,territory,isrc,streams,listeners,saves"
KEY = "2026-05-04,spotify,US,QZAAA2600001"


def test_equal_keys_of_a_breakdown_add_up(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, f"{STREAMS}\n{KEY},p,B,2\n{KEY},,,1\n{KEY},p,A,3\n{KEY},,,5\n")
    assert loaded.tables["streams"].select("playlist_id", "playlist_name", "streams").rows() == [
        (None, None, 6),
        ("p", "A", 5),
    ]
    assert loaded.merged == 2


def test_a_sum_with_an_unknown_part_is_unknown(tmp_path: Path) -> None:
    head = "report_date,store,territory,isrc,listener_id,streams,listening_seconds"
    loaded = load_text(tmp_path, f"{head}\n{KEY},a,1,200\n{KEY},a,1,\n{KEY},b,1,90\n{KEY},b,1,9\n")
    rows = loaded.tables["listeners"].select("streams", "listening_seconds").rows()
    assert sorted(rows, key=str) == [(2, 99), (2, None)]


def test_an_audience_row_that_is_repeated_counts_once(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, f"{AUDIENCE}\n{KEY},5,4,\n{KEY},5,4,\n")
    assert loaded.tables["audience"].height == 1
    assert loaded.merged == 1
    assert loaded.refused.is_empty()


def test_of_contradicting_audience_rows_the_larger_stays_and_the_others_are_refused(
    tmp_path: Path,
) -> None:
    write(tmp_path / "a.csv", f"{AUDIENCE}\n{KEY},5,4,\n{KEY},9,1,1\n{KEY},9,2,\n")
    write(tmp_path / "b.csv", f"{AUDIENCE}\n{KEY},9,2,1\n{KEY},5,4,\n")
    loaded = load(tmp_path)
    assert loaded.tables["audience"].select("streams", "listeners", "saves").rows() == [(9, 2, 1)]
    refused = loaded.refused.select("file", "line", "column", "value").rows()
    assert sorted(refused) == [
        (f"{tmp_path}/a.csv", 2, "streams", "5"),
        (f"{tmp_path}/a.csv", 3, "streams", "9"),
        (f"{tmp_path}/a.csv", 4, "streams", "9"),
        (f"{tmp_path}/b.csv", 3, "streams", "5"),
    ]
    assert set(loaded.reasons) == {
        (
            "the row contradicts another of the same store, territory, track;"
            " the one with the larger streams was kept"
        )
    }


def test_of_contradicting_verdicts_the_larger_stays(tmp_path: Path) -> None:
    head = "store,period_start,period_end,isrc,artificial_streams"
    row = "spotify,2026-05-01,2026-05-31,QZAAA2600001"
    loaded = load_text(tmp_path, f"{head}\n{row},5\n{row},7\n{row},7\n")
    assert loaded.tables["verdicts"]["artificial_streams"].to_list() == [7]
    assert loaded.faults == [(2, "artificial_streams")]


def test_of_contradicting_catalog_rows_the_fullest_stays_with_a_warning(tmp_path: Path) -> None:
    text = "isrc,title,artist\nQZAAA2600001,One,\nQZAAA2600001,Uno,Ann\nQZAAA2600001,Uno,Ann\n"
    loaded = load_text(tmp_path, text)
    assert loaded.tables["catalog"].select("title", "artist").rows() == [("Uno", "Ann")]
    assert loaded.refused.is_empty()
    assert loaded.warnings == [
        (
            "catalog: rows contradict each other, first of QZAAA2600001;"
            " the fullest row of each track was taken (passed over: 1)"
        )
    ]


def test_a_context_that_is_repeated_is_one(tmp_path: Path) -> None:
    row = "tour,2026-05-01,2026-05-09,Ann\n"
    loaded = load_text(tmp_path, f"kind,start_date,end_date,artist\n{row}{row}")
    assert loaded.tables["context"].height == 1


def test_rows_that_stand_in_two_files_are_warned_of(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", f"{STREAMS}\n{KEY},p,A,2\n{KEY},p,A,1\n")
    write(tmp_path / "b.csv", f"{STREAMS}\n{KEY},p,A,2\n{KEY},q,A,2\n")
    loaded = load(tmp_path)
    assert loaded.tables["streams"]["streams"].to_list() == [5, 2]
    assert loaded.warnings == [
        (
            f"streams: {tmp_path}/a.csv and {tmp_path}/b.csv both tell of the same rows, first of"
            " spotify on 2026-05-04; such rows were added up (1 in all);"
            " a correction is delivered on its own"
        )
    ]


def test_money_adds_up_to_the_same_in_any_order(tmp_path: Path) -> None:
    head = "VENDOR_CODE,TERRITORY_CODE,START_DATE,END_DATE,ISRC,PRODUCT_TYPE_ID,UNITS,AMOUNT"
    row = "INVEN,DE,20260201,20260228,QZAAA2600001,ST,9"
    sums = set[float]()
    for amounts in itertools.permutations(["0.1", "0.2", "0.3", "-0.4"]):
        text = "\n".join([head, *(f"{row},{amount}" for amount in amounts)])
        sums |= set(load_text(tmp_path, text).tables["royalties"]["amount"])
    assert len(sums) == 1
    assert sums.pop() == pytest.approx(0.2)
