"""The evidence says how far a count departs from people's, by what the sample can show."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fraud.features.evidence import NAMES, Catalogue, band, catalogue, evidence
from fraud.features.panel import Layout, Panel
from fraud.features.surroundings import Surroundings
from fraud.features.windows import windows
from tests.features.catalogues import Row, at, counted, looked_at, play

TODAY = 80
SPOTIFY = "spotify"


def life(track: str, level: int, today: int | None = None, **changed: Any) -> tuple[list[Row], ...]:
    """Return the audience and streams of a track whose last seven days may differ from its past.

    Of a hundred plays, fifty are searched for and fifty come from the library; they are made by
    eighty listeners of whom eight save the track.
    """
    audience, streams = [], []
    for day in range(TODAY + 1):
        ways = {"save_share": 0.1, "source": "search", "territory": "NO", "device": "mobile"}
        if day > TODAY - 7:
            ways |= changed
        plays = today if day == TODAY and today is not None else level
        listeners = plays * 8 // 10
        counts = {
            "listeners": listeners,
            "saves": round(listeners * ways["save_share"]),
            "sub30_plays": plays // 2,
            "listening_seconds": plays * 150,
        }
        audience.append(play(day, track, plays, territory=ways["territory"], **counts))
        for source, part in ((ways["source"], plays // 2), ("library", plays - plays // 2)):
            where = {"territory": ways["territory"], "device": ways["device"], "tier": "free"}
            streams.append(play(day, track, part, source=source, **where))
    return audience, streams


def together(*lives: tuple[list[Row], ...]) -> Panel:
    audience, streams = ([row for one in lives for row in one[kind]] for kind in (0, 1))
    return counted(audience=audience, streams=streams)


def shown(whole: Panel) -> pl.DataFrame:
    """Return the evidence of the last day at the store, a row a track."""
    rows, views, around = looked_at(whole, TODAY)
    normal = catalogue(views, whole.layout)
    values = evidence(views, around, normal, whole.layout)
    named = pl.DataFrame(values, schema=list(NAMES)).with_columns(rows["entity"], rows["store"])
    return named.filter(store=SPOTIFY).drop("store")


def row(found: pl.DataFrame, track: str) -> dict[str, float]:
    return found.row(by_predicate=pl.col("entity") == track, named=True)


CROWD = [life(f"T{n:02d}", 100 + n) for n in range(12)]


def test_who_goes_on_as_before_shows_nothing() -> None:
    quiet = row(shown(together(*CROWD)), "T05")
    for name in ("deviate_today", "deviate_week", "rise_today", "rise_week", "market"):
        assert quiet[name] == pytest.approx(0, abs=0.1), name
    for name in ("saves_week", "repeats_week", "sub30_week", "listened_week", "saves_rise"):
        assert quiet[name] == pytest.approx(0, abs=0.3), name
    for name in ("source", "tier", "device", "territory"):
        assert quiet[f"{name}_divergence_week"] <= 0.01, name


def test_a_rise_is_positive_and_a_fall_is_not() -> None:
    found = shown(together(*CROWD, life("UP", 100, today=800), life("DOWN", 800, today=100)))
    assert row(found, "UP")["rise_today"] == pytest.approx(3, abs=0.1)
    assert row(found, "UP")["deviate_today"] > 5
    assert row(found, "DOWN")["rise_today"] == pytest.approx(-3, abs=0.1)
    assert row(found, "DOWN")["deviate_today"] < -5


def test_twelve_thousand_plays_show_more_than_twelve() -> None:
    """Both lose their savers, turn to another source and double; only one of them is a sample."""
    turned = {"save_share": 0.0, "source": "user_playlist", "territory": "VU"}
    few, many = life("FEW", 12, today=24, **turned), life("MANY", 12_000, today=24_000, **turned)
    found = shown(together(*CROWD, few, many))
    small, large = row(found, "FEW"), row(found, "MANY")
    for name in ("deviate_today", "source_deviate_week", "territory_deviate_week"):
        assert 0 < small[name] < large[name] / 2, name
    assert large["saves_week"] < 2 * small["saves_week"] < 0
    assert large["saves_week_catalogue"] < small["saves_week_catalogue"] < 0
    assert large["rise_today"] == pytest.approx(small["rise_today"], abs=0.3)


def test_doubling_everything_leaves_the_shares() -> None:
    def world(times: int) -> pl.DataFrame:
        crowd = [life(f"T{n:02d}", times * (1_000 + 10 * n)) for n in range(12)]
        odd = life("ODD", times * 1_000, today=times * 2_000, source="radio", territory="VU")
        return shown(together(*crowd, odd))

    once, twice = world(1), world(2)
    shares = [name for name in NAMES if name.endswith("_top_week")]
    assert once.select(shares).equals(twice.select(shares))
    for name in ("rise_today", "rise_week", "step", "siblings", "market"):
        assert once[name].to_list() == pytest.approx(twice[name].to_list(), abs=0.02, nan_ok=True)


def test_what_came_on_top_is_told_apart_from_what_was_there() -> None:
    grown = life("GROWN", 100, today=800)
    bought = life("BOUGHT", 100, today=800, territory="VU", device="desktop", source="radio")
    found = shown(together(*CROWD, grown, bought))
    more_of_the_same, other = row(found, "GROWN"), row(found, "BOUGHT")
    for name in ("source", "device", "territory"):
        assert other[f"{name}_divergence_week"] > more_of_the_same[f"{name}_divergence_week"] + 0.3
    odd = "territory_excess_odd"
    assert other[odd] < more_of_the_same[odd] - 3, "nobody listened there before"
    assert other["active_excess"] < more_of_the_same["active_excess"]


def test_counts_that_repeat_to_the_play_are_seen() -> None:
    draw = np.random.default_rng(3)
    people = [play(day, "P", int(n)) for day, n in enumerate(draw.poisson(100, TODAY + 1))]
    machine = [play(day, "M", 100) for day in range(TODAY + 1)]
    found = shown(counted(streams=people + machine))
    assert row(found, "M")["equal_days"] == 6
    assert row(found, "P")["equal_days"] < 3
    assert row(found, "M")["flatness"] < row(found, "P")["flatness"]


def test_plays_alone_make_no_evidence_of_what_is_not_told() -> None:
    found = shown(counted(streams=[play(d, "T", 50 + d % 7) for d in range(TODAY + 1)]))
    told = {name for name in NAMES if not np.isnan(found[name].item())}
    for unknown in ("saves", "repeats", "sub30", "listened", "source", "tier", "device", "active"):
        assert not {name for name in told if name.startswith(unknown)}, unknown
    assert {"rise_today", "deviate_week", "territory_top_week"} <= told


def test_a_row_is_judged_by_itself() -> None:
    whole = together(*CROWD)
    _, views, around = looked_at(whole, TODAY)
    normal = catalogue(views, whole.layout)
    everybody = evidence(views, around, normal, whole.layout)
    for one in (np.array([3]), np.array([5, 2])):
        alone = evidence(views.take(one), around.take(one), normal, whole.layout)
        np.testing.assert_array_equal(alone, everybody[one])


def test_the_expected_range_holds_the_expectation_and_widens_with_scatter() -> None:
    calm = [play(day, "CALM", 100) for day in range(TODAY + 1)]
    wild = [play(day, "WILD", 100 + (40 if day % 2 else -40)) for day in range(TODAY)]
    wild.append(play(TODAY, "WILD", 100))
    young = [play(TODAY, "YOUNG", 100)]
    whole = counted(streams=calm + wild + young)
    rows, views, around = looked_at(whole, TODAY)
    low, high = band(views, around, whole.layout)
    one, other, new = (at(rows, track, SPOTIFY) for track in ("CALM", "WILD", "YOUNG"))
    assert 0 < low[one] < 100 < high[one]
    assert low[other] < low[one] < high[one] < high[other]
    assert np.isnan([low[new], high[new]]).all()


def test_neither_a_hit_nor_a_bought_catalogue_sets_what_is_normal() -> None:
    loud = life("LOUD", 1_000_000)
    silent = [row | {"saves": 0} for row in loud[0]]
    whole = together(*CROWD, (silent, loud[1]))
    _, views, _ = looked_at(whole, TODAY)
    assert catalogue(views, whole.layout).saves == pytest.approx(0.1, abs=0.02)


LAYOUT = Layout(("NO", "elsewhere"))
NORMAL = Catalogue(
    saves=0.05,
    repeats=0.5,
    sub30=0.3,
    listened=150.0,
    mixes={
        name: np.full(len(LAYOUT.values(name)), 1 / len(LAYOUT.values(name)))
        for name in ("source", "tier", "device", "territory")
    },
)
UNKNOWN_OR = st.one_of(st.just(np.nan), st.floats(0, 1e7))


@given(
    arrays.arrays(np.int64, (3, 40, LAYOUT.width), elements=st.integers(0, 10**6)),
    arrays.arrays(np.float64, (8, 3), elements=UNKNOWN_OR),
)
def test_no_count_makes_infinite_evidence(block: np.ndarray, surrounded: np.ndarray) -> None:
    block[:, -1, LAYOUT.measure("streams")] += 1
    views = windows(block, LAYOUT, np.array([39]), np.ones((3, 40), np.bool_))
    values = dict(zip(Surroundings.__dataclass_fields__, surrounded, strict=True))
    values["market"] = np.maximum(values["market"], 0.01)
    found = evidence(views, Surroundings(**values), NORMAL, LAYOUT)
    assert found.shape == (3, len(NAMES))
    assert found.dtype == np.float32
    assert not np.isinf(found).any()
