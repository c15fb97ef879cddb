"""Planted groups and their rank, on a hand-made world."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.evaluate import groups_in_top

START = date(2026, 3, 2)


def day(after_warm_up: int) -> date:
    return START + timedelta(days=28 + after_warm_up)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Account a-1 cheats with both of its tracks on three counted nights, and one tracks' group."""
    (tmp_path / "truth").mkdir()
    (tmp_path / "catalog.csv").write_text(
        "isrc,artist,label,account_id,upc\n"
        "T1,Ann,Sun,a-1,001\nT2,Ben,Sun,a-1,002\nT3,Cid,Moon,a-2,003\n"
    )
    (tmp_path / "truth" / "episodes.csv").write_text(
        "episode,scheme,level,mimicry,track_ids\n"
        "4,generated_catalogue,account,0.2,T1|T2\n5,lockstep,group,0.2,T2|T3\n"
    )
    rows = [
        f"{day(n)},{t},5,9,generated_catalogue,0.2,4" for n in (-1, 0, 1, 2) for t in ("T1", "T2")
    ]
    (tmp_path / "truth" / "track_days.csv").write_text(
        "report_date,track_id,artificial_streams,streams,scheme,mimicry,episode\n"
        + "\n".join(rows)
        + "\n"
    )
    return tmp_path


def reported_days() -> pl.DataFrame:
    return pl.DataFrame({"report_date": [START + timedelta(days=n) for n in range(32)]})


def scored(by_night: list[dict[str, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"report_date": day(n), "level": "account", "entity": entity, "score": score}
            for n, scores in enumerate(by_night)
            for entity, score in scores.items()
        ]
    )


def test_a_group_is_ranked_within_its_level_night_by_night(world: Path) -> None:
    # First on the first night, tied for first on the second, third on the third.
    scores = scored(
        [
            {"a-1": 0.9, "a-2": 0.1},
            {"a-1": 0.5, "a-2": 0.5},
            {"a-1": 0.1, "a-2": 0.5, "a-3": 0.4},
        ]
    )
    other_level = scores.with_columns(level=pl.lit("label"), score=pl.lit(1.0))
    found = groups_in_top(
        pl.concat([scores, other_level]), world, top=2, alert_score=0.5, track_days=reported_days()
    )
    assert found.drop("mimicry").rows() == [
        (4, "generated_catalogue", "account", "a-1", 3, 2, 1, None)
    ]


def test_a_group_that_was_never_scored_has_no_rank(world: Path) -> None:
    found = groups_in_top(
        scored([{"a-2": 0.5}]), world, alert_score=0.5, track_days=reported_days()
    )
    assert found.select("nights", "nights_in_top", "best_rank").rows() == [(3, 0, None)]


def test_tracks_in_lockstep_are_found_by_the_set_that_is_mostly_theirs(world: Path) -> None:
    with (world / "truth" / "track_days.csv").open("a") as truth:
        truth.writelines(f"{day(n)},T3,5,9,lockstep,0.2,5\n" for n in (0, 1))
    sets = pl.DataFrame(
        [
            {"entity": "spotify 1", "track_ids": "T2|T3", "score": 0.4, "report_date": day(0)},
            {"entity": "spotify 2", "track_ids": "T3", "score": 0.8, "report_date": day(1)},
            {"entity": "spotify 3", "track_ids": "T1", "score": 0.9, "report_date": day(1)},
        ]
    ).with_columns(level=pl.lit("lockstep"))
    found = groups_in_top(sets, world, top=1, alert_score=0.5, track_days=reported_days())
    (row,) = found.filter(scheme="lockstep").rows(named=True)
    assert (row["nights"], row["nights_in_top"], row["best_rank"]) == (2, 1, 1)
    assert row["days_until_found"] == 1
