"""What analysts and stores said becomes labelled days of tracks, and fraud leaves the baseline."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from fraud.pipeline.learning import LABELS, confirmed, labels
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS, VERDICTS, Table

GIVEN = datetime(2026, 3, 10, 8, tzinfo=UTC)


def day(number: int) -> date:
    return date(2026, 3, number)


def frame(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(list(rows), schema=dict(table.schema)))


def night(number: int, name: str = "I1", tracks: str = "A|B", **given: Any) -> dict[str, Any]:
    row = {"report_date": day(number), "incident_id": name, "status": "ongoing", "level": "label"}
    row |= {"entity": "Kite", "track_ids": tracks, "first_day": day(1), "pattern": "burst"}
    return row | {"stores": "spotify|deezer", "territories": "US|DE"} | given


def said(verdict: str, name: str | None = "I1", **given: Any) -> dict[str, Any]:
    return {"incident_id": name, "verdict": verdict, "given_at": GIVEN, **given}


LISTED = frame(
    CATALOG,
    {"track_id": "A", "isrc": "A", "label": "Kite", "artist": "Ondine", "upc": "1"},
    {"track_id": "B", "isrc": "B", "label": "Kite", "artist": "Mara", "upc": "1"},
    {"track_id": "C", "isrc": "C", "label": "Tidepool", "artist": "Mara", "upc": "2"},
)
NIGHTS = frame(INCIDENTS, night(1), night(2), night(4), night(5, status="ended"))


def told(
    *words: dict[str, Any], nights: pl.DataFrame = NIGHTS, rulings: tuple[dict[str, Any], ...] = ()
) -> list[tuple[Any, ...]]:
    """Return the labels without the columns of their source."""
    made = labels(nights, frame(JUDGEMENTS, *words), frame(VERDICTS, *rulings), LISTED)
    assert made.schema == pl.Schema(LABELS)
    return made.drop("source", "share").rows()


def test_a_word_labels_the_active_nights_of_its_incident() -> None:
    assert told(said("fraud")) == [
        (track, None, None, first, last, "fraud")
        for track in "AB"
        for first, last in ((day(1), day(2)), (day(4), day(4)))
    ]
    assert told(said("fraud", "I9")) == []
    assert told() == []


def test_a_word_labels_as_long_as_it_holds_and_the_latest_counts() -> None:
    assert told(said("innocent", until=day(1)))[0][3:] == (day(1), day(1), "innocent")
    later = GIVEN.replace(hour=9)
    assert told(said("fraud"), said("unsure", given_at=later)) == []
    assert told(said("fraud"), said("withdrawn", given_at=later)) == []


def test_the_place_is_named_where_the_incident_was_about_one() -> None:
    only = {"stores": "spotify", "territories": "VN"}
    local = frame(INCIDENTS, night(1, tracks="A", level="territory", **only))
    assert told(said("fraud"), nights=local)[0][:3] == ("A", "spotify", "VN")
    wide = frame(INCIDENTS, night(1, tracks="A", level="track", **only))
    assert told(said("fraud"), nights=wide)[0][:3] == ("A", "spotify", None)


def test_a_word_on_a_scope_labels_the_incidents_it_holds_whole() -> None:
    assert {row[0] for row in told(said("innocent", None, scope="label", entity="Kite"))} == {*"AB"}
    assert told(said("innocent", None, scope="artist", entity="Mara")) == []
    assert told(said("fraud", None, scope="pattern", entity="burst")) != []
    assert told(said("fraud", None, scope="territory", entity="US")) == []


def test_a_word_on_a_scope_that_says_since_when_labels_all_days_of_its_tracks() -> None:
    word = said("fraud", None, scope="artist", entity="Mara", since=day(3))
    assert told(word, nights=INCIDENTS.empty()) == [
        ("B", None, None, day(3), day(10), "fraud"),
        ("C", None, None, day(3), day(10), "fraud"),
    ]
    ends = told(word | {"until": day(4)}, nights=INCIDENTS.empty())
    assert {row[4] for row in ends} == {day(4)}


def test_a_word_survives_an_incident_that_a_rerun_gave_another_id() -> None:
    about = {"level": "label", "entity": "Kite", "track_ids": "A|B"}
    gone = said("fraud", "OLD", **about, since=day(2), seen=day(4))
    assert len(told(gone)) == 4
    assert told(gone | {"entity": "Other", "track_ids": "X"}) == []
    assert told(gone | {"since": date(2025, 1, 1), "seen": date(2025, 1, 2)}) == []


def test_a_store_rules_on_tracks_and_on_releases() -> None:
    period = {"store": "spotify", "period_start": day(1), "period_end": day(31)}
    removed = {**period, "isrc": "C", "artificial_streams": 60, "total_streams": 100}
    cleared = {**period, "upc": "1", "artificial_streams": 0, "territory": "VN"}
    span = (day(1), day(31))
    assert told(rulings=(removed, cleared)) == [
        ("A", "spotify", "VN", *span, "innocent"),
        ("B", "spotify", "VN", *span, "innocent"),
        ("C", "spotify", None, *span, "fraud"),
    ]


def test_what_was_mostly_fraud_leaves_the_baseline() -> None:
    period = {"store": "spotify", "period_start": day(1), "period_end": day(31)}
    few = {**period, "isrc": "C", "artificial_streams": 2, "total_streams": 100}
    most = {**period, "isrc": "B", "artificial_streams": 90, "total_streams": 100}
    local = frame(INCIDENTS, night(1, tracks="A", level="territory", territories="VN"))
    known = labels(local, frame(JUDGEMENTS, said("fraud")), frame(VERDICTS, few, most), LISTED)
    assert known.height == 3
    assert confirmed(known)["track_id"].to_list() == ["B"]
