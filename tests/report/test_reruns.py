"""No incident is lost by a rerun, a backfill or a changed setting, and none changes its id."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from fraud.config import Settings
from fraud.tables import INCIDENTS
from tests.report.stories import DAY, catalog, isrc, judgements, night, scored, track

A, B, C = (isrc(number) for number in range(1, 4))
LISTED = catalog(*(track(name, label="Loud") for name in (A, B, C)))
QUIET = [scored("track", A, 0.01, suspected_artificial_streams=0)]
BURST = [scored("track", A, 0.9)]


def later(days: int) -> date:
    return DAY + timedelta(days)


class Incidents:
    """The incidents table, in which a night that is run replaces its own day."""

    def __init__(self) -> None:
        self.rows = INCIDENTS.empty()

    def run(self, offset: int, rows: list[dict[str, Any]], **given: Any) -> pl.DataFrame:
        day = later(offset)
        tonight = night(*rows, day=day, earlier=self.rows, listed=LISTED, **given)
        others = self.rows.filter(pl.col("report_date") != day)
        self.rows = pl.concat([others, tonight])
        return tonight


def ids(frame: pl.DataFrame) -> list[str]:
    return sorted(frame["incident_id"].unique())


def test_an_earlier_night_run_again_after_later_ones_changes_nothing() -> None:
    made = Incidents()
    for offset in range(4):
        made.run(offset, BURST)
    before = made.rows.sort("report_date", "rank")
    made.run(1, BURST)
    assert made.rows.sort("report_date", "rank").equals(before)


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
def test_a_backfill_in_any_order_keeps_one_id(order: tuple[int, ...]) -> None:
    made = Incidents()
    for offset in order:
        made.run(offset, BURST)
    assert len(ids(made.rows)) == 1
    last = made.run(4, BURST).row(0, named=True)
    assert (last["first_day"], last["days_active"], last["status"]) == (DAY, 5, "ongoing")


def test_after_any_order_one_more_run_tells_the_story_in_order() -> None:
    made = Incidents()
    for offset in (3, 1, 2, 0, 0, 1, 2, 3):
        made.run(offset, BURST)
    story = made.rows.sort("report_date").select("status", "days_active", "first_day").rows()
    assert story == [
        ("new", 1, DAY),
        ("ongoing", 2, DAY),
        ("ongoing", 3, DAY),
        ("ongoing", 4, DAY),
    ]


def test_a_backfill_of_the_days_before_leaves_a_verdict_where_it_is() -> None:
    made = Incidents()
    name = made.run(1, BURST)["incident_id"].item()
    said = judgements({"incident_id": name, "verdict": "fraud"})
    made.run(0, BURST, said=said)
    again = made.run(1, BURST, said=said)
    assert again.select("incident_id", "verdict", "status").rows() == [(name, "fraud", "ongoing")]


def test_late_data_that_widens_a_scheme_keeps_its_id() -> None:
    made = Incidents()
    name = made.run(0, BURST)["incident_id"].item()
    wider = made.run(0, [scored("track", each, 0.9) for each in (A, B, C)])
    assert wider.select("incident_id", "level", "tracks").rows() == [(name, "label", 3)]


def test_an_alert_that_a_rerun_does_not_find_any_more_is_said_to_have_ended() -> None:
    made = Incidents()
    name = made.run(0, BURST)["incident_id"].item()
    gone = made.run(0, QUIET)
    assert gone.select("incident_id", "status", "suspected_artificial_streams").rows() == [
        (name, "ended", 0)
    ]
    assert gone["reason_1"].item() == (
        "No alert any more when 2026-07-12 was judged again; before, it had 900 suspected plays."
    )
    assert made.run(0, QUIET).equals(gone)
    assert made.run(1, BURST).select("incident_id", "status").rows() == [(name, "reopened")]
    assert made.run(0, BURST).select("incident_id", "status").rows() == [(name, "new")]


@pytest.mark.parametrize(
    "stricter",
    [Settings(alert_score=0.95), Settings(floor_streams=5000), Settings(alerts_per_night=1)],
)
def test_a_changed_setting_loses_no_incident(stricter: Settings) -> None:
    dear = scored("track", B, 0.99, streams=90_000, suspected_artificial_streams=80_000)
    made = Incidents()
    first = made.run(0, [*BURST, dear])
    assert ids(made.run(0, [*BURST, dear], settings=stricter)) == ids(first)
    assert ids(made.run(0, [*BURST, dear])) == ids(first)
    assert set(made.rows["status"]) == {"new"}


def test_a_raised_floor_does_not_hide_what_is_going_on() -> None:
    made = Incidents()
    made.run(0, BURST)
    small = [scored("track", A, 0.9, streams=50, suspected_artificial_streams=20)]
    going = made.run(1, small, settings=Settings(floor_streams=5000))
    assert going["status"].to_list() == ["ongoing"]


def test_an_incident_of_months_ago_is_another_one_also_where_it_was_judged_later() -> None:
    made = Incidents()
    name = made.run(80, BURST)["incident_id"].item()
    assert made.run(0, BURST)["incident_id"].item() != name
