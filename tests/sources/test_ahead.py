"""Items made ahead come in their order, an error where its item would have come."""

from collections.abc import Iterator

import pytest

from fraud.sources.ahead import ahead


def test_all_come_in_their_order() -> None:
    assert list(ahead(range(100), 7)) == list(range(100))
    assert list(ahead([], 7)) == []


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def breaks() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    got = []
    with pytest.raises(OSError, match="the disk is gone"):
        for item in ahead(breaks(), 7):
            got.append(item)  # noqa: PERF402 what came before the error is kept
    assert got == [1, 2]


def test_no_more_is_made_ahead_than_was_said() -> None:
    made = []

    def counted() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    items = ahead(counted(), 3)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= 1 + 3
