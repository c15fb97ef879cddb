"""What a labelled world holds: its reported track-days and the truth about each."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from fraud.errors import CallError

WARM_UP_DAYS = 28
"""The first days of a world are there to learn from and are not counted."""

MEASURES = ("streams", "listeners", "saves", "sub30_plays", "listening_seconds")
_TRUTH = ("track_days", "episodes", "innocent_days")


def reported(world: Path) -> pl.DataFrame:
    """Return the reported totals of each track-day: report_date, track_id and MEASURES.

    They come from the audience files, and from the streams files where a store-day has no other.
    Raises CallError where the folder holds no reports.
    """
    folder = world / "reports"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        raise CallError(f"{world} is not a labelled world: it has no reports")
    by_kind = {
        kind: [file for file in files if file.name.startswith(kind)]
        for kind in ("audience", "streams")
    }
    if not any(by_kind.values()):
        raise CallError(f"{world} is written as a feed; simulate it in csv.gz to evaluate it")
    audience = {file.name.removeprefix("audience") for file in by_kind["audience"]}
    alone = [f for f in by_kind["streams"] if f.name.removeprefix("streams") not in audience]
    return (
        pl.concat([_totals(file) for file in (*by_kind["audience"], *alone)])
        .group_by("report_date", "track_id")
        .agg(_sum(name) for name in MEASURES)
        .sort("report_date", "track_id")
    )


def _sum(name: str) -> pl.Expr:
    """Return the sum of what is known, unknown where nothing is."""
    known = pl.col(name).is_not_null().any()
    return pl.when(known).then(pl.col(name).sum()).alias(name)


def _totals(file: Path) -> pl.DataFrame:
    """Return the rows of a file with all measures, those that it does not have as unknown."""
    name = file.name
    if name.endswith(".parquet"):
        frame = pl.read_parquet(file)
    elif ".ndjson" in name:
        frame = pl.read_ndjson(file, schema_overrides={"report_date": pl.String})
    else:
        frame = pl.read_csv(file, schema_overrides={"report_date": pl.String}, null_values=[""])
    day = pl.col("report_date")
    return frame.select(
        day if frame.schema["report_date"] == pl.Date else day.str.to_date("%Y-%m-%d"),
        pl.col("isrc").alias("track_id"),
        *(
            pl.col(n).cast(pl.Int64) if n in frame.columns else pl.lit(None, pl.Int64).alias(n)
            for n in MEASURES
        ),
    )


def truth(world: Path, name: str) -> pl.DataFrame:
    """Return one of a world's tables of truth: track_days, episodes or innocent_days."""
    path = world / "truth" / f"{name}.csv"
    if not path.is_file():
        raise CallError(f"{world} is not a labelled world: {path.relative_to(world)} is missing")
    return pl.read_csv(path, try_parse_dates=True, null_values=[""])


def labelled(world: Path, track_days: pl.DataFrame) -> pl.DataFrame:
    """Return the reported track-days after the warm-up with the truth about each, ordered by key.

    Columns: report_date, track_id, streams, artist, artificial, artificial_streams, scheme,
    mimicry, episode, spike (the kind of an innocent event, null = a quiet day).
    """
    catalog = pl.read_csv(world / "catalog.csv", infer_schema=False).select(
        pl.col("isrc").alias("track_id"), "artist"
    )
    scored_from = first_scored_day(track_days)
    artificial = truth(world, "track_days").drop("streams")
    spikes = truth(world, "innocent_days").select("report_date", "track_id", spike="kind")
    return (
        track_days.filter(pl.col("report_date") >= scored_from)
        .select("report_date", "track_id", "streams")
        .join(catalog, on="track_id", how="left")
        .join(artificial, on=["report_date", "track_id"], how="left")
        .join(spikes, on=["report_date", "track_id"], how="left")
        .with_columns(
            pl.col("artist").fill_null(pl.col("track_id")),
            artificial=pl.col("artificial_streams").fill_null(0) > 0,
        )
        .sort("report_date", "track_id")
    )


def first_scored_day(track_days: pl.DataFrame) -> date:
    """Return the first day after the warm-up."""
    first = track_days["report_date"].min()
    if not isinstance(first, date):
        raise CallError("the world holds no reported track-day")
    return first + timedelta(days=WARM_UP_DAYS)
