"""Innocent events move a track as fraud does, and differ from it as people differ from machines."""

from pathlib import Path

import polars as pl
import pytest

from fraud.simulate import World, simulate
from tests.simulate.conftest import read, truth

TRACK_DAY = ["report_date", "track_id"]


@pytest.fixture(scope="module")
def innocent(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a world in which nobody cheats."""
    folder: Path = tmp_path_factory.mktemp("innocent")
    return simulate(
        folder / "w",
        seed=11,
        tracks=600,
        stores=("spotify", "deezer"),
        territories=6,
        fraud_share=0.0,
    )


@pytest.fixture(scope="module")
def days(innocent: World) -> pl.DataFrame:
    """Return the track-days with their totals, their spike's kind and its share of the plays."""
    measures = ("streams", "listeners", "saves", "sub30_plays")
    totals = (
        read(innocent.reports, "audience")
        .group_by("report_date", pl.col("isrc").alias("track_id"))
        .agg(pl.col(measures).sum())
    )
    spikes = truth(innocent, "innocent_days").drop("streams")
    return totals.join(spikes, on=TRACK_DAY, how="left").with_columns(
        share=(pl.col("extra_streams") / pl.col("streams")).fill_null(0)
    )


def mostly(days: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the days of a kind on which it brought most of the plays."""
    rows = days.filter(pl.col("kind") == kind, pl.col("share") > 0.7)
    assert rows["streams"].sum() > 500, kind
    return rows


def rate(rows: pl.DataFrame, of: str, per: str) -> float:
    return float(rows[of].sum() / rows[per].sum())


def test_every_kind_is_there(innocent: World) -> None:
    kinds = set(truth(innocent, "innocent_days")["kind"])
    assert {"release", "viral", "editorial_add", "algorithmic_push", "local_event"} <= kinds
    assert truth(innocent, "track_days").is_empty()


def test_what_goes_viral_is_saved_and_heard_by_new_people(days: pl.DataFrame) -> None:
    viral, quiet = mostly(days, "viral"), days.filter(pl.col("kind").is_null())
    assert rate(viral, "saves", "listeners") > 1.2 * rate(quiet, "saves", "listeners")
    assert rate(viral, "streams", "listeners") < rate(quiet, "streams", "listeners")


def test_fans_play_again_and_again_and_save(days: pl.DataFrame) -> None:
    party, quiet = mostly(days, "fan_party"), days.filter(pl.col("kind").is_null())
    assert rate(party, "streams", "listeners") > 2 * rate(quiet, "streams", "listeners")
    assert rate(party, "saves", "listeners") > rate(quiet, "saves", "listeners")


def shares(innocent: World, days: pl.DataFrame, kind: str, of: str) -> pl.DataFrame:
    """Return the share of each value of a column in the plays of a kind's days."""
    report = "audience" if of == "territory" else "streams"
    rows = read(innocent.reports, report).rename({"isrc": "track_id"})
    plays = rows.join(mostly(days, kind).select(TRACK_DAY), on=TRACK_DAY)
    return (
        plays.group_by(*TRACK_DAY, of)
        .agg(pl.col("streams").sum())
        .with_columns(share=pl.col("streams") / pl.col("streams").sum().over(TRACK_DAY))
    )


def test_an_editorial_add_brings_editorial_plays_in_one_store(
    innocent: World, days: pl.DataFrame
) -> None:
    by_source = shares(innocent, days, "editorial_add", "source")
    editorial = by_source.filter(pl.col("source") == "editorial_playlist")
    assert editorial["share"].median() > 0.6
    assert shares(innocent, days, "editorial_add", "store").group_by(TRACK_DAY).agg(
        pl.col("share").max()
    )["share"].median() > 0.7  # fmt: skip


def test_a_concert_is_heard_of_in_one_territory_by_the_whole_catalogue(
    innocent: World, days: pl.DataFrame
) -> None:
    by_place = shares(innocent, days, "local_event", "territory")
    assert by_place.group_by(TRACK_DAY).agg(pl.col("share").max())["share"].median() > 0.7
    catalog = pl.read_csv(innocent.catalog, infer_schema=False).rename({"isrc": "track_id"})
    raised = days.filter(pl.col("kind") == "local_event").join(catalog, on="track_id")
    assert raised.group_by("report_date", "artist").len()["len"].max() > 1


def test_a_release_decays_from_its_first_day(innocent: World, days: pl.DataFrame) -> None:
    catalog = pl.read_csv(innocent.catalog, try_parse_dates=True)
    released = catalog.select(pl.col("isrc").alias("track_id"), "release_date")
    aged = days.join(released, on="track_id").with_columns(
        age=(pl.col("report_date") - pl.col("release_date")).dt.total_days()
    )
    assert aged.filter(pl.col("age") < 0).is_empty(), "nothing is heard before it is out"

    def plays(low: int, high: int) -> float:
        young = aged.filter(
            pl.col("kind").is_in(["release", "album_release"]) & pl.col("age").is_between(low, high)
        )
        return float(young["extra_streams"].sum()) / (high - low + 1)

    assert plays(0, 3) > 1.5 * plays(7, 14) > 0


def test_a_shop_that_loops_an_album_is_few_listeners(days: pl.DataFrame) -> None:
    venue = days.filter(pl.col("kind") == "venue")
    assert not venue.is_empty()
    assert rate(venue, "streams", "listeners") > 1.5
