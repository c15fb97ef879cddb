"""What the tracks of a group have in common, on catalogues drawn by hand."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.features.group_facts import alike, group_facts, grouping
from fraud.features.group_tracks import BEFORE_DAYS, LOOK_BACK_DAYS, RECENT_DAYS, GroupTracks
from fraud.features.onsets import onsets
from fraud.features.panel import Layout

NIGHT = date(2026, 3, 30)
LAYOUT = Layout(("GB", "SE", "elsewhere"))


def catalogue(people: int, bought: int, *, seed: int = 1, saved: float = 0.05) -> GroupTracks:
    """Return tracks of people, each of its own size and place, then bought ones, all alike."""
    draw = np.random.default_rng(seed)
    tracks, days = people + bought, LOOK_BACK_DAYS
    week = 1 + 0.3 * np.sin(2 * np.pi * np.arange(days) / 7)
    size = np.r_[draw.lognormal(2.5, 1.2, people), np.full(bought, 12.0)]
    plays = draw.negative_binomial(6, 6 / (6 + size[:, None] * week))
    plays[people:] = draw.poisson(12.0, (bought, days))
    counts = np.zeros((tracks, days, LAYOUT.width), np.int64)
    counts[:, :, 0] = plays
    for name in ("listeners", "listeners_streams", "saves_listeners", "sub30_streams"):
        counts[:, :, LAYOUT.measure(name)] = plays
    of_people = np.arange(tracks) < people
    kept = np.where(of_people, saved, 0.001)[:, None]
    counts[:, :, LAYOUT.measure("saves")] = draw.binomial(plays, kept)
    early = np.where(of_people, 0.35, 0.02)[:, None]
    counts[:, :, LAYOUT.measure("sub30_plays")] = draw.poisson(plays * early)
    for name, favoured in (("source", 5), ("device", 3), ("tier", 1), ("territory", 1)):
        span = LAYOUT.span(name)
        values = span.stop - span.start
        mixes = draw.dirichlet(np.full(values, 4.0), tracks)
        mixes[people:] = np.eye(values)[favoured]
        for track in range(tracks):
            counts[track, :, span] = draw.multinomial(plays[track], mixes[track])
    return GroupTracks(
        tuple(f"T{n:03d}" for n in range(tracks)),
        (NIGHT,),
        NIGHT - timedelta(days - 1),
        counts[:, :, 0],
        counts[None, :, -RECENT_DAYS:].sum(axis=2),
        counts[None, :, :BEFORE_DAYS].sum(axis=2),
        LAYOUT,
    )


def members(*groups: range) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"T{n:03d}", f"g{at}") for at, group in enumerate(groups) for n in group],
        schema={"track_id": pl.String, "entity": pl.String},
        orient="row",
    )


def facts(tracks: GroupTracks, *groups: range) -> pl.DataFrame:
    return group_facts(tracks, NIGHT, grouping("account", members(*groups), tracks))


def test_a_bought_group_is_even_alike_unkept_and_flat() -> None:
    living, bought = facts(catalogue(60, 30), range(60), range(60, 90)).rows(named=True)
    for fact in ("saves_ratio", "sub30_ratio", "unevenness", "scatter"):
        assert bought[fact] < living[fact] / 3, fact
    assert bought["weekdays"] < living["weekdays"] - 0.5
    assert living["source_apart"] > 0.02
    assert bought["source_apart"] is None, "all of one source: nothing to compare"
    assert bought["source_catalogue"] > 5 * living["source_catalogue"]


def test_one_large_track_does_not_speak_for_its_group() -> None:
    tracks = catalogue(20, 0)
    tracks.recent[0, 0] *= 1000
    tracks.recent[0, 0, LAYOUT.measure("saves")] = 0
    (group,) = facts(tracks, range(10)).rows(named=True)
    assert group["top_track_share"] > 0.9
    assert group["saves_ratio"] > 0.5


def test_a_group_of_two_has_no_facts_and_neither_has_an_empty_catalogue() -> None:
    assert facts(catalogue(5, 0), range(2)).is_empty()
    assert facts(catalogue(0, 0), range(0)).is_empty()


def test_what_is_not_reported_is_unknown() -> None:
    tracks = catalogue(10, 0)
    tracks.recent[:, :, 1:] = 0
    (group,) = facts(tracks, range(10)).rows(named=True)
    assert group["saves_ratio"] is None
    assert group["sub30_ratio"] is None
    assert group["source_catalogue"] is None
    assert group["unevenness"] is not None


def test_an_onset_is_found_on_its_day_and_a_steady_track_has_none() -> None:
    days: NDArray[np.int64] = np.full((3, 28), 4)
    days[0, 20:] = 20
    days[1, :] = [0, 7] * 14
    assert onsets(days, np.ones(28)).day.tolist() == [20, -1, -1]


def test_what_the_catalogue_does_on_a_day_is_no_onset() -> None:
    days = np.full((2, 28), 4)
    days[:, 20:] = 20
    assert onsets(days, days.sum(axis=0).astype(float)).day.tolist() == [-1, -1]


def test_tracks_without_a_place_in_common_have_all_a_mix_of_their_own() -> None:
    draw = np.random.default_rng(2)
    counts = np.zeros((400, 6))
    counts[0::2, :3] = draw.integers(2, 9, (200, 3))
    counts[1::2, 3:] = draw.integers(2, 9, (200, 3))
    found = alike("source", counts, np.arange(400) // 2, 200)
    assert (found["source_apart"] > 0).all()
    assert np.isfinite(found["source_apart_error"]).all()
