"""Listener ids are personal: hashed before anything touches a disk, wherever a row ends up."""

from pathlib import Path

import pytest

from fraud.sources.delivery import deliver
from tests.sources.loading import LISTENERS_CSV, SALT, load_text, write

HEAD = LISTENERS_CSV.partition("\n")[0]
ROW = "2026-05-04,spotify,US,QZAAA2600001,anna-7,2,400,CA,premium"


def test_an_id_becomes_a_hash_that_only_the_salt_gives_again(tmp_path: Path) -> None:
    first = load_text(tmp_path, LISTENERS_CSV).tables["listeners"]
    assert first["listener_id"].str.contains("^[0-9a-f]{32}$").all()
    assert first["listener_id"].n_unique() == 2
    again = load_text(tmp_path, f"{HEAD}\n{ROW}\n").tables["listeners"]
    assert again["listener_id"][0] in first["listener_id"]


def test_another_installation_hashes_differently(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", LISTENERS_CSV)
    ids = []
    for number, salt in enumerate((SALT, "01" * 32)):
        staging = tmp_path / str(number)
        staging.mkdir()
        delivery = deliver([path], staging, salt=lambda salt=salt: salt)  # type: ignore[misc]
        [(_, combined)] = delivery.chunks(delivery.files[0].staged[0].table)
        ids.append(set(combined.rows["listener_id"]))
    assert ids[0].isdisjoint(ids[1])


def test_no_salt_is_asked_for_where_no_listener_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "isrc\nQZAAA2600001\n")
    staging = tmp_path / "staging"
    staging.mkdir()

    def salt() -> str:
        raise AssertionError("asked for the salt")

    assert deliver([path], staging, salt=salt).files[0].rows == 1


@pytest.mark.parametrize(
    "bad",
    [
        ROW.replace(",2,", ",-2,"),
        ROW.replace("US", "XX"),
        ROW + ",more",
        ROW.replace("spotify,", ""),
        ROW.replace("premium", '"premium'),
        ROW.replace("premium", "\0"),
        ROW.replace("QZAAA2600001", "anna-7"),
        ROW.replace("QZAAA2600001,anna-7", "anna-7,QZAAA2600001"),
        ROW.replace("anna-7,2", "2,anna-7"),
    ],
)
def test_no_refused_row_repeats_an_id(bad: str, tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    path = write(tmp_path / "a.csv", f"{HEAD}\n{bad}\n{ROW}\n")
    delivery = deliver([path], staging, salt=lambda: SALT)
    assert delivery.files[0].quarantined == 1
    told = delivery.refused.drop("file").write_csv() + repr(delivery.files) + str(delivery.warnings)
    assert "anna-7" not in told
    for file in staging.iterdir():
        assert b"anna-7" not in file.read_bytes()


def test_an_id_in_the_wrong_column_of_a_good_row_is_not_repeated_either(tmp_path: Path) -> None:
    row = ROW.replace("anna-7", "premium").replace(",premium\n", "").removesuffix("premium")
    loaded = load_text(tmp_path, f"{HEAD}\n{row}anna-7\n")
    assert loaded.warnings == ["tier is no known value; 1 row entered as other"]


def test_an_empty_id_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, f"{HEAD}\n{ROW.replace('anna-7', '')}\n{ROW}\n")
    assert loaded.faults == [(2, "listener_id")]
    assert loaded.tables["listeners"].height == 1


def test_a_refused_row_of_ndjson_repeats_no_id(tmp_path: Path) -> None:
    text = (
        '{"listener_id":"anna-7","report_date":"x","store":"s","territory":"US","isrc":"",'
        '"streams":1}'
    )
    loaded = load_text(tmp_path, f"{text}\n{text[:-1]}", "a.ndjson")
    assert loaded.refused.height == 2
    assert "anna-7" not in loaded.refused.write_csv()
