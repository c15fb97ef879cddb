"""The command line in this process, and a small world that went through all of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fraud.cli import app

WIDE = {"COLUMNS": "200"}


@dataclass(frozen=True)
class Answer:
    """What a command printed, and what it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def fraud(*arguments: str | Path) -> Answer:
    """Run a command as a shell would, in this process."""
    done = CliRunner().invoke(app, [str(a) for a in arguments], prog_name="fraud", env=WIDE)
    return Answer(done.exit_code, done.stdout, done.stderr)


@dataclass(frozen=True)
class Worked:
    """A home that holds a world and its last night."""

    home: Path
    world: Path
    night: date
    simulated: Answer
    ingested: Answer
    ran: Answer

    def fraud(self, *arguments: str | Path) -> Answer:
        return fraud(*arguments, "--home", self.home)


@pytest.fixture(name="fraud")
def _fraud() -> Callable[..., Answer]:
    return fraud


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    folder = tmp_path_factory.mktemp("worked")
    home, world = folder / "home", folder / "world"
    night = date(2026, 4, 5)
    size = ("--days", "35", "--tracks", "40", "--territories", "3", "--stores", "spotify,deezer")
    simulated = fraud("simulate", world, "--seed", "3", "--start", "2026-03-02", *size)
    reports = (world / "reports", world / "catalog.csv")
    ingested = fraud("ingest", *reports, "--home", home)
    ran = fraud("run", "--date", str(night), "--home", home, "--json")
    return Worked(home, world, night, simulated, ingested, ran)
