"""The same world in the fixed files and as feeds: what the lake holds of it is the same."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud import config
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.simulate import simulate
from fraud.tables import AUDIENCE, LISTENERS, STREAMS, Table

CELL = ["report_date", "store", "territory", "track_id"]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def lake_of(folder: Path, stores: tuple[str, ...], file_format: str, *, listeners: bool) -> Lake:
    """Simulate a small world in a format and load its first deliveries."""
    world = simulate(
        folder / file_format / "world",
        seed=5,
        days=7,
        tracks=20,
        territories=3,
        stores=stores,
        listeners=listeners,
        file_format=file_format,
    )
    settings = config.load(home=folder / file_format / "home", lake="")
    result = ingest([world.reports], settings, now=NOW)
    assert result.exit_code == 0
    assert result.refusals == []
    return Lake(settings.lake_address)


def totals(lake: Lake, table: Table, measure: str) -> pl.DataFrame:
    """Return a measure of a table by day, store, territory and track, what is 0 left out."""
    rows = lake.read(table).group_by(CELL).agg(pl.col(measure).sum())
    return rows.filter(pl.col(measure) > 0).sort(CELL)


@pytest.mark.parametrize(
    ("stores", "file_format", "listeners"),
    [
        (("spotify",), "spotify_bulk", True),
        (("spotify",), "fuga", True),
        (("apple_music", "deezer"), "fuga", False),
    ],
)
def test_a_world_is_the_same_in_every_format(
    stores: tuple[str, ...], file_format: str, *, listeners: bool, tmp_path: Path
) -> None:
    fixed = lake_of(tmp_path, stores, "csv.gz", listeners=listeners)
    feed = lake_of(tmp_path, stores, file_format, listeners=listeners)
    same = [(STREAMS, "streams"), (AUDIENCE, "streams"), (AUDIENCE, "saves")]
    if listeners:
        same += [(AUDIENCE, "listening_seconds"), (LISTENERS, "streams")]
        same += [(LISTENERS, "listening_seconds")]
    else:
        same += [(AUDIENCE, "listeners")]
    if file_format == "spotify_bulk":
        same.append((AUDIENCE, "sub30_plays"))
    for table, measure in same:
        assert totals(fixed, table, measure).equals(totals(feed, table, measure)), measure
    by_source = [
        lake.read(STREAMS).group_by("source").agg(pl.col("streams").sum()).sort("source")
        for lake in (fixed, feed)
    ]
    if stores == ("spotify",):
        assert by_source[0].equals(by_source[1])


def test_a_feed_carries_only_its_stores(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="does not carry deezer; give --stores spotify"):
        simulate(tmp_path / "w", seed=1, stores=("spotify", "deezer"), file_format="spotify_bulk")
