"""Separators, quotes, encodings, missing headers, zip files and files that are no table."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import fraud.sources
from fraud.errors import UnreadableError
from fraud.sources.lines import Block
from fraud.sources.rows import Refused, Rows
from fraud.sources.source import Reading, Report, Source
from fraud.tables import STREAMS
from tests.sources.loading import STREAMS_CSV, Loaded, load, load_text, write

PLAYS = {
    "day": "report_date",
    "shop": "store",
    "where": "territory",
    "isrc": "isrc",
    "plays": "streams",
    "list": "playlist_name",
}
NAMES = tuple(PLAYS)


def _open(_: Report) -> Reading:
    return Reading(STREAMS, frozenset(PLAYS), lambda rows: {"streams": rows.rename(PLAYS)})


def _unheaded(cells: Sequence[str]) -> tuple[str, ...] | None:
    return NAMES if len(cells) == len(NAMES) and cells[0].startswith("20") else None


PLAIN = Source("plain", "for tests", lambda columns: columns >= set(NAMES), _open, ";\t", "\t")
HEAD = ";".join(NAMES) + "\n"


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Loaded]:
    """Return what reads a text with a source that differs from `PLAIN` in some points."""

    def load_with(text: str | bytes, name: str = "a.csv", **points: object) -> Loaded:
        source = replace(PLAIN, **points)  # type: ignore[arg-type]
        monkeypatch.setattr(fraud.sources, "REGISTRY", (source,))
        return load_text(tmp_path, text, name)

    return load_with


def lists(loaded: Loaded) -> list[str]:
    return loaded.tables["streams"]["playlist_name"].to_list()


def row(name: str, isrc: int = 1, separator: str = ";") -> str:
    return separator.join(["2026-05-04", "deezer", "FR", f"QZAAA260000{isrc}", "5", name])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_source_says_which_separators_it_comes_with(
    separator: str, reads: Callable[..., Loaded]
) -> None:
    text = (HEAD + row("One, two") + "\n").replace(";", separator)
    assert lists(reads(text)) == ["One, two"]


def test_a_separator_that_a_source_does_not_know_is_named(reads: Callable[..., Loaded]) -> None:
    loaded = reads((HEAD + row("x")).replace(";", "|"))
    assert loaded.reasons == [
        (
            "the file has a header separated by vertical bars;"
            " a plain report separates by semicolons or tabs"
        )
    ]


@pytest.mark.parametrize("damage", ["", "x;y\n"])
def test_quotes_mean_something_beside_some_separators_only(
    damage: str, reads: Callable[..., Loaded]
) -> None:
    quoted = HEAD + row('"12"" mix; live"') + "\n" + damage
    assert lists(reads(quoted)) == ['12" mix; live']
    bare = (HEAD + row('12" mix') + "\n" + row('"b', 2) + "\n" + damage).replace(";", "\t")
    assert lists(reads(bare)) == ['12" mix', '"b']


def test_short_rows_are_filled_up_where_the_source_says_so(reads: Callable[..., Loaded]) -> None:
    short, long = row("x").rpartition(";")[0], row("y", 2) + ";;"
    text = f"{HEAD}{row('a', 3)}\n{short}\n{long}\n"
    assert reads(text).faults == [(3, None), (4, None)]
    loaded = reads(text, ragged=True)
    assert lists(loaded) == [None, "a"]
    assert loaded.reasons == ["the number of fields is 8, too many for the header's 6"]


def test_a_short_last_row_without_line_end_may_be_a_cut_one(reads: Callable[..., Loaded]) -> None:
    loaded = reads(HEAD + row("a") + "\n2026-05-04;deezer;FR;QZAAA2600002;4", ragged=True)
    assert lists(loaded) == ["a"]
    assert loaded.delivery.files[0].partial


def test_windows_1252_is_read_line_by_line_with_one_warning(reads: Callable[..., Loaded]) -> None:
    text = HEAD.encode()
    text += (row("Café – “x”", 1) + "\n").encode("cp1252")
    text += (row("Füür", 2) + "\n").encode()
    text += (row("Zoë", 3) + "\n").encode("latin-1")
    text += (row("x", 4)).encode() + b"\x81\n"
    assert reads(text).refused.height == 3
    loaded = reads(text, latin1=True)
    assert lists(loaded) == ["Café – “x”", "Füür", "Zoë", "x\x81"]
    assert [warning.rpartition(": ")[2] for warning in loaded.warnings] == [
        "is not UTF-8 and was read as Windows-1252"
    ]


def test_a_header_in_windows_1252_is_a_header(reads: Callable[..., Loaded]) -> None:
    names = frozenset({"día", *NAMES[1:]})
    text = (HEAD.replace("day", "día") + row("x") + "\n").encode("latin-1")

    def opening(_: Report) -> Reading:
        plays = {"día": "report_date", **{name: PLAYS[name] for name in NAMES[1:]}}
        return Reading(STREAMS, names, lambda rows: {"streams": rows.rename(plays)})

    loaded = reads(text, latin1=True, recognises=lambda columns: columns >= names, open=opening)
    assert lists(loaded) == ["x"]


def test_a_header_may_be_missing_where_the_source_knows_its_columns(
    reads: Callable[..., Loaded],
) -> None:
    rows = f"{row('a')}\n{row('b', 2)};\n"
    loaded = reads(rows, unheaded=_unheaded)
    assert (lists(loaded), loaded.faults) == (["a"], [(2, None)])
    assert lists(reads(HEAD + rows, unheaded=_unheaded)) == ["a"]


def zip_of(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PARTS = STREAMS_CSV.splitlines(keepends=True)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_members_of_a_zip_file_are_files_of_their_own(method: int, tmp_path: Path) -> None:
    packed = zip_of(
        {
            "../b.csv": "".join(PARTS[:3]),
            "in/c.csv.gz": gzip.compress((PARTS[0] + PARTS[3] + "x\n").encode()),
            "__MACOSX/._b.csv": b"\0\5\x16",
            "empty/": b"",
        },
        method,
    )
    loaded = load_text(tmp_path, packed, "a.zip")
    assert loaded.tables["streams"].height == 3
    assert [file.path for file in loaded.delivery.files] == [
        f"{tmp_path}/a.zip/b.csv",
        f"{tmp_path}/a.zip/in/c.csv.gz",
    ]
    assert loaded.refused.select("file", "line").rows() == [(f"{tmp_path}/a.zip/in/c.csv.gz", 3)]
    assert loaded.delivery.notices == [
        f"{tmp_path}/a.zip/__MACOSX/._b.csv is hidden and was skipped"
    ]
    assert {path.name for path in tmp_path.rglob("*")} == {"a.zip"}


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    packed = bytearray(zip_of({"a.csv": STREAMS_CSV}))
    packed[6] |= 1
    packed[packed.index(b"PK\1\2") + 8] |= 1
    loaded = load_text(tmp_path, bytes(packed), "a.zip")
    assert loaded.reasons == ["the file is encrypted; deliver it without a password"]


def test_a_damaged_zip_file_is_refused_and_no_row_of_it_enters(tmp_path: Path) -> None:
    packed = zip_of({"a.csv": STREAMS_CSV})
    assert load_text(tmp_path, packed[:-9], "a.zip").reasons == [
        "the file is a damaged zip file; deliver it again"
    ]
    stored = bytearray(zip_of({"a.csv": STREAMS_CSV}, zipfile.ZIP_STORED))
    stored[stored.index(b",12\n") + 1] ^= 1
    loaded = load_text(tmp_path, bytes(stored), "a.zip")
    assert loaded.reasons == ["the file is damaged in its zip file; deliver it again"]
    assert loaded.tables["streams"].is_empty()


def test_any_damage_to_a_zip_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    packed = zip_of({"a.csv": STREAMS_CSV})
    good = load_text(tmp_path, packed, "a.zip").tables["streams"]
    write(tmp_path / "b.csv", "isrc\nQZAAA2600001\n")
    for position in range(len(packed)):
        damaged = packed[:position] + bytes([packed[position] ^ 0x55]) + packed[position + 1 :]
        loaded = load(write(tmp_path / "a.zip", damaged), tmp_path / "b.csv")
        if not loaded.tables["streams"].equals(good):
            assert loaded.refused.height or loaded.delivery.notices, position


def test_zips_in_zips_and_bombs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nested = zip_of({"a.zip": zip_of({"a.csv": STREAMS_CSV})})
    assert "within a zip file" in load_text(tmp_path, nested, "a.zip").reasons[0]
    monkeypatch.setattr("fraud.sources.unpacking.RATIO_COUNTS_FROM_BYTES", 1 << 20)
    bomb = zip_of({"a.csv": PARTS[0] + PARTS[1] * 300_000})
    assert "more than 200 times its size" in load_text(tmp_path, bomb, "a.zip").reasons[0]


def test_a_workbook_is_no_zip_file_of_reports(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", STREAMS_CSV)
    write(tmp_path / "b.xlsx", zip_of({"[Content_Types].xml": "<x/>", "xl/a.xml": "<x/>"}))
    loaded = load(tmp_path)
    assert loaded.delivery.notices == [
        f"{tmp_path}/b.xlsx is no report and was skipped; export tables as CSV"
    ]


def _pairs(every: Iterable[Block]) -> Iterator[Rows]:
    """Parse lines `day DAY` followed by lines `ISRC PLAYS`."""
    day = ""
    for block in every:
        found: list[tuple[str, str, str, int]] = []
        refused: list[Refused] = []
        for line, text in enumerate((block.data + block.unfinished).decode().splitlines()):
            words = text.split()
            if words[0] == "day":
                day = words[1]
            elif len(words) == 2:
                found.append((day, words[0], words[1], block.first_line + line))
            else:
                refused.append(Refused("the row is no pair", block.first_line + line, row=text))
        schema = ["day", "isrc", "plays", "line"]
        texts = [f"{isrc} {plays}" for _, isrc, plays, _ in found]
        yield Rows(
            pl.DataFrame(found, schema=schema, orient="row"),
            lambda positions, texts=texts: [texts[i] for i in positions],  # type: ignore[misc]
            refused,
        )
    if day.endswith("31"):
        raise UnreadableError("ends with a month; deliver days")


def _no_table(_: Report) -> Reading:
    def rows(pairs: pl.DataFrame) -> dict[str, pl.DataFrame]:
        named = {name: new for name, new in PLAYS.items() if name in pairs.columns}
        facts = pairs.rename(named).with_columns(store=pl.lit("deezer"), territory=pl.lit("FR"))
        return {"streams": facts}

    return Reading(STREAMS, frozenset({"day", "isrc", "plays"}), rows, parse=_pairs)


NO_TABLE = {"claims": lambda head: head.startswith(b"day "), "open": _no_table}


def test_a_file_that_is_no_table_is_parsed_by_its_source(reads: Callable[..., Loaded]) -> None:
    text = "day 2026-05-04\nQZAAA2600001 5\nQZAAA2600002 -1\nday 2026-05-05\nx\nQZAAA2600001 7\n"
    loaded = reads(text, **NO_TABLE)
    assert loaded.tables["streams"]["streams"].to_list() == [5, 7]
    assert loaded.faults == [(5, None), (3, "streams")]
    assert loaded.refused["row"].to_list() == ["x", "QZAAA2600002 -1"]


def test_a_parser_may_refuse_the_file_as_a_whole(reads: Callable[..., Loaded]) -> None:
    loaded = reads("day 2026-05-31\nQZAAA2600001 5\n", **NO_TABLE)
    assert loaded.reasons == ["the file ends with a month; deliver days"]
    packed = gzip.compress(b"day 2026-05-04\nQZAAA2600001 5\n" * 9)
    loaded = reads(packed[:-4], "a.gz", **NO_TABLE)
    assert loaded.reasons == ["the file breaks off before its end; deliver it again"]
