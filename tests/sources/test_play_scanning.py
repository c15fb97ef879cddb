"""Lines of JSON are scanned as they are written: each cell is a number of its own text."""

import json
import random

import polars as pl
import pytest

from fraud.sources import play_machine as machine
from fraud.sources.lines import Block
from fraud.sources.play_scanning import Scanner
from fraud.sources.rows import Rows
from fraud.sources.source import Decided

NAMES = {name: name for name in ("id", "place", "address", "time")}
DECIDED = (
    Decided(("id",), ("listener_id",)),
    Decided(("place", "address"), ("source",)),
    Decided(("time",), ("report_date",), {"time": 11}),
)


def carefully() -> Rows:
    """Stand for the careful way."""
    raise AssertionError("nothing here is odd")


def scanned(blocks: list[list[dict[str, object]]]) -> list[list[dict[str, str | None]]]:
    """Return the rows that the numbers of each block stand for."""
    texts = ["".join(json.dumps(row) + "\n" for row in rows).encode() for rows in blocks]
    scanner = Scanner(texts[0].split(b"\n", 1)[0], NAMES, DECIDED)
    words: list[pl.DataFrame] = [pl.DataFrame()] * len(DECIDED)
    told = []
    for text in texts:
        found = scanner.scan(Block(1, text, b""), carefully)
        assert found is not None
        words = [
            pl.concat([known, pl.DataFrame(dict(new.cells))], how="diagonal")
            for known, new in zip(words, found.learnt, strict=True)
        ]
        columns = [
            of[numbers.astype("int64") - 1]
            for of, numbers in zip(words, found.numbers, strict=True)
        ]
        told.append(pl.concat(columns, how="horizontal").rows(named=True))
    return told


def rows(
    ids: list[object], dice: random.Random, places: tuple[object, ...] = ("search", "", None)
) -> list[dict[str, object]]:
    """Return rows with these ids, and with few other words."""
    return [
        {
            "id": one,
            "place": dice.choice(places),
            "address": dice.choice(["", "a", "a:b"]),
            "time": f"2026-05-0{dice.randrange(1, 4)}T{dice.randrange(10**8):08}",
        }
        for one in ids
    ]


def as_text(row: dict[str, object]) -> dict[str, str | None]:
    """Return a row as it is to be read."""
    told = {name: None if value is None else str(value) for name, value in row.items()}
    return told | {"time": str(row["time"])[:11]}


@pytest.mark.parametrize("seed", range(3))
def test_words_of_any_length_are_told_apart_and_known_again(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    letters = "ab"
    ids: list[object] = [
        "".join(dice.choices(letters, k=dice.randrange(machine.LONGEST_WORD + 1)))
        for _ in range(1_000)
    ]
    ids += ["".join(dice.choices(letters, k=k)) for k in range(60) for _ in range(20)]
    ids += [*range(1_000), None, "", "12", 12, "null"]
    blocks = []
    for _ in range(3):
        dice.shuffle(ids)
        blocks.append(rows(ids[: dice.randrange(500, len(ids))], dice))
    assert scanned(blocks) == [[as_text(row) for row in block] for block in blocks]


def test_words_that_differ_in_one_letter_anywhere_are_told_apart() -> None:
    ids: list[object] = [
        "x" * place + "y" + "x" * (length - place - 1)
        for length in (1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 41, 200)
        for place in range(length)
    ]
    block = rows(ids, random.Random(1))  # noqa: S311
    assert scanned([block, block]) == [[as_text(row) for row in block]] * 2


def test_more_words_than_there_was_room_for_keep_their_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fraud.sources.play_scanning._SLOTS", 1 << 14)
    monkeypatch.setattr("fraud.sources.play_scanning._HELD_BYTES", 1 << 21)
    dice = random.Random(2)  # noqa: S311
    ids: list[object] = [f"{number:032}" for number in range(60_000)]
    blocks = [rows([*ids[:20_000], *ids[:10]], dice), rows(ids, dice), rows(ids[::-1], dice)]
    assert scanned(blocks) == [[as_text(row) for row in block] for block in blocks]


@pytest.mark.parametrize("odd", ['é"', "\t", "a\\n", "x" * 201])
def test_a_block_with_anything_odd_is_left(odd: str) -> None:
    block = rows(["a", "b", "c"] * 100, random.Random(3))  # noqa: S311
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in block)
    scanner = Scanner(text.encode().split(b"\n", 1)[0], NAMES, DECIDED)
    spoilt = text.replace('"id": "c"', f'"id": "{odd}"', 1)
    assert scanner.scan(Block(1, spoilt.encode(), b""), carefully) is None
    assert scanner.scan(Block(1, text.encode(), b""), carefully) is not None
