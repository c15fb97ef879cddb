"""Blocks that are scanned as bytes become the same rows as those whose cells are read as texts."""

import gzip
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import types

from fraud.compiled import compiled
from fraud.sources import csv_rows, machine
from fraud.sources.csv_rows import Dialect
from fraud.sources.lines import Block
from fraud.sources.numbers import MEASURE, WITHIN, Numbers
from fraud.sources.scanning import Scanner
from tests.sources.damage import damaged_copies
from tests.sources.loading import STREAMS_CSV, Loaded, load, write
from tests.sources.test_numbers import GOOD_ROW, HEAD, LINE, assert_alike, usual

ROOT = Path(__file__).parents[2]
COLUMNS = HEAD.strip().split(",")
DIALECTS = [Dialect(), Dialect(";"), Dialect("\t", quoted=False)]
ODD_LINES = st.sampled_from(
    [
        '2026-05-04,spotify,US,QZAAA2600001,,"search",,,,1',
        '2026-05-04,spotify,US,QZAAA2600001,,"search,,,,1',
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,p\r1,1",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,p1,1\r",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,p\0,1",
        "2026-05-04,spotify,US,QZAAA2600001,x\0,search,,,,1",
        "2026-05-04,spotify,US,QZAAA2600001,é,search,,,ü,1",
        f"2026-05-04,spotify,US,QZAAA2600001,,search,,,{'p' * 16},1",
        f"2026-05-04,spotify,US,QZAAA2600001,,search,,,{'p' * 17},1",
        f"2026-05-04,spotify,US,QZAAA2600001,,search,,,{'p' * machine.LONGEST_WORD},1",
        f"2026-05-04,spotify,US,QZAAA2600001,,search,,,{'p' * 5_000},1",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,,00000000000000000001",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,,+1",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,,12345678",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,1",
        "2026-05-04,spotify,US,QZAAA2600001,,search,,,,,1",
    ]
)


def both_ways(*contents: bytes, block_bytes: int, ending: str = "csv") -> tuple[Loaded, Loaded]:
    """Return what files become scanned, wherever that is possible, and what cell by cell."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        files = [write(Path(folder, f"{n}.{ending}"), one) for n, one in enumerate(contents)]
        patch.setattr("fraud.sources.lines.BLOCK_BYTES", block_bytes)
        patch.setattr("fraud.sources.unpacking.CHUNK_BYTES", block_bytes)
        patch.setattr("fraud.sources.staging.LEAST_APART", 1)
        patch.setattr("fraud.sources.lines.LARGE_BYTES", 0)
        scanned = load(*files)
        patch.setattr("fraud.sources.staging.LEAST_APART", 1 << 40)
        patch.setattr("fraud.sources.lines.LARGE_BYTES", 1 << 40)
        return scanned, load(*files)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(GOOD_ROW.map(",".join) | LINE | ODD_LINES, min_size=1, max_size=30),
    st.sampled_from([300, 1 << 20]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_any_file_is_read_alike_both_ways(
    lines: list[str], block_bytes: int, line_end: str, last: str, mark: str
) -> None:
    if any(lines):
        text = mark + HEAD + "\n".join(lines) + last
        assert_alike(*both_ways(text.replace("\n", line_end).encode(), block_bytes=block_bytes))


def all_of_words(rows: int) -> bytes:
    """Return a file without a column that is not read, so that words alone are looked at."""
    lines = [line.split(b",") for line in usual(rows).splitlines()]
    at = COLUMNS.index("store_track_id")
    return b"".join(b",".join(cells[:at] + cells[at + 1 :]) + b"\n" for cells in lines)


@pytest.mark.parametrize(
    "copy",
    [
        *damaged_copies(usual(120), copies=3),
        *damaged_copies(all_of_words(120), seed=3, copies=3),
    ],
)
def test_damaged_copies_are_read_alike_both_ways(copy: bytes) -> None:
    assert_alike(*both_ways(copy, block_bytes=1_500))


@pytest.mark.parametrize("column", range(len(COLUMNS) - 1))
@pytest.mark.parametrize("damage", [b"\xff", b"\xc3", b"\xa9 of a word behind"])
def test_a_cell_that_is_no_text_costs_its_row_alone(column: int, damage: bytes) -> None:
    lines = all_of_words(120).splitlines(keepends=True)
    cells = lines[60].split(b",")
    cells[column] = damage + cells[column]
    lines[60] = b",".join(cells)
    scanned, read = both_ways(b"".join(lines), block_bytes=1_500)
    assert_alike(scanned, read)
    assert [line for line, _ in scanned.faults] == [61]


def test_a_good_file_is_scanned_and_is_a_file_of_the_lake_for_each_day_and_store() -> None:
    (file,) = both_ways(usual(300), block_bytes=1_500)[0].delivery.files
    assert len(file.staged) == 4
    for staged in file.staged:
        assert staged.made
        assert staged.numbers
        assert len(staged.numbers._scanned["isrc"]) > 1


def test_a_small_file_loads_nothing_compiled(tmp_path: Path) -> None:
    path = write(tmp_path / "report.csv", STREAMS_CSV)
    code = "import sys; load(Path(sys.argv[1])); assert 'numba' not in sys.modules"
    imports = "from pathlib import Path; from tests.sources.loading import load; "
    subprocess.run([sys.executable, "-c", imports + code, path], cwd=ROOT, check=True)


@pytest.mark.parametrize("lost", [9, 40, 200])
def test_a_packed_file_that_breaks_off_is_read_alike_both_ways(lost: int) -> None:
    packed = gzip.compress(usual(300))[:-lost]
    assert_alike(*both_ways(packed, block_bytes=1_500, ending="csv.gz"))


def rows_of(numbers: Numbers, parts: Iterable[tuple[object, pl.DataFrame]]) -> list[str]:
    """Return each row as a text, in order."""
    read = list(parts)
    values = {name: [None, *of] for name, of in numbers.values.items()}
    return sorted(
        str((day_store, *(values[name][row[name]] for name in WITHIN if name in row), row[MEASURE]))
        for day_store, part in read
        for row in part.rows(named=True)
    )


def scanned_alike(scanner: Scanner, text: bytes, columns: Sequence[str], dialect: Dialect) -> bool:
    """Scan a block; what is taken has to be what its cells say. Return whether it was taken."""
    block = Block(1, text[: text.rfind(b"\n") + 1], text[text.rfind(b"\n") + 1 :])
    scanned = scanner.scan(block, 1)
    if scanned is None:
        return False
    read = csv_rows.read(block, columns, dialect)
    assert read.refused == []
    by_cells, by_bytes = Numbers(), Numbers()
    numbered = by_cells.of(read.frame)
    assert numbered is not None
    parts = numbered.partition_by("report_date", "store", as_dict=True)
    expected = [(by_cells.day_store(key), part) for key, part in parts.items()]
    assert rows_of(by_bytes, by_bytes.of_scanned(scanned)) == rows_of(by_cells, expected)
    return True


CELLS = st.sampled_from([",", ";", "\t", '"', '"x"', "\r", "\0", "", " ", "p1", "é", "p" * 8]) | (
    st.text(st.characters(codec="utf-8"), max_size=40)
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(GOOD_ROW, CELLS, CELLS), min_size=1, max_size=8),
    st.sampled_from(DIALECTS),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_a_block_that_is_taken_says_what_its_cells_say(
    rows: list[tuple[tuple[str, ...], str, str]], dialect: Dialect, line_end: str, is_ended: bool
) -> None:
    lines = [
        dialect.separator.join((*row[:-2], cell, row[-1], kept_out)) for row, cell, kept_out in rows
    ]
    text = line_end.join([*lines, *([""] if is_ended else [])]).encode()
    columns = [*COLUMNS, "kept out"]
    scanned_alike(Scanner(columns, dialect), text, columns, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n"])
def test_what_is_well_written_is_taken(dialect: Dialect, line_end: bytes, last: bytes) -> None:
    text = usual(40).partition(b"\n")[2].removesuffix(b"\n") + last
    text = text.replace(b",", dialect.separator.encode()).replace(b"\n", line_end)
    assert scanned_alike(Scanner(COLUMNS, dialect), text, COLUMNS, dialect)


def block_of(playlists: Iterable[str]) -> bytes:
    return "".join(
        f"2026-05-04,spotify,US,QZAAA2600001,,,,,{one},1\n" for one in playlists
    ).encode()


def test_any_number_of_words_is_held_and_known_again() -> None:
    dialect, playlists = Dialect(), [f"{'p' * (n % 31)}{n}" for n in range(30_000)]
    scanner = Scanner(COLUMNS, dialect)
    numbers = Numbers()
    for some in (playlists, playlists[::-1], playlists[:100]):
        scanned = scanner.scan(Block(1, block_of(some), b""), 1)
        assert scanned
        ((_, rows),) = numbers.of_scanned(scanned)
        values = numbers.values["playlist_id"]
        assert values.gather(rows["playlist_id"] - 1).to_list() == some
        assert len(values) == len(playlists)


def test_words_with_one_hash_are_told_apart() -> None:
    """The hash of what follows the first eight bytes can be solved for the last eight."""
    scanner = Scanner(COLUMNS, Dialect())
    odd = int(machine._ODDLY)
    halves = [int.from_bytes(of, "little") for of in (b"abcdefgh", b"ijklmnop")]
    wanted = int.from_bytes(b"qrstuvwx", "little")
    other = ((halves[0] * odd) ^ (halves[1] * odd) ^ wanted) % 2**64
    words = [b"12345678abcdefghqrstuvwx", b"12345678ijklmnop" + other.to_bytes(8, "little")]
    assert not {44, 10} & set(words[1])
    rows = b"".join(b"2026-05-04,spotify,US,QZAAA2600001,,,,," + one + b",1\n" for one in words)
    numbers = np.empty((8, 2), np.uint32)
    assert scanner._read(rows, numbers, np.empty(2, np.int64))
    assert numbers[-1].tolist() == [1, 2]


def test_a_block_with_a_word_in_doubt_is_not_taken_nor_is_any_after_it_that_has_it() -> None:
    dialect, scanner = Dialect(), Scanner(COLUMNS, Dialect())
    good = usual(40).partition(b"\n")[2]
    odd = b"2026-05-04,spotify,US,QZAAA2600001,,from the moon,,,,1\n"
    taken = [
        scanned_alike(scanner, text, COLUMNS, dialect) for text in (odd + good, odd, good + odd)
    ]
    assert taken == [False, False, False]
    assert scanner.scan(Block(1, good, b""), 1)


def test_a_file_with_too_many_words_is_not_scanned_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fraud.sources.scanning.MOST_WORDS", 30)
    scanner = Scanner(COLUMNS, Dialect())
    blocks = [Block(1, block_of([f"p{n}"]), b"") for n in range(40)]
    taken = [scanner.scan(block, 1) is not None for block in blocks]
    assert taken == sorted(taken, reverse=True)
    assert set(taken) == {True, False}


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("compiled_anew", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_was_compiled_is_kept_and_does_no_harm_where_it_is_spoilt(tmp_path: Path) -> None:
    path = tmp_path / "twice.py"
    path.write_text(
        "from numba import types\n"
        "from fraud.compiled import compiled\n\n"
        "@compiled(types.int64)\n"
        "def twice(number):\n"
        "    return 2 * number\n"
    )
    assert imported(path).twice(21) == 42
    kept = sorted(tmp_path.rglob("*.nb?"))
    assert [one.suffix for one in kept] == [".nbc", ".nbi"]
    for one in kept:
        one.write_bytes(b"spoilt")
        assert imported(path).twice(21) == 42


def test_what_has_no_place_to_be_kept_is_compiled_all_the_same() -> None:
    twice = eval("lambda number: 2 * number")  # noqa: S307 a function that is in no file
    assert compiled(types.int64)(twice)(21) == 42
