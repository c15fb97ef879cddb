"""The reference pages are what the code says."""

from pathlib import Path

import pytest

from docs.generate import GROUPS, pages
from fraud.tables import TABLES


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.name))
def test_a_page_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run: python docs/generate.py"


def test_every_table_is_on_its_page() -> None:
    assert {table.name for group in GROUPS.values() for table in group} == {t.name for t in TABLES}
