"""hygiene.html in a browser: quiet, without a script, and without a complaint of axe-core."""

from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from fraud.hygiene.findings import FINDINGS, findings
from fraud.report.findings_page import findings_html
from tests.browser.conftest import NAMES, Open
from tests.report.stories import DAY

pytestmark = pytest.mark.browser


@pytest.fixture
def page(tmp_path: Path) -> Path:
    rows = [
        {
            "check": "look-alike letters",
            "severity": severity,
            "account_id": label,
            "artist": artist,
            "tracks": 12_345,
            "examples": "GBAAA2600001|GBAAA2600002",
            "finding": f"'{title}' looks like another.",
        }
        for severity in ("low", "high", "medium")
        for title, artist, label in NAMES
    ]
    path = tmp_path / "hygiene.html"
    path.write_bytes(findings_html(DAY, 200_000, findings(rows)))
    return path


def test_it_asks_for_nothing_and_runs_no_name(opened: Open, page: Path) -> None:
    seen = opened(page)
    assert seen.messages == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [page.as_uri()]
    assert seen.dialogs == []
    assert seen.page.locator("table.findings tbody tr").count() == 3 * len(NAMES)
    assert seen.page.get_by_text("12,345").count() > 0


def test_a_finding_is_one_row_and_its_names_are_not_cut_into_letters(
    opened: Open, page: Path
) -> None:
    row = opened(page).page.locator("table.findings tbody tr").first
    bottoms = row.locator("td, th").evaluate_all(
        "cells => cells.map((cell) => Math.round(cell.getBoundingClientRect().bottom))"
    )
    assert len(set(bottoms)) == 1
    narrow = row.locator("td:has(bdi)").evaluate_all("cells => cells.map((c) => c.clientWidth)")
    assert min(narrow) >= 100


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (380, "dark")])
def test_axe_finds_nothing_and_it_fits_the_screen(
    browser: Browser, page: Path, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    shown = context.new_page()
    shown.goto(page.as_uri())
    found = Axe().run(shown).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.screenshot(path=page.with_suffix(".png"), full_page=True)
    context.close()


def test_without_findings_it_says_so() -> None:
    text = findings_html(DAY, 3, pl.DataFrame(schema=FINDINGS)).decode()
    assert "Nothing to report" in text
    assert "3 tracks, 0 findings" in text
