"""What parts decimals: a cell's own writing, its column, the file; and what is left in doubt."""

import polars as pl
import pytest

from fraud.sources.decimals import Decimals, Sign

BOTH = {"a": "Amount", "b": "Fee"}


def read(usual: Sign, *blocks: dict[str, list[str | None]]) -> tuple[Decimals, list[str | None]]:
    """Return what became of the first column, and what was learned, once all was looked at."""
    frames = [pl.DataFrame(block, schema=dict.fromkeys(block, pl.String)) for block in blocks]
    decimals = Decimals(BOTH, usual)
    for frame in frames:
        decimals.look(frame, "a", "b")
    numbers = pl.concat([frame.select(a=decimals.number("a")) for frame in frames])
    return decimals, numbers["a"].to_list()


@pytest.mark.parametrize(
    ("cell", "with_point", "with_comma"),
    [
        ("41210", "41210", "41210"),
        ("41\N{NO-BREAK SPACE}210", "41210", "41210"),
        ("41\N{NARROW NO-BREAK SPACE}210,5", "41210.5", "41210.5"),
        ("0,0015", "0.0015", "0.0015"),
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1,234,567", "1234567", "1234567"),
        ("1.234.567", "1234567", "1234567"),
        ("1.234,50", "1234.50", "1234.50"),
        ("1,234.50", "1234.50", "1234.50"),
        ("12,34,567.50", "1234567.50", "1234567.50"),
        ("1'234.50", "1234.50", "1234.50"),
        ("1234,567", "1234.567", "1234.567"),
        ("$1.50", "1.50", "1.50"),
        ("(0.10)", "-0.10", "-0.10"),
        ("\N{MINUS SIGN}0,10", "-0.10", "-0.10"),
        ("-1,234", "-1234", "-1.234"),
        ("6.5e-05", "6.5e-05", "6.5e-05"),
        ("12,5%", "12.5%", "12.5%"),
        ("12.", "12.", "12."),
        (" ", None, None),
        (None, None, None),
        ("x", "x", "x"),
        ("1,2,3", "1,2,3", "1,2,3"),
    ],
)
def test_a_cell_alone(cell: str | None, with_point: str | None, with_comma: str | None) -> None:
    assert read(Sign.POINT, {"a": [cell]})[1] == [with_point]
    assert read(Sign.COMMA, {"a": [cell]})[1] == [with_comma]


@pytest.mark.parametrize("usual", list(Sign))
@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        (["8,401", "0,4991", "12,34"], ["8.401", "0.4991", "12.34"]),
        (["8.401", "0,4991", "12,34"], ["8401", "0.4991", "12.34"]),
        (["8,401", "0.4991", "1,234.50"], ["8401", "0.4991", "1234.50"]),
        (["8.401", "0.4991"], ["8.401", "0.4991"]),
        (["8,401", "1.234,50"], ["8.401", "1234.50"]),
        (["8,401", "1,234,567"], ["8401", "1234567"]),
        (["8,401", "1.234.567", None, ""], ["8.401", "1234567", None, None]),
    ],
)
def test_the_other_cells_of_a_column_say_what_parts_decimals(
    column: list[str | None], numbers: list[str | None], usual: Sign
) -> None:
    decimals, of_column = read(usual, {"a": column})
    assert of_column == numbers
    assert decimals.doubts == []


def test_where_a_column_is_silent_the_others_of_the_file_say_it() -> None:
    assert read(Sign.POINT, {"a": ["8,401"], "b": ["0,5"]})[1] == ["8.401"]
    assert read(Sign.COMMA, {"a": ["8,401"], "b": ["0.5"]})[1] == ["8401"]


def test_what_a_later_block_tells_counts_for_the_first_and_its_reading_is_found_out() -> None:
    first, later = pl.DataFrame({"a": ["1.234"]}), pl.DataFrame({"a": ["0,5"]})
    decimals = Decimals(BOTH)
    decimals.look(first, "a")
    assert first.select(decimals.number("a")).item() == "1.234"
    assert not decimals.misled
    decimals.look(later, "a")
    assert decimals.misled
    decimals.read_again()
    decimals.look(first, "a")
    assert first.select(decimals.number("a")).item() == "1234"
    decimals.look(later, "a")
    assert not decimals.misled


def test_a_column_that_tells_both_makes_no_number_of_what_may_be_either() -> None:
    numbers = read(Sign.POINT, {"a": ["0,5", "0.5", "1,234", "1.234", "12"]})[1]
    assert numbers == ["0.5", "0.5", "1234 or 1.234", "1.234 or 1234", "12"]


def test_a_damaged_cell_says_nothing_of_the_others() -> None:
    damaged = ["0.5"] * 20 + ["0,5", "1.234"]
    assert read(Sign.COMMA, {"a": damaged})[1][-2:] == ["0.5", "1.234"]
    assert read(Sign.COMMA, {"a": damaged[1:]})[1][-1] == "1.234 or 1234"


@pytest.mark.parametrize(
    ("usual", "column", "told"),
    [
        (Sign.POINT, ["1.234", "12"], ()),
        (Sign.COMMA, ["1,234", "12"], ()),
        (Sign.POINT, ["1.234", "5,678"], ("5,678", "comma")),
        (Sign.COMMA, ["1.234"], ("1.234", "point")),
    ],
)
def test_what_no_number_tells_is_told(
    usual: Sign, column: list[str | None], told: tuple[str, str]
) -> None:
    doubts = read(usual, {"a": column})[0].doubts
    assert len(doubts) == bool(told)
    for doubt in doubts:
        assert doubt.startswith(f"no other number tells what {told[0]} means in the column Amount;")
        assert doubt.endswith(f"its {told[1]} was taken to part thousands")
