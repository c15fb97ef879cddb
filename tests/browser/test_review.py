"""The review page with a mouse, a keyboard, without scripts, and as axe-core reads it."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from fraud.pipeline.nights import report
from tests.report.homes import MONDAY, after
from tests.review.conftest import HOSTILE, Served, reviewed_home, served

__all__ = ["reviewed_home", "served"]

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    opened.on("dialog", lambda dialog: pytest.fail(dialog.message))
    yield opened
    context.close()


def test_a_verdict_is_a_click_and_the_next_night_is_quiet(served: Served, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(served.address)
    page.get_by_role("link", name=str(MONDAY)).click()
    name = served.incident("Hit")
    incident = page.locator(f"tbody#{name}")
    incident.get_by_role("button", name="Hit").click()
    incident.locator("tbody[data-drawn], .chart svg").first.wait_for()
    word = page.get_by_role("form", name=f"Your word on {name}")
    word.get_by_label("Note").fill("fan party")
    word.get_by_label("Note").press("Enter")
    assert served.said() == []
    word.get_by_role("button", name="Innocent").click()
    expect(page.get_by_role("status").first).to_have_text(
        "Your word is recorded; the next night knows it."
    )
    assert page.url.endswith(f"?said=recorded#{name}")
    assert [(one["incident_id"], one["verdict"], one["note"]) for one in served.said()] == [
        (name, "innocent", "fan party")
    ]
    assert said == []
    assert report(after(2), served.settings).alerts["title"].to_list() == [HOSTILE]


def test_a_word_is_taken_back_with_the_keyboard(served: Served, page: Page) -> None:
    served.post(incident=served.incident("Hit"), verdict="fraud")
    page.goto(f"{served.address}words")
    button = page.get_by_role("button", name="Take back")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your word is taken back.")
    expect(button).to_have_count(0)
    assert [one["verdict"] for one in served.said()] == ["fraud", "withdrawn"]


def test_it_works_without_scripts(served: Served, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.night)
    word = page.get_by_role("form", name=f"Your word on {served.incident('Hit')}")
    word.get_by_label("About").select_option("artist")
    word.get_by_role("button", name="Fraud").click()
    expect(page.get_by_text("Your word is recorded")).to_be_visible()
    context.close()
    assert [(one["scope"], one["verdict"]) for one in served.said()] == [("artist", "fraud")]


def test_another_site_cannot_speak_for_her(served: Served, page: Page) -> None:
    page.goto(served.night)
    name = served.incident("Hit")
    page.route(
        "https://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form id=f method=post action="{served.night}words">'
            f"<input name=incident value={name}><input name=verdict value=fraud></form>",
        ),
    )
    page.goto("https://evil.example/")
    page.evaluate("document.getElementById('f').submit()")
    expect(page.get_by_text("not from another")).to_be_visible()
    assert served.said() == []


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (380, "dark")])
def test_axe_finds_nothing_to_complain_of(
    served: Served, browser: Browser, width: int, scheme: str
) -> None:
    served.post(incident=served.incident("Hit"), verdict="fraud", note="a note")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    page = context.new_page()
    evidence = f"{served.night}evidence/{served.incident('Hit')}/"
    others = (served.address, f"{served.address}words", f"{served.address}nowhere", evidence)
    for url in (served.night, *others):
        page.goto(url)
        if url == served.night:
            page.locator("button.open").first.click()
            page.locator(".chart svg").first.wait_for()
        # A table may scroll, the page may not.
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], url
    context.close()
