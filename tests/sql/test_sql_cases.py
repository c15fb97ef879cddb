"""Every statement below sql/, on a few rows written by hand, with the rows that must come out."""

from pathlib import Path

import pytest

from tests.sql.cases import CASES, STATEMENTS, Case, all_cases, statement_files


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=str(case.folder.relative_to(CASES))) for case in all_cases()]
)
def test_gives_the_expected_rows(case: Case) -> None:
    assert case.statement.is_file(), f"{case.folder} is the case of no statement"
    rows, expected = case.run()
    if not case.ordered:
        rows, expected = sorted(rows, key=repr), sorted(expected, key=repr)
    assert rows == expected


@pytest.mark.parametrize(
    "statement",
    [pytest.param(path, id=str(path.relative_to(STATEMENTS))) for path in statement_files()],
)
def test_every_statement_has_a_case(statement: Path) -> None:
    folder = CASES / statement.relative_to(STATEMENTS).with_suffix("")
    assert list(folder.glob("*/expect.yaml")), f"{statement.name} has no case in {folder}"
