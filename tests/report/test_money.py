"""What suspected plays cost: orders of magnitude from public averages, and the rank they give."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.config import Settings
from fraud.report.money import (
    Books,
    Cell,
    Cost,
    Plays,
    cost,
    crossing_chance,
    loses_the_line,
    month_chance,
    shown,
)
from fraud.report.pay import PayTable, pay_per_stream
from tests.report.stories import DAY, catalog, isrc, night, scored, track

SETTINGS = Settings(alert_score=0.5)
A, B = isrc(1), isrc(2)


def cells(
    store: str, streams: int = 1000, suspected: int = 1000, territory: str = "US"
) -> list[Cell]:
    return [Cell("T", store, territory, streams, suspected)]


def spent(store: str, *, share: float = 1.0, score: float = 1.0, day: date = DAY) -> Cost:
    return cost(
        day,
        suspected=1000,
        score=score,
        cells=cells(store, suspected=round(1000 * share)),
        tonight={"T": Plays(1000, 1000 * share)},
        settings=SETTINGS,
    )


@pytest.mark.parametrize(
    ("store", "territory", "average", "pay"),
    [
        ("spotify", "US", 0.003, 0.003),
        ("apple_music", "US", 0.003, 0.0057),
        ("spotify", "NO", 0.003, 0.006),
        ("spotify", "IN", 0.003, 0.0009),
        ("anywhere", "ZZ", 0.01, 0.01),
    ],
)
def test_assumed_pay_depends_on_store_and_territory_and_follows_the_setting(
    store: str, territory: str, average: float, pay: float
) -> None:
    assert PayTable().eur(store, territory, average) == (pytest.approx(pay), False)


JUNE = {"period_start": date(2026, 6, 1), "period_end": date(2026, 6, 30), "currency": "EUR"}


def royalties(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {
        "store": pl.String(),
        "territory": pl.String(),
        "tier": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "streams": pl.Int64(),
        "amount": pl.Float64(),
        "currency": pl.String(),
        "origin": pl.String(),
    }
    return pl.DataFrame([JUNE | {"store": "spotify"} | row for row in rows], schema=schema)


def test_reported_pay_is_taken_from_the_narrowest_cell_that_is_known() -> None:
    pay = pay_per_stream(
        royalties(
            {"territory": "DE", "tier": "premium", "streams": 10_000, "amount": 50.0},
            {"territory": "DE", "tier": "free", "streams": 30_000, "amount": 30.0},
            {"territory": "US", "tier": None, "streams": 10_000, "amount": 40.0},
        ),
        DAY,
    )
    assert pay.eur("spotify", "DE", 0.003, "premium") == (pytest.approx(0.005), True)
    assert pay.eur("spotify", "DE", 0.003, "free") == (pytest.approx(0.001), True)
    assert pay.eur("spotify", "DE", 0.003) == (pytest.approx(80 / 40_000), True)
    assert pay.eur("spotify", "DE", 0.003, "student") == (pytest.approx(80 / 40_000), True)
    assert pay.eur("spotify", "VN", 0.003) == (pytest.approx(120 / 50_000), True)
    assert pay.eur("deezer", "DE", 0.003) == (pytest.approx(0.003), False)


def test_the_latest_period_that_had_begun_counts_and_dollars_are_converted() -> None:
    july = {"period_start": date(2026, 7, 1), "period_end": date(2026, 7, 31)}
    august = {"period_start": date(2026, 8, 1), "period_end": date(2026, 8, 31)}
    cell = {"territory": "US", "streams": 10_000}
    rows = royalties(
        {**cell, "amount": 10.0},
        {**cell, **july, "amount": 54.0, "currency": "USD"},
        {**cell, **august, "amount": 90.0},
        {**cell, **july, "amount": 99.0, "currency": "XXX"},
    )
    assert pay_per_stream(rows, DAY).eur("spotify", "US", 0.003)[0] == pytest.approx(0.005)
    assert pay_per_stream(rows, date(2026, 6, 9)).eur("spotify", "US", 0.0)[0] == pytest.approx(
        0.001
    )


def test_a_correction_is_no_pay_and_no_report_is_no_rate() -> None:
    few = royalties({"territory": "US", "streams": 10, "amount": 40.0})
    taken_back = royalties({"territory": "US", "streams": 10_000, "amount": -40.0})
    for rows in (few, taken_back, royalties()):
        assert pay_per_stream(rows, DAY) == PayTable()


def test_plays_of_a_tier_are_paid_as_that_tier() -> None:
    pay = pay_per_stream(
        royalties(
            {"territory": "DE", "tier": "premium", "streams": 10_000, "amount": 50.0},
            {"territory": "DE", "tier": "free", "streams": 10_000, "amount": 10.0},
        ),
        DAY,
    )
    plays = {"track_id": "T", "store": "spotify", "territory": "DE"}
    tiers = pl.DataFrame(
        [{**plays, "tier": "free", "streams": 300}, {**plays, "tier": "premium", "streams": 100}]
    )
    known = pay.with_tiers(tiers)
    assert known.of_track("T", "spotify", "DE", 0.0) == (pytest.approx(0.002), True)
    assert known.of_track("U", "spotify", "DE", 0.0) == (pytest.approx(0.003), True)


def test_the_alert_says_whether_its_pay_is_reported_or_assumed() -> None:
    reported = pay_per_stream(
        royalties({"territory": "US", "streams": 10_000, "amount": 100.0}), DAY
    )
    places = [
        scored("territory", f"{A}|spotify|US", 0.2, suspected_artificial_streams=600),
        scored("territory", f"{A}|deezer|US", 0.2, suspected_artificial_streams=300),
    ]

    def told(cells: list[dict[str, Any]], pay: PayTable) -> tuple[str, float]:
        found = night(
            scored("track", A, 0.9), *cells, listed=catalog(track(A)), books=Books(pay=pay)
        )
        return found["pay_source"].item(), found["royalty_at_risk"].item()

    assert told(places, PayTable()) == ("assumed", 2.7)
    assert told(places[:1], reported) == ("reported", 9.0)
    assert told(places, reported) == ("partly", 6.9)


def test_suspected_plays_are_paid_where_they_were_played() -> None:
    whole = cost(
        DAY,
        suspected=1000,
        score=0.9,
        cells=[Cell("T", "deezer", "US", 5000, 250), Cell("T", "deezer", "IN", 5000, 750)],
        tonight={},
        settings=SETTINGS,
    )
    assert whole.royalty_eur == pytest.approx(250 * 0.003 + 750 * 0.0009)


def test_plays_of_unknown_place_are_paid_the_average_and_cost_no_penalty() -> None:
    unknown = cost(
        DAY,
        suspected=1000,
        score=1.0,
        cells=[],
        tonight={"T": Plays(1000, 1000)},
        settings=SETTINGS,
    )
    assert unknown.royalty_eur == pytest.approx(3.0)
    assert unknown.penalty_eur == 0


LAST_OF_JULY = date(2026, 7, 31)


def test_spotify_charges_ten_euro_where_a_track_crosses_the_line() -> None:
    assert spent("spotify").penalty_eur == pytest.approx(10)
    assert spent("spotify", share=0.9, day=LAST_OF_JULY).penalty_eur == pytest.approx(5)
    assert spent("spotify", share=0.9, score=0.6, day=LAST_OF_JULY).penalty_eur == pytest.approx(3)
    assert spent("spotify", share=0.5).penalty_eur == 0
    assert spent("deezer").penalty_eur == 0


def test_the_line_is_drawn_through_the_month_not_the_night() -> None:
    burst = Plays(1000, 950)
    assert month_chance(LAST_OF_JULY, burst, Plays()) == pytest.approx(0.75)
    assert month_chance(LAST_OF_JULY, burst, Plays(30 * 100, 0)) == 0
    assert month_chance(LAST_OF_JULY, burst, Plays(30 * 1000, 30 * 950)) == pytest.approx(0.75)


def test_that_the_plays_stop_is_as_likely_on_any_night_that_is_left() -> None:
    day = date(2026, 7, 30)
    stops, goes_on = 900 / (1000 + 100), 1800 / 2000
    expected = (crossing_chance(stops) + crossing_chance(goes_on)) / 2
    assert month_chance(day, Plays(1000, 900), Plays()) == pytest.approx(expected)


def test_the_months_earlier_nights_count_in_an_incidents_penalty() -> None:
    places = scored("territory", f"{A}|spotify|US", 0.9, suspected_artificial_streams=900)
    alert = scored("track", A, 0.9)

    def penalty(*nights: tuple[date, int, int]) -> float:
        books = Books(nights={A: nights})
        found = night(alert, places, listed=catalog(track(A)), books=books)
        return float(found["penalty_exposure"].item())

    eleven = [DAY - timedelta(days=n) for n in range(1, 12)]
    bought = penalty(*((day, 1000, 1000) for day in eleven))
    assert penalty(*((day, 1000, 0) for day in eleven)) < penalty() < bought < 9


def test_a_house_with_its_own_rules_settles_by_them() -> None:
    own = Settings.model_validate(
        {
            "penalties": [
                {"store": "deezer", "since": "2026-07-12", "fee_eur": 4, "line_share": 0.5},
                {"store": "spotify", "since": "2024-04-01", "fee_eur": 10},
                {"store": "spotify", "since": "2026-07-01", "fee_eur": 25},
            ]
        }
    )

    def penalty(store: str, day: date) -> float:
        plays = {"T": Plays(1000, 1000)}
        whole = cost(
            day, suspected=1000, score=1.0, cells=cells(store), tonight=plays, settings=own
        )
        return whole.penalty_eur

    assert penalty("deezer", date(2026, 7, 11)) == 0
    assert penalty("deezer", DAY) == pytest.approx(4)
    assert penalty("spotify", date(2026, 6, 30)) == pytest.approx(10)
    assert penalty("spotify", DAY) == pytest.approx(25)
    assert penalty("apple_music", DAY) == 0


def test_each_track_of_a_scheme_is_charged() -> None:
    many = [Cell(f"T{n}", "spotify", "US", 10, 10) for n in range(40)]
    whole = cost(
        DAY,
        suspected=400,
        score=1.0,
        cells=many,
        tonight={cell.track_id: Plays(10, 10) for cell in many},
        settings=SETTINGS,
    )
    assert whole.penalty_eur == pytest.approx(400)


def test_the_line_is_drawn_through_spotifys_plays_alone() -> None:
    both = [Cell("T", "spotify", "US", 100, 100), Cell("T", "deezer", "US", 900, 0)]
    whole = cost(
        DAY,
        suspected=100,
        score=1.0,
        cells=both,
        tonight={"T": Plays(1000, 100)},
        settings=SETTINGS,
    )
    assert whole.penalty_eur == pytest.approx(10)


def test_a_suspect_territory_of_a_loved_track_does_not_cross_the_line() -> None:
    found = night(
        scored("track", A, 0.2, streams=90_000),
        scored("territory", f"{A}|spotify|TR", 0.9, streams=800, suspected_artificial_streams=800),
        scored("territory", f"{A}|spotify|US", 0.0, streams=89_200),
        listed=catalog(track(A)),
    )
    assert found["suspected_share"].item() == 1
    assert found["penalty_exposure"].item() == 0
    assert found["territories"].item() == "TR"


def test_apple_withholds_more_the_larger_the_suspected_share() -> None:
    assert spent("apple_music").penalty_eur == pytest.approx(5.7 * 0.50)
    assert spent("apple_music", day=date(2025, 6, 1)).penalty_eur == pytest.approx(5.7 * 0.25)
    half = cost(
        DAY,
        suspected=500,
        score=1.0,
        cells=cells("apple_music", suspected=500),
        tonight={},
        settings=SETTINGS,
    )
    assert half.penalty_eur == pytest.approx(2.85 * 0.30)


@pytest.mark.parametrize(
    ("streams", "suspected", "days", "lost"),
    [
        (1_200, 400, 365, True),
        (1_200, 100, 365, False),
        (900, 400, 365, False),
        (90_000, 400, 365, False),
        (350, 200, 60, True),
        (600, 200, 60, False),
        (300, 200, 0, False),
    ],
)
def test_a_track_may_have_its_thousand_plays_by_machines_alone(
    streams: int, suspected: int, days: int, lost: bool
) -> None:
    assert loses_the_line(streams, suspected, days) is lost


def test_what_a_track_loses_with_its_thousand_plays_is_the_pay_of_people() -> None:
    places = scored("territory", f"{A}|spotify|US", 0.9, suspected_artificial_streams=900)
    alert = scored("track", A, 0.9)

    def line(plays: int) -> tuple[int, float]:
        books = Books(year={A: plays}, year_days=365)
        found = night(alert, places, listed=catalog(track(A)), books=books)
        return found["line_tracks"].item(), found["line_exposure"].item()

    assert line(1_700) == (1, 2.4)
    assert line(1_950) == (0, 0)
    assert line(950) == (0, 0)


def test_takedown_is_likelier_after_a_ruling_and_in_a_second_month() -> None:
    alert = [scored("track", A, 0.9, suspected_artificial_streams=1000)]
    alert += [scored("territory", f"{A}|spotify|US", 0.9, suspected_artificial_streams=1000)]
    mild = [scored("track", A, 0.9), scored("territory", f"{A}|deezer|US", 0.9)]
    ruling = {"store": "apple_music", "isrc": A, "upc": None, "period_end": date(2026, 5, 31)}
    old = {**ruling, "period_end": date(2024, 5, 31)}
    listed = catalog(track(A))

    def risk(rows: list[dict[str, Any]], *rulings: dict[str, Any]) -> tuple[str, str]:
        found = night(*rows, listed=listed, books=Books(rulings=rulings))
        return found["takedown_risk"].item(), found["takedown_reason"].item()

    assert risk(mild)[0] == "low"
    assert risk(mild, old)[0] == "low"
    assert risk(mild, {**ruling, "isrc": B})[0] == "low"
    assert risk(alert) == ("medium", "1 track likely to end this month above a store's line.")
    assert risk(mild, ruling) == (
        "high",
        "Apple Music ruled on these plays before, and they go on.",
    )
    assert risk(mild, {**ruling, "isrc": None, "upc": track(A)["upc"]})[0] == "high"


def test_a_second_month_above_the_line_is_one_that_nights_have_seen() -> None:
    places = scored("territory", f"{A}|spotify|US", 0.9, suspected_artificial_streams=1000)
    alert = scored("track", A, 0.9, suspected_artificial_streams=1000)

    def risk(suspected: int) -> str:
        june = [(date(2026, 6, day), 1000, suspected) for day in range(1, 31)]
        listed = catalog(track(A))
        found = night(alert, places, listed=listed, books=Books(nights={A: june}))
        return str(found["takedown_risk"].item())

    assert risk(950) == "high"
    assert risk(500) == "medium"


def test_no_store_charged_before_its_rule_began() -> None:
    assert spent("spotify", day=date(2024, 3, 31)).penalty_eur == 0
    assert spent("spotify", day=date(2024, 4, 1)).penalty_eur == pytest.approx(10)
    assert spent("apple_music", day=date(2018, 6, 1)).penalty_eur == 0


@pytest.mark.parametrize(
    ("royalty", "score", "severity"),
    [
        (120.0, 0.9, "critical"),
        (200.0, 0.6, "high"),
        (50.0, 0.9, "high"),
        (5.0, 0.9, "medium"),
        (5.0, 0.5, "low"),
        (0.1, 0.9, "low"),
        (0.1, 0.5, "low"),
    ],
)
def test_severity_is_cost_and_one_step_less_where_far_from_certain(
    royalty: float, score: float, severity: str
) -> None:
    assert Cost(royalty, 0.0, score).severity == severity


def test_two_digits_are_shown_and_dollars_where_they_are_asked_for() -> None:
    assert shown(1234.56, SETTINGS) == 1200
    assert shown(3.456, SETTINGS) == 3.5
    assert shown(0.001, SETTINGS) == 0
    assert shown(100.0, Settings(currency="USD")) == 110


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_never_lowers_the_chance_to_cross_the_line(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= crossing_chance(low) <= crossing_chance(high) <= 1


def test_incidents_rank_by_what_they_cost_not_by_their_score() -> None:
    dear = scored("track", A, 0.7, streams=60_000, suspected_artificial_streams=50_000)
    cheap = scored("track", B, 0.99, streams=600, suspected_artificial_streams=500)
    found = night(dear, cheap, listed=catalog(track(A), track(B))).sort("rank")
    assert found["isrc"].to_list() == [A, B]
    assert found["royalty_at_risk"].to_list() == [150.0, 1.5]
    assert found["severity"].to_list() == ["critical", "medium"]
    assert set(found["currency"]) == {"EUR"}


def test_at_most_so_many_incidents_a_night_and_those_are_the_costliest() -> None:
    rows = [
        scored("track", isrc(n), 0.9, streams=2000, suspected_artificial_streams=100 * (n + 1))
        for n in range(10)
    ]
    found = night(*rows, settings=Settings(alert_score=0.5, alerts_per_night=3))
    assert sorted(found["suspected_artificial_streams"]) == [800, 900, 1000]
    assert sorted(found["rank"]) == [1, 2, 3]


def test_what_costs_less_than_the_floor_is_listed_apart() -> None:
    dear = scored("track", A, 0.9, streams=60_000, suspected_artificial_streams=50_000)
    cheap = scored("track", B, 0.9, streams=100, suspected_artificial_streams=90)
    rows = (dear, cheap)
    assert night(*rows).sort("rank")["below_floor"].to_list() == [False, True]
    assert night(*rows, settings=Settings(floor_cost=0.2))["below_floor"].any() is False
