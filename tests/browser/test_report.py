"""report.html as an analyst meets it: in a browser, with a mouse, a keyboard, a phone, on paper."""

import re
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from fraud.report.health import HEALTH
from fraud.report.night import write_night
from tests.browser.conftest import Open
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, isrc, night, scored, track

pytestmark = pytest.mark.browser


def first_open(page: Page) -> None:
    """Open the first incident and wait for its plots."""
    page.locator("button.open").first.click()
    page.locator("tbody[data-drawn=yes]").first.wait_for()


def shown(page: Page) -> list[str]:
    """Return the ids of the incidents that can be seen, in their order."""
    return page.locator("table.incidents > tbody[id]:visible").evaluate_all(
        "all => all.map(b => b.id)"
    )


def numbers(page: Page, column: int) -> list[float]:
    """Return a column of the table as the numbers that it shows first in each cell."""
    cells = page.locator(f"tr.line > :nth-child({column})").all_inner_texts()
    return [
        float(re.sub(r"[^\d.]", "", cell.strip().split("\n")[0].split(" ")[0])) for cell in cells
    ]


def test_it_asks_for_nothing_says_nothing_and_runs_no_title(opened: Open, report: Path) -> None:
    seen = opened(report)
    for button in seen.page.locator("button.open").all():
        button.click()
    expect(seen.page.locator("tbody[data-drawn=yes]")).to_have_count(len(shown(seen.page)))
    assert seen.messages == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [report.as_uri()]
    assert seen.dialogs == []
    assert seen.page.get_by_text("<script>alert(1)</script>").count() >= 1


def test_an_incident_opens_with_its_plots_and_closes(opened: Open, report: Path) -> None:
    page = opened(report).page
    button = page.locator("button.open").first
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("heading", name="Why")).to_have_count(0)
    first_open(page)
    expect(button).to_have_attribute("aria-expanded", "true")
    charts = page.locator("tbody.opened .chart")
    expect(charts).to_have_count(4)
    for chart in charts.all():
        assert chart.locator("svg path").count() > 0
        expect(chart).to_have_role("img")
        expect(chart).to_have_accessible_name(re.compile("^Plays a day .*"))
    lines = page.locator("tbody.opened figure.total svg .mark-line path")
    assert all(len(str(line.get_attribute("d"))) > 500 for line in lines.all())
    button.click()
    expect(charts.first).to_be_hidden()


def test_the_days_can_be_read_as_a_table(opened: Open, report: Path) -> None:
    page = opened(report).page
    first_open(page)
    page.get_by_text("The days as a table").click()
    rows = page.get_by_role("region", name="Plays a day").locator("tbody tr")
    expect(rows).to_have_count(60)
    plays = page.locator("tr.line .number data").nth(1).inner_text()
    assert rows.first.locator("td").first.inner_text() == plays


def test_a_heading_sorts_and_sorts_back(opened: Open, report: Path) -> None:
    page = opened(report).page
    by_rank = shown(page)
    assert numbers(page, 1) == list(range(1, len(by_rank) + 1))
    heading = page.get_by_role("columnheader", name="Suspected plays")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert numbers(page, 6) == sorted(numbers(page, 6), reverse=True)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert numbers(page, 6) == sorted(numbers(page, 6))
    page.get_by_role("button", name="Rank").click()
    assert shown(page) == by_rank


def test_search_finds_names_numbers_and_incidents_and_says_how_many(
    opened: Open, report: Path
) -> None:
    page = opened(report).page
    every = shown(page)
    search, status = page.get_by_role("searchbox"), page.get_by_role("status")
    expect(status).to_have_text(f"{len(every)} incidents")
    search.fill("grosser" if page.get_by_text("Grosser").count() else "großer")
    assert len(shown(page)) == 1
    expect(status).to_have_text(f"1 of {len(every)} incidents")
    search.fill(every[-1].lower())
    assert shown(page) == [every[-1]]
    search.fill("宇多田")
    assert len(shown(page)) == 1
    search.fill("nobody is called so")
    assert shown(page) == []
    expect(page.get_by_text("No incident fits the search.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(status).to_have_text(f"{len(every)} incidents")
    assert shown(page) == every


def test_filters_narrow_by_status_and_by_verdict(opened: Open, report: Path) -> None:
    page = opened(report).page
    for column in ("Status", "Severity", "Level", "Label", "Verdict"):
        select = page.get_by_label(column, exact=True)
        counts = []
        for value in select.locator("option").evaluate_all("all => all.map(o => o.value)")[1:]:
            select.select_option(value)
            counts.append(len(shown(page)))
        select.select_option("")
        assert all(counts)
        assert sum(counts) == len(shown(page))
    page.get_by_label("Verdict", exact=True).select_option("fraud")
    assert len(shown(page)) == 1


def test_a_keyboard_is_enough(opened: Open, report: Path) -> None:
    page = opened(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the incidents"
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('open')"):
            break
    page.keyboard.press("Enter")
    page.locator("tbody[data-drawn=yes]").first.wait_for()
    page.keyboard.press("Space")
    expect(page.locator("button.open").first).to_have_attribute("aria-expanded", "false")


def test_an_address_with_an_incident_opens_it(opened: Open, report: Path) -> None:
    page = opened(report).page
    last = shown(page)[-1]
    page.goto(f"{report.as_uri()}#{last}")
    expect(page.locator(f"#{last}")).to_have_class("opened")


def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """Return what axe-core objects to: the rule, and the first elements at fault."""
    page.evaluate(axe)
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(result["passes"]) > 10
    return [
        (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
        for each in result["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_to_object_to(
    opened: Open, report: Path, axe: str, scheme: str, width: int
) -> None:
    page = opened(report, scheme=scheme, width=width).page
    for heading in (
        "New against ongoing",
        "Which days and stores",
        "1 finding of the gate",
        "1 incident that you called innocent",
        "Licences of the plotting library",
    ):
        page.get_by_text(heading).click()
    buttons = page.locator("button.open")
    for button in buttons.all():
        button.click()
    expect(page.locator("tbody[data-drawn=yes]")).to_have_count(buttons.count())
    page.get_by_text("The days as a table").first.click()
    assert violations(page, axe) == []


@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_to_object_to_in_a_dossier(
    opened: Open, report: Path, axe: str, width: int
) -> None:
    dossier = next(report.parent.glob("evidence/*/dossier.html"))
    page = opened(dossier, width=width).page
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_group_shows_its_tracks_in_small_plots_and_no_title_as_markup(
    opened: Open, report: Path
) -> None:
    page = opened(report).page
    page.get_by_role("button", name="artist Twins").click()
    page.locator("tbody.opened[data-drawn=yes]").wait_for()
    chart = page.locator("tbody.opened figure.tracks .chart")
    expect(chart).to_have_accessible_name(re.compile("^Plays a day of the largest tracks"))
    expect(chart.locator("svg").get_by_text("<i>Twin</i> 20")).to_have_count(1)
    assert chart.locator("svg .mark-line path").count() == 2


def test_what_may_explain_a_day_is_marked_and_listed(opened: Open, report: Path) -> None:
    page = opened(report).page
    first_open(page)
    assert page.locator("tbody.opened figure.total .mark-rect path").count() >= 1
    expect(page.locator("tbody.opened .marks li.cause")).to_contain_text("tour")


def test_new_stands_against_ongoing_and_the_gates_findings_with_the_datas_health(
    opened: Open, report: Path
) -> None:
    page = opened(report).page
    page.get_by_text("New against ongoing").click()
    rows = page.locator("details.statuses tbody th").all_inner_texts()
    assert rows[0] == "new"
    assert set(rows) <= {"new", "reopened", "ongoing", "ended"}
    page.get_by_text("1 finding of the gate").click()
    expect(page.get_by_text("no plays, though 12 were usual")).to_be_visible()


@pytest.mark.parametrize("width", [390, 700, 900, 1100, 1400])
def test_nothing_is_cut_off_on_any_width(opened: Open, report: Path, width: int) -> None:
    page = opened(report, width=width).page
    first_open(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in page.locator("tbody.opened svg").all():
        box = part.bounding_box()
        assert box
        assert box["x"] + box["width"] <= width


def test_a_phone_can_sort_as_well(opened: Open, report: Path) -> None:
    page = opened(report, width=390).page
    page.get_by_role("button", name="Probability").click()
    expect(page.get_by_role("columnheader", name="Probability")).to_have_attribute(
        "aria-sort", "descending"
    )


def test_plots_follow_from_light_to_dark_and_are_light_on_paper(opened: Open, report: Path) -> None:
    page = opened(report).page
    first_open(page)

    def stroke() -> str:
        line = page.locator("figure.total .mark-line path").first
        return str(line.evaluate("line => getComputedStyle(line).stroke"))

    light = stroke()
    page.emulate_media(color_scheme="dark")
    assert stroke() not in {light, "none"}
    page.emulate_media(color_scheme="dark", media="print")
    assert stroke() == light


def test_what_to_do_is_said_first_and_leads_to_its_incidents(opened: Open, report: Path) -> None:
    page = opened(report).page
    link = page.locator("section.triage .send a").first
    named = link.inner_text()
    link.click()
    button = page.locator("tbody.opened button.open")
    expect(button).to_have_count(1)
    assert button.inner_text() == named
    expect(button).to_be_in_viewport()
    page.get_by_label("To do", exact=True).select_option("leave")
    assert 0 < len(shown(page)) < page.locator("table.incidents tbody[id]").count()


def test_an_opened_incident_is_printed_whole(opened: Open, report: Path) -> None:
    page = opened(report).page

    def sheets() -> int:
        return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))

    closed = sheets()
    first_open(page)
    assert sheets() <= closed + 1
    page.set_viewport_size({"width": 718, "height": 1000})
    page.emulate_media(media="print")
    for svg in page.locator("tbody.opened svg").all():
        box, place = svg.bounding_box(), svg.locator("xpath=..").bounding_box()
        assert box
        assert place
        assert box["width"] <= place["width"] + 1


def test_a_set_of_which_nothing_was_expected_is_drawn_without_a_complaint(
    opened: Open, tmp_path: Path
) -> None:
    tracks = [track(isrc(n)) for n in range(4)]
    made = lake(tracks)
    joined = "|".join(one["track_id"] for one in tracks)
    moved = scored("lockstep", "spotify 1f", 0.9, track_ids=joined, streams=9_000)
    moved |= {"suspected_artificial_streams": 9_000}
    listed = night(*scores_of(made).rows(named=True), moved, listed=catalog(*tracks))
    assert listed["level"].to_list() == ["lockstep"]
    made.execute("update scores set expected_low = null, expected_high = null")
    page = opened(
        write_night(
            tmp_path,
            DAY,
            listed,
            connection=made,
            health=HEALTH.empty(),
            settings=SETTINGS,
        ).report
    )
    first_open(page.page)
    expect(page.page.locator("button.open")).to_contain_text("4 tracks that moved together")
    assert page.messages == []


def test_without_script_all_words_are_there(opened: Open, report: Path) -> None:
    page = opened(report, script=False).page
    expect(page.get_by_role("heading", name="Why").first).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_on_paper_there_are_no_controls(opened: Open, report: Path) -> None:
    page = opened(report).page
    first_open(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()


def test_five_hundred_incidents_open_in_seconds(opened: Open, large_report: Path) -> None:
    begun = monotonic()
    page = opened(large_report).page
    expect(page.get_by_role("status")).to_have_text("500 incidents")
    first_open(page)
    page.get_by_role("searchbox").fill("slow tide")
    assert 0 < len(shown(page)) < 500
    page.get_by_role("button", name="Penalties").click()
    assert monotonic() - begun < 10
