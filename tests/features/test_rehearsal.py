"""Rehearsed plays are counted as a store would count them, and their size teaches nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fraud.features import rehearsal
from fraud.features.evidence import catalogue, evidence
from fraud.features.panel import Layout
from fraud.features.rehearsal import LEAST_ACCOUNTS
from fraud.features.surroundings import Surroundings
from fraud.features.windows import Windows
from fraud.tables import DIMENSIONS
from tests.features.catalogues import Row, counted, drawn, looked_at

KINDS = ("bought", "innocent", "stopped", "few")
TODAY = 80


class Stage:
    """Rows of a small catalogue, and what rehearsing makes of them."""

    def __init__(self, audience: list[Row], streams: list[Row], copies: int = 40) -> None:
        whole = counted(audience=audience, streams=streams)
        _, views, around = looked_at(whole, TODAY)
        self.layout: Layout = whole.layout
        self.normal = catalogue(views, whole.layout)
        chosen = np.tile(np.arange(len(views.unit)), copies)
        self.before: tuple[Windows, Surroundings] = views.take(chosen), around.take(chosen)

    def rehearse(self, kind: str, seed: int = 1) -> tuple[Windows, Surroundings]:
        draw = np.random.default_rng(seed)
        made: Callable[..., Any] = getattr(rehearsal, kind)
        views, around = made(*self.before, self.normal, self.layout, draw)
        return views, around

    def added(self, kind: str, look: str) -> np.ndarray:
        """Return rows × columns: what rehearsing a kind adds to one of the looks."""
        return getattr(self.rehearse(kind)[0], look) - getattr(self.before[0], look)

    def of(self, counts: np.ndarray, measure: str) -> np.ndarray:
        return counts[:, self.layout.measure(measure)]


PEOPLE = drawn(tracks=10, days=TODAY + 1)


def broken_down(rows: list[Row], *dimensions: str) -> list[Row]:
    """Return a streams report of the same plays; odd and even tracks differ in each dimension."""
    values = {"source": ("search", "radio"), "tier": ("free", "premium"), "device": ("tv", "car")}
    plain = ("report_date", "store", "territory", "track_id", "streams")
    return [
        {name: row[name] for name in plain}
        | {name: values[name][int(row["track_id"][1:]) % 2] for name in dimensions}
        for row in rows
    ]


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(PEOPLE, broken_down(PEOPLE, "source", "tier", "device"))


@pytest.fixture(scope="module")
def bare() -> Stage:
    """Return a stage on which only plays and one break-down are told."""
    plays = [{**row, "listeners": None, "saves": None, "sub30_plays": None} for row in PEOPLE]
    plays = [{**row, "listening_seconds": None} for row in plays]
    return Stage(plays, broken_down(PEOPLE, "tier"))


@pytest.mark.parametrize("look", ["today", "week", "usual"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_break_down_adds_up_to_the_added_plays(stage: Stage, kind: str, look: str) -> None:
    added = stage.added(kind, look)
    assert (added >= 0).all()
    for dimension in DIMENSIONS:
        of_values = added[:, stage.layout.span(dimension)].sum(axis=1)
        np.testing.assert_array_equal(of_values, stage.of(added, "streams"), err_msg=dimension)


@pytest.mark.parametrize("kind", KINDS)
def test_the_measures_fit_together(stage: Stage, kind: str) -> None:
    added = stage.added(kind, "week")
    streams, listeners = stage.of(added, "streams"), stage.of(added, "listeners")
    assert (listeners <= streams).all()
    assert (listeners[streams > 0] > 0).all()
    assert (stage.of(added, "saves") <= listeners).all()
    np.testing.assert_array_equal(stage.of(added, "saves_listeners"), listeners)
    for name in ("listeners_streams", "sub30_streams", "seconds_streams"):
        np.testing.assert_array_equal(stage.of(added, name), streams, err_msg=name)
    assert (stage.of(added, "listening_seconds")[streams > 0] > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_store_does_not_tell_is_not_rehearsed(bare: Stage, kind: str) -> None:
    added = bare.added(kind, "week")
    assert bare.of(added, "streams").any()
    for name in ("listeners", "saves", "saves_listeners", "sub30_plays", "seconds_streams"):
        assert not bare.of(added, name).any(), name
    for dimension in ("source", "device"):
        assert not added[:, bare.layout.span(dimension)].any(), dimension
    assert added[:, bare.layout.span("tier")].any()


@pytest.mark.parametrize("kind", KINDS)
def test_over_all_stores_plays_are_as_often_told_of_as_people_s_are(kind: str) -> None:
    silent = [{**row, "store": "deezer", "listeners": None, "saves": None} for row in PEOPLE]
    both = Stage([*PEOPLE, *silent], broken_down(PEOPLE, "source"), copies=200)
    overall = both.before[0].today[:, both.layout.measure("streams")] > 0
    overall &= both.before[0].week[:, both.layout.measure("saves_listeners")] > 0
    added = both.added(kind, "week")
    streams = both.of(added, "streams")
    told = both.of(added, "listeners_streams") > 0
    partly = both.before[0].week[:, both.layout.measure("listeners_streams")]
    share = partly / both.before[0].week[:, both.layout.measure("streams")]
    of_both = overall & (share < 1) & (streams > 0)
    assert 0.4 < told[of_both].mean() < 0.6
    assert told[overall & (share == 1) & (streams > 0)].all()
    whole = of_both & told
    np.testing.assert_array_equal(both.of(added, "listeners_streams")[whole], streams[whole])
    np.testing.assert_array_equal(both.of(added, "saves_listeners")[whole] > 0, streams[whole] > 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_looks_agree_with_each_other(stage: Stage, kind: str) -> None:
    views, _ = stage.rehearse(kind)
    today = stage.of(views.today, "streams")
    np.testing.assert_array_equal(views.recent[:, -1], today)
    np.testing.assert_array_equal(views.recent[:, -7:].sum(axis=1), stage.of(views.week, "streams"))
    assert (views.today <= views.week).all()
    assert (views.usual_squares >= stage.before[0].usual_squares).all()


def test_bought_and_innocent_plays_are_of_one_size(stage: Stage) -> None:
    level = np.maximum(stage.of(stage.before[0].today, "streams"), 1)
    sizes = {
        kind: np.log2(stage.of(stage.added(kind, "today"), "streams") / level)
        for kind in ("bought", "innocent")
    }
    quantiles = [np.quantile(size, np.linspace(0.1, 0.9, 9)) for size in sizes.values()]
    np.testing.assert_allclose(quantiles[0], quantiles[1], atol=0.5)


def test_a_bought_day_always_holds_bought_plays(stage: Stage) -> None:
    assert (stage.of(stage.added("bought", "today"), "streams") > 0).all()


def test_a_day_after_the_bought_ones_is_people_s_again(stage: Stage) -> None:
    assert not stage.added("stopped", "today").any()
    week = stage.of(stage.added("stopped", "week"), "streams")
    assert (week > 0).mean() > 0.3
    back = stage.rehearse("stopped")[0].recent - stage.before[0].recent
    quiet = (back[:, ::-1] == 0).cumprod(axis=1).sum(axis=1)
    assert quiet.min() >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_rehearses_the_same_and_leaves_the_rows_alone(
    stage: Stage, kind: str
) -> None:
    kept = [getattr(stage.before[0], name).copy() for name in Windows.__dataclass_fields__]
    found = [
        evidence(*stage.rehearse(kind, seed), stage.normal, stage.layout) for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2], equal_nan=True)
    for name, values in zip(Windows.__dataclass_fields__, kept, strict=True):
        np.testing.assert_array_equal(getattr(stage.before[0], name), values, err_msg=name)


def test_people_bring_their_siblings_along_machines_seldom_do(stage: Stage) -> None:
    rises = {}
    for kind in ("bought", "innocent"):
        before, after = stage.before[1].other_stores, stage.rehearse(kind)[1].other_stores
        known = np.isfinite(before)
        assert known.any()
        assert (after[known] >= before[known]).all()
        rises[kind] = (after - before)[known]
    assert np.median(rises["innocent"]) > np.median(rises["bought"])


def test_nothing_unknown_becomes_known(stage: Stage) -> None:
    for kind in KINDS:
        _, around = stage.rehearse(kind)
        for name in ("siblings", "age_days", "duration_seconds"):
            np.testing.assert_array_equal(
                np.isnan(getattr(around, name)), np.isnan(getattr(stage.before[1], name))
            )


def test_a_handful_of_people_are_fewer_than_a_farm(stage: Stage) -> None:
    few, bought = (
        stage.of(added, "listeners")[stage.of(added, "streams") >= 30]
        for added in (stage.added("few", "today"), stage.added("bought", "today"))
    )
    assert np.quantile(few, 0.9) <= LEAST_ACCOUNTS
    assert np.quantile(bought, 0.1) >= LEAST_ACCOUNTS
