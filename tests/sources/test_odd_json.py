"""JSON that means something else: each value is refused where it stands, and the rest is taken."""

import json
from pathlib import Path

import pytest

from fraud.errors import CallError
from tests.sources.loading import Loaded, load, load_text, write
from tests.sources.spotify_files import DAY, ndjson, play, sums

GOOD_EVENT = {
    "quantity": 1,
    "transaction_date": DAY,
    "retail_name": "Spotify",
    "isrc_code": "QZAAA2600001",
    "code_alpha_2": "FI",
}
NO_COUNTS = [
    *("NaN", "Infinity", "-1", "1.5", "true", '"x"', "[1]", "[]", '{"a": 1}', "1e400"),
    *("12345678901234567890", f'"{"9" * 5000}"', '{"a": {"b": []}}', '"\\u0665"'),
]


def with_value(row: dict[str, object], key: str, value: str) -> str:
    return json.dumps({**row, key: "@"}).replace('"@"', value) + "\n"


def faults(loaded: Loaded) -> list[tuple[int, str | None]]:
    return list(loaded.refused.select("line", "column").iter_rows())


@pytest.mark.parametrize("value", NO_COUNTS)
def test_what_is_no_count_of_an_event_is_refused(tmp_path: Path, value: str) -> None:
    good = json.dumps(GOOD_EVENT) + "\n"
    loaded = load_text(tmp_path, good + with_value(GOOD_EVENT, "quantity", value), "a.ndjson")
    assert faults(loaded) == [(2, "quantity")]
    assert loaded.tables["streams"]["streams"].to_list() == [1]


@pytest.mark.parametrize("value", [value for value in NO_COUNTS if value != "1.5"])
def test_what_is_no_length_of_a_play_is_refused(tmp_path: Path, value: str) -> None:
    loaded = load_text(tmp_path, ndjson(play()) + with_value(play(), "length", value), "a.ndjson")
    assert faults(loaded) == [(2, "length")]


@pytest.mark.parametrize("value", [value for value in NO_COUNTS if not value.startswith("{")])
def test_what_is_no_sum_is_refused(tmp_path: Path, value: str) -> None:
    loaded = load_text(tmp_path, ndjson(sums()) + with_value(sums(), "saves", value), "a.ndjson")
    assert faults(loaded) == [(2, "saves")]


@pytest.mark.parametrize("value", ['["8f19"]', '{"id": "8f19"}', f'"{"8" * 5000}"'])
def test_what_is_no_id_of_a_track_is_refused(tmp_path: Path, value: str) -> None:
    loaded = load_text(tmp_path, ndjson(play()) + with_value(play(), "track_id", value), "a.ndjson")
    assert faults(loaded) == [(2, "track_id")]


@pytest.mark.parametrize(
    "line", ["[1, 2]", "7", '{"a":' * 3_000 + "1" + "}" * 3_000, '{"a": 1} {"a": 2}', '{"a": 01}']
)
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, line: str) -> None:
    assert faults(load_text(tmp_path, ndjson(play()) + line + "\n", "a.ndjson")) == [(2, None)]


def test_numbers_written_otherwise_are_numbers(tmp_path: Path) -> None:
    rows = [with_value(GOOD_EVENT, "quantity", value) for value in ("1e3", '"5"', "2.0", '" 5 "')]
    loaded = load_text(tmp_path, "\ufeff" + "".join(rows), "a.ndjson")
    assert loaded.tables["streams"]["streams"].sum() == 1_000 + 5 + 2 + 5


def test_an_array_is_refused_where_a_day_was_meant(tmp_path: Path) -> None:
    write(tmp_path / f"streams_NL_{DAY}.json", json.dumps([play()]))
    other = write(tmp_path / "other.json", json.dumps([play()]))
    write(tmp_path / "good.ndjson", ndjson(play()))
    loaded = load(tmp_path)
    assert [file.refused for file in loaded.delivery.files] == [False, False, True]
    with pytest.raises(
        CallError, match="is a JSON array and was skipped; a report has one object a line"
    ):
        load(other)


@pytest.mark.parametrize("beside", ["", "damaged\n"])
@pytest.mark.parametrize(
    "line",
    [
        json.dumps(GOOD_EVENT).replace('"quantity": 1', '"quantity": 3, "quantity": 5'),
        json.dumps(GOOD_EVENT).replace('"quantity": 1', '"quantity": 3,"quantity" : 3'),
        json.dumps(GOOD_EVENT).replace('"quantity": 1', '"quantity": null, "quantity": 5'),
    ],
)
def test_a_key_that_stands_twice_is_refused_whatever_stands_beside_it(
    tmp_path: Path, line: str, beside: str
) -> None:
    good = json.dumps({**GOOD_EVENT, "user_id": None}) + "\n"
    loaded = load_text(tmp_path, good + line + "\n" + beside, "a.ndjson")
    assert loaded.refused.row(0)[1] == 2
    assert loaded.reasons[0] == "the row has the key quantity several times; each stands once"
    assert loaded.tables["streams"]["streams"].to_list() == [1]


@pytest.mark.parametrize("beside", ["", "damaged\n"])
def test_keys_that_are_not_read_and_words_like_keys_do_no_harm(tmp_path: Path, beside: str) -> None:
    good = json.dumps({**GOOD_EVENT, "playlist_xid": "quantity", "label_name": "quantity"})
    twice = json.dumps(GOOD_EVENT).replace("{", '{"x": 1, "x": 2, "y": {"quantity": 1}, ')
    loaded = load_text(tmp_path, good + "\n" + twice + "\n" + beside, "a.ndjson")
    assert loaded.tables["streams"]["streams"].sum() == 2
    assert len(loaded.reasons) == bool(beside)


@pytest.mark.parametrize("beside", ["", "damaged\n"])
@pytest.mark.parametrize("half", ["\\ud800", "\\udfff", "\\ud83d\\ud83d\\ude00", "\\uDE00\\uD83D"])
def test_half_a_surrogate_pair_is_refused_whatever_stands_beside_it(
    tmp_path: Path, half: str, beside: str
) -> None:
    song = json.dumps({**GOOD_EVENT, "track_name": "\N{GRINNING FACE}"})
    odd = with_value({**GOOD_EVENT, "track_name": ""}, "track_name", f'"x{half}"')
    loaded = load_text(tmp_path, song + "\n" + odd + beside, "a.ndjson")
    assert loaded.reasons[0].startswith("the row holds half a surrogate pair")
    assert loaded.tables["catalog"]["title"].to_list() == ["\N{GRINNING FACE}"]
