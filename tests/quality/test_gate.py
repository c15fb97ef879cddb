"""What arrived for a day is judged first: four weeks of two stores, and what may go wrong."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.config import Settings
from fraud.lake import Lake
from fraud.quality import GateResult, gate
from fraud.tables import AUDIENCE, CATALOG, DELIVERIES, FINDINGS, LISTENERS, STREAMS, Table

SUNDAY = date(2026, 3, 29)
USUAL = {"spotify": 10_000, "deezer": 1_000}
READ = (STREAMS, AUDIENCE, LISTENERS, CATALOG, DELIVERIES, FINDINGS)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


MONTH = days(SUNDAY - timedelta(days=28), SUNDAY)


def plays(day: date, store: str, streams: int, **more: Any) -> dict[str, Any]:
    row = {"report_date": day, "store": store, "territory": "DE", "track_id": "USAAA2600001"}
    return row | {"streams": streams} | more


def month(**today: int) -> list[dict[str, Any]]:
    """Return four usual weeks and a last day with the given plays; 0 = the store is missing."""
    rows = [plays(day, store, usual) for day in MONTH[:-1] for store, usual in USUAL.items()]
    return rows + [plays(SUNDAY, store, n) for store, n in (USUAL | today).items() if n]


class Arrived:
    """A lake, and the gate before it."""

    def __init__(self, home: Path) -> None:
        self.lake = Lake(home / "lake")

    def put(self, table: Table, rows: list[dict[str, Any]]) -> None:
        frame = pl.DataFrame(rows, schema=dict(table.schema))
        self.lake.append(table, frame)

    def judged(self, *which: date, **bounds: float) -> GateResult:
        with self.lake.connect(READ) as connection:
            return gate(connection, which or [SUNDAY], Settings(**bounds))


@pytest.fixture
def arrived(tmp_path: Path) -> Arrived:
    return Arrived(tmp_path)


def test_a_usual_day_passes_in_silence(arrived: Arrived) -> None:
    arrived.put(STREAMS, month())
    assert arrived.judged() == GateResult(())
    assert not arrived.judged().stops(SUNDAY)


def test_a_day_on_which_nothing_arrived_is_stopped(arrived: Arrived) -> None:
    arrived.put(STREAMS, month(spotify=0, deezer=0))
    result = arrived.judged()
    assert result.stops(SUNDAY)
    assert result.failures(SUNDAY) == [
        (
            "2026-03-29: no store reported anything, 1 is needed; "
            "deliver the day's reports, then run it again"
        )
    ]
    assert result.warnings(SUNDAY) == []


def test_an_empty_lake_stops_every_day(arrived: Arrived) -> None:
    result = arrived.judged(*MONTH)
    assert all(result.stops(day) for day in MONTH)


def test_the_night_runs_without_a_store_that_is_missing(arrived: Arrived) -> None:
    arrived.put(STREAMS, month(deezer=0))
    result = arrived.judged()
    assert not result.stops(SUNDAY)
    assert result.warnings(SUNDAY) == [
        (
            "deezer, 2026-03-29: missing, though it came on 14 of the 14 days before; "
            "the night goes on without it"
        )
    ]


def test_a_store_that_said_it_had_no_plays_is_not_missing_but_below_its_usual(
    arrived: Arrived,
) -> None:
    arrived.put(STREAMS, month(deezer=0))
    silent = {"report_date": SUNDAY, "store": "deezer", "table": "streams", "rows": 0, "streams": 0}
    arrived.put(
        DELIVERIES,
        [silent | {"delivery_id": "a", "loaded_at": datetime(2026, 3, 30, 5, tzinfo=UTC)}],
    )
    assert arrived.judged().warnings(SUNDAY) == [
        "deezer, 2026-03-29: 0 plays, where 1,000 are usual on a Sunday: outside 250 to 4,000"
    ]


@pytest.mark.parametrize("table", [STREAMS, AUDIENCE, LISTENERS], ids=lambda table: table.name)
def test_a_store_is_there_whichever_table_it_came_in(arrived: Arrived, table: Table) -> None:
    arrived.put(STREAMS, month(deezer=0))
    arrived.put(table, [plays(SUNDAY, "deezer", 1_000)])
    assert arrived.judged().findings == ()


@pytest.mark.parametrize(
    ("streams", "says"),
    [
        (40_001, "spotify, 2026-03-29: 40,001 plays, where 10,000 are usual on a Sunday"),
        (2_499, "spotify, 2026-03-29: 2,499 plays, where 10,000 are usual on a Sunday"),
    ],
)
def test_a_volume_outside_the_band_is_told(arrived: Arrived, streams: int, says: str) -> None:
    arrived.put(STREAMS, month(spotify=streams))
    assert arrived.judged().warnings(SUNDAY) == [f"{says}: outside 2,500 to 40,000"]


@pytest.mark.parametrize("streams", [2_500, 40_000])
def test_the_ends_of_the_band_belong_to_it(arrived: Arrived, streams: int) -> None:
    arrived.put(STREAMS, month(spotify=streams))
    assert arrived.judged().findings == ()


def test_the_band_is_that_of_the_settings(arrived: Arrived) -> None:
    arrived.put(STREAMS, month(spotify=21_000))
    (finding,) = arrived.judged(volume_band=2.0).findings
    assert (finding.check, finding.value, finding.bound) == ("volume", 2.1, 2.0)


def test_a_report_that_broke_off_is_told(arrived: Arrived) -> None:
    arrived.put(STREAMS, month())
    delivery = {"delivery_id": "a", "loaded_at": datetime(2026, 3, 30, 5, tzinfo=UTC)}
    delivery |= {"report_date": SUNDAY, "store": "deezer", "table": "streams", "rows": 1_234}
    arrived.put(DELIVERIES, [delivery | {"files": "s.csv.gz", "partial": True}])
    assert arrived.judged().warnings(SUNDAY) == [
        (
            "deezer, 2026-03-29: the streams report ends early after 1,234 rows (s.csv.gz); "
            "what it lacks is missing from the day"
        )
    ]


def test_totals_that_disagree_are_told(arrived: Arrived) -> None:
    arrived.put(STREAMS, month())
    arrived.put(AUDIENCE, [plays(SUNDAY, "spotify", 9_000), plays(SUNDAY, "deezer", 991)])
    assert arrived.judged().warnings(SUNDAY) == [
        (
            "spotify, 2026-03-29: streams count 10,000 plays, audience 9,000: "
            "10.0% apart, at most 1% is usual"
        )
    ]


def test_more_listeners_than_plays_are_told_with_an_example(arrived: Arrived) -> None:
    arrived.put(STREAMS, month())
    arrived.put(AUDIENCE, [plays(SUNDAY, "deezer", 1_000, listeners=1_001)])
    assert arrived.judged().warnings(SUNDAY) == [
        (
            "deezer, 2026-03-29: audience rows with more listeners than plays: 1, such as "
            "USAAA2600001 in DE (1,001 and 1,000), where 0 are possible"
        )
    ]


def test_tracks_that_no_catalogue_knows_are_told_where_there_is_one(arrived: Arrived) -> None:
    arrived.put(STREAMS, month())
    assert arrived.judged().findings == ()
    arrived.put(CATALOG, [{"track_id": "USAAA2600002"}])
    assert [f.store for f in arrived.judged().findings] == ["deezer", "spotify"]
    assert arrived.judged().warnings(SUNDAY)[0] == (
        "deezer, 2026-03-29: 1 of 1 tracks are in no catalogue, 100%, where at most 20% is usual"
    )


def test_the_frame_holds_every_finding(arrived: Arrived) -> None:
    arrived.put(STREAMS, month(deezer=0, spotify=100_000))
    frame = arrived.judged().frame()
    assert frame.columns == [
        *("report_date", "severity", "check", "store", "value", "bound", "message"),
    ]
    assert frame.select("check", "store", "value", "bound").rows() == [
        ("missing_store", "deezer", 14.0, 7.0),
        ("volume", "spotify", 10.0, 4.0),
    ]


def test_no_day_is_judged_unless_asked_for(arrived: Arrived) -> None:
    arrived.put(STREAMS, [plays(MONTH[3], "spotify", 5)])
    result = arrived.judged(MONTH[1], MONTH[3], MONTH[5])
    assert {finding.day for finding in result.findings} == {MONTH[1], MONTH[5]}
    with arrived.lake.connect(READ) as connection:
        assert gate(connection, [], Settings()) == GateResult(())


lakes = st.lists(
    st.tuples(st.sampled_from(MONTH), st.sampled_from(["a", "b"]), st.integers(0, 2_000)),
    max_size=80,
)


@given(lakes)
@settings(max_examples=12)
def test_a_range_says_what_its_days_say_and_later_days_change_nothing(
    lake: list[tuple[date, str, int]],
) -> None:
    week = MONTH[-7:]
    with duckdb.connect() as connection:
        for table in READ:
            connection.register(table.name, table.empty().to_arrow())

        def judged(which: list[date], known: list[tuple[date, str, int]]) -> GateResult:
            rows = pl.DataFrame([plays(*row) for row in known], schema=dict(STREAMS.schema))
            connection.register(STREAMS.name, rows.to_arrow())
            return gate(connection, which, Settings())

        first = judged(week[:4], lake)
        assert judged(week, lake).findings == first.findings + judged(week[4:], lake).findings
        assert judged(week[:4], [row for row in lake if row[0] <= week[3]]) == first
