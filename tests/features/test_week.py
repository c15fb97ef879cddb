"""A week of features: what is judged, what is learnt from, and that neither knows the future."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from fraud.features import week as room
from fraud.features.panel import ALL_STORES, gather
from fraud.features.week import NAMES, Week, mondays, reach, week
from fraud.features.windows import LOOK_BACK_DAYS
from tests.features.catalogues import MONDAY, Row, about, arrived, drawn, each_alone, play

SEED = 7
DAYS = 7 * 15 + 7
SUNDAY = MONDAY + timedelta(6)
PEOPLE = drawn(tracks=12, days=DAYS)


def made(
    audience: list[Row],
    first: date,
    last: date,
    *,
    streams: list[Row] | None = None,
    rulings: pl.DataFrame | None = None,
) -> Week:
    """Return the week as a night would make it: of the plays up to its last day."""
    told, broken_down = [
        [row for row in rows if row["report_date"] <= last] for rows in (audience, streams or [])
    ]
    known = about(*({"entity": f"T{n:02d}", "artist": f"A{n // 3}"} for n in range(12)))
    with arrived(reach(first), last, audience=told, streams=broken_down) as connection:
        gathered = gather(connection, each_alone(told, broken_down), reach(first), last)
        return week(gathered, "track", known, (first, last), SEED, rulings=rulings)


@pytest.fixture(scope="module")
def whole() -> Week:
    return made(PEOPLE, MONDAY, SUNDAY)


def learnt_alike(one: Week, other: Week) -> None:
    for name in ("reference", "reference_folds", "bought", "innocent"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_ruled_days_of_the_past_are_set_apart_at_the_store_and_over_all(whole: Week) -> None:
    ruled = {"entity": "T03", "store": "spotify", "share": 0.8}
    period = {"period_start": MONDAY - timedelta(9), "period_end": MONDAY + timedelta(2)}
    of_others = {"entity": "T04", "store": "deezer", "share": None}
    told = made(PEOPLE, MONDAY, SUNDAY, rulings=pl.DataFrame([ruled | period, of_others | period]))
    stores = 1 + ("deezer" in {row["store"] for row in PEOPLE})
    days = 9
    assert len(told.ruled) == days * 2 + days * stores, "the judged days themselves are none of it"
    assert np.isnan(told.ruled_days.share).sum() == days * stores
    assert (told.ruled_days.share == 0.8).sum() == days * 2
    assert len(told.reference) == len(whole.reference) - len(told.ruled)
    assert len(told.reference) == len(told.reference_folds)
    assert_frame_equal(told.judged.select("streams"), whole.judged.select("streams"))
    assert len(whole.ruled) == 0


def test_a_week_says_how_long_its_past_is(whole: Week) -> None:
    assert whole.past_days == 28
    since = MONDAY - timedelta(9)
    young = [row for row in PEOPLE if row["report_date"] >= since]
    assert made(young, MONDAY, SUNDAY).past_days == 9
    assert made(young, MONDAY + timedelta(2), SUNDAY).past_days == 9, "its Monday's, on every day"


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40))
def test_every_day_of_a_range_is_judged_in_its_own_week(first: date, length: int) -> None:
    last = first + timedelta(length)
    judged = []
    for monday, start, end in mondays(first, last):
        assert monday.weekday() == 0
        assert monday <= start <= end < monday + timedelta(7)
        judged += [start + timedelta(n) for n in range((end - start).days + 1)]
    assert judged == [first + timedelta(n) for n in range(length + 1)]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_every_day_of_a_week_reaches_back_equally_far(day: date) -> None:
    monday = day - timedelta(day.weekday())
    assert reach(day) == reach(monday)
    assert (monday - reach(day)).days >= LOOK_BACK_DAYS + room.REFERENCE_DAYS


def test_a_row_for_each_unit_and_day_with_plays(whole: Week) -> None:
    played = pl.DataFrame(PEOPLE).filter(pl.col("report_date") >= MONDAY)
    days = played.group_by("report_date", "store", entity="track_id").agg(pl.sum("streams"))
    together = played.group_by(
        "report_date", pl.lit(ALL_STORES).alias("store"), entity="track_id"
    ).agg(pl.sum("streams"))
    expected = pl.concat([days, together]).sort("report_date", "store", "entity")
    assert_frame_equal(whole.judged.select(expected.columns), expected)
    assert whole.monday == MONDAY


def test_what_is_learnt_from_comes_of_the_weeks_before(whole: Week) -> None:
    assert whole.reference.shape[1] == whole.bought.shape[1] == len(NAMES)
    assert set(whole.reference_folds) <= {0, 1}
    assert len(whole.reference_folds) == len(whole.reference)
    changed = [
        row | {"streams": row["streams"] * 50} if row["report_date"] >= MONDAY else row
        for row in PEOPLE
    ]
    learnt_alike(made(changed, MONDAY, SUNDAY), whole)


@pytest.mark.parametrize("most", [24_000, 500])
def test_a_day_alone_is_the_day_of_the_whole_week(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "REFERENCE_ROWS", most)
    full = made(PEOPLE, MONDAY, SUNDAY)
    for number in (0, 3, 6):
        day = MONDAY + timedelta(number)
        alone = made(PEOPLE, day, day)
        assert_frame_equal(
            alone.judged, full.judged.filter(pl.col("report_date") == day), check_exact=True
        )
        learnt_alike(alone, full)


def test_a_place_or_a_store_that_comes_later_in_the_week_changes_nothing_before(
    whole: Week,
) -> None:
    news = [
        play(SUNDAY, "T01", 500, territory="VU"),
        play(SUNDAY, "T01", 500, store="tidal"),
        play(SUNDAY, "NEW", 500),
    ]
    later = made(PEOPLE + news, MONDAY, SUNDAY)
    before = pl.col("report_date") < SUNDAY
    assert_frame_equal(later.judged.filter(before), whole.judged.filter(before), check_exact=True)
    learnt_alike(later, whole)


def test_a_report_without_saves_leaves_all_other_evidence_as_it_is(whole: Week) -> None:
    silent = [row | {"saves": None} for row in PEOPLE]
    unsaved = made(silent, MONDAY, SUNDAY)
    columns = [name for name in whole.judged.columns if not name.startswith("saves_")]
    assert_frame_equal(
        unsaved.judged.select(columns), whole.judged.select(columns), check_exact=True
    )
    for name in (name for name in NAMES if name.startswith("saves_")):
        at = NAMES.index(name)
        assert unsaved.judged[name].is_nan().all(), name
        for rows in (unsaved.reference, unsaved.bought, unsaved.innocent):
            assert np.isnan(rows[:, at]).all(), name
    assert unsaved.judged["saves_seen"].null_count() == unsaved.judged.height


def test_a_store_that_reports_less_does_not_blind_the_others(whole: Week) -> None:
    silent = [row | {"saves": None} if row["store"] == "deezer" else row for row in PEOPLE]
    partly = made(silent, MONDAY, SUNDAY).judged
    assert partly.filter(store="deezer")["saves_week"].is_nan().all()
    assert_frame_equal(partly.filter(store="spotify"), whole.judged.filter(store="spotify"))
    assert_frame_equal(
        partly.filter(store=ALL_STORES).select("saves_seen").drop_nulls(),
        partly.filter(store="spotify").select("saves_seen").drop_nulls(),
    )


def test_break_downs_of_some_tracks_say_nothing_of_the_others() -> None:
    broken_down = [
        play(row["report_date"], "T01", 3, store=row["store"], source="search", tier="free")
        for row in PEOPLE
        if row["track_id"] == "T01" and row["territory"] == "NO"
    ]
    some = made(PEOPLE, MONDAY, SUNDAY, streams=broken_down).judged
    unknown = pl.col("source_top_week").is_nan() & pl.col("tier_top_week").is_nan()
    assert some.filter(unknown)["entity"].n_unique() == 11
    assert not some.filter(pl.col("entity") == "T01").select(unknown.any()).item()
    assert some["device_top_week"].is_nan().all()


def test_the_same_seed_rehearses_the_same(whole: Week) -> None:
    learnt_alike(made(PEOPLE, MONDAY, SUNDAY), whole)


def test_a_lake_without_a_past_has_nothing_to_learn_from() -> None:
    young = [row for row in PEOPLE if row["report_date"] >= MONDAY]
    first = made(young, MONDAY, SUNDAY)
    assert len(first.reference) == len(first.bought) == len(first.innocent) == 0
    assert first.judged["expected_streams"].null_count() == first.judged.height


def test_a_new_store_quotes_no_catalogue_that_nobody_measured() -> None:
    sunday = MONDAY + timedelta(6)
    old = drawn(tracks=12, days=7 * 15 + 7)
    rows = [row for row in old if row["store"] == "spotify" or row["report_date"] >= MONDAY]
    connection = arrived(reach(MONDAY), sunday, audience=rows)
    gathered = gather(connection, each_alone(rows), reach(MONDAY), sunday)
    made = week(gathered, "track", about(), (MONDAY, sunday), 1)
    new = made.judged.filter(store="deezer")
    known = made.judged.filter(store="spotify")
    assert new["saves_normal"].unique().item() == pytest.approx(
        known["saves_normal"].unique().item(), rel=0.3
    )
    assert new["territory_usual"].drop_nulls().median() == pytest.approx(
        known["territory_usual"].drop_nulls().median(), abs=0.2
    )
