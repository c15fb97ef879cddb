"""What a reason quotes is what was counted, in people's units; the unknown is null."""

import polars as pl
import pytest

from fraud.features.evidence import catalogue
from fraud.features.measured import measured
from fraud.tables import DIMENSIONS, RATES
from tests.features.catalogues import Row, counted, looked_at, play

TODAY = 80


def quoted(audience: list[Row], streams: list[Row] | None = None) -> dict[str, object]:
    """Return what was measured of the first row of the last day at spotify."""
    whole = counted(audience=audience, streams=streams or [])
    rows, views, around = looked_at(whole, TODAY)
    found = measured(views, around, catalogue(views, whole.layout), whole.layout)
    return found.filter((rows["store"] == "spotify") & (rows["entity"] == "T")).row(0, named=True)


def test_rates_stand_beside_their_own_past_and_the_catalogue() -> None:
    past = {"listeners": 80, "saves": 8, "sub30_plays": 100, "listening_seconds": 15_000}
    week = {"listeners": 20, "saves": 1, "sub30_plays": 0, "listening_seconds": 3_100}
    rows = [play(day, "T", 100, **(past if day <= TODAY - 7 else week)) for day in range(TODAY + 1)]
    found = quoted(rows)
    assert found["saves_seen"] == pytest.approx(1 / 20)
    assert found["saves_usual"] == pytest.approx(8 / 80)
    assert found["saves_normal"] == pytest.approx(8 / 80)
    assert found["saves_chances"] == 7 * 20
    assert found["repeats_seen"] == pytest.approx(80 / 20)
    assert found["repeats_usual"] == pytest.approx(20 / 80)
    assert found["sub30_seen"] == 0
    assert found["sub30_usual"] == pytest.approx(0.5)
    assert found["listened_seen"] == pytest.approx(31)
    assert found["listened_usual"] == pytest.approx(150)
    assert found["week_streams"] == 700
    assert found["week_expected"] == pytest.approx(700)


def test_what_is_not_reported_is_null() -> None:
    found = quoted([play(day, "T", 100) for day in range(TODAY + 1)])
    for rate in RATES:
        assert found[f"{rate}_seen"] is None
        assert found[f"{rate}_usual"] is None
    for dimension in ("source", "tier", "device"):
        assert found[f"{dimension}_cell"] is None
        assert found[f"{dimension}_share"] is None
        assert found[f"{dimension}_usual"] is None
    assert found["siblings_rise"] is None
    assert found["other_stores_rise"] is None
    assert found["age_days"] is None
    assert found["territory_cell"] == "NO"
    assert found["territory_share"] == 1


def test_a_handful_of_listeners_has_no_usual_rate() -> None:
    rows = [play(day, "T", 5) for day in range(TODAY + 1)]
    rows[TODAY - 20] |= {"listeners": 4, "saves": 4}
    rows[TODAY] |= {"listeners": 5, "saves": 1}
    found = quoted(rows)
    assert found["saves_seen"] == pytest.approx(1 / 5)
    assert found["saves_usual"] is None


def test_the_value_that_came_on_top_most_is_named() -> None:
    rows = [play(day, "T", 100) for day in range(TODAY + 1)]
    rows += [play(day, "T", 300, territory="NA") for day in range(TODAY - 6, TODAY + 1)]
    rows += [play(day, "OTHER", 100, territory="NA") for day in range(TODAY + 1)]
    sources = [play(day, "T", 60, source="library") for day in range(TODAY + 1)]
    sources += [play(day, "T", 240, source="radio") for day in range(TODAY - 6, TODAY + 1)]
    found = quoted(rows, sources)
    assert found["territory_cell"] == "NA"
    assert found["territory_share"] == pytest.approx(0.75)
    assert found["territory_usual"] < 0.05
    assert found["source_cell"] == "radio"
    assert found["source_share"] == pytest.approx(0.8)
    assert found["device_cell"] is None


def test_days_with_the_very_same_count_are_counted() -> None:
    rows = [play(day, "T", 100 + day % 5) for day in range(TODAY - 3)]
    rows += [play(day, "T", 77) for day in range(TODAY - 3, TODAY + 1)]
    assert quoted(rows)["days_equal"] == 3


def test_every_column_has_one_type_whether_known_or_not() -> None:
    known = {"listeners": 80, "saves": 8, "sub30_plays": 100, "listening_seconds": 15_000}
    rows = [play(day, "T", 100, **known) for day in range(TODAY + 1)]
    sources = [play(day, "T", 9, source="radio", tier="free", device="tv") for day in range(81)]
    full, bare = quoted(rows, sources), quoted([play(day, "T", 100) for day in range(TODAY + 1)])
    assert list(full) == list(bare)
    columns = pl.DataFrame([full, bare]).columns
    assert {f"{name}_cell" for name in DIMENSIONS} <= set(columns)
