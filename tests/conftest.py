"""What every test may rely on: UTC, no settings from outside, and where the sample data lies."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.object_store import object_store

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

os.environ["TZ"] = "UTC"
time.tzset()

hypothesis.settings.register_profile("house", deadline=None, database=None)
hypothesis.settings.load_profile("house")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: gzip's hold the time, and all workers must name tests alike."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FRAUD_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Return the address of a store that speaks S3."""
    with object_store() as address:
        yield address


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of generated reports that comes with the repository."""
    return ROOT / "data" / "samples"


@pytest.fixture(scope="session")
def innocent_catalogue() -> Path:
    """Return 84 days of a catalogue without fraud, where a copy stands beside the repository."""
    return _beside("innocent_catalogue")


@pytest.fixture(scope="session")
def spotify_charts() -> Path:
    """Return 306 days of published charts, where a copy stands beside the repository."""
    return _beside("spotify_charts_us_2018")


def _beside(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} does not stand in ../shared/data beside the repository")
    return folder
