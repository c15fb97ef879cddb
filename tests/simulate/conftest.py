"""One small world for all tests of the simulator, and how its files are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.simulate import World, simulate

SMALL: dict[str, Any] = {
    "days": 42,
    "tracks": 80,
    "stores": ("spotify", "deezer"),
    "territories": 8,
    "fraud_share": 0.04,
}


@pytest.fixture(scope="session")
def small() -> dict[str, Any]:
    """Return the arguments of a world that is made in half a second."""
    return SMALL


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a small world with listeners."""
    return simulate(tmp_path_factory.mktemp("world") / "w", seed=3, listeners=True, **SMALL)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    """Return several smaller worlds: what happens now and then happens in one of them."""
    folder = tmp_path_factory.mktemp("worlds")
    smaller = SMALL | {"tracks": 50, "territories": 4}
    return [simulate(folder / str(seed), seed=seed, **smaller) for seed in range(6)]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., World]:
    """Return a maker of small worlds, each in its own folder."""

    def made(seed: int = 3, **changes: Any) -> World:
        folder = tmp_path / f"world-{len(list(tmp_path.iterdir()))}"
        return simulate(folder, seed=seed, **(SMALL | changes))

    return made


def read(folder: Path, kind: str) -> pl.DataFrame:
    """Return all report files of a kind in a folder, every cell a text but days and counts."""
    counts = ("streams", "listeners", "saves", "sub30_plays", "listening_seconds")
    files = sorted(folder.glob(f"{kind}*"))
    frames = [pl.read_csv(file, infer_schema=False, null_values=[""]) for file in files]
    table = pl.concat(frames, how="diagonal")
    return table.with_columns(
        pl.col("report_date").str.to_date(),
        pl.col([name for name in counts if name in table.columns]).cast(pl.Int64),
    )


def truth(world: World, name: str) -> pl.DataFrame:
    """Return one of a world's tables of truth."""
    return pl.read_csv(world.truth / f"{name}.csv", try_parse_dates=True)
