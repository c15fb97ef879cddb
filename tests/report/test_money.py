"""What suspected plays cost: orders of magnitude from public averages, and the rank they give."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.config import Settings
from fraud.report.money import Cell, Cost, cost, crossing_chance, pay_eur, shown
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
        suspected_of_track={"T": 1000 * share},
        settings=SETTINGS,
    )


def test_pay_depends_on_store_and_territory_and_follows_the_setting() -> None:
    assert pay_eur("spotify", "US", SETTINGS) == pytest.approx(0.003)
    assert pay_eur("apple_music", "US", SETTINGS) == pytest.approx(0.0057)
    assert pay_eur("spotify", "NO", SETTINGS) == pytest.approx(0.006)
    assert pay_eur("spotify", "IN", SETTINGS) == pytest.approx(0.0009)
    assert pay_eur("anywhere", "ZZ", Settings(eur_per_stream=0.01)) == pytest.approx(0.01)


def test_suspected_plays_are_paid_where_they_were_played() -> None:
    whole = cost(
        DAY,
        suspected=1000,
        score=0.9,
        cells=[Cell("T", "deezer", "US", 5000, 250), Cell("T", "deezer", "IN", 5000, 750)],
        suspected_of_track={},
        settings=SETTINGS,
    )
    assert whole.royalty_eur == pytest.approx(250 * 0.003 + 750 * 0.0009)


def test_plays_of_unknown_place_are_paid_the_average_and_cost_no_penalty() -> None:
    unknown = cost(
        DAY, suspected=1000, score=1.0, cells=[], suspected_of_track={"T": 1000}, settings=SETTINGS
    )
    assert unknown.royalty_eur == pytest.approx(3.0)
    assert unknown.penalty_eur == 0


def test_spotify_charges_ten_euro_where_a_track_crosses_the_line() -> None:
    assert spent("spotify").penalty_eur == pytest.approx(10)
    assert spent("spotify", share=0.9).penalty_eur == pytest.approx(5)
    assert spent("spotify", share=0.9, score=0.6).penalty_eur == pytest.approx(3)
    assert spent("spotify", share=0.5).penalty_eur == 0
    assert spent("deezer").penalty_eur == 0


def test_each_track_of_a_scheme_is_charged() -> None:
    many = [Cell(f"T{n}", "spotify", "US", 10, 10) for n in range(40)]
    whole = cost(
        DAY,
        suspected=400,
        score=1.0,
        cells=many,
        suspected_of_track={cell.track_id: 10 for cell in many},
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
        suspected_of_track={"T": 100},
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


def test_apple_withholds_the_middle_of_its_range() -> None:
    assert spent("apple_music").penalty_eur == pytest.approx(5.7 * 0.30)
    assert spent("apple_music", day=date(2025, 6, 1)).penalty_eur == pytest.approx(5.7 * 0.15)


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
