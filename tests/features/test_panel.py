"""The panel hands out every count that arrived, dense, in blocks of whole units."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from fraud.features import panel as room
from fraud.features.panel import ALL_STORES, ELSEWHERE, MIX_COLUMNS, Panel
from tests.features.catalogues import START, Row, counted, drawn, play

AUDIENCE = drawn(tracks=5, days=20)
STREAMS: list[Row] = [
    play(3, "T00", 7, store="spotify", source="search", tier="free"),
    play(3, "T00", 2, store="spotify", territory="SE", source="radio"),
    play(4, "T01", 5, store="deezer", device="tv"),
]


@pytest.fixture
def whole() -> Panel:
    return counted(audience=AUDIENCE, streams=STREAMS)


def dense(whole: Panel) -> np.ndarray:
    return np.concatenate([block for _, block in whole.blocks()])


def test_the_dense_blocks_hold_the_sparse_counts_and_nothing_else(whole: Panel) -> None:
    block = dense(whole)
    assert block.dtype == np.int64
    assert block.shape == (whole.units.height, 20, whole.layout.width)
    arrived = pl.DataFrame(AUDIENCE)
    numbers = {(store, entity): unit for unit, store, entity in whole.units.iter_rows()}
    streams, saves = whole.layout.measure("streams"), whole.layout.measure("saves")
    for (store, track), rows in arrived.group_by("store", "track_id"):
        series = block[numbers[store, track]]
        for (day,), part in rows.group_by("report_date"):
            assert series[(day - START).days, streams] == part["streams"].sum()
            assert series[(day - START).days, saves] == part["saves"].sum()
    together = [unit for (store, _), unit in numbers.items() if store == ALL_STORES]
    assert block[together, :, streams].sum() == arrived["streams"].sum()
    apart = [unit for (store, _), unit in numbers.items() if store != ALL_STORES]
    assert (block[apart].sum(axis=0) == block[together].sum(axis=0)).all()


def test_the_territories_of_a_unit_add_up_to_its_plays(whole: Panel) -> None:
    block = dense(whole)
    by_territory = block[:, :, whole.layout.span("territory")].sum(axis=2)
    assert (by_territory == block[:, :, whole.layout.measure("streams")]).all()


def test_the_mixes_come_from_the_streams_report(whole: Panel) -> None:
    mixes = pl.DataFrame(
        dense(whole)[:, :, 9 : 9 + len(MIX_COLUMNS)].sum(axis=1), schema=list(MIX_COLUMNS)
    ).hstack(whole.units)
    told = (
        mixes.filter(pl.col("store") == ALL_STORES).select(pl.sum(*MIX_COLUMNS)).row(0, named=True)
    )
    assert {name: plays for name, plays in told.items() if plays} == {
        "source_search": 7,
        "source_radio": 2,
        "tier_free": 7,
        "device_tv": 5,
    }


@pytest.mark.parametrize("cells", [1, 3_000, 7_000])
def test_blocks_of_any_size_hold_the_same(
    whole: Panel, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, streams = dense(whole), np.concatenate([block for _, block in whole.streams()])
    monkeypatch.setattr(room, "SHARD_CELLS", cells)
    units = [units for units, _ in whole.blocks()]
    assert len(units) > 1
    assert [unit for part in units for unit in range(part.start, part.stop)] == list(
        range(whole.units.height)
    )
    assert (dense(whole) == once).all()
    assert (np.concatenate([block for _, block in whole.streams()]) == streams).all()


def test_the_narrow_blocks_hold_the_plays(whole: Panel) -> None:
    narrow = np.concatenate([block for _, block in whole.streams()])
    assert (narrow[:, :, 0] == dense(whole)[:, :, whole.layout.measure("streams")]).all()


def test_a_territory_first_seen_this_week_is_elsewhere() -> None:
    settled = START + timedelta(days=9)
    before = [play(day, "T1", 3, territory="NO") for day in range(10)]
    news = [play(10, "T1", 4, territory="VU"), play(11, "T1", 5, territory="AQ")]
    early = counted(streams=before, settled=settled)
    late = counted(streams=before + news, settled=settled)
    assert early.layout == late.layout
    assert late.layout.territories == ("NO", ELSEWHERE)
    *_, elsewhere = dense(late)[0, 10:, :].T
    assert list(elsewhere) == [4, 5]
