"""Scores: a row an entity, ranked within its level, with the plays at stake."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fraud.detect.calibration import SETTLED_DAYS, YOUNG_DOUBT
from fraud.detect.judge import Judge
from fraud.detect.scores import ALL_STORES, judged_entities, ranked
from fraud.tables import CATALOG, SCORES
from tests.detect.evidence_rows import NAMES, TYPES, bought, past, people, row

DAY = date(2026, 3, 8)
CELLS = {
    "report_date": pl.Date,
    "store": pl.String,
    "track_id": pl.String,
    "territory": pl.String,
    "streams": pl.Int64,
    "usual_streams": pl.Float64,
}


@pytest.fixture(scope="module")
def learnt() -> Judge:
    made = past().judge()
    assert made is not None
    return made


Row = dict[str, Any]


def unit(entity: str, evidence: np.ndarray, store: str = ALL_STORES, **known: Any) -> Row:
    values = {name: float(value) for name, value in zip(NAMES, evidence, strict=True)}
    return row(report_date=DAY, entity=entity, store=store, **values, **known)


def units(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TYPES).sort("report_date", "store", "entity")


def cells(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame([{"report_date": DAY} | one for one in rows], schema=CELLS)


def catalog(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(CATALOG.schema))


BLATANT, QUIET = bought(1, 31)[0], people(1, 32)[0]
BAND = {"expected_streams": 200.0, "expected_low": 160.0, "expected_high": 245.0}
USUAL = BAND | {"streams": 210}
ABROAD = {"territory_cell": "VU", "territory_share": 0.9, "territory_usual": 0.01}
PLAYLIST = {"source_cell": "user_playlist", "source_share": 0.9, "source_usual": 0.05}
RISEN = BAND | ABROAD | PLAYLIST | {"streams": 5_000, "repeats_seen": 30.0, "repeats_normal": 0.5}


@pytest.fixture
def tracks() -> pl.DataFrame:
    """Return a bought track and five quiet ones, at one store and over all."""
    rows = [unit("BAD", BLATANT, store, **RISEN) for store in ("spotify", ALL_STORES)]
    for number, evidence in enumerate(people(5, 33)):
        rows += [unit(f"T{number}", evidence, s, **USUAL) for s in ("spotify", ALL_STORES)]
    return units(*rows)


def test_the_bought_track_comes_first_with_its_plays_and_reasons(
    tracks: pl.DataFrame, learnt: Judge
) -> None:
    found = ranked(judged_entities({"track": tracks}, learnt), cells(), catalog())
    worst = found.filter(rank=1).row(0, named=True)
    assert worst["track_id"] == "BAD"
    assert worst["score"] > 0.5
    assert worst["suspected_artificial_streams"] == 4_800
    assert worst["suspected_share"] == pytest.approx(0.96)
    assert worst["reason_1"]
    assert worst["pattern"]
    quiet = found.filter(pl.col("track_id") != "BAD")
    assert quiet["score"].max() < 0.05
    assert quiet["reason_1"].null_count() == 5
    assert found["model_version"].str.contains("pyod").all()


def test_an_entity_is_as_suspect_as_its_most_suspect_store(learnt: Judge) -> None:
    found = judged_entities(
        {
            "track": units(
                unit("T", QUIET, "spotify", **USUAL),
                unit("T", BLATANT, "deezer", **RISEN),
                unit("T", QUIET, ALL_STORES, streams=5_210, expected_streams=400.0),
            )
        },
        learnt,
    )
    (entity,) = found.to_dicts()
    assert entity["carried_by"] == "deezer"
    assert entity["score"] > 0.5
    assert entity["streams"] == 5_210, "the plays are those of all stores"
    assert entity["expected_streams"] == 400
    assert entity["suspected_artificial_streams"] == 4_800, "what is suspected is the store's"


def test_few_plays_are_doubted_and_a_week_of_them_less(learnt: Judge) -> None:
    def score(today: int, week: float) -> float:
        plays = {"streams": today, "expected_streams": 1.0}
        plays |= {"week_streams": week, "week_expected": 7.0}
        found = judged_entities({"track": units(unit("T", BLATANT, **plays))}, learnt)
        assert found["odds"].item() > 0, "what a group is told of its track has no size"
        return float(found["score"].item())

    one_day, some_days, all_days = score(9, 16.0), score(9, 40.0), score(9, 90.0)
    assert one_day < some_days < all_days
    assert all_days == score(900, 900.0)


def test_never_more_plays_are_suspected_than_there_are(learnt: Judge) -> None:
    fallen = {"streams": 3, "expected_streams": 200.0}
    unknown = {"streams": 70, "expected_streams": None}
    no_saves = {"saves_seen": 0.0, "saves_normal": 0.06, "saves_chances": 200.0}
    found = judged_entities(
        {
            "track": units(
                unit("FALLEN", BLATANT, **fallen),
                unit("NEW", BLATANT, **unknown),
                unit("SAME", BLATANT, **(USUAL | no_saves)),
            )
        },
        learnt,
    )
    suspected = dict(zip(found["entity"], found["suspected_artificial_streams"], strict=True))
    assert suspected["FALLEN"] == 0
    assert suspected["NEW"] == 70
    assert suspected["SAME"] == 210, "nobody saves it, so nobody seems to listen"


def test_ranks_count_from_one_within_each_level(learnt: Judge) -> None:
    same = [unit(f"T{number}", QUIET, **USUAL) for number in range(4)]
    levels = {
        "track": units(*same, unit("BAD", BLATANT, **RISEN)),
        "label": units(unit("L1", QUIET, **USUAL), unit("L2", BLATANT, **RISEN)),
    }
    found = ranked(judged_entities(levels, learnt), cells(), catalog())
    for (_,), rows in found.group_by("level"):
        assert sorted(rows["rank"]) == list(range(1, rows.height + 1))
        by_rank = rows.sort("rank")["score"].to_list()
        assert by_rank == sorted(by_rank, reverse=True)
    tied = found.filter(level="track").sort("rank")["entity"].to_list()
    assert tied == ["BAD", "T0", "T1", "T2", "T3"], "a tie goes by the key"
    assert found.filter(level="label").sort("rank")["label"].to_list() == ["L2", "L1"]


def test_the_order_of_the_judged_rows_does_not_matter(tracks: pl.DataFrame, learnt: Judge) -> None:
    shuffled = tracks.sample(fraction=1.0, shuffle=True, seed=5)
    one, other = (
        ranked(judged_entities({"track": rows}, learnt), cells(), catalog())
        for rows in (tracks, shuffled)
    )
    assert_frame_equal(one, other, check_exact=True)


def test_a_territory_is_as_suspect_as_its_part_in_the_rise(
    tracks: pl.DataFrame, learnt: Judge
) -> None:
    places = [
        ("spotify", "VU", 4_700, 0.0),
        ("spotify", "NO", 300, 200.0),
        ("spotify", "SE", 5, 50.0),
        ("deezer", "NA", 60, None),
    ]
    names = ("store", "territory", "streams", "usual_streams")
    where = cells(*({"track_id": "BAD"} | dict(zip(names, p, strict=True)) for p in places))
    found = ranked(judged_entities({"track": tracks}, learnt), where, catalog())
    track = found.filter(level="track", rank=1).row(0, named=True)
    rows = found.filter(level="territory").sort("rank").to_dicts()
    assert next(one["territory"] for one in rows) == "VU"
    assert rows[0]["score"] == track["score"]
    assert rows[0]["entity"] == "BAD|spotify|VU"
    assert all(one["score"] <= track["score"] for one in rows)
    by_place = {one["territory"]: one for one in rows}
    assert by_place["SE"]["score"] == 0
    assert by_place["SE"]["suspected_artificial_streams"] == 0
    assert by_place["NO"]["score"] < track["score"] / 10
    assert by_place["NA"]["expected_streams"] is None
    assert {one["track_id"] for one in rows} == {"BAD"}


def test_names_come_from_the_catalogue_where_it_has_them(learnt: Judge) -> None:
    known = {"track_id": "GBAAA2600001", "isrc": "GBAAA2600001", "artist": "Ann", "upc": "0123"}
    found = ranked(
        judged_entities(
            {
                "track": units(
                    unit("GBAAA2600001", QUIET, **USUAL),
                    unit("GBAAA2600002", QUIET, **USUAL),
                    unit("spotify:abc", QUIET, **USUAL),
                )
            },
            learnt,
        ),
        cells(),
        catalog(known),
    )
    rows = {one["track_id"]: one for one in found.to_dicts()}
    assert (rows["GBAAA2600001"]["artist"], rows["GBAAA2600001"]["upc"]) == ("Ann", "0123")
    assert rows["GBAAA2600002"]["isrc"] == "GBAAA2600002", "a track id is an ISRC where it can be"
    assert rows["GBAAA2600002"]["artist"] is None
    assert rows["spotify:abc"]["isrc"] is None


def test_without_a_judge_nobody_is_suspect(tracks: pl.DataFrame) -> None:
    found = ranked(judged_entities({"track": tracks}, None), cells(), catalog())
    assert found["score"].max() == pytest.approx(0, abs=1e-6)
    assert found["reason_1"].null_count() == found.height
    assert sorted(found["rank"]) == list(range(1, 7))


def test_a_night_without_a_played_track_has_no_scores(learnt: Judge) -> None:
    found = ranked(judged_entities({"track": units()}, learnt), cells(), catalog())
    assert found.is_empty()
    assert list(found.columns) == list(SCORES.schema)


def logit(score: pl.Series) -> pl.Series:
    return (score / (1 - score)).log()


def test_a_short_past_holds_scores_down(tracks: pl.DataFrame, learnt: Judge) -> None:
    young = past(past_days=7).judge()
    assert young is not None
    settled, doubted = (
        judged_entities({"track": tracks}, judge)["score"] for judge in (learnt, young)
    )
    known = (doubted > 1e-4) & (settled < 1 - 1e-4)
    taken_off = logit(settled.filter(known)) - logit(doubted.filter(known))
    assert taken_off.to_list() == pytest.approx([YOUNG_DOUBT] * known.sum(), abs=0.02)
    assert known.any()
    assert (doubted <= settled).all()


def test_three_weeks_of_past_are_enough() -> None:
    made = past(past_days=SETTLED_DAYS).judge()
    assert made is not None
    assert made.doubt == 0
