"""An incident from its first night to its end, and after an analyst has spoken."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from fraud.tables import INCIDENTS
from tests.report.stories import DAY, catalog, isrc, judgements, night, scored, track

A, B, C = (isrc(number) for number in range(1, 4))
LISTED = catalog(track(A), track(B), track(C))


def later(days: int) -> date:
    return DAY + timedelta(days)


def run(plan: dict[int, list[dict[str, Any]]], **given: Any) -> pl.DataFrame:
    """Return all incident rows of consecutive nights, each seeing those before it."""
    earlier = INCIDENTS.empty()
    for offset, rows in sorted(plan.items()):
        tonight = night(*rows, day=later(offset), earlier=earlier, listed=LISTED, **given)
        earlier = pl.concat([earlier, tonight])
    return earlier


QUIET = [scored("track", A, 0.01, suspected_artificial_streams=0)]
BURST = [scored("track", A, 0.9)]


def story(frame: pl.DataFrame) -> list[tuple[int, str, int]]:
    return [
        ((row["report_date"] - DAY).days, row["status"], row["days_active"])
        for row in frame.sort("report_date").iter_rows(named=True)
    ]


def test_new_ongoing_ended_once_and_reopened_under_one_id() -> None:
    told = run({0: BURST, 1: BURST, 2: QUIET, 3: QUIET, 4: BURST, 5: BURST})
    assert story(told) == [
        (0, "new", 1),
        (1, "ongoing", 2),
        (2, "ended", 2),
        (4, "reopened", 3),
        (5, "ongoing", 4),
    ]
    assert told["incident_id"].n_unique() == 1
    assert told["incident_id"][0].startswith("INC-")
    assert len(told["incident_id"][0]) == 14
    assert set(told["first_day"]) == {DAY}
    assert told.sort("report_date")["last_active"].to_list() == [
        later(days) for days in (0, 1, 1, 4, 5)
    ]


def test_an_ended_line_costs_nothing_and_says_what_it_was() -> None:
    ended = run({0: BURST, 1: QUIET}).filter(pl.col("status") == "ended").row(0, named=True)
    assert ended["suspected_artificial_streams"] == 0
    assert ended["royalty_at_risk"] == ended["penalty_exposure"] == 0
    assert ended["streams"] == 1000
    assert ended["reason_1"] == (
        "Below the alert line on 2026-07-13; last active on 2026-07-12, with 900 suspected plays"
        " in 1 active night."
    )


def test_nights_that_were_not_run_do_not_end_an_incident() -> None:
    assert story(run({0: BURST, 9: BURST})) == [(0, "new", 1), (9, "ongoing", 2)]
    assert story(run({0: BURST, 20: BURST})) == [(0, "new", 1), (20, "reopened", 2)]
    assert story(run({0: BURST, 61: BURST})) == [(0, "new", 1), (61, "new", 1)]


def test_an_incident_whose_store_sent_nothing_has_not_ended() -> None:
    carried = [*BURST, scored("territory", f"{A}|spotify|TR", 0.9)]
    assert story(run({0: carried, 1: []})) == [(0, "new", 1)]
    assert story(run({0: carried, 1: QUIET}, silent_stores={"spotify"})) == [(0, "new", 1)]
    ended = [(0, "new", 1), (1, "ended", 1)]
    assert story(run({0: carried, 1: QUIET}, silent_stores={"deezer"})) == ended


def test_a_scheme_that_spreads_keeps_its_id() -> None:
    spread = [scored("track", name, 0.9) for name in (A, B, C)]
    listed = catalog(*(track(name, label="Loud") for name in (A, B, C)))
    first = night(*BURST, listed=listed)
    second = night(*spread, day=later(1), earlier=first, listed=listed)
    assert second.select("level", "status", "incident_id").rows() == [
        ("label", "ongoing", first["incident_id"].item())
    ]


def test_schemes_that_merge_live_on_in_the_oldest_and_none_is_said_to_have_ended() -> None:
    listed = catalog(*(track(name, label="Loud") for name in (A, B, C)))
    one = night(scored("track", A, 0.9), listed=listed)
    two = night(
        scored("track", A, 0.9),
        scored("track", B, 0.9, pattern="looped_plays"),
        day=later(1),
        earlier=one,
        listed=listed,
    )
    past = pl.concat([one, two])
    spread = [scored("track", name, 0.9) for name in (A, B, C)]
    merged = night(*spread, day=later(2), earlier=past, listed=listed)
    assert merged.select("status", "incident_id").rows() == [("ongoing", one["incident_id"].item())]
    (gone,) = set(two["incident_id"]) - set(one["incident_id"])
    assert f"Part of it from now on: {gone} (" in merged["changed"].item()
    after = night(*spread, day=later(3), earlier=pl.concat([past, merged]), listed=listed)
    assert after["changed"].item() is None


def test_a_group_whose_alert_one_of_its_tracks_explains_has_not_ended() -> None:
    listed = catalog(*(track(name, label="Loud") for name in (A, B, C)))
    spread = [scored("track", name, 0.9) for name in (B, C)]
    whole = scored("label", "Loud", 0.95, streams=3000, suspected_artificial_streams=2700)
    first = night(*spread, whole, listed=listed)
    assert first["level"].to_list() == ["label"]
    alone = scored("track", A, 0.99, streams=9000, suspected_artificial_streams=8900)
    told = whole | {"streams": 9900, "suspected_artificial_streams": 9000}
    second = night(alone, told, day=later(1), earlier=first, listed=listed)
    by_level = {row["level"]: row for row in second.rows(named=True)}
    assert by_level.keys() == {"track"}
    assert by_level["track"]["incident_id"] != first["incident_id"].item()
    assert first["incident_id"].item() in by_level["track"]["changed"]


def test_only_nights_before_are_looked_at_and_a_rerun_gives_the_same_rows() -> None:
    every = run({0: BURST, 1: BURST, 2: QUIET, 3: BURST})
    for offset, rows in {0: BURST, 1: BURST, 2: QUIET, 3: BURST}.items():
        again = night(*rows, day=later(offset), earlier=every, listed=LISTED)
        assert again.equals(every.filter(pl.col("report_date") == later(offset)))


def test_an_incident_below_the_floor_is_left_out_until_its_nights_add_up() -> None:
    def plays(count: int) -> list[dict[str, Any]]:
        return [scored("track", A, 0.9, streams=50, suspected_artificial_streams=count)]

    assert story(run({0: plays(29)})) == []
    assert story(run({0: plays(30), 1: plays(5)})) == [(0, "new", 1), (1, "ongoing", 2)]
    assert story(run({0: plays(30), 1: QUIET, 2: plays(5)})) == [(0, "new", 1), (1, "ended", 1)]


def test_judged_innocent_it_stays_quiet_until_something_new_happens() -> None:
    name = run({0: BURST})["incident_id"].item()
    said = judgements({"incident_id": name, "verdict": "innocent", "note": "fan party"})
    grown = [scored("track", A, 0.9, streams=3000, suspected_artificial_streams=2900)]
    told = run({0: BURST, 1: BURST, 2: QUIET, 3: BURST, 4: grown}, said=said)
    # Every night of this rerun knows the word; the first has no past for it to be about.
    assert story(told) == [(0, "new", 1), (4, "ongoing", 2)]
    last = told.row(-1, named=True)
    assert last["verdict"] == "innocent"
    assert last["counter_evidence"] == (
        "Judged innocent on 2026-07-13 (fan party); new since then:"
        " 2,900 suspected plays where 900 were the most until then."
    )


def test_a_word_holds_until_its_last_day_and_the_latest_word_counts() -> None:
    first = run({0: BURST})
    name = first["incident_id"].item()

    def second(**word: Any) -> list[tuple[Any, ...]]:
        said = judgements({"incident_id": name, "verdict": "innocent", **word})
        frame = night(*BURST, day=later(1), earlier=first, listed=LISTED, said=said)
        return frame.select("status", "verdict").rows()

    assert second() == []
    assert second(until=later(1)) == []
    assert second(until=later(0)) == [("ongoing", None)]
    said = judgements({"incident_id": name, "verdict": "innocent"})
    changed = judgements({"incident_id": name, "verdict": "fraud"}).with_columns(
        pl.col("given_at") + pl.duration(hours=1)
    )
    for verdict in ("fraud", "unsure"):
        words = pl.concat([said, changed.with_columns(verdict=pl.lit(verdict))])
        frame = night(*BURST, day=later(1), earlier=first, listed=LISTED, said=words)
        assert frame.select("status", "verdict").rows() == [("ongoing", verdict)]


def test_a_judged_incident_is_remembered_longer_than_its_nights_are() -> None:
    first = run({0: BURST})
    said = judgements({"incident_id": first["incident_id"].item(), "verdict": "innocent"})
    assert night(*BURST, day=later(100), earlier=first, listed=LISTED, said=said).is_empty()


def after(first: pl.DataFrame, *said: dict[str, Any], **given: Any) -> list[tuple[Any, ...]]:
    """Return status and verdict of the night after `first`, with these words said."""
    rows = given.pop("rows", BURST)
    tonight = night(
        *rows, day=later(1), earlier=first, listed=LISTED, said=judgements(*said), **given
    )
    return tonight.select("status", "verdict").rows()


def test_a_word_on_a_scope_holds_for_all_its_incidents_from_its_first_day_to_its_last() -> None:
    artist = {"scope": "artist", "entity": f"Artist of {A}", "verdict": "innocent"}
    both = [scored("track", A, 0.9), scored("track", B, 0.9)]
    first = run({0: both})
    assert after(first, artist, rows=both) == [("ongoing", None)]
    assert after(INCIDENTS.empty(), artist, rows=both) == [("new", None)]
    assert len(after(first, artist | {"until": later(0)}, rows=both)) == 2
    assert len(after(first, artist | {"since": later(2)}, rows=both)) == 2
    told = after(run({0: BURST}), artist | {"verdict": "fraud"})
    assert told == [("ongoing", "fraud")]


def test_every_scope_can_be_spoken_of() -> None:
    carried = [*BURST, scored("territory", f"{A}|spotify|TR", 0.9)]
    first = run({0: carried})
    for scope, entity in {
        "track": A,
        "release": track(A)["upc"],
        "label": f"Label of {A}",
        "account": f"account-{A}",
        "pattern": "bought_burst",
        "territory": "TR",
    }.items():
        word = {"scope": scope, "entity": entity, "verdict": "innocent"}
        assert after(first, word, rows=carried) == [], scope
        assert after(first, word | {"entity": "another"}, rows=carried) != [], scope


def test_the_narrower_word_counts_and_one_taken_back_counts_no_more() -> None:
    first = run({0: BURST})
    label = {"scope": "label", "entity": f"Label of {A}", "verdict": "innocent"}
    own = {"incident_id": first["incident_id"].item(), "verdict": "fraud"}
    assert after(first, label, own) == [("ongoing", "fraud")]
    back = own | {"verdict": "withdrawn", "given_at": datetime(2026, 7, 13, 9, tzinfo=UTC)}
    assert after(first, own, back) == [("ongoing", None)]
    assert after(first, label, own, back) == []


def test_innocent_by_scope_comes_back_with_what_is_new() -> None:
    label = {"scope": "label", "entity": f"Label of {A}", "verdict": "innocent", "note": "own ads."}
    grown = [scored("track", A, 0.9, streams=3000, suspected_artificial_streams=2900)]
    told = night(
        *grown, day=later(1), earlier=run({0: BURST}), listed=LISTED, said=judgements(label)
    )
    assert told["counter_evidence"].item() == (
        f"Judged innocent as label Label of {A} on 2026-07-13 (own ads); new since then: 2,900"
        " suspected plays where 900 were the most until then."
    )


def test_a_word_survives_a_rerun_that_gives_its_incident_another_id() -> None:
    about = {"level": "track", "entity": A, "track_ids": A, "since": DAY, "seen": DAY}
    gone = {"incident_id": "INC-of-before", "verdict": "innocent", **about}
    rerun = run({1: BURST})
    tonight = night(*BURST, day=later(2), earlier=rerun, listed=LISTED, said=judgements(gone))
    assert tonight.is_empty()
    other = gone | {"entity": B, "track_ids": B}
    assert not night(
        *BURST, day=later(2), earlier=rerun, listed=LISTED, said=judgements(other)
    ).is_empty()


def test_a_track_that_a_label_took_in_for_a_night_is_the_same_incident_after_it() -> None:
    tracks = [track(isrc(n), label="Loud", artist=f"Act {n}") for n in range(30)]
    listed = catalog(*tracks)
    alone = [scored("track", isrc(0), 0.9)]
    every = [scored("track", one["track_id"], 0.9) for one in tracks]
    joined = "|".join(one["track_id"] for one in tracks[1:])
    moved = scored("lockstep", "spotify 1f", 0.9, track_ids=joined, streams=30_000)
    moved |= {"suspected_artificial_streams": 29_000}
    first = night(*alone, listed=listed)
    second = night(*every, listed=listed, day=later(1), earlier=first)
    assert second.select("incident_id", "level").rows() == [(first["incident_id"].item(), "label")]
    third = night(*alone, moved, listed=listed, day=later(2), earlier=pl.concat([first, second]))
    by_level = {row["level"]: row for row in third.rows(named=True)}
    assert by_level["track"]["incident_id"] == first["incident_id"].item()
    assert by_level["track"]["status"] == "ongoing"
    assert by_level["lockstep"]["status"] == "new"
