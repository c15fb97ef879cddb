"""The truth beside the reports, and that the dials do what they say."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from fraud.simulate import World
from fraud.simulate.schemes import RESERVED, SCHEMES
from tests.simulate.conftest import read, truth

TRACK_DAY = ["report_date", "track_id"]


def totals(world: World) -> pl.DataFrame:
    measures = ("streams", "listeners", "saves", "sub30_plays", "listening_seconds")
    return (
        read(world.reports, "audience")
        .group_by("report_date", pl.col("isrc").alias("track_id"))
        .agg(pl.col(measures).sum())
        .sort(TRACK_DAY)
    )


def test_the_truth_counts_reported_plays(world: World) -> None:
    labelled = truth(world, "track_days")
    both = labelled.join(totals(world), on=TRACK_DAY, how="left", suffix="_reported")
    assert both["streams"].equals(both["streams_reported"], check_names=False)
    assert (both["artificial_streams"] <= both["streams"]).all()
    assert labelled.select(TRACK_DAY).is_unique().all()


def test_episodes_add_up_to_the_track_days(world: World) -> None:
    days, episodes = truth(world, "track_days"), truth(world, "episodes")
    summed = days.group_by("episode", "scheme").agg(
        pl.col("artificial_streams").sum(), track_days=pl.len().cast(pl.Int64)
    )
    told = episodes.select("episode", "scheme", "artificial_streams", "track_days")
    assert summed.sort("episode").equals(told.sort("episode"))
    inside = days.join(episodes, on="episode").select(
        pl.col("report_date").is_between("first_day", pl.col("last_day") + timedelta(days=1))
    )
    assert inside.to_series().all(), "a doubled day may bring the last day's plays a day later"


def test_innocent_spikes_hold_no_bought_play(world: World) -> None:
    spikes = truth(world, "innocent_days")
    assert not spikes.is_empty()
    assert spikes.join(truth(world, "track_days"), on=TRACK_DAY, how="inner").is_empty()
    assert spikes.select(TRACK_DAY).is_unique().all()
    assert (spikes["extra_streams"] <= spikes["streams"]).all()


def test_people_stay_the_same_whoever_cheats(make: Callable[..., World]) -> None:
    cheated, clean = make(), make(fraud_share=0.0)
    assert truth(clean, "track_days").is_empty()
    bought = truth(cheated, "track_days").select(*TRACK_DAY, "artificial_streams")
    left = (
        totals(cheated)
        .join(bought, on=TRACK_DAY, how="left")
        .select(*TRACK_DAY, pl.col("streams") - pl.col("artificial_streams").fill_null(0))
        .filter(pl.col("streams") > 0)
    )
    assert left.equals(totals(clean).select(*TRACK_DAY, "streams"))


def test_a_scheme_more_moves_no_other(make: Callable[..., World]) -> None:
    def burst(world: World) -> pl.DataFrame:
        return truth(world, "track_days").filter(pl.col("scheme") == "burst")

    alone = burst(make(schemes=("burst",), fraud_share=0.01))
    beside = burst(make(schemes=("burst", "replay"), fraud_share=0.02 * 0.12 / 0.14))
    assert alone.columns == beside.columns
    assert not alone.is_empty()
    first = alone.select("report_date", "track_id", "artificial_streams").row(0)
    assert first in beside.select("report_date", "track_id", "artificial_streams").rows()


def test_about_the_asked_share_of_track_days_is_touched(make: Callable[..., World]) -> None:
    for share in (0.02, 0.06):
        world = make(tracks=250, territories=3, fraud_share=share)
        touched = world.counts["artificial_track_days"] / (250 * 42)
        assert 0.6 * share < touched < 1.4 * share


@pytest.mark.parametrize("scheme", [scheme.name for scheme in (*SCHEMES, *RESERVED)])
def test_every_scheme_can_be_asked_for_alone(make: Callable[..., World], scheme: str) -> None:
    world = make(
        tracks=200, days=28, stores=("deezer",), territories=3, schemes=(scheme,), fraud_share=0.1
    )
    assert truth(world, "track_days")["scheme"].unique().to_list() == [scheme]


def test_reserved_schemes_come_only_when_asked(make: Callable[..., World]) -> None:
    reserved = {scheme.name for scheme in RESERVED}
    usual = set(truth(make(), "episodes")["scheme"])
    asked = set(truth(make(tracks=200, schemes=("reserved",)), "episodes")["scheme"])
    assert not usual & reserved
    assert asked <= reserved
    assert len(asked) >= 3


def test_volume_multiplies_what_is_bought(make: Callable[..., World]) -> None:
    once, thrice = make(volume=1.0), make(volume=3.0)
    ratio = thrice.counts["artificial_streams"] / once.counts["artificial_streams"]
    assert 2.8 < ratio < 3.2
    assert make(volume=0.0).counts["artificial_streams"] == 0


def engagement(world: World) -> tuple[float, float]:
    """Return saves per listener on track-days that are nearly all bought, and on all clean ones."""
    both = totals(world).join(truth(world, "track_days"), on=TRACK_DAY, how="left", suffix="_t")
    share = (pl.col("artificial_streams") / pl.col("streams")).fill_null(0)
    rate = pl.col("saves").sum() / pl.col("listeners").sum()
    return both.filter(share > 0.9).select(rate).item(), both.filter(share == 0).select(rate).item()


def test_mimicry_reaches_from_crude_to_perfect(make: Callable[..., World]) -> None:
    crude = {
        "tracks": 200,
        "territories": 4,
        "schemes": ("burst", "bot_playlist"),
        "fraud_share": 0.05,
    }
    bought, clean = engagement(make(mimicry=0.0, **crude))
    assert bought < 0.2 * clean
    bought, clean = engagement(make(mimicry=1.0, **crude))
    assert 0.5 * clean < bought < 2 * clean


def test_a_perfect_mimic_plays_where_its_track_is_played(make: Callable[..., World]) -> None:
    def places(mimicry: float) -> float:
        world = make(tracks=200, schemes=("burst",), fraud_share=0.03, mimicry=mimicry)
        bought = truth(world, "track_days").filter(pl.col("artificial_streams") > 200)
        rows = read(world.reports, "audience").rename({"isrc": "track_id"})
        cells = rows.join(bought.select(TRACK_DAY), on=TRACK_DAY)
        top = cells.group_by(TRACK_DAY).agg(pl.col("streams").max() / pl.col("streams").sum())
        return float(top["streams"].mean())

    assert places(1.0) < places(0.0) - 0.1


def test_a_replay_counts_the_same_every_day(make: Callable[..., World]) -> None:
    world = make(schemes=("replay",), mimicry=0.0, fraud_share=0.05)
    most_usual = (
        truth(world, "track_days")
        .group_by("track_id")
        .agg(
            (pl.col("artificial_streams") == pl.col("artificial_streams").mode().first()).mean(),
            days=pl.len(),
        )
        .filter(pl.col("days") >= 5)
    )
    assert (most_usual["artificial_streams"] >= 0.7).all()
    assert (most_usual["artificial_streams"] == 1.0).any()


def test_a_lockstep_group_spans_accounts_and_hides_in_each_track(
    make: Callable[..., World],
) -> None:
    world = make(tracks=400, schemes=("lockstep",), fraud_share=0.05, territories=12)
    group = truth(world, "episodes").sort("tracks").row(-1, named=True)
    catalog = pl.read_csv(world.catalog, infer_schema=False)
    accounts = catalog.filter(pl.col("isrc").is_in(group["track_ids"].split("|")))["account_id"]
    assert group["level"] == "group"
    assert group["tracks"] >= 10
    assert accounts.n_unique() >= 3
    assert group["artificial_streams_per_track_day"] < 8


def test_some_episodes_began_before_the_first_report(make: Callable[..., World]) -> None:
    world = make(tracks=400, fraud_share=0.08)
    episodes = truth(world, "episodes")
    before = episodes.filter(pl.col("first_day") < date(2026, 3, 2))
    assert 0 < before.height < episodes.height / 3


def test_a_store_day_never_comes_now_and_then(worlds: list[World]) -> None:
    files = [world.counts["files"] for world in worlds]
    whole = 42 * 2 * 2
    assert min(files) < whole
    assert max(files) <= whole


def test_christmas_songs_rise_and_are_innocent(make: Callable[..., World]) -> None:
    world = make(tracks=400, start=date(2026, 11, 30), days=35, fraud_share=0.0)
    songs = pl.read_csv(world.catalog).filter(pl.col("genre") == "christmas")["isrc"]
    plays = totals(world).filter(pl.col("track_id").is_in(songs.implode()))
    by_day = dict(plays.group_by("report_date").agg(pl.col("streams").sum()).iter_rows())
    assert by_day[date(2026, 12, 24)] > 4 * by_day[date(2026, 12, 1)]
    assert by_day[date(2026, 12, 27)] < by_day[date(2026, 12, 24)] / 4
    kinds = truth(world, "innocent_days").filter(pl.col("report_date") == date(2026, 12, 24))
    assert "christmas" in kinds["kind"].to_list()


def test_verdicts_arrive_late_and_name_mostly_bought_plays(make: Callable[..., World]) -> None:
    world = make(tracks=250, days=84, territories=4, fraud_share=0.05)
    rulings = pl.read_csv(world.verdicts, try_parse_dates=True)
    last = date(2026, 3, 2) + timedelta(days=83)
    lag = {"deezer": 7, "spotify": 28}
    for store, days in lag.items():
        periods = rulings.filter(pl.col("store") == store)["period_end"]
        assert not periods.is_empty()
        assert (periods <= last - timedelta(days=days)).all()
    cheated = set(truth(world, "track_days")["track_id"])
    right = rulings["isrc"].is_in(list(cheated)).mean()
    assert 0.8 < right <= 1.0
    assert rulings["isrc"].n_unique() < len(cheated)


def test_a_part_of_the_innocent_causes_is_known(make: Callable[..., World]) -> None:
    world = make(tracks=400, days=70, stores=("deezer",), territories=3)
    known = pl.read_csv(world.context, infer_schema=False)
    assert {"release", "editorial_add"} <= set(known["kind"])
    assert (known["start_date"] <= known["end_date"]).all()
    assert known.height < truth(world, "innocent_days")["track_id"].n_unique()
