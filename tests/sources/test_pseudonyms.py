"""Each listener has one pseudonym, whether it was asked for before or has been forgotten since."""

import polars as pl
import pytest

from fraud.sources import pseudonyms
from fraud.sources.pseudonyms import Pseudonyms


def test_the_same_ids_have_the_same_pseudonyms_in_every_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = [pl.Series(["ann", " bob", None, ""]), pl.Series(["bob", "cid"]), pl.Series(["ann"])]
    fresh = [Pseudonyms(lambda: "00" * 32).of(block).to_list() for block in ids]
    kept = Pseudonyms(lambda: "00" * 32)
    assert [kept.of(block).to_list() for block in ids] == fresh
    assert fresh[0][2:] == [None, None]
    assert fresh[0][1] == fresh[1][0]

    monkeypatch.setattr(pseudonyms, "MOST_KNOWN", 1)
    forgetful = Pseudonyms(lambda: "00" * 32)
    assert [forgetful.of(block).to_list() for block in ids] == fresh


@pytest.mark.parametrize("salt", ["ab" * 16, "00" * 32, "5c" * 64])
def test_words_of_a_large_file_have_the_pseudonyms_that_ids_have(salt: str) -> None:
    lengths = [*range(1, 40), 127, 128, 129, 200, 255, 256, 257, 1000]
    ids = [letter * length for letter in ("a", "é", "x y") for length in lengths]
    told = pl.Series("listener_id", [None, "", " ", " ann", *ids, "ann "])
    asked = Pseudonyms(lambda: salt)
    assert asked.of_words(told).equals(asked.of(told))
    assert asked.of_words(told[5:9]).equals(asked.of(told[5:9]))
    assert asked.of_words(told[:3]).to_list() == [None] * 3
