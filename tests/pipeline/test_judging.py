"""Judging a range of days: young lakes, growing groups, and what stands in the lake after it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.pipeline.nights import run
from fraud.tables import FEATURES, SCORES

START = date(2026, 1, 5)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def isrc(number: int) -> str:
    return f"GBAAA26{number:05d}"


def told(day: int, number: int, streams: int, **more: Any) -> dict[str, Any]:
    row = {"report_date": START + timedelta(day), "store": "spotify", "territory": "GB"}
    return row | {"isrc": isrc(number), "streams": streams} | more


def listed(number: int, **groups: str) -> dict[str, str]:
    alone = {name: f"{name}-{number}" for name in ("artist", "label", "account_id")}
    return (
        {"isrc": isrc(number), "title": f"Song {number}", "upc": f"{number:013d}"} | alone | groups
    )


def loaded(
    home: Path, rows: list[dict[str, Any]], catalog: list[dict[str, str]] | None = None
) -> Settings:
    home.mkdir(parents=True)
    pl.DataFrame(rows).write_csv(home / "plays.csv")
    files = [home / "plays.csv"]
    if catalog:
        pl.DataFrame(catalog).write_csv(home / "catalog.csv")
        files.append(home / "catalog.csv")
    settings = Settings(home=home)
    assert ingest(files, settings, now=NOW).exit_code == 0
    return settings


def people(days: range, tracks: range, seed: int = 1) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    return [
        told(day, number, int(draw.poisson(100 + 20 * number))) for day in days for number in tracks
    ]


def ran(settings: Settings, first: int, last: int | None = None) -> None:
    run(
        START + timedelta(first),
        START + timedelta(first if last is None else last),
        settings,
        notify=False,
    )


def judged(settings: Settings, day: int, table: Any = SCORES) -> pl.DataFrame:
    at = START + timedelta(day)
    return Lake(settings.lake_address).read(table, at, at)


def test_a_range_that_begins_before_the_lake(tmp_path: Path) -> None:
    settings = loaded(tmp_path / "home", people(range(20), range(3)))
    ran(settings, -10, 2)
    assert judged(settings, 2).height


def test_a_day_on_which_every_count_is_zero(tmp_path: Path) -> None:
    settings = loaded(tmp_path / "home", [told(day, 1, 0) for day in range(3)])
    ran(settings, 2)


def test_a_group_that_comes_in_a_later_week_of_the_range(tmp_path: Path) -> None:
    rows = people(range(60), range(12)) + people(range(55, 60), range(20, 23))
    catalog = [listed(n) for n in range(12)] + [listed(n, artist="New") for n in range(20, 23)]
    settings = loaded(tmp_path / "home", rows, catalog)
    ran(settings, 40, 59)
    assert judged(settings, 40).height


def test_a_range_equals_its_nights_where_a_group_grows(tmp_path: Path) -> None:
    rows = [
        row
        for row in people(range(60), range(12))
        if row["isrc"] != isrc(2) or row["report_date"] > START + timedelta(56)
    ]
    catalog = [listed(n, artist="Band" if n < 3 else f"artist-{n}") for n in range(12)]
    alone, together = (loaded(tmp_path / name, rows, catalog) for name in ("alone", "together"))
    ran(alone, 56)
    ran(together, 56, 59)
    assert_frame_equal(judged(alone, 56), judged(together, 56), check_exact=True)


def test_an_unknown_feature_is_null_in_the_lake(tmp_path: Path) -> None:
    settings = loaded(tmp_path / "home", people(range(60), range(12)))
    ran(settings, 59)
    features = judged(settings, 59, FEATURES)
    assert features["saves_week"].null_count() == features.height
    assert (
        not features.select(pl.col(pl.Float32, pl.Float64).is_nan().any())
        .transpose()
        .to_series()
        .any()
    )
