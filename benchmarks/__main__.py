"""Times ingest against bare Polars, and the nights by the track-day, on one simulated catalogue."""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from fraud import config
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.pipeline.nights import run
from fraud.simulate import simulate
from fraud.tables import AUDIENCE


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare(reports: Path, out: Path) -> None:
    """Turn the same files into the same number of Parquet files, and check nothing."""
    for file in sorted(reports.iterdir()):
        pl.read_csv(file).write_parquet(out / f"{file.name}.parquet")


def main() -> None:
    """Print a table of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1500)
    parser.add_argument("--nights", type=int, default=28)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        world = simulate(place / "world", seed=1, tracks=asked.tracks)
        (place / "bare").mkdir()
        settings = config.load(home=place / "home")
        now = datetime.now(UTC)
        floor = timed(lambda: bare(world.reports, place / "bare"))
        taken = timed(lambda: ingest([world.reports, world.catalog], settings, now=now))
        lake = Lake(settings.lake_address)
        last = lake.days(AUDIENCE)[-1]
        first = last - timedelta(asked.nights - 1)
        track_days = lake.read(AUDIENCE, first, last).select("report_date", "track_id").unique()
        judged = timed(lambda: run(first, last, settings, notify=False))
    print(f"ingest          {taken:7.1f} s   {taken / floor:.2f} × bare Polars ({floor:.1f} s)")
    print(
        f"{asked.nights} nights       {judged:7.1f} s   "
        f"{1000 * judged / track_days.height:.2f} ms a track-day ({track_days.height:,})"
    )


if __name__ == "__main__":
    main()
