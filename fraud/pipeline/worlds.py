"""Labelled worlds through the whole pipeline: the demo, and what the detector is worth."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from fraud import config
from fraud.config import Settings
from fraud.errors import CallError
from fraud.evaluate import BASELINES, Evaluation, groups_in_top
from fraud.evaluate import evaluate as measure
from fraud.evaluate.labels import first_scored_day, reported, truth
from fraud.lake import Lake
from fraud.pipeline import nights
from fraud.pipeline.ingest import ingest
from fraud.pipeline.nights import Night
from fraud.simulate import World, simulate
from fraud.simulate.world import START, STORES
from fraud.tables import SCORES

__all__ = ["START", "STORES", "Demo", "Evaluation", "World", "demo", "evaluate", "simulate"]

Progress = Callable[[str], None]

DEMO_FOLDER = "demo"
"""The demo's home lies in the home, so that it never mixes with real reports."""
DEMO_SEED = 20260101
DEMO_TRACKS = 200
DEMO_DAYS = 56
DEMO_NIGHTS = 14
DEMO_START = date(2026, 1, 5)
DEMO_FRAUD_SHARE = 0.03
DEMO_MIMICRY = 0.2
"""More fraud than a usual catalogue has, and crude: a demo is there to show what an alert is."""


@dataclass(frozen=True)
class Demo:
    """What the demo made: its home, the world in it, and its nights in order."""

    home: Path
    world: World
    nights: list[Night]


def demo(settings: Settings, *, now: datetime, progress: Progress) -> Demo:
    """Return a small catalogue simulated and loaded below HOME/demo, its last two weeks judged.

    Running it again makes the same world and the same reports in the same place.
    """
    home = settings.home / DEMO_FOLDER
    own = settings.model_copy(update={"home": home, "lake": ""})
    folder = home / "world"
    shutil.rmtree(folder, ignore_errors=True)
    progress(f"Simulating {DEMO_TRACKS} tracks over {DEMO_DAYS} days")
    world = simulate(
        folder,
        seed=DEMO_SEED,
        days=DEMO_DAYS,
        tracks=DEMO_TRACKS,
        start=DEMO_START,
        territories=8,
        fraud_share=DEMO_FRAUD_SHARE,
        mimicry=DEMO_MIMICRY,
    )
    _load(folder, own, now, progress)
    last_day = DEMO_START + timedelta(days=DEMO_DAYS - 1)
    first_day = last_day - timedelta(days=DEMO_NIGHTS - 1)
    made = nights.run(first_day, last_day, own, progress=progress)
    return Demo(home, world, made)


def evaluate(
    world: Path, home: Path | None, *, now: datetime, progress: Progress
) -> list[Evaluation]:
    """Return what the detector and each baseline are worth on a labelled world, the detector first.

    The world's first deliveries, its catalogue and its known causes are loaded into `home`, or into
    a folder that is thrown away, and every night after the warm-up is judged. What the stores ruled
    later is kept from the detector. Raises CallError where the folder is no labelled world.
    """
    if not world.is_dir():
        raise CallError(f"{world} is no folder; name one that fraud simulate wrote")
    truth(world, "track_days")
    progress("Reading the world")
    track_days = reported(world)
    first_day, last_day = first_scored_day(track_days), track_days["report_date"].max()
    if not isinstance(last_day, date) or first_day > last_day:
        raise CallError(f"{world} has too few days: none is left after the first 28")
    with nullcontext(home) if home else tempfile.TemporaryDirectory() as folder:
        settings = config.load(home=Path(folder), lake="")
        _load(world, settings, now, progress)
        nights.run(first_day, last_day, settings, notify=False, progress=progress)
        scores = Lake(settings.lake_address).read(SCORES, first_day, last_day)
    found = measure(
        scores.filter(pl.col("level") == "track"),
        world,
        name="fraud",
        track_days=track_days,
        alert_score=settings.alert_score,
    )
    groups = groups_in_top(scores, world, alert_score=settings.alert_score, track_days=track_days)
    evaluations = [replace(found, groups=groups)]
    for name, baseline in BASELINES.items():
        progress(f"Measuring {name}")
        evaluations.append(measure(baseline(track_days), world, name=name, track_days=track_days))
    return evaluations


def _load(world: Path, settings: Settings, now: datetime, progress: Progress) -> None:
    every = (world / "reports", world / "catalog.csv", world / "context.csv")
    ingest(
        [path for path in every if path.exists()],
        settings,
        now=now,
        progress=lambda file, done, total: progress(f"Read {done:,} of {total:,} files: {file}"),
    )
