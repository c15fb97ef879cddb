"""The review page as it is served: a real server on the loopback over a small home."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.nights import report
from fraud.review.app import make_app
from fraud.review.serve import address, listen
from fraud.tables import INCIDENTS, JUDGEMENTS
from tests.report.homes import MONDAY, after, suspect_home

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
TOKEN = "a-token-of-this-process"  # noqa: S105
HOSTILE = "</td></table><img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Served:
    """A server, the home it serves, and a browser without a window or a script."""

    address: str
    settings: Settings
    client: httpx.Client

    @property
    def night(self) -> str:
        return f"{self.address}nights/{MONDAY}/"

    @property
    def origin(self) -> str:
        return self.address.rstrip("/")

    def incident(self, title: str) -> str:
        rows = Lake(self.settings.lake_address).read(INCIDENTS, MONDAY, MONDAY)
        return str(rows.filter(rows["title"] == title)["incident_id"].item())

    def post(self, path: str = "words", **form: str) -> httpx.Response:
        """Post a form as the page would; the page has been opened before."""
        self.client.get(self.night)
        url = f"{self.night}{path}" if not path.startswith("/") else f"{self.origin}{path}"
        return self.client.post(url, data={"token": TOKEN, **form}, headers={"origin": self.origin})

    def said(self) -> list[dict[str, Any]]:
        words = Lake(self.settings.lake_address).read(JUDGEMENTS).sort("given_at", "verdict")
        return words.rows(named=True)


def serving(settings: Settings) -> Iterator[str]:
    """Serve a home and yield the address."""
    bound = listen(0)
    moments = iter(range(10_000))
    app = make_app(
        settings, bound.getsockname()[1], TOKEN, lambda: NOW.replace(microsecond=next(moments))
    )
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    yield address(bound)
    server.should_exit = True
    thread.join()
    bound.close()


@pytest.fixture(scope="session")
def reviewed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the reports of two nights, to be copied."""
    home = tmp_path_factory.mktemp("review") / "home"
    settings = suspect_home(home, loop=HOSTILE)
    for number in range(2):
        report(after(number), settings)
    return home


@pytest.fixture
def served(reviewed_home: Path, tmp_path: Path) -> Iterator[Served]:
    """Return a server over a home of its own."""
    shutil.copytree(reviewed_home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home")
    for where in serving(settings):
        with httpx.Client(timeout=60) as client:
            yield Served(where, settings, client)
