"""Rows that are held as numbers become the same rows as those that are looked at one by one."""

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.tables import STREAMS
from tests.sources.damage import damaged_copies
from tests.sources.loading import Loaded, load, write

HEAD = "report_date,store,territory,isrc,store_track_id,source,tier,device,playlist_id,streams\n"
GOOD = {
    "day": ["2026-05-04", "2026-05-05", " 2026-05-04"],
    "store": ["spotify", "Apple Music", "apple_music", "deezer "],
    "territory": ["US", "us", "UK", "GB", "NA", "ZZ"],
    "isrc": ["QZAAA2600001", "qz-aaa-26-00001", "QZAAA2600002", "QZAAA2600003"],
    "track": ["", "x1"],
    "source": ["search", "Editorial Playlist", "", "radio"],
    "tier": ["premium", "", "FREE"],
    "device": ["mobile", "", "tv"],
    "playlist": ["", "p1", "p2"],
    "streams": ["1", "2", "3", "12.0", " 7", "900000000000"],
}
ODD = {
    "day": ["2026-02-30", ""],
    "store": ["?", ""],
    "territory": ["XX", " "],
    "isrc": ["", "QZAAA26", "  "],
    "track": ['y"2'],
    "source": ["from the moon", "searching"],
    "tier": ["gold"],
    "device": ["fridge"],
    "playlist": ["é"],
    "streams": ["-1", "1.5", "", "many", "9000000000000"],
}
GOOD_ROW = st.tuples(*map(st.sampled_from, GOOD.values()))
ROW = st.tuples(*(st.sampled_from(GOOD[name] * 4 + ODD[name]) for name in GOOD))
LINE = GOOD_ROW.map(",".join) | ROW.map(",".join) | st.sampled_from(["a,b", "", '"open,'])


def both_ways(*texts: bytes, block_bytes: int) -> tuple[Loaded, Loaded]:
    """Return what files become in numbers, wherever that is possible, and what row by row."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        files = [write(Path(folder, f"{n}.csv"), text) for n, text in enumerate(texts)]
        patch.setattr("fraud.sources.lines.BLOCK_BYTES", block_bytes)
        patch.setattr("fraud.sources.unpacking.CHUNK_BYTES", block_bytes)
        patch.setattr("fraud.sources.staging.LEAST_APART", 1)
        numbered = load(*files)
        patch.setattr("fraud.sources.staging.LEAST_APART", 1 << 40)
        return numbered, load(*files)


def assert_alike(one: Loaded, other: Loaded) -> None:
    for name, rows in one.tables.items():
        assert rows.equals(other.tables[name]), name
    assert one.refused.sort(one.refused.columns).equals(other.refused.sort(other.refused.columns))
    assert (one.merged, one.warnings) == (other.merged, other.warnings)
    for mine, its in zip(one.delivery.files, other.delivery.files, strict=True):
        assert (mine.rows, mine.quarantined, mine.others) == (its.rows, its.quarantined, its.others)
        assert (mine.note, mine.digest) == (its.note, its.digest)
        assert mine.quarantined_by_day_store == its.quarantined_by_day_store
    for day in one.tables["streams"]["report_date"].unique():
        told = one.delivery.day_stores(STREAMS, day)
        assert told == other.delivery.day_stores(STREAMS, day)


@settings(max_examples=50, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=40), st.sampled_from([200, 1 << 20]))
def test_any_file_is_read_alike_both_ways(lines: list[str], block_bytes: int) -> None:
    text = (HEAD + "\n".join(lines) + "\n").encode()
    if any(line for line in lines):
        assert_alike(*both_ways(text, block_bytes=block_bytes))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(GOOD_ROW.map(",".join), min_size=1, max_size=12), min_size=2, max_size=3),
)
def test_files_that_tell_of_one_day_together_are_read_alike_both_ways(
    files: list[list[str]],
) -> None:
    texts = [(HEAD + "\n".join(lines) + "\n").encode() for lines in files]
    assert_alike(*both_ways(*texts, block_bytes=200))


def usual(rows: int) -> bytes:
    words = [GOOD[name][:2] for name in GOOD]
    lines = (
        ",".join(of[n * (at + 3) // 7 % 2] for at, of in enumerate(words)) for n in range(rows)
    )
    return (HEAD + "\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("copy", [*damaged_copies(usual(120), copies=6)])
def test_damaged_copies_are_read_alike_both_ways(copy: bytes) -> None:
    assert_alike(*both_ways(copy, block_bytes=1_500))


def test_a_good_file_is_a_file_of_the_lake_for_each_day_and_store() -> None:
    numbered, careful = both_ways(usual(300), block_bytes=1_500)
    made = [staged.made for file in numbered.delivery.files for staged in file.staged]
    assert len(made) == 4
    assert all(made)
    assert not any(staged.made for file in careful.delivery.files for staged in file.staged)


def test_a_day_of_more_rows_than_are_packed_at_a_time_is_written_territory_by_territory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fraud.sources.packing.MOST_ROWS", 30)
    assert_alike(*both_ways(usual(300), block_bytes=1_500))


@pytest.mark.parametrize("bound", ["packing.BITS", "numbers.MOST_WORDS"])
def test_what_does_not_fit_into_numbers_is_read_row_by_row(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"fraud.sources.{bound}", 2)
    numbered, careful = both_ways(usual(300), block_bytes=1_500)
    assert_alike(numbered, careful)
    assert not all(staged.made for file in numbered.delivery.files for staged in file.staged)


def test_the_witness_holds_each_value_that_the_rows_have() -> None:
    numbered, _ = both_ways(usual(300), block_bytes=1_500)
    ((first, *_),) = (file.staged for file in numbered.delivery.files)
    assert first.numbers
    witness, rows = first.numbers.witness(), numbered.tables["streams"]
    for name in set(STREAMS.schema) - {"streams"}:
        assert set(rows[name].drop_nulls()) <= set(witness[name])
    assert witness.schema == pl.Schema(STREAMS.schema)
