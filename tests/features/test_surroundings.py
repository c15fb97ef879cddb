"""What happened around a track: its store's day, its artist's other tracks, its other stores."""

from datetime import timedelta

import numpy as np
import pytest

from fraud.features.panel import ALL_STORES
from fraud.features.surroundings import known_days
from tests.features.catalogues import START, Row, about, at, counted, looked_at, play, steady

TODAY = 80
PAST = range(TODAY)
TRACKS = [f"T{number:02d}" for number in range(30)]


def catalogue(today: int = 10, **more: int) -> list[Row]:
    """Return thirty tracks of ten plays a day, with their plays of today where they differ."""
    rows = [row for track in TRACKS for row in steady(track, 10, PAST)]
    return rows + [play(TODAY, track, more.get(track, today)) for track in TRACKS]


def test_what_is_expected_is_the_usual_level() -> None:
    rows, _, around = looked_at(counted(streams=catalogue(T07=90)), TODAY)
    assert around.expected_today == pytest.approx(np.full(len(rows), 10.0))
    assert around.market == pytest.approx(np.ones(len(rows)))


def test_a_day_on_which_the_whole_store_rises_is_expected_of_everybody() -> None:
    whole = counted(streams=catalogue(today=30, T07=90))
    rows, _, around = looked_at(whole, TODAY)
    seven = at(rows, "T07", "spotify")
    assert 20 < around.expected_today[seven] < 30, "a part of the rise is left to chance"
    assert around.market[seven] > 2


def test_one_track_does_not_move_its_store() -> None:
    _, _, around = looked_at(counted(streams=catalogue(T07=1_000_000)), TODAY)
    assert around.market == pytest.approx(np.ones(len(around.market)))


def test_a_store_moves_only_its_own_tracks() -> None:
    quiet = [row for track in TRACKS for row in steady(track, 10, range(TODAY + 1), store="deezer")]
    rows, _, around = looked_at(counted(streams=catalogue(today=30) + quiet), TODAY)
    assert around.market[at(rows, "T03", "deezer")] == pytest.approx(1)
    assert around.market[at(rows, "T03", "spotify")] > 2


def test_siblings_are_the_other_tracks_of_the_artist() -> None:
    whole = counted(streams=catalogue(T01=80, T02=10, T03=10))
    known = about(
        {"entity": "T01", "artist": "Ann"},
        {"entity": "T02", "artist": "Ann"},
        {"entity": "T03", "artist": "Bob"},
    )
    rows, _, around = looked_at(whole, TODAY, known)
    assert around.siblings[at(rows, "T02", "spotify")] > 2, "Ann's other track rose eightfold"
    assert around.siblings[at(rows, "T01", "spotify")] == pytest.approx(0)
    assert np.isnan(around.siblings[at(rows, "T03", "spotify")]), "Bob has no other track"
    assert np.isnan(around.siblings[at(rows, "T04", "spotify")]), "nobody knows whose track it is"


def test_other_stores_are_those_where_the_track_is_played_too() -> None:
    there = [track for track in TRACKS if track != "T03"]
    deezer = [row for track in there for row in steady(track, 10, PAST, store="deezer")]
    deezer += [play(TODAY, track, 80 if track == "T01" else 10, store="deezer") for track in there]
    rows, _, around = looked_at(counted(streams=catalogue(T02=80) + deezer), TODAY)
    assert around.other_stores[at(rows, "T01", "spotify")] > 2
    assert around.other_stores[at(rows, "T01", "deezer")] == pytest.approx(0)
    assert around.other_stores[at(rows, "T02", "spotify")] == pytest.approx(0)
    assert around.other_stores[at(rows, "T02", "deezer")] > 2
    assert np.isnan(around.other_stores[at(rows, "T03", "spotify")]), "it has no other store"
    assert np.isnan(around.other_stores[at(rows, "T01")]), "all stores have none beside them"


def test_a_track_without_a_past_is_expected_nothing_of() -> None:
    young = steady("NEW", 50, range(TODAY - 5, TODAY + 1))
    rows, _, around = looked_at(counted(streams=catalogue() + young), TODAY)
    assert np.isnan(around.expected_today[at(rows, "NEW")])
    assert around.age_days[at(rows, "NEW")] == 5
    assert np.isnan(around.age_days[at(rows, "T01")]), "older than the panel can tell"


def test_the_age_is_told_by_the_catalogue_where_it_knows() -> None:
    day = START + timedelta(TODAY)
    known = about(
        {"entity": "T01", "artist": "Ann", "release_date": day - timedelta(400)},
        {"entity": "T02", "artist": "Ann", "release_date": day - timedelta(3)},
        {"entity": "T03", "artist": "Ann", "release_date": day + timedelta(3)},
    )
    rows, _, around = looked_at(counted(streams=catalogue()), TODAY, known)
    assert around.age_days[at(rows, "T01")] == 400
    assert around.age_days[at(rows, "T02")] == 3
    assert np.isnan(around.age_days[at(rows, "T03")]), "a date still to come says nothing"
    assert around.artist_release_days[at(rows, "T01")] == 3
    assert np.isnan(around.artist_release_days[at(rows, "T09")])


def test_in_a_chart_an_absent_track_is_unknown() -> None:
    every_third = range(0, TODAY + 1, 3)
    chart = [row for track in TRACKS for row in steady(track, 5_000, range(TODAY + 1))]
    chart += steady("NOW_AND_THEN", 6_000, [*every_third, TODAY])
    rows, views, around = looked_at(counted(streams=chart), TODAY)
    charted = at(rows, "NOW_AND_THEN", "spotify")
    assert views.usual_days[charted] < 12
    assert around.expected_today[charted] == pytest.approx(6_000)


def test_in_a_full_report_an_absent_track_was_not_played() -> None:
    every_third = range(0, TODAY + 1, 3)
    rows = catalogue() + steady("NOW_AND_THEN", 6, [*every_third, TODAY]) + steady("RARE", 1, PAST)
    lines, views, around = looked_at(counted(streams=rows), TODAY)
    reported = at(lines, "NOW_AND_THEN", "spotify")
    assert views.usual_days[reported] == 28
    assert around.expected_today[reported] == pytest.approx(2, rel=0.1)


def test_a_day_on_which_the_store_delivered_nothing_is_no_zero() -> None:
    silent = [row for row in catalogue() if row["report_date"] != START + timedelta(TODAY - 12)]
    _, views, around = looked_at(counted(streams=silent), TODAY)
    assert set(views.usual_days) == {27}
    assert around.expected_today == pytest.approx(np.full(len(around.market), 10.0))


def test_all_stores_together_are_known_where_all_of_them_delivered() -> None:
    lost = START + timedelta(TODAY - 12)
    deezer = [
        row for track in TRACKS for row in steady(track, 10, range(TODAY + 1), store="deezer")
    ]
    whole = counted(streams=catalogue() + [row for row in deezer if row["report_date"] != lost])
    known = known_days(whole)[:, TODAY - 12]
    by_store = {
        store: known[units["unit"].to_numpy()] for (store,), units in whole.units.group_by("store")
    }
    assert by_store["spotify"].all()
    assert not by_store["deezer"].any()
    assert not by_store[ALL_STORES].any()
    rows, _, around = looked_at(whole, TODAY)
    assert around.expected_today[at(rows, "T01")] == pytest.approx(20)


def test_a_store_that_left_is_not_waited_for() -> None:
    left = [row for track in TRACKS for row in steady(track, 10, range(30), store="deezer")]
    whole = counted(streams=catalogue() + left)
    known = known_days(whole)
    together = whole.units.filter(store=ALL_STORES)["unit"].to_numpy()
    assert not known[together, 30].any()
    assert known[together, 45:].all()
