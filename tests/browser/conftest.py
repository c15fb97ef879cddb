"""A real browser, a night to look at, and axe-core to judge it by."""

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from fraud.report.health import HEALTH
from fraud.report.night import write_night
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, isrc, judgements, night, track

AXE = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
"""Of axe.min.js: a test tool, fetched by npm when the tests run and no part of the package."""

NAMES = (
    ("Neon Harbour", "Mara Quill", "Tidepool"),
    ("Größer als du", "The Lanterns", "Northlight Recordings"),
    ("<script>alert(1)</script>", "Ondine", "Kite"),
    ("</td></table><img src=x onerror=alert(1)>", "Ondine", "Kite"),
    ("x" * 10_000, "y" * 10_000, "z" * 10_000),
    ("\u202eevil\u202c title", "עידו", "תווית"),
    ("宇多田の歌", "宇多田", "レーベル"),
    ("🎧" * 40, "Late Bloom", "Kite"),
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
    listed = tracks(len(NAMES))
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
    folder = tmp_path_factory.mktemp("report")
    files = write_night(
        folder,
        DAY,
        tonight,
        connection=made,
        health=HEALTH.conform(pl.DataFrame(findings, schema=dict(HEALTH.schema))),
        settings=SETTINGS,
    )
    return files.report


@pytest.fixture(scope="session")
def large_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a night of five hundred incidents."""
    listed = tracks(500)
    made = lake(listed)
    files = write_night(
        tmp_path_factory.mktemp("large"),
        DAY,
        night(*scores_of(made).rows(named=True), listed=catalog(*listed)),
        connection=made,
        health=HEALTH.empty(),
        settings=SETTINGS,
    )
    return files.report


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
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return axe-core's script."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no axe-core: npm is not installed")
    got = subprocess.run(
        [npm, "pack", f"axe-core@{AXE}", "--silent", "--pack-destination", folder],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if got.returncode:
        pytest.skip(f"no axe-core: npm could not fetch it ({got.stderr.strip()[:200]})")
    with tarfile.open(folder / f"axe-core-{AXE}.tgz") as packed:
        member = packed.extractfile("package/axe.min.js")
        assert member is not None
        script = member.read()
    assert hashlib.sha256(script).hexdigest() == AXE_SHA256
    return script.decode("utf-8")
