"""How right the last weeks were, by the analyst's words and by the stores' rulings."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from fraud.report.precision import PRECISION, precision
from fraud.tables import INCIDENTS, VERDICTS
from tests.report.stories import DAY, catalog, isrc, judgements, track

A, B, C = (isrc(number) for number in range(1, 4))
LISTED = catalog(track(A, upc="1"), track(B, upc="1"), track(C))


def before(days: int) -> date:
    return DAY - timedelta(days)


def active(name: str, track_id: str, days_ago: int = 0, **given: Any) -> dict[str, Any]:
    row = {"incident_id": name, "report_date": before(days_ago), "status": "ongoing"}
    row |= {"level": "track", "entity": track_id, "track_ids": track_id, "stores": "spotify"}
    return row | {"first_day": before(days_ago)} | given


def ruled(track_id: str, artificial: int, **given: Any) -> dict[str, Any]:
    period = {"period_start": before(30), "period_end": before(1)}
    return {"store": "spotify", "isrc": track_id, "artificial_streams": artificial} | period | given


def told(
    nights: list[dict[str, Any]],
    words: list[dict[str, Any]] | None = None,
    rulings: list[dict[str, Any]] | None = None,
) -> dict[tuple[int, str], dict[str, Any]]:
    made = precision(
        DAY,
        INCIDENTS.conform(pl.DataFrame(nights, schema=dict(INCIDENTS.schema))),
        judgements(*(words or [])),
        VERDICTS.conform(pl.DataFrame(rulings or [], schema=dict(VERDICTS.schema))),
        LISTED,
    )
    assert made.schema == pl.Schema(PRECISION)
    return {(row["nights"], row["by"]): row for row in made.iter_rows(named=True)}


def counts(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["incidents"], row["judged"], row["fraud"], row["precision"]


def test_nothing_said_is_nothing_known() -> None:
    made = told([])
    assert list(made) == [(28, "analyst"), (28, "stores"), (90, "analyst"), (90, "stores")]
    assert {counts(row) for row in made.values()} == {(0, 0, 0, None)}
    assert made[28, "stores"]["recall"] is None
    assert counts(told([active("I1", A)])[28, "analyst"]) == (1, 0, 0, None)


def test_her_words_count_where_they_say_fraud_or_innocent() -> None:
    nights = [active("I1", A), active("I2", B), active("I3", C), active("I4", A, 40)]
    words = [
        {"incident_id": "I1", "verdict": "fraud"},
        {"incident_id": "I2", "verdict": "innocent"},
        {"incident_id": "I3", "verdict": "unsure"},
        {"incident_id": "I4", "verdict": "fraud"},
    ]
    made = told(nights, words)
    assert counts(made[28, "analyst"]) == (3, 2, 1, 0.5)
    assert counts(made[90, "analyst"]) == (4, 3, 2, 2 / 3)


def test_a_word_on_a_scope_counts_as_well_and_an_ended_incident_does_not() -> None:
    words = [{"incident_id": None, "scope": "artist", "entity": f"Artist of {A}"}]
    said = [word | {"verdict": "fraud"} for word in words]
    nights = [active("I1", A), active("I2", A, status="ended"), active("I3", B)]
    assert counts(told(nights, said)[28, "analyst"]) == (2, 1, 1, 1.0)


def test_a_store_that_spoke_acquits_what_it_did_not_name() -> None:
    nights = [active("I1", A, 5), active("I2", C, 5), active("I3", C, 5, stores="deezer")]
    made = told(nights, rulings=[ruled(A, 500)])
    assert counts(made[28, "stores"]) == (3, 2, 1, 0.5)
    assert counts(told(nights, rulings=[ruled(A, 0)])[28, "stores"]) == (3, 2, 0, 0.0)


def test_rulings_that_were_flagged_within_their_period_and_how_long_before_its_end() -> None:
    nights = [active("I1", A, 11), active("I1", A, 4), active("I2", B, 0)]
    rulings = [ruled(A, 500), ruled(C, 20), ruled("none", 0)]
    row = told(nights, rulings=rulings)[28, "stores"]
    assert (row["rulings"], row["flagged"], row["recall"], row["days_before"]) == (2, 1, 0.5, 10.0)
    by_release = told(nights, rulings=[ruled(A, 7, isrc=None, upc="1")])[28, "stores"]
    assert (by_release["rulings"], by_release["flagged"]) == (2, 1)
