"""Late rows are added to their day: a small format that tells when each row came."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.sources.source import Reading, Report, Source
from fraud.tables import AUDIENCE, DELIVERIES, LATE, QUARANTINE, RESTATEMENTS, STREAMS

MONDAY, THURSDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 6)
NOW = datetime(2026, 3, 6, 6, tzinfo=UTC)
HEAD = "play_day,arrival_day,isrc,plays,keeps\n"


def _open(report: Report) -> Reading:
    """Read plays with the day on which the store counted them; `keeps` makes it an audience."""
    is_audience = "keeps" in report.columns
    table = AUDIENCE if is_audience else STREAMS

    def rows(plays: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        facts = plays.select(
            "line",
            "isrc",
            report_date="play_day",
            came_on="arrival_day",
            store=pl.lit("offline"),
            territory=pl.lit("NO"),
            streams="plays",
            **({"saves": "keeps"} if is_audience else {}),
        )
        return {table.name: facts}

    return Reading(table, frozenset(report.columns), rows)


OFFLINE = Source("offline", "plays by arrival", lambda columns: "arrival_day" in columns, _open)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fraud.sources.REGISTRY", (OFFLINE,))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def deliver(settings: Settings, *rows: str, head: str = HEAD, hours: int = 0) -> IngestResult:
    folder = settings.home.parent / "files"
    folder.mkdir(exist_ok=True)
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return ingest([path], settings, now=NOW + timedelta(hours=hours))


def held(settings: Settings, day: date = MONDAY) -> dict[str, tuple[int, int | None]]:
    """Return plays and saves by track."""
    rows = Lake(settings.lake_address).read(AUDIENCE, day, day)
    return {
        isrc: (plays, saves)
        for isrc, plays, saves in rows.select("isrc", "streams", "saves").iter_rows()
    }


def outcomes(result: IngestResult) -> dict[date, str]:
    return {one.day: one.outcome for one in result.day_stores}


ONE, TWO, THREE = "USAAA2600001", "USAAA2600002", "USAAA2600003"
OWN = (f"2026-03-02,2026-03-02,{ONE},100,5", f"2026-03-02,2026-03-02,{TWO},50,1")
LATE_ON_THURSDAY = (
    f"2026-03-05,2026-03-05,{ONE},90,4",
    f"2026-03-02,2026-03-05,{ONE},7,1",
    f"2026-03-02,2026-03-05,{THREE},3,0",
)


def test_late_rows_are_added_to_their_day_and_leave_it_there(settings: Settings) -> None:
    deliver(settings, *OWN)
    result = deliver(settings, *LATE_ON_THURSDAY, hours=1)
    assert outcomes(result) == {MONDAY: "added", THURSDAY: "new"}
    assert held(settings) == {ONE: (107, 6), TWO: (50, 1), THREE: (3, 0)}
    assert held(settings, THURSDAY) == {ONE: (90, 4)}
    latest = Lake(settings.lake_address).read(DELIVERIES, MONDAY, MONDAY).sort("loaded_at")[-1]
    assert latest.select("rows", "streams", "restated").row(0) == (3, 160, True)


def test_what_they_change_is_recorded_by_track(settings: Settings) -> None:
    deliver(settings, *OWN)
    deliver(settings, *LATE_ON_THURSDAY, hours=1)
    changes = Lake(settings.lake_address).read(RESTATEMENTS)
    assert changes.select("track_id", "streams_before", "streams_after").rows() == [
        (ONE, 100, 107),
        (THREE, None, 3),
    ]


def test_the_same_late_rows_again_change_nothing(settings: Settings) -> None:
    deliver(settings, *OWN)
    deliver(settings, *LATE_ON_THURSDAY)
    before = Lake(settings.lake_address).version(AUDIENCE)
    result = deliver(settings, *LATE_ON_THURSDAY[::-1])
    assert set(outcomes(result).values()) == {"unchanged"}
    assert Lake(settings.lake_address).version(AUDIENCE) == before


def test_a_corrected_report_takes_back_what_it_had_added(settings: Settings) -> None:
    deliver(settings, *OWN)
    deliver(settings, *LATE_ON_THURSDAY)
    result = deliver(settings, f"2026-03-02,2026-03-05,{ONE},9,2")
    assert outcomes(result) == {MONDAY: "added"}
    assert held(settings) == {ONE: (109, 7), TWO: (50, 1)}


def test_late_rows_of_several_days_of_arrival_stand_side_by_side(settings: Settings) -> None:
    deliver(settings, *OWN)
    deliver(settings, *LATE_ON_THURSDAY)
    deliver(settings, f"2026-03-02,2026-03-06,{ONE},10,0")
    assert held(settings)[ONE] == (117, 6)
    came_on = Lake(settings.lake_address).read(LATE).select("came_on", "track_id", "streams")
    assert came_on.rows() == [(THURSDAY, ONE, 7), (THURSDAY, THREE, 3), (FRIDAY, ONE, 10)]


def test_the_day_delivered_again_keeps_what_came_late(settings: Settings) -> None:
    deliver(settings, *OWN)
    deliver(settings, *LATE_ON_THURSDAY)
    result = deliver(settings, f"2026-03-02,2026-03-02,{ONE},200,5", OWN[1])
    assert outcomes(result) == {MONDAY: "restated"}
    assert held(settings) == {ONE: (207, 6), TWO: (50, 1), THREE: (3, 0)}
    again = deliver(settings, f"2026-03-02,2026-03-02,{ONE},200,5", OWN[1])
    assert outcomes(again) == {MONDAY: "unchanged"}


def test_late_rows_may_come_before_their_day(settings: Settings) -> None:
    deliver(settings, *LATE_ON_THURSDAY)
    assert held(settings) == {ONE: (7, 1), THREE: (3, 0)}
    deliver(settings, *OWN)
    assert held(settings) == {ONE: (107, 6), TWO: (50, 1), THREE: (3, 0)}


def test_a_day_and_its_late_rows_may_come_in_one_delivery(settings: Settings) -> None:
    deliver(settings, *OWN, *LATE_ON_THURSDAY)
    assert held(settings) == {ONE: (107, 6), TWO: (50, 1), THREE: (3, 0)}


def test_a_break_down_takes_late_rows_as_well(settings: Settings) -> None:
    head = HEAD.replace(",keeps", "")
    deliver(settings, f"2026-03-02,2026-03-02,{ONE},100", head=head)
    deliver(settings, f"2026-03-02,2026-03-05,{ONE},7", head=head)
    rows = Lake(settings.lake_address).read(STREAMS)
    assert rows.select("isrc", "streams").rows() == [(ONE, 107)]


def test_a_row_that_does_not_say_when_it_came_is_its_days_own(settings: Settings) -> None:
    deliver(settings, *OWN)
    result = deliver(settings, f"2026-03-02,,{ONE},40,0")
    assert outcomes(result) == {MONDAY: "restated"}


def test_a_day_of_arrival_that_is_none_is_refused_with_its_row(settings: Settings) -> None:
    result = deliver(settings, *OWN, f"2026-03-02,soon,{ONE},40,0")
    assert result.rows.refused == 1
    (reason,) = Lake(settings.lake_address).read(QUARANTINE)["reason"]
    assert reason == "came_on 'soon' is no day; write it as YYYY-MM-DD"
    assert held(settings)[ONE] == (100, 5)
