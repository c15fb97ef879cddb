"""The bench on a world of three tracks that fits on a page."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.errors import CallError
from fraud.evaluate import BASELINES, compared, evaluate, reported
from fraud.evaluate.baselines import ecod, times_the_median
from fraud.simulate import simulate

START = date(2026, 3, 2)
WARM = START + timedelta(days=28)


def day(after_warm_up: int) -> date:
    return WARM + timedelta(days=after_warm_up)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Write 32 days of three tracks: the last four count.

    CHEAT has bought plays on the 2nd, 3rd and 4th counted day (one episode that began on the 2nd),
    VIRAL an innocent spike on the 2nd, QUIET nothing. All have 10 plays on every other day.
    """
    reports, truth = tmp_path / "reports", tmp_path / "truth"
    reports.mkdir()
    truth.mkdir()
    plays = {("CHEAT", n): 110 for n in (1, 2, 3)} | {("VIRAL", 1): 500}
    for n in range(-28, 4):
        of = day(n)
        lines = ["report_date,store,territory,isrc,streams,listeners,saves"]
        for track in ("CHEAT", "QUIET", "VIRAL"):
            streams = plays.get((track, n), 10)
            lines += [f"{of},spotify,FR,{track},{streams - 4},5,1", f"{of},spotify,NA,{track},4,3,"]
        (reports / f"audience_spotify_{of}.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "catalog.csv").write_text(
        "isrc,artist\nCHEAT,Ann\nQUIET,Ben\nVIRAL,Ben\n", encoding="utf-8"
    )
    (truth / "track_days.csv").write_text(
        "report_date,track_id,artificial_streams,streams,scheme,mimicry,episode\n"
        + "".join(f"{day(n)},CHEAT,100,110,burst,0.3,7\n" for n in (1, 2, 3))
    )
    (truth / "episodes.csv").write_text(
        f"episode,scheme,first_day,last_day\n7,burst,{day(1)},{day(3)}\n"
    )
    (truth / "innocent_days.csv").write_text(
        f"report_date,track_id,kind,extra_streams,streams\n{day(1)},VIRAL,viral,490,500\n"
    )
    return tmp_path


def scored(**by_track: list[float]) -> pl.DataFrame:
    """Return scores of the four counted days by track."""
    return pl.DataFrame(
        [
            {"report_date": day(n), "track_id": track, "score": float(score)}
            for track, scores in by_track.items()
            for n, score in enumerate(scores)
        ]
    )


def value(evaluation: Any, name: str) -> float:
    return evaluation.figures[name].value


def test_a_perfect_score_gets_full_marks(world: Path) -> None:
    perfect = scored(CHEAT=[0, 1, 1, 1], QUIET=[0, 0, 0, 0], VIRAL=[0, 0, 0, 0])
    result = evaluate(perfect, world, alert_score=0.5, draws=20)
    assert value(result, "average precision") == 1
    assert value(result, "precision of the alerts") == 1
    assert value(result, "recall of the alerts") == 1
    assert value(result, "alerts per 10,000 innocent-spike track-days") == 0
    assert value(result, "median delay in days") == 0
    assert value(result, "expected calibration error") == 0


def test_a_late_score_that_takes_the_viral_for_a_cheat(world: Path) -> None:
    # Alerts: VIRAL on its spike, CHEAT on the third and last day, QUIET once (of 8 quiet rows:
    # 4 of QUIET, 3 of VIRAL, 1 of CHEAT).
    late = scored(CHEAT=[0, 0.2, 0.9, 0.9], QUIET=[0, 0, 0.6, 0], VIRAL=[0, 0.8, 0, 0])
    result = evaluate(late, world, alert_score=0.5, draws=20)
    assert value(result, "precision of the alerts") == 0.5
    assert value(result, "recall of the alerts") == pytest.approx(2 / 3)
    assert value(result, "alerts per 10,000 quiet track-days") == 1250
    assert value(result, "alerts per 10,000 innocent-spike track-days") == 10_000
    assert value(result, "episodes found") == 1
    assert value(result, "median delay in days") == 1
    # Above 0.8 two of two, then VIRAL and QUIET, then the third: 2/3 × 1 + 1/3 × 3/5.
    assert value(result, "average precision") == pytest.approx(2 / 3 + 1 / 3 * 3 / 5)
    assert result.by_scheme.select("scheme", "track_days", "episodes", "found").rows() == [
        ("burst", 3, 1, 1)
    ]
    assert result.by_mimicry["mimicry_band"].to_list() == ["0.25–0.50"]
    assert result.by_spike.rows() == [("viral", 1, 1.0, 10_000.0)]


def test_what_is_never_found_has_no_delay(world: Path) -> None:
    blind = scored(CHEAT=[0, 0, 0, 0], QUIET=[0, 0, 0, 0], VIRAL=[0, 1, 0, 0])
    result = evaluate(blind, world, alert_score=0.5, draws=5)
    assert value(result, "median delay in days") == float("inf")
    assert "never" in compared([result])


def test_an_episode_under_way_before_the_count_has_an_unknown_delay(world: Path) -> None:
    episodes = world / "truth" / "episodes.csv"
    episodes.write_text(f"episode,scheme,first_day,last_day\n7,burst,{day(-9)},{day(3)}\n")
    perfect = scored(CHEAT=[0, 1, 1, 1])
    result = evaluate(perfect, world, alert_score=0.5, draws=5)
    assert value(result, "episodes found") == 1
    assert "| – |" in compared([result])


def test_days_of_the_warm_up_and_unreported_ones_do_not_count(world: Path) -> None:
    perfect = scored(CHEAT=[0, 1, 1, 1], QUIET=[0, 0, 0, 0], VIRAL=[0, 0, 0, 0])
    outside = pl.DataFrame(
        {
            "report_date": [day(-3), day(2)],
            "track_id": ["QUIET", "UNHEARD"],
            "score": [1.0, 1.0],
        }
    )
    result = evaluate(pl.concat([perfect, outside]), world, alert_score=0.5, draws=5)
    assert value(result, "precision of the alerts") == 1


def test_a_track_day_without_a_score_ranks_last(world: Path) -> None:
    # Raw scores below zero: what is missing lies below them all.
    result = evaluate(scored(CHEAT=[-3, -1, -1, -1]), world, budget=1, draws=5)
    assert value(result, "average precision") == 1
    assert value(result, "recall of the alerts") == 1


def test_the_budget_is_a_hundredth_of_the_night_where_none_is_named(world: Path) -> None:
    result = evaluate(scored(CHEAT=[4, 4, 4, 4], VIRAL=[3, 3, 3, 3]), world, draws=5)
    assert value(result, "precision of the alerts") == 0.75
    assert result.calibration.is_empty()


def test_estimates_and_named_schemes_are_judged_where_given(world: Path) -> None:
    # Found on two days with 100 bought plays each: 150 were estimated, and one scheme was named.
    rows = scored(CHEAT=[0, 0, 1, 1]).with_columns(
        suspected_artificial_streams=pl.Series([0, 0, 80, 70]),
        pattern=pl.Series([None, "burst", "burst", "unknown"]),
    )
    result = evaluate(rows, world, alert_score=0.5, draws=5)
    assert value(result, "median error of the artificial plays") == pytest.approx(50 / 200)
    assert value(result, "scheme named right") == 0.5


def test_a_report_holds_every_table(world: Path) -> None:
    perfect = scored(CHEAT=[0, 1, 1, 1])
    result = evaluate(perfect, world, name="ours", alert_score=0.5, draws=20)
    text = result.markdown()
    for title in ("By scheme", "By mimicry", "Innocent spikes", "Calibration", "| ours |"):
        assert title in text
    assert any(line.startswith("average precision: 1.00") for line in result.lines())
    assert compared([result, result]).count("| ours |") == 2


def test_what_is_no_labelled_world_is_told_in_a_sentence(world: Path, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="it has no reports"):
        reported(tmp_path / "nothing")
    with pytest.raises(CallError, match="the scores lack score"):
        evaluate(scored(CHEAT=[1]).drop("score"), world)
    twice = scored(CHEAT=[1, 1])
    with pytest.raises(CallError, match="hold a track-day twice"):
        evaluate(pl.concat([twice, twice]), world)
    with pytest.raises(CallError, match="a score is not a number"):
        evaluate(scored(CHEAT=[float("nan")]), world)
    (world / "truth" / "innocent_days.csv").unlink()
    with pytest.raises(CallError, match=r"truth/innocent_days\.csv is missing"):
        evaluate(scored(CHEAT=[1]), world)


def test_reported_totals_add_up_territories_and_leave_unknown_unknown(world: Path) -> None:
    row = reported(world).filter(pl.col("report_date") == day(1), pl.col("track_id") == "VIRAL")
    assert row.row(0, named=True) | {"report_date": None} == {
        "report_date": None,
        "track_id": "VIRAL",
        "streams": 500,
        "listeners": 8,
        "saves": 1,
        "sub30_plays": None,
        "listening_seconds": None,
    }


def test_times_the_median_is_a_ratio_to_the_past(world: Path) -> None:
    scores = times_the_median(reported(world))
    by_key = {(row[0], row[1]): row[2] for row in scores.rows()}
    assert by_key[day(1), "VIRAL"] == 50
    assert by_key[day(2), "VIRAL"] == 1, "the spike itself does not move the median"
    assert by_key[START, "QUIET"] == 10, "a first day has no past: plays over at least 1"


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_baseline_never_looks_ahead(name: str, tmp_path: Path) -> None:
    world = simulate(tmp_path / "w", seed=2, tracks=30, days=12, stores=("spotify",), territories=3)
    track_days = reported(world.folder)
    until = START + timedelta(days=8)
    whole = BASELINES[name](track_days).filter(pl.col("report_date") <= until)
    cut = BASELINES[name](track_days.filter(pl.col("report_date") <= until))
    assert whole.equals(cut)
    assert whole.height == track_days.filter(pl.col("report_date") <= until).height


def test_a_simple_rule_beats_chance_on_a_simulated_world(tmp_path: Path) -> None:
    world = simulate(
        tmp_path / "w", seed=2, tracks=200, days=42, stores=("deezer",), territories=4,
        fraud_share=0.04,
    )  # fmt: skip
    track_days = reported(world.folder)

    def ap(baseline: Callable[[pl.DataFrame], pl.DataFrame]) -> float:
        result = evaluate(baseline(track_days), world.folder, track_days=track_days, draws=0)
        return value(result, "average precision")

    assert ap(times_the_median) > 0.2
    assert 0 < ap(ecod) < ap(times_the_median)
