"""The six report files in every container that a store may choose, all with the same rows."""

import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fraud.tables import DELIVERED, REFERENCE
from tests.sources.loading import REPORTS, load, write

KINDS = tuple(REPORTS)
TABLES = {table.name: table for table in (*DELIVERED, *REFERENCE)}


def as_text(kind: str) -> pl.DataFrame:
    return pl.read_csv(REPORTS[kind].encode(), infer_schema=False)


def typed(kind: str) -> pl.DataFrame:
    """Return the report as a program would write it: dates as dates, counts as numbers."""
    schema = TABLES[kind].schema
    return as_text(kind).with_columns(
        pl.col(name).str.to_date() if schema[name] == pl.Date() else pl.col(name).cast(schema[name])
        for name in as_text(kind).columns
    )


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def expected(kind: str, tmp_path: Path) -> pl.DataFrame:
    loaded = load(write(tmp_path / "plain" / "a.csv", REPORTS[kind]))
    assert loaded.refused.is_empty()
    assert loaded.warnings == []
    return loaded.tables[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_is_told_by_its_columns_and_never_by_its_name(kind: str, tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "catalog.parquet", REPORTS[kind]))
    assert [file.kind for file in loaded.delivery.files] == [kind]
    assert loaded.tables[kind].height == REPORTS[kind].count("\n") - 1
    assert dict(loaded.tables[kind].schema) == dict(TABLES[kind].schema)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst", "wrong-ending.csv"])
def test_a_csv_may_be_packed(kind: str, name: str, tmp_path: Path) -> None:
    loaded = load(write(tmp_path / name, REPORTS[kind]))
    assert loaded.tables[kind].equals(expected(kind, tmp_path))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.jsonl.zst"])
def test_a_report_may_be_ndjson(kind: str, name: str, tmp_path: Path) -> None:
    loaded = load(write(tmp_path / name, typed(kind).write_ndjson()))
    assert loaded.refused.is_empty()
    assert loaded.tables[kind].equals(expected(kind, tmp_path))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("typing", [typed, as_text])
def test_a_report_may_be_parquet_of_texts_or_of_types(
    kind: str, typing: object, tmp_path: Path
) -> None:
    assert callable(typing)
    loaded = load(write(tmp_path / "a.bin", parquet(typing(kind))))
    assert loaded.refused.is_empty()
    assert loaded.tables[kind].equals(expected(kind, tmp_path))


def test_ndjson_may_leave_out_what_is_unknown(tmp_path: Path) -> None:
    first = '{"report_date":"2026-05-04","store":"spotify","territory":"US",'
    lines = [
        first + '"isrc":"QZAAA2600001","streams":4}',
        first + '"isrc":"QZAAA2600002","streams":5,"tier":"free"}',
    ]
    loaded = load(write(tmp_path / "a.ndjson", "\n".join(lines)))
    assert loaded.tables["streams"]["tier"].to_list() == [None, "free"]


def test_a_breakdown_that_only_late_rows_carry_still_makes_the_file_streams(tmp_path: Path) -> None:
    row = '{"report_date":"2026-05-04","store":"s","territory":"US","isrc":"QZAAA%07d","streams":1,'
    rows = [row % n + '"listeners":1}' for n in range(3_000)]
    rows.append(row % 3_000 + '"device":"tv"}')
    loaded = load(write(tmp_path / "a.ndjson", "\n".join(rows)))
    assert loaded.tables["streams"].height == 3_001
    assert loaded.tables["audience"].is_empty()


def test_parquet_counts_with_unknowns_are_often_floats_and_days_timestamps(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "report_date": pl.Series([date(2026, 5, 4)] * 2).cast(pl.Datetime("ns")),
            "store": pl.Series(["spotify"] * 2, dtype=pl.Categorical),
            "territory": ["NA", "US"],
            "isrc": [b"QZAAA2600001"] * 2,
            "streams": [3.0, 4.0],
            "listeners": [2.0, float("nan")],
            "upc": [1, 2],
        }
    )
    loaded = load(write(tmp_path / "a.parquet", parquet(frame)))
    audience = loaded.tables["audience"]
    assert audience.select("territory", "streams", "listeners").rows() == [
        ("NA", 3, 2),
        ("US", 4, None),
    ]
    assert loaded.refused.is_empty()


def test_empty_is_unknown_and_never_zero(tmp_path: Path) -> None:
    audience = expected("audience", tmp_path)
    namibia = audience.row(by_predicate=pl.col("territory") == "NA", named=True)
    assert (namibia["streams"], namibia["listeners"], namibia["saves"]) == (3, None, None)


def test_a_upc_keeps_its_zeros_and_an_isrc_loses_its_hyphens(tmp_path: Path) -> None:
    catalog = expected("catalog", tmp_path)
    assert catalog["upc"].to_list() == ["036000291452", None]
    assert catalog["isrc"].to_list() == ["QZAAA2600001", "QZAAA2600002"]
    assert catalog["track_id"].to_list() == catalog["isrc"].to_list()


def test_a_track_without_isrc_is_named_by_its_store(tmp_path: Path) -> None:
    text = (
        "report_date,store,territory,store_track_id,isrc,streams\n"
        "2026-05-04,Apple Music,us,991,,5\n"
        "2026-05-04,apple_music,UK,992,QZ-AAA-26-00001,6\n"
    )
    streams = load(write(tmp_path / "a.csv", text)).tables["streams"]
    assert streams.select("store", "territory", "track_id", "isrc").rows() == [
        ("apple_music", "GB", "QZAAA2600001", "QZAAA2600001"),
        ("apple_music", "US", "apple_music:991", None),
    ]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n", b"\n\n\n"])
def test_byte_order_mark_line_ends_and_blank_lines_do_not_matter(
    mark: bytes, end: bytes, last: bytes, tmp_path: Path
) -> None:
    text = REPORTS["catalog"].encode().rstrip(b"\n").replace(b"\n", end) + last.replace(b"\n", end)
    loaded = load(write(tmp_path / "a.csv", mark + text))
    assert loaded.refused.is_empty()
    assert loaded.tables["catalog"].equals(expected("catalog", tmp_path))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_where_its_mark_says_so(encoding: str, tmp_path: Path) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    content = (mark + REPORTS["catalog"]).encode(encoding)
    loaded = load(write(tmp_path / "a.csv", content))
    assert loaded.tables["catalog"].equals(expected("catalog", tmp_path))


def test_column_names_are_read_without_regard_to_case_and_spaces(tmp_path: Path) -> None:
    head, _, body = REPORTS["streams"].partition("\n")
    loaded = load(write(tmp_path / "a.csv", f"{head.upper().replace('_', ' ')}\n{body}"))
    assert loaded.tables["streams"].equals(expected("streams", tmp_path))


def test_a_file_larger_than_a_block_is_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud.sources.lines.BLOCK_BYTES", 300)
    monkeypatch.setattr("fraud.sources.unpacking.CHUNK_BYTES", 64)
    rows = [
        f'2026-05-{day:02},spotify,US,QZAAA26000{day:02},"List\n{day}, ""new""",{day}'
        for day in range(1, 31)
    ]
    head = "report_date,store,territory,isrc,playlist_id,streams"
    rows[20] = rows[20].replace("US", "Q9")
    loaded = load(write(tmp_path / "a.csv.gz", "\n".join([head, *rows]) + "\n"))
    assert loaded.tables["streams"].height == 29
    assert loaded.tables["streams"]["playlist_id"][0] == 'List\n1, "new"'
    assert loaded.faults == [(2 + 20 * 2, "territory")]
