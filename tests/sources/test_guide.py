"""The guide to a new source: its module and its test, run as they stand."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sources.loading import load, write

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "new-source.md"


def block(language: str, holding: str) -> str:
    """Return the guide's code block of a language that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    [found] = [text for text in blocks if holding in text]
    return str(found)


def test_the_module_of_the_guide_passes_its_own_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: dict[str, Any] = {}
    exec(block("python", "DAILY_TRENDS = "), module)  # noqa: S102 the guide's own code
    source = module["DAILY_TRENDS"]
    monkeypatch.setattr("fraud.sources.REGISTRY", (source,))
    test: dict[str, Any] = {"load": load, "write": write, "EXAMPLE": block("csv", "Retailer")}
    exec(block("python", "def test_"), test)  # noqa: S102
    test["test_daily_trends_are_plays"](tmp_path)
    titles = load(tmp_path).tables["catalog"]["title"].to_list()
    assert titles == ["Blue"]


def test_a_file_that_lacks_a_column_of_the_module_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: dict[str, Any] = {}
    exec(block("python", "DAILY_TRENDS = "), module)  # noqa: S102
    monkeypatch.setattr("fraud.sources.REGISTRY", (module["DAILY_TRENDS"],))
    path = write(tmp_path / "a.csv", "Date,Retailer,Quantity\n2026-05-04,Spotify,5\n")
    assert load(path).reasons == ["the file lacks the columns country, isrc of daily trends"]
