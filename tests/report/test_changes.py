"""An incident says what became different since its last night."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from fraud.report.changes import CHANGES
from tests.report.stories import DAY, catalog, isrc, night, scored, track

A, B, C, D = (isrc(number) for number in range(1, 5))
LISTED = catalog(*(track(name, label="Loud") for name in (A, B, C, D)))
NEXT = DAY + timedelta(1)


def spread(*names: str, places: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    rows = [scored("track", name, 0.9) for name in names]
    return rows + [scored("territory", f"{name}|{at}", 0.9) for name in names for at in places]


def change(track_id: str | None, **given: Any) -> dict[str, Any]:
    return {
        "report_date": DAY,
        "store": "spotify",
        "track_id": track_id,
        "kind": "restated",
        "streams_before": 1900,
        "streams_after": 1200,
        "known_on": NEXT,
        **given,
    }


def told(
    before: list[dict[str, Any]], after: list[dict[str, Any]], *changes: dict[str, Any]
) -> str | None:
    first = night(*before, listed=LISTED)
    assert first["changed"].to_list() == [None]
    second = night(
        *after,
        day=NEXT,
        earlier=first,
        listed=LISTED,
        changes=pl.DataFrame(list(changes), schema=CHANGES),
    )
    text = second["changed"].item()
    assert text is None or isinstance(text, str)
    return text


def test_what_goes_on_as_before_has_not_changed() -> None:
    assert told(spread(A), spread(A)) is None


def test_a_scheme_that_grows_says_by_what() -> None:
    before = spread(A, B, C, places=("spotify|TR",))
    after = spread(A, B, D, C, places=("spotify|TR", "deezer|VN"))
    assert told(before, after) == (
        "Of its tracks 1 came in; it has 4 now. New stores: deezer. New territories: VN."
    )


def test_a_track_whose_label_joins_it_is_now_the_labels() -> None:
    text = told(spread(A), spread(A, B, C))
    assert text is not None
    assert text.startswith(
        "It was about one track, now it is about the label. Of its tracks 2 came in;"
    )


def test_severity_says_what_it_was() -> None:
    dear = [scored("track", A, 0.9, streams=9_000, suspected_artificial_streams=8_900)]
    assert told(spread(A), dear) == "Severity high, was medium."


def test_a_restatement_says_what_was_and_what_is() -> None:
    text = told(spread(A), spread(A), change(A), change(B, streams_before=7))
    assert text == "spotify restated 2026-07-12: 1,900 plays of its tracks became 1,200."


def test_restated_days_are_told_together_and_unknown_is_none() -> None:
    older = {"report_date": DAY - timedelta(3), "streams_before": None, "streams_after": 10}
    text = told(spread(A), spread(A), change(A), change(A, **older))
    assert text == (
        "spotify restated 2 days from 2026-07-09 to 2026-07-12:"
        " 1,900 plays of its tracks became 1,210."
    )


def test_a_late_day_of_its_store_is_told_of_and_one_of_another_is_not() -> None:
    late = {"kind": "late", "streams_before": None, "streams_after": None}
    deezer = {**late, "store": "deezer"}
    rows = spread(A, places=("spotify|TR",))
    assert told(rows, rows, change(None, **late), change(None, **deezer)) == (
        "spotify reported 2026-07-12 late."
    )


def test_what_was_known_before_is_not_told_again_nor_what_comes_later() -> None:
    for known_on in (DAY, date(2026, 7, 14)):
        assert told(spread(A), spread(A), change(A, known_on=known_on)) is None


def test_an_incident_that_a_restatement_ends_says_so() -> None:
    quiet = [scored("track", A, 0.01, suspected_artificial_streams=0)]
    text = told(spread(A), quiet, change(A))
    assert text == "spotify restated 2026-07-12: 1,900 plays of its tracks became 1,200."
