"""Groups as wholes: common facts, suspect tracks, and the burst that is one track's own."""

from datetime import date
from math import nan
from typing import Any

import polars as pl

from fraud.detect.group_odds import group_odds
from fraud.detect.groups import COMPANY, accompanied, lockstep_rows, regrouped

DAY = date(2026, 3, 30)
LIVING = {
    "tracks": 20,
    "streams": 900,
    "usual_streams": 880.0,
    "top_track_share": 0.3,
    "saves_ratio": 1.0,
    "saves_chances": 80.0,
    "sub30_ratio": 1.0,
    "sub30_chances": 500.0,
    "unevenness": 2.0,
    "unevenness_error": 0.3,
    "scatter": 0.1,
    "scatter_error": 0.02,
    "weekdays": 1.0,
    "weekdays_error": 0.2,
    "onset_tracks": 1.0,
    "onset_usual_share": 0.05,
} | {
    f"{name}_{fact}": value
    for name in ("source", "tier", "device", "territory")
    for fact, value in {
        "catalogue": 0.02,
        "past": 0.004,
        "chances": 900.0,
        "past_chances": 900.0,
        "apart": 0.04,
        "apart_error": 0.004,
        "top": 0.4,
        "top_place": 0.0,
    }.items()
}
BOUGHT = {
    "saves_ratio": 0.1,
    "sub30_ratio": 0.2,
    "unevenness": 0.05,
    "weekdays": 0.0,
    "source_catalogue": 0.4,
    "tier_catalogue": 0.5,
    "source_apart": 0.0,
    "onset_tracks": 20.0,
}


def facts(*groups: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"entity": f"g{at:02d}"} | LIVING | group for at, group in enumerate(groups)]
    )


def night(scores: dict[str, float], sums: dict[str, float]) -> pl.DataFrame:
    rows = [("track", name, score) for name, score in scores.items()]
    rows += [("account", name, score) for name, score in sums.items()]
    frame = pl.DataFrame(rows, schema=["level", "entity", "score"], orient="row")
    texts = ("pattern", "reason_1", "reason_2", "reason_3", "counter_evidence")
    odds = (pl.col("score") / (1 - pl.col("score"))).log()
    return frame.with_columns(
        odds=odds,
        report_date=pl.lit(DAY),
        streams=pl.lit(900),
        expected_streams=pl.lit(880.0),
        suspected_artificial_streams=pl.lit(20),
        suspected_share=pl.lit(0.02),
        pattern_share=pl.lit(None, pl.Float64),
        **{name: pl.lit(None, pl.String) for name in texts},
    )


def members(groups: int, size: int = 20) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"t{g:02d}-{n}", f"g{g:02d}") for g in range(groups) for n in range(size)],
        schema=["track_id", "entity"],
        orient="row",
    )


def scored(
    known: pl.DataFrame, suspects: dict[str, float], sums: dict[str, float]
) -> dict[str, float]:
    listed = members(known.height)
    tracks = dict.fromkeys(listed["track_id"], 0.001) | suspects
    accounts = dict.fromkeys(known["entity"], 0.001) | sums
    rows = regrouped(night(tracks, accounts), {"account": known}, {"account": listed})
    return dict(rows.filter(level="account").select("entity", "score").iter_rows())


def test_a_bought_catalogue_stands_out_of_its_peers_without_a_suspect_track() -> None:
    scores = scored(facts(*[{}] * 11, BOUGHT), {}, {})
    assert scores["g11"] > 0.8
    assert max(score for name, score in scores.items() if name != "g11") < 0.05


def test_it_ranks_first_where_there_are_no_peers() -> None:
    scores = scored(facts({}, BOUGHT), {}, {})
    assert scores["g01"] > 10 * scores["g00"]


def test_one_burst_is_the_tracks_own_whatever_the_sum_says() -> None:
    scores = scored(facts({"top_track_share": 0.9}, *[{}] * 9), {"t00-1": 0.99}, {"g00": 0.99})
    assert scores["g00"] < 0.1


def test_many_suspect_tracks_make_a_suspect_group() -> None:
    many = {f"t00-{n}": 0.9 for n in range(12)}
    scores = scored(facts(*[{}] * 10), many, {})
    assert scores["g00"] > 0.7
    assert max(score for name, score in scores.items() if name != "g00") < 0.05


def test_tracks_doubted_for_their_few_plays_still_make_a_suspect_group() -> None:
    listed = members(12)
    mine = pl.col("entity").str.starts_with("t03-")
    accounts = dict.fromkeys(listed["entity"].unique().sort(), 0.001)
    entities = night(dict.fromkeys(listed["track_id"], 0.001), accounts).with_columns(
        score=pl.when(mine).then(0.5).otherwise("score"),
        odds=pl.when(mine).then(1.5).otherwise("odds"),
    )
    rows = regrouped(entities, {"account": facts(*[{}] * 12)}, {"account": listed})
    scores = dict(rows.filter(level="account").select("entity", "score").iter_rows())
    assert scores["g03"] > 0.8
    assert max(score for name, score in scores.items() if name != "g03") < 0.05


def tracks_of(suspects: dict[str, float], few_doubt: float = 0.0) -> dict[str, dict[str, Any]]:
    listed = members(4)
    scores = dict.fromkeys(listed["track_id"], 0.001) | suspects
    whole = night(scores, dict.fromkeys(listed["entity"].unique().sort(), 0.001))
    whole = whole.with_columns(pl.col("odds") + few_doubt)
    rows = regrouped(whole, {"account": facts(*[{}] * 4)}, {"account": listed})
    tracks = rows.filter(level="track")
    assert tracks["entity"].to_list() == list(scores)
    return {str(row["entity"]): row for row in tracks.rows(named=True)}


def test_where_most_of_an_account_is_doubtful_few_plays_speak_for_none_of_its_tracks() -> None:
    doubtful = {f"t00-{n}": 0.5 for n in range(16)}
    tracks = tracks_of(doubtful, few_doubt=2.0)
    assert abs(tracks["t00-3"]["score"] - 0.880797) < 1e-6
    assert tracks["t00-3"]["reason_1"] == (
        "Most of the 20 tracks of account g00 are odd alike, each of them a little."
    )
    assert tracks["t00-19"]["score"] < 0.01
    assert tracks["t01-3"]["score"] == 0.001


def test_a_track_of_many_plays_is_as_suspect_as_before() -> None:
    assert tracks_of({f"t00-{n}": 0.6 for n in range(16)})["t00-3"]["score"] == 0.6


def test_some_bought_tracks_accuse_no_sibling() -> None:
    tracks = tracks_of(
        few_doubt=2.0, suspects={f"t00-{n}": 0.99 for n in range(5)} | {"t00-6": 0.4}
    )
    assert tracks["t00-6"]["score"] == 0.4
    assert tracks["t00-0"]["score"] == 0.99


def test_many_small_doubts_are_one() -> None:
    an_album = {f"t00-{n}": 0.3 for n in range(20)}
    assert scored(facts(*[{}] * 10), an_album, {})["g00"] < 0.6
    some_bought = an_album | {"t00-0": 0.95}
    assert scored(facts(*[{}] * 10), some_bought, {})["g00"] > 0.8


def test_no_single_oddity_makes_a_group_suspect() -> None:
    for name, value in BOUGHT.items():
        odds, _ = group_odds(facts(*[{}] * 11, {name: value}))
        assert odds[11] < -2, name


def test_healthy_saves_speak_for_a_release_that_began_at_once() -> None:
    release = {"onset_tracks": 20.0, "source_past": 0.2, "weekdays": 0.2}
    odds, added = group_odds(facts(*[{}] * 11, release | {"saves_ratio": 1.6}))
    assert odds[11] < -3
    assert added["saves"][11] < 0


def test_what_was_not_measured_says_nothing() -> None:
    known = facts(*[{}] * 9).with_columns(saves_ratio=None, sub30_ratio=None, source_apart=None)
    _, added = group_odds(known)
    assert not added["saves"].any()
    assert not added["sub30"].any()


def block(**other: float) -> pl.DataFrame:
    known = {
        name: LIVING[name]
        for name in LIVING
        if name.startswith(("saves", "sub30", "scatter", "weekdays", "tracks", "streams"))
        or name.endswith(("_catalogue", "_chances"))
    }
    return pl.DataFrame(
        [
            known
            | {
                "entity": "spotify 0a1b2c3d",
                "store": "spotify",
                "territories": "FI",
                "sources": "other",
                "track_ids": "T1|T2",
                "tracks": 60,
                "artists": 41,
                "by_chance": 1.5,
                "days": 14,
                "gained": 180.0,
                "gained_low": 2.0,
                "gained_high": 4.0,
                "streams": 190,
                "began": DAY,
                "onset_tracks": 50,
                "onset_usual_share": 0.2,
            }
            | other
        ]
    )


def test_a_block_that_nobody_keeps_is_suspect_and_says_what_it_is() -> None:
    odd = {"saves_ratio": 0.1, "sub30_ratio": 0.2, "tier_catalogue": 0.5}
    (row,) = lockstep_rows(block(**odd)).rows(named=True)
    assert row["score"] > 0.9
    assert (row["level"], row["suspected_artificial_streams"]) == ("lockstep", 180)
    assert row["reason_1"] == (
        "60 tracks of 41 artists began about 2026-03-30, each with 2.0 to 4.0 new plays a day at"
        " spotify in FI from other; by chance 1.5 such tracks were to be expected."
    )
    assert "additions to libraries" in (row["reason_2"] + row["reason_3"])


def test_tracks_that_people_take_up_together_are_innocent() -> None:
    (row,) = lockstep_rows(block()).rows(named=True)
    assert row["score"] < 0.1


def test_a_set_of_one_day_is_suspect_by_number_and_mix_alone() -> None:
    measured = ("saves", "sub30", "unevenness", "scatter", "weekdays", "device", "territory_")
    unknown = {name: nan for name in block().columns if name.startswith(measured)}
    alike = unknown | {"tracks": 51, "by_chance": 3.0, "onset_tracks": 51, "days": 1}
    odd = alike | {"source_catalogue": 0.5, "tier_catalogue": 0.5}
    (row,) = lockstep_rows(block(**odd).fill_nan(None)).rows(named=True)
    assert row["score"] > 0.9
    assert row["reason_1"] == (
        "On 2026-03-30 51 tracks of 41 artists had 2.0 to 4.0 plays each at spotify in FI from"
        " other, where they are hardly ever played; by chance 3.0 such tracks were to be expected."
    )
    assert row["reason_2"] == "The source mix of its plays is far from the store's."
    assert row["reason_3"] is None
    (as_people,) = lockstep_rows(block(**alike).fill_nan(None)).rows(named=True)
    assert as_people["score"] < 0.6


def tracks_of_a_night() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "level": ["track", "track", "track", "account"],
            "entity": ["A", "B", "C", "A"],
            "store": [None, None, None, None],
            "carried_by": [None, "deezer", None, None],
            "score": [0.01, 0.97, 0.02, 0.3],
            "streams": [20, 400, 2, 900],
            "suspected_artificial_streams": [1, 300, 0, 10],
            "suspected_share": [0.05, 0.75, 0.0, 0.01],
            "pattern": ["unknown", "burst", None, "unknown"],
            "pattern_share": [0.4, 0.6, None, None],
            "reason_1": ["first", "own", None, "group"],
            "reason_2": ["second", None, None, None],
            "reason_3": [None, None, None, None],
        },
        schema_overrides=dict.fromkeys(("store", "reason_2", "reason_3"), pl.String),
    )


def company(*rows: tuple[str, float, int]) -> pl.DataFrame:
    told = [(track, "spotify", share, gained, "a set") for track, share, gained in rows]
    return pl.DataFrame(told, schema=COMPANY, orient="row")


def test_a_track_in_a_set_is_suspected_with_it_and_says_so() -> None:
    night = tracks_of_a_night()
    found = accompanied(night, company(("A", 0.9, 3), ("B", 0.9, 3), ("C", 0.8, 3)))
    a, b, c, group = found.rows(named=True)
    assert a["score"] == 0.901
    assert (a["reason_1"], a["reason_2"], a["reason_3"]) == ("a set", "first", "second")
    assert (a["carried_by"], a["pattern"], a["pattern_share"]) == ("spotify", "lockstep", 0.9)
    assert (a["suspected_artificial_streams"], a["suspected_share"]) == (3, 0.15)
    assert b["score"] == 0.997
    assert (b["reason_1"], b["carried_by"], b["pattern"]) == ("own", "deezer", "burst")
    assert b["suspected_artificial_streams"] == 300
    assert c["suspected_artificial_streams"] == c["streams"] == 2
    assert group == night.rows(named=True)[3]


def test_of_two_sets_the_likelier_speaks_for_a_track() -> None:
    found = accompanied(tracks_of_a_night(), company(("A", 0.2, 9), ("A", 0.9, 3)))
    assert found["score"][0] == 0.901
    assert found["suspected_artificial_streams"][0] == 3


def test_a_night_without_a_set_stays_as_it_is() -> None:
    night = tracks_of_a_night()
    assert accompanied(night, company()).equals(night)
