"""Files that are not what they claim: one clear sentence, and every good row of theirs kept."""

import gzip
import json
import random
import time
import zipfile
from datetime import date
from pathlib import Path

import pyarrow
import pytest

from fraud.errors import CallError
from fraud.sources import unpacking
from tests.sources.loading import AUDIENCE_CSV, LISTENERS_CSV, REPORTS, load, load_text, write

HEAD = "report_date,store,territory,isrc,streams\n"


def many_rows(count: int) -> str:
    draw = random.Random(5)  # noqa: S311 plays, not secrets
    return HEAD + "".join(
        f"2026-05-{1 + row % 3:02},spotify,US,QZAAA{row:07},{draw.randrange(10**6)}\n"
        for row in range(count)
    )


def zstd(text: str) -> bytes:
    return bytes(pyarrow.compress(text.encode(), codec="zstd", asbytes=True))


@pytest.mark.parametrize("pack", [lambda text: gzip.compress(text.encode()), zstd])
def test_a_truncated_file_gives_its_complete_lines_and_says_where_it_ends(
    pack: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(pack)
    monkeypatch.setattr("fraud.sources.unpacking.CHUNK_BYTES", 4_096)
    text = many_rows(40_000)
    packed = pack(text)
    loaded = load_text(tmp_path, packed[: len(packed) * 3 // 4], "a.csv.whatever")

    file = loaded.delivery.files[0]
    rows = loaded.tables["streams"].height
    last_line = rows + 2
    assert 0 < rows < 40_000
    assert file.partial
    assert file.note == f"breaks off in line {last_line}; deliver it again"
    assert loaded.faults == [(last_line, None)]
    assert loaded.refused["row"][0] in text
    entered = loaded.tables["streams"].sort("track_id")["streams"].to_list()
    assert entered == [int(line.rpartition(",")[2]) for line in text.splitlines()[1 : rows + 1]]
    days = {(date(2026, 5, day), "spotify") for day in (1, 2, 3)}
    assert loaded.delivery.partial == {("streams", *day_store) for day_store in days}


def test_a_gzip_cut_behind_a_line_end_is_truncated_all_the_same(tmp_path: Path) -> None:
    packed = gzip.compress(many_rows(3).encode())
    loaded = load_text(tmp_path, packed[:-8], "a.csv.gz")
    assert loaded.tables["streams"].height == 3
    assert loaded.delivery.files[0].note == "breaks off in line 5; deliver it again"
    assert loaded.refused.is_empty()


def test_a_plain_file_that_ends_inside_a_row_is_partial_too(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, many_rows(5)[:-20])
    assert loaded.tables["streams"].height == 4
    assert loaded.delivery.files[0].partial
    assert loaded.reasons == ["the number of fields is 4, too few for the header's 5"]


def test_a_gzip_cut_before_its_first_row_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(many_rows(9).encode())
    loaded = load_text(tmp_path, packed[:30], "a.csv.gz")
    assert loaded.reasons == ["the file breaks off before its first row; deliver it again"]


def test_a_damaged_gzip_is_refused_whole_since_no_row_of_it_can_be_trusted(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(many_rows(2_000).encode()))
    packed[-6] ^= 0xFF
    loaded = load_text(tmp_path, bytes(packed), "a.csv.gz")
    assert loaded.reasons == [
        "the file is damaged gzip (incorrect checksum found); deliver it again"
    ]
    assert loaded.tables["streams"].is_empty()


def test_a_damaged_zstandard_is_refused(tmp_path: Path) -> None:
    packed = bytearray(zstd(many_rows(2_000)))
    packed[4:40] = b"\xff" * 36
    loaded = load_text(tmp_path, bytes(packed), "a.csv.zst")
    assert loaded.reasons == ["the file is damaged Zstandard; deliver it again"]


def test_gzip_members_and_padding_are_one_file(tmp_path: Path) -> None:
    text = many_rows(10).encode()
    packed = gzip.compress(text[:100]) + gzip.compress(text[100:]) + b"\0" * 512
    loaded = load_text(tmp_path, packed, "a.csv.gz")
    assert loaded.tables["streams"].height == 10
    assert not loaded.delivery.files[0].partial


def test_what_else_stands_behind_gzip_is_not_passed_over(tmp_path: Path) -> None:
    text = many_rows(10).encode()
    second = b"\x1e" + gzip.compress(text[100:])[1:]
    loaded = load_text(tmp_path, gzip.compress(text[:100]) + second, "a.csv.gz")
    assert loaded.reasons == ["the file has other bytes behind its gzip; deliver it again"]
    assert loaded.tables["streams"].is_empty()


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (
            b"y" * 2_000_000 + b'\n{"a":1}\n',
            "a.txt",
            "has a line of 2,000,000 bytes and more where its column names should be",
        ),
        (
            b"".join(b"c%d," % column for column in range(100_000)) + b"\n1,2\n",
            "a.txt",
            "has 100,001 columns, as no report has; at most 5,000 are read",
        ),
        (b'x"a":1}\n{"a":1}\n', "a", "begins with a line that is no JSON object, above"),
        (b"report_date,st\0re,territory\n1,2,3\n", "a.txt", "holds NUL bytes in its first line"),
        (HEAD.encode("cp037"), "a.csv", "is no report, though it is named like one"),
        (bytes(range(14, 256)) * 20, "a.parquet", "is no report, though it is named like one"),
        (gzip.compress(b"\x89PNG"), "a.gz", "is no report, though it is named like one"),
        (b'{"a":1{}\n{"a":2{}\n', "a.json", "has no line that is a whole JSON object"),
        (b'{"a":1}\r{"a":2}\r', "a.json", "ends its lines with CR alone"),
    ],
)
def test_a_report_that_was_hit_in_its_head_is_refused_and_not_skipped(
    content: bytes, name: str, reason: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, content, name)
    assert [reason in told for told in loaded.reasons] == [True]


def test_millions_of_empty_lines_cost_seconds(tmp_path: Path) -> None:
    before = time.process_time()
    loaded = load_text(tmp_path, many_rows(1) + "\n" * 5_000_000)
    assert loaded.tables["streams"].height == 1
    assert time.process_time() - before < 10


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zstd(data.decode())])
def test_a_bomb_is_refused_before_it_goes_off(
    pack: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(pack)
    monkeypatch.setattr(unpacking, "RATIO_COUNTS_FROM_BYTES", 1 << 20)
    bomb = pack(HEAD.encode() + b"2026-05-01,spotify,US,QZAAA2600001,1\n" * 300_000)
    loaded = load_text(tmp_path, bomb, "a.csv.gz")
    assert loaded.reasons == [
        (
            "the file unpacks to more than 200 times its size, as no report does;"
            " deliver it unpacked if it is one"
        )
    ]
    assert loaded.tables["streams"].is_empty()


def test_a_file_beyond_all_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_UNPACKED_BYTES", 1 << 20)
    loaded = load_text(tmp_path, many_rows(40_000))
    assert loaded.reasons == ["the file unpacks to more than 1 MiB; split it by day"]


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fraud.sources.lines.BLOCK_BYTES", 1 << 20)
    monkeypatch.setattr("fraud.sources.lines.LONGEST_LINE_BYTES", 2 << 20)
    loaded = load_text(tmp_path, HEAD + "x" * (4 << 20))
    assert "has a line 2 of more than 2 MiB" in loaded.reasons[0]


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_refused(content: bytes, tmp_path: Path) -> None:
    assert load_text(tmp_path, content).reasons == ["the file is empty"]


@pytest.mark.parametrize("content", [HEAD, HEAD.rstrip(), HEAD + "\n\n"])
def test_a_header_alone_is_refused(content: str, tmp_path: Path) -> None:
    assert load_text(tmp_path, content).reasons == ["the file has a header and no rows"]


def test_a_cut_parquet_is_refused(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, b"PAR1" + b"\1" * 500, "a.parquet")
    assert loaded.reasons == [
        "the file is no complete Parquet file (its footer cannot be read); deliver it again"
    ]


def test_a_packed_parquet_is_refused(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, gzip.compress(b"PAR1" + b"\1" * 500), "a.parquet.gz")
    assert loaded.reasons == ["the file is Parquet in a gzip or Zstandard file; unpack it first"]


def test_utf_16_without_its_mark_is_refused(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, REPORTS["streams"].encode("utf-16-le"))
    assert loaded.reasons == [
        "the file looks like UTF-16 without byte order mark; save it as UTF-8"
    ]


def test_lines_that_end_in_cr_alone_are_refused(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, REPORTS["streams"].replace("\n", "\r"))
    assert loaded.reasons == ["the file ends its lines with CR alone; save it with LF or CR LF"]


OTHERS = {
    "letter.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "table.xlsx": b"PK\x03\x04\x14\0\6\0",
    "cover.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "tool.bin": b"\x7fELF\2\1\1\0\0\0\0\0",
    "README.md": b"# Reports\n\nThe reports of May, as they came.\n",
    "settings.json": json.dumps({"a": {"b": 1}}, indent=2).encode(),
    "rows.json": b'[{"report_date": "2026-05-04"}]',
}


def test_files_of_other_kinds_get_a_notice_each_and_refuse_nothing(tmp_path: Path) -> None:
    for name, content in OTHERS.items():
        write(tmp_path / name, content)
    write(tmp_path / "a.csv", REPORTS["streams"])
    loaded = load(tmp_path)
    assert loaded.tables["streams"].height == 3
    assert loaded.refused.is_empty()
    assert len(loaded.delivery.notices) == len(OTHERS)
    for name in OTHERS:
        notice = next(text for text in loaded.delivery.notices if name in text)
        assert "was skipped" in notice


@pytest.mark.parametrize("name", list(OTHERS))
def test_a_file_that_is_handed_over_by_name_is_read_or_refused(name: str, tmp_path: Path) -> None:
    report = write(tmp_path / "a.csv", REPORTS["streams"])
    loaded = load(report, write(tmp_path / name, OTHERS[name]))
    assert loaded.tables["streams"].height == 3
    assert loaded.delivery.notices == []
    (reason,) = loaded.reasons
    assert ", though it was handed over by name" in reason


def test_a_zip_file_that_is_handed_over_by_name_holds_a_report_or_is_refused(
    tmp_path: Path,
) -> None:
    report = ("a.csv", REPORTS["streams"])
    with_report = zip_file(tmp_path / "with.zip", report, ("README.md", "# Reports\n"))
    without = zip_file(tmp_path / "without.zip", ("rows.json", "[1]"), ("README.md", "# x\n"))
    empty = zip_file(tmp_path / "empty.zip")
    loaded = load(with_report, without, empty)
    assert loaded.delivery.notices == [f"{with_report}/README.md is no report and was skipped"]
    assert sorted(loaded.refused["file"]) == [
        f"{empty}",
        f"{without}/README.md",
        f"{without}/rows.json",
    ]


def zip_file(path: Path, *members: tuple[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in members:
            packed.writestr(name, text)
    return path


@pytest.mark.parametrize("names", [list(OTHERS), []])
def test_a_folder_without_reports_is_a_wrong_call(names: list[str], tmp_path: Path) -> None:
    for name in names:
        write(tmp_path / name, OTHERS[name])
    with pytest.raises(CallError, match="no report was found in"):
        load(tmp_path)


def test_a_path_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="nowhere is not there; give report files or folders"):
        load(tmp_path / "nowhere")


def test_one_bad_file_takes_no_good_file_with_it(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "")
    write(tmp_path / "b.csv", AUDIENCE_CSV)
    write(tmp_path / "c.csv", REPORTS["streams"].replace(",", ";"))
    loaded = load(tmp_path)
    assert loaded.tables["audience"].height == 2
    assert loaded.refused["file"].to_list() == [f"{tmp_path}/a.csv", f"{tmp_path}/c.csv"]


def test_the_same_report_twice_enters_once_however_it_is_packed(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", REPORTS["streams"])
    write(tmp_path / "b.csv.gz", REPORTS["streams"])
    loaded = load(tmp_path)
    assert loaded.tables["streams"]["streams"].sum() == 22
    assert loaded.delivery.notices == [
        f"{tmp_path}/b.csv.gz says the same as {tmp_path}/a.csv and was skipped"
    ]


def test_the_row_where_a_listeners_file_breaks_off_is_not_repeated(tmp_path: Path) -> None:
    packed = gzip.compress(LISTENERS_CSV.encode(), compresslevel=0)
    cut = packed.index(b"bert-9") + 8
    loaded = load_text(tmp_path, packed[:cut], "a.csv.gz")
    assert loaded.faults == [(3, None)]
    assert loaded.refused["row"].to_list() == [None]
