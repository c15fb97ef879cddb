"""Plays that are held as numbers become the same rows as those that are looked at one by one."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.sources import ndjson_rows
from tests.sources.loading import Loaded, load, write
from tests.sources.spotify_files import (
    ANN,
    BOB,
    DAY,
    LISTS,
    OTHER,
    SONG,
    account,
    ndjson,
    play,
    track,
)
from tests.sources.spotify_files import sums as of_sums
from tests.sources.test_numbers import assert_alike

CID, THIRD = "c1d" + 29 * "0", "99aa" + 28 * "d"
GOOD: dict[str, list[Any]] = {
    "user_id": [ANN, BOB, CID, f" {ANN}", "", None],
    "track_id": [SONG, OTHER, THIRD, f"{SONG} "],
    "timestamp": [
        *(f"{DAY}T12:15:00", f"{DAY} 23:59:59", f"{DAY}T00:00:01"),
        *("2026-05-05T00:10:00", "2026-05-03T23:50:00", "2026-04-20T10:00:00"),
    ],
    "country": ["NL", "nl", "SE", "UK", "GB"],
    "length": [200, 31, 30, 29, 0, "45", "61.5", None, ""],
    "source": ["search", "others_playlist", "Collection", "from the moon", ""],
    "source_uri": ["", *LISTS.values()],
    "device_type": ["cell phone", "personal computer", "toaster", ""],
    "os": ["Android", "browser", ""],
}
ODD: dict[str, list[Any]] = {
    "user_id": [12, "\\u00e9", 'a"b'],
    "track_id": ["", None],
    "timestamp": ["2026-02-30T10:00:00", "20260504", "yesterday", "", f"{DAY}Tx", None],
    "country": ["XX", "", None],
    "length": [-1, "many", 1e20, 61.5],
    "source": ["é"],
    "source_uri": ["sp\not", "spotify:playlist:37i9dQZF1DXé", "x" * 250],
    "device_type": [True],
    "os": [["x"]],
}
USUAL = st.fixed_dictionaries({name: st.sampled_from(of) for name, of in GOOD.items()})
ANY = st.fixed_dictionaries(
    {name: st.sampled_from(of * 4 + ODD[name]) for name, of in GOOD.items()}
)
ALIKE = USUAL.map(lambda row: json.dumps(play(**row)))
ODD_IN_ONE = st.tuples(
    USUAL, st.sampled_from([(name, value) for name, of in ODD.items() for value in of])
).map(lambda told: json.dumps(play(**told[0] | dict([told[1]]))))
LINE = (
    ALIKE
    | ANY.map(lambda row: json.dumps(play(**row)))
    | ANY.map(lambda row: json.dumps(play(**row), separators=(",", ":")))
    | USUAL.map(lambda row: json.dumps(dict(reversed(play(**row).items()))))
    | st.sampled_from(["", "{}", '{"track_id": ', "[1]", "\0", '{"user_id": "\\ud800"}'])
)
BESIDE = {
    "users.json": ndjson(account(), account(user_id=BOB, country="DE", product="free", access="")),
    "tracks.json": ndjson(track(), track(track_id=THIRD), track(track_id=OTHER, isrc="")),
    "aggregatedstreams.json": ndjson(of_sums()),
}


def both_ways(files: dict[str, str], block_bytes: int = 1 << 20) -> tuple[Loaded, Loaded]:
    """Return what files become in numbers, wherever that is possible, and what row by row."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        named = {name if "/" in name else f"{DAY}/{name}": text for name, text in files.items()}
        paths = [write(Path(folder, name), text) for name, text in named.items()]
        patch.setattr("fraud.sources.lines.BLOCK_BYTES", block_bytes)
        patch.setattr("fraud.sources.unpacking.CHUNK_BYTES", block_bytes)
        patch.setattr("fraud.sources.staging.LEAST_APART", 1)
        patch.setattr("fraud.sources.lines.LARGE_BYTES", 0)
        numbered = load(*paths)
        patch.setattr("fraud.sources.staging.LEAST_APART", 1 << 40)
        patch.setattr("fraud.sources.lines.LARGE_BYTES", 1 << 40)
        return numbered, load(*paths)


def assert_same(numbered: Loaded, careful: Loaded) -> None:
    assert_alike(numbered, careful)
    for name, rows in numbered.late.items():
        assert rows.equals(careful.late[name]), name
    assert numbered.delivery.notices == careful.delivery.notices
    for mine, its in zip(numbered.delivery.unfolded, careful.delivery.unfolded, strict=True):
        for told in ("parts", "left", "told", "territories", "nameless", "by_arrival"):
            assert getattr(mine, told) == getattr(its, told), told
        assert mine.staged.by_day_store == its.staged.by_day_store
        assert mine.staged.rows == its.staged.rows


@settings(max_examples=20, deadline=None)
@given(
    st.lists(ALIKE, max_size=40)
    | st.lists(ALIKE | ALIKE | ALIKE | ODD_IN_ONE, max_size=40)
    | st.lists(LINE, min_size=1, max_size=40),
    st.lists(ALIKE, max_size=10),
    st.sets(st.sampled_from([*BESIDE])),
    st.sampled_from([1_500, 1 << 20]),
)
def test_any_plays_are_read_alike_both_ways(
    lines: list[str], short: list[str], beside: set[str], block_bytes: int
) -> None:
    files = {"streams_NL.json": "\n".join([json.dumps(play()), *lines]) + "\n"}
    if short:
        files["sub_30_sec_streams_NL.json"] = "\n".join(short) + "\n"
    files |= {name: BESIDE[name] for name in beside}
    assert_same(*both_ways(files, block_bytes))


def usual(rows: int) -> str:
    return ndjson(
        *(
            play(
                **{
                    name: of[n * (at + 3) // 7 % len(of)]
                    for at, (name, of) in enumerate(GOOD.items())
                }
            )
            for n in range(rows)
        )
    )


def test_plays_of_more_tracks_than_are_held_at_a_time_are_put_in_order_part_by_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fraud.sources.play_packing.MOST_ROWS", 30)
    monkeypatch.setattr("fraud.sources.play_packing._SAMPLED", 1)
    assert_same(*both_ways({"streams.json": usual(300), **BESIDE}, 4_000))


def test_days_that_come_together_are_added_up_each_by_itself() -> None:
    files = {
        f"2026-05-0{day}/streams.json": usual(60).replace(DAY, f"2026-05-0{day}") for day in (4, 5)
    }
    numbered, careful = both_ways(files, 4_000)
    days = {day for made in numbered.delivery.unfolded for day, _ in made.staged.by_day_store}
    assert len(days) > 1
    assert_same(numbered, careful)


@pytest.mark.parametrize(
    "bound", ["play_packing.BITS", "play_numbers.MOST_VALUES", "play_scanning.MOST_WORDS"]
)
@pytest.mark.parametrize("most", [2, 16])
def test_what_does_not_fit_into_numbers_is_read_row_by_row(
    bound: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"fraud.sources.{bound}", most)
    assert_same(*both_ways({"streams.json": usual(300), **BESIDE}, 4_000))


def test_usual_plays_of_one_day_are_scanned_and_become_files_of_the_lake() -> None:
    files = {"streams.json": ndjson(*(play(length=n) for n in range(40)))}
    with pytest.MonkeyPatch.context() as patch:
        read = ndjson_rows.read
        looked_at: list[int] = []
        patch.setattr(
            ndjson_rows,
            "read",
            lambda block, columns: looked_at.append(block.line_ends) or read(block, columns),
        )
        numbered, careful = both_ways(files)
    assert looked_at == [40]  # The careful way alone.
    for loaded in (numbered, careful):
        made = {one.staged.table.name: one.staged.made for one in loaded.delivery.unfolded}
        assert all(made.values())
    assert all(staged.play_numbers for file in numbered.delivery.files for staged in file.staged)
    assert_same(numbered, careful)
