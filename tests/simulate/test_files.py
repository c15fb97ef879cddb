"""What a simulated world consists of: files as a label gets them, in the fixed columns."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.errors import CallError
from fraud.simulate import World, simulate
from fraud.tables import AUDIENCE, CATALOG, CONTEXT, LISTENERS, STREAMS, VERDICTS, Table
from tests.simulate.conftest import read

CELL = ["report_date", "store", "territory", "isrc"]


def files_of(world: World) -> dict[str, bytes]:
    return {
        str(path.relative_to(world.folder)): path.read_bytes()
        for path in sorted(world.folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(make: Callable[..., World]) -> None:
    one, other = files_of(make(listeners=True)), files_of(make(listeners=True))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_another_seed_gives_another_world(make: Callable[..., World]) -> None:
    one, other = make(seed=3), make(seed=4)
    assert one.catalog.read_bytes() != other.catalog.read_bytes()
    assert one.counts["streams"] != other.counts["streams"]


def test_a_compressed_file_carries_no_time(world: World) -> None:
    for file in world.reports.iterdir():
        assert file.read_bytes()[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("kind", "table"), [("streams", STREAMS), ("audience", AUDIENCE), ("listeners", LISTENERS)]
)
def test_reports_hold_what_the_tables_allow(world: World, kind: str, table: Table) -> None:
    rows = read(world.reports, kind)
    for name in rows.columns:
        column = table.column(name)
        values = rows[name].drop_nulls()
        assert not (column.required and rows[name].has_nulls()), name
        assert not column.allowed or set(values.unique()) <= set(column.allowed), name
        assert not column.pattern or values.str.contains(column.pattern).all(), name
        assert column.minimum is None or values.min() >= column.minimum, name


def test_rows_are_ordered_by_key_and_no_key_stands_twice(world: World) -> None:
    for file in world.reports.glob("streams_*"):
        rows = pl.read_csv(file, infer_schema=False, null_values=[""]).drop("streams")
        assert rows.equals(rows.unique(maintain_order=True))
        assert rows.select(CELL).equals(rows.select(CELL).sort(CELL))


def test_reference_files_hold_what_the_tables_allow(world: World) -> None:
    for path, table in (
        (world.catalog, CATALOG),
        (world.context, CONTEXT),
        (world.verdicts, VERDICTS),
    ):
        rows = pl.read_csv(path, infer_schema=False, null_values=[""])
        assert not rows.is_empty()
        for name in rows.columns:
            column = table.column(name)
            values = rows[name].drop_nulls()
            assert not column.allowed or set(values.unique()) <= set(column.allowed), name
            assert not column.pattern or values.str.contains(column.pattern).all(), name


def test_both_reports_of_a_day_agree(world: World) -> None:
    streams = read(world.reports, "streams").group_by(CELL).agg(pl.col("streams").sum()).sort(CELL)
    audience = read(world.reports, "audience").select(*CELL, "streams").sort(CELL)
    assert streams.equals(audience)


def test_an_audience_is_possible(world: World) -> None:
    lengths = pl.read_csv(world.catalog).select("isrc", "duration_seconds")
    rows = read(world.reports, "audience").join(lengths, on="isrc")
    streams, seconds = pl.col("streams"), pl.col("listening_seconds")
    assert (
        rows.select(
            (streams >= 1).all(),
            (pl.col("listeners") >= 1).all().alias("heard by somebody"),
            (pl.col("listeners") <= streams).all().alias("no listener without a play"),
            (pl.col("saves") <= pl.col("listeners")).all().alias("saved by listeners"),
            (seconds >= 30 * streams).all().alias("30 s and more"),
            (seconds <= pl.col("duration_seconds") * streams)
            .all()
            .alias("no longer than the track"),
        ).row(0)
        == (True,) * 6
    )


def test_listeners_agree_with_both_other_reports(world: World) -> None:
    listeners = read(world.reports, "listeners")
    audience = read(world.reports, "audience").select(
        *CELL, "streams", "listening_seconds", "listeners"
    )
    told = listeners.group_by(CELL).agg(
        pl.col("streams", "listening_seconds").sum(), listeners=pl.col("listener_id").n_unique()
    )
    assert told.sort(CELL).equals(audience.sort(CELL), null_equal=True)
    plan = [*CELL, "tier", "device"]
    by_plan = read(world.reports, "streams").group_by(plan).agg(pl.col("streams").sum())
    assert by_plan.sort(plan).equals(
        listeners.group_by(plan).agg(pl.col("streams").sum()).sort(plan)
    )


def test_a_store_without_a_free_tier_reports_none(make: Callable[..., World]) -> None:
    tiers = read(make(stores=("apple_music",), mimicry=0.0).reports, "streams")["tier"].unique()
    assert set(tiers) <= {"premium", "family", "student", "trial", "other"}


@pytest.mark.parametrize("file_format", ["csv", "parquet", "ndjson", "ndjson.gz"])
def test_every_file_format_holds_the_same_rows(
    make: Callable[..., World], file_format: str
) -> None:
    usual, other = make(tracks=30, days=7), make(tracks=30, days=7, file_format=file_format)
    for path in usual.reports.iterdir():
        name = path.name.removesuffix("csv.gz") + file_format
        rows = pl.read_csv(path, try_parse_dates=True, schema_overrides={"playlist_id": pl.String})
        assert _read(other.reports / name).equals(rows)


def _read(path: Path) -> pl.DataFrame:
    if path.name.endswith(".csv"):
        return pl.read_csv(path, try_parse_dates=True, schema_overrides={"playlist_id": pl.String})
    if path.name.endswith(".parquet"):
        return pl.read_parquet(path)
    data = path.read_bytes()
    rows = pl.read_ndjson(
        gzip.decompress(data) if path.name.endswith(".gz") else data, infer_schema_length=None
    )
    texts = [name for name in ("playlist_id", "playlist_name") if name in rows.columns]
    return rows.with_columns(pl.col("report_date").str.to_date(), pl.col(texts).cast(pl.String))


def test_namibia_is_a_territory(make: Callable[..., World]) -> None:
    world = make(territories=25, days=14)
    assert "NA" in read(world.reports, "audience")["territory"].unique().to_list()


def test_a_late_day_is_delivered_again_with_more(worlds: list[World]) -> None:
    again_with_more = 0
    for world in worlds:
        for file in world.restated.glob("audience_*"):
            before = read(world.reports, file.name.removesuffix(".csv.gz"))
            after = read(world.restated, file.name.removesuffix(".csv.gz"))
            again_with_more += after["streams"].sum() > before["streams"].sum()
    assert again_with_more > 0


def test_a_purge_takes_out_bought_plays_and_nothing_else(worlds: list[World]) -> None:
    purged_days = 0
    for world in worlds:
        bought = pl.read_csv(world.truth / "track_days.csv", try_parse_dates=True)
        for file in world.restated.glob("audience_*"):
            name = file.name.removesuffix(".csv.gz")
            before, after = read(world.reports, name), read(world.restated, name)
            gone = before.join(after, on=CELL, how="left", suffix="_after").filter(
                pl.col("streams_after").fill_null(0) < pl.col("streams")
            )
            if gone.is_empty():
                continue
            purged_days += 1
            touched = bought.filter(pl.col("report_date") == gone["report_date"][0])["track_id"]
            assert set(gone["isrc"]) <= set(touched)
    assert purged_days > 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"days": 3}, "3 days are too few"),
        ({"tracks": 5}, "5 tracks are too few"),
        ({"mimicry": 1.5}, "mimicry 1.5 lies outside 0–1"),
        ({"volume": -1.0}, "volume -1.0 is negative"),
        ({"fraud_share": 0.9}, "fraud share 0.9 lies outside"),
        ({"stores": ("spotifi",)}, "store 'spotifi' is not one the simulator knows: spotify"),
        ({"stores": ()}, "name at least one store"),
        ({"territories": 0}, "0 territories"),
        ({"file_format": "xlsx"}, "file format 'xlsx' is none of csv.gz"),
        ({"schemes": ("bursts",)}, "scheme 'bursts' is none of burst"),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence(
    make: Callable[..., World], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(CallError, match=said.replace(".", r"\.")):
        make(**changes)


def test_a_world_is_never_written_over(world: World, small: dict[str, Any]) -> None:
    with pytest.raises(CallError, match=r"holds a world already \(reports\)"):
        simulate(world.folder, seed=1, **small)
    with pytest.raises(CallError, match="is a file"):
        simulate(world.catalog, seed=1, **small)


def test_the_summary_counts_what_is_there(world: World) -> None:
    rows = sum(read(world.reports, k).height for k in ("streams", "audience", "listeners"))
    assert world.counts["rows"] == rows
    assert world.counts["files"] == len(list(world.reports.iterdir()))
    assert world.counts["streams"] == read(world.reports, "audience")["streams"].sum()
    assert f"80 tracks over 42 days have {world.counts['streams']:,} plays." in world.summary()
