"""A known innocent cause is weighed, named, and never a blank cheque."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.report.stories import DAY, catalog, context, isrc, night, scored, track

A, B = isrc(1), isrc(2)
ACT = {"artist": "Act", "label": "Loud", "upc": "0012345678905"}
RELEASE = {"kind": "release", "note": "first single"}


def found(score: float, cause: dict[str, Any], **row: Any) -> pl.DataFrame:
    return night(
        scored("track", A, score, **row), known=context(cause), listed=catalog(track(A, **ACT))
    )


def test_a_weak_alert_of_size_alone_is_explained_by_a_release() -> None:
    assert found(0.7, {**RELEASE, "artist": "Act"}).is_empty()


def test_a_strong_alert_stays_with_a_lower_score_and_names_the_cause() -> None:
    row = found(0.95, {**RELEASE, "artist": "Act"}).row(0, named=True)
    assert row["score"] == pytest.approx(0.826)
    assert row["counter_evidence"] == "Known cause: a release on 2026-07-12: first single."


def test_a_recognised_scheme_with_more_than_size_is_tempered_less() -> None:
    row = found(0.95, {**RELEASE, "artist": "Act"}, reason_2="0.1 saves per 100 listeners.").row(
        0, named=True
    )
    assert row["score"] == pytest.approx(0.905)


@pytest.mark.parametrize(
    "where",
    [
        {"isrc": A},
        {"upc": "0012345678905"},
        {"label": "Loud"},
        {"artist": "Act", "label": "Loud"},
        {},
    ],
)
def test_a_cause_covers_by_every_column_that_it_fills(where: dict[str, str]) -> None:
    assert found(0.95, {**RELEASE, **where})["counter_evidence"].item() is not None


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"isrc": B},
        {"artist": "Other"},
        {"artist": "Act", "label": "Other"},
        {"artist": "Act", "store": "spotify"},
        {"artist": "Act", "territory": "NA"},
        {"artist": "Act", "start_date": DAY - timedelta(9), "end_date": DAY - timedelta(1)},
        {"artist": "Act", "start_date": DAY + timedelta(1), "end_date": DAY + timedelta(9)},
    ],
)
def test_a_cause_of_something_else_changes_nothing(elsewhere: dict[str, Any]) -> None:
    row = found(0.95, {**RELEASE, **elsewhere}).row(0, named=True)
    assert (row["score"], row["counter_evidence"]) == (0.95, None)


def test_a_cause_in_one_territory_covers_what_only_that_territory_carries() -> None:
    tour = context({"kind": "tour", "artist": "Act", "territory": "NA"})
    listed = catalog(track(A, **ACT))
    there = [scored("track", A, 0.95), scored("territory", f"{A}|spotify|NA", 0.9)]
    also = [*there, scored("territory", f"{A}|spotify|VN", 0.9)]
    assert night(*there, known=tour, listed=listed)["score"].item() < 0.95
    assert night(*also, known=tour, listed=listed)["score"].item() == 0.95


def test_a_cause_of_one_track_does_not_explain_its_whole_label() -> None:
    listed = catalog(track(A, label="Loud"), track(B, label="Loud"))
    rows = [
        scored("track", A, 0.1),
        scored("track", B, 0.1),
        scored("label", "Loud", 0.9, suspected_artificial_streams=5000),
    ]
    single = night(*rows, known=context({**RELEASE, "isrc": A}), listed=listed)
    whole = night(*rows, known=context({**RELEASE, "label": "Loud"}), listed=listed)
    assert single["score"].item() == 0.9
    assert whole["score"].item() < 0.9


def test_many_entries_of_one_event_do_not_multiply() -> None:
    causes = [{**RELEASE, "artist": "Act", "note": f"entry {n}"} for n in range(9)]
    row = night(
        scored("track", A, 0.99), known=context(*causes), listed=catalog(track(A, **ACT))
    ).row(0, named=True)
    assert row["score"] == pytest.approx(0.861)
    assert row["counter_evidence"].count("Known cause") == 9


def test_an_incident_that_a_cause_now_explains_is_not_called_quiet() -> None:
    listed = catalog(track(A, **ACT))
    first = night(scored("track", A, 0.7), day=DAY - timedelta(1), listed=listed)
    ended = night(
        scored("track", A, 0.7),
        earlier=first,
        known=context({**RELEASE, "artist": "Act"}),
        listed=listed,
    ).row(0, named=True)
    assert ended["status"] == "ended"
    assert ended["reason_1"].startswith("Explained by a known cause on 2026-07-12;")
    assert ended["score"] == pytest.approx(0.368)
    assert ended["counter_evidence"] == "Known cause: a release on 2026-07-12: first single."
