"""A real browser, a night to look at, and axe-core to judge it by."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from fraud.report.changes import CHANGES
from fraud.report.health import HEALTH
from fraud.report.night import write_night
from fraud.report.silence import Silenced
from fraud.report.words import Judgement
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, context, isrc, judgements, night, track

NAMES = (
    ("Neon Harbour", "Mara Quill", "Tidepool"),
    ("Größer als du", "The Lanterns", "Northlight Recordings"),
    ("<script>alert(1)</script>", "Ondine", "Kite"),
    ("</td></table><img src=x onerror=alert(1)>", "Ondine", "Kite"),
    ("x" * 10_000, "y" * 10_000, "z" * 10_000),
    ("\u202eevil\u202c title", "עידו", "תווית"),
    ("宇多田の歌", "宇多田", "レーベル"),
    ("🎧" * 40, "Late Bloom", "🎧" * 40),
    ("Slow Tide", "Kenji Abe", "Tidepool"),
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium, without a window."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no browser: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


def tracks(count: int) -> list[dict[str, str]]:
    """Return tracks whose names repeat, whose artists do not: each is its own incident."""
    return [
        track(isrc(n), title=title, artist=f"{artist} {n}", label=f"{label} {n}")
        for n in range(count)
        for title, artist, label in (NAMES[n % len(NAMES)],)
    ]


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a night with something of everything."""
    twins = [track(isrc(n), title=f"<i>Twin</i> {n}", artist="Twins") for n in (20, 21)]
    listed = [*tracks(len(NAMES)), *twins]
    made = lake(listed)
    evening = scores_of(made).rows(named=True)
    few = [row for row in evening if row["track_id"] != isrc(8)]
    first = night(*few[: len(few) // 2], listed=catalog(*listed), day=DAY.replace(day=11))
    known = first["incident_id"].to_list()
    tonight = night(
        *(row for row in evening if row["track_id"] != isrc(0)),
        listed=catalog(*listed),
        earlier=first,
        said=judgements({"incident_id": known[0], "verdict": "fraud"}),
    )
    findings = [
        {"report_date": DAY, "store": "deezer", "state": "missing", "note": "No file came."},
        {"report_date": DAY, "store": "spotify", "state": "quarantined", "rows": 3},
    ]
    causes = context(
        {"kind": "tour", "start_date": DAY - timedelta(20), "end_date": DAY - timedelta(12)}
    )
    restated = {
        "report_date": DAY - timedelta(5),
        "store": "spotify",
        "track_id": None,
        "kind": "late",
        "known_on": DAY,
    }
    word = Judgement("innocent", "<b>own</b> campaign", DAY, f"artist {NAMES[4][1]}", DAY)
    folder = tmp_path_factory.mktemp("report")
    written = write_night(
        folder,
        DAY,
        tonight,
        connection=made,
        health=HEALTH.conform(pl.DataFrame(findings, schema=dict(HEALTH.schema))),
        settings=SETTINGS,
        warnings=["deezer, 2026-07-12: no plays, though 12 were usual."],
        context=causes,
        changes=pl.DataFrame([restated], schema=CHANGES),
        silenced=[Silenced("INC-1", NAMES[3][0], NAMES[4][1], 1_234, word)],
        dossiers=1,
    )
    return written.report


@pytest.fixture(scope="session")
def large_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a night of five hundred incidents."""
    listed = tracks(500)
    made = lake(listed)
    written = write_night(
        tmp_path_factory.mktemp("large"),
        DAY,
        night(*scores_of(made).rows(named=True), listed=catalog(*listed)),
        connection=made,
        health=HEALTH.empty(),
        settings=SETTINGS,
    )
    return written.report


@dataclass
class Opened:
    """A page and all that it said or asked for."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Return a function that opens a page and listens to it."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: Path, *, width: int = 1400, scheme: str = "light", script: bool = True
    ) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        seen = Opened(context.new_page())
        seen.page.on("console", lambda message: seen.messages.append(message.text))
        seen.page.on("pageerror", lambda error: seen.messages.append(str(error)))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on(
            "dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss())
        )
        seen.page.goto(path.as_uri())
        return seen

    yield open_page
    for made in contexts:
        made.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's script, as axe-playwright-python carries it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
