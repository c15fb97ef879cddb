"""Different texts have numbers in the order in which they come, and are handed back by them."""

import gc

import polars as pl

from fraud.sources.texts import Texts


def test_a_text_has_the_same_number_whenever_it_comes_and_nothing_has_none() -> None:
    texts = Texts()
    assert texts.numbers(pl.Series(["b", None, "a", "b"])).tolist() == [1, 0, 2, 1]
    gc.collect()
    assert texts.numbers(pl.Series(["c", "a", None])).tolist() == [3, 2, 0]
    assert texts.series.to_list() == ["b", "a", "c"]
    assert len(texts) == 3


def test_cells_of_a_closed_set_and_cells_that_were_looked_up_are_known_as_texts_are() -> None:
    texts = Texts()
    texts.numbers(pl.Series(["car", "tv"]))
    closed = pl.Series(["tv", "web", None], dtype=pl.Enum(["tv", "car", "web"]))
    assert texts.numbers(closed).tolist() == [2, 3, 0]
    assert texts.numbers(pl.Series(["web", "car"], dtype=texts.dtype)).tolist() == [3, 1]


def test_without_a_text_nothing_is_handed_back() -> None:
    texts = Texts()
    assert texts.numbers(pl.Series([None, None], dtype=pl.String)).tolist() == [0, 0]
    assert (len(texts), texts.series.to_list(), texts.series.dtype) == (0, [], pl.String())
