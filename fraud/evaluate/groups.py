"""Whether the groups that were planted stand at the top of their level."""

from pathlib import Path

import polars as pl

from fraud.evaluate.labels import first_scored_day, reported, truth

ENTITIES = {"account": "account_id", "label": "label", "artist": "artist", "release": "upc"}
"""The column of the catalogue that names an entity of each level."""


def groups_in_top(
    scores: pl.DataFrame,
    world: Path,
    *,
    top: int = 3,
    track_days: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return each planted group with the nights on which it stood among its level's `top`.

    `scores` are rows of report_date, level, entity and score; rows of one score share the better
    rank. The columns returned are episode, scheme, level, entity, mimicry, nights (after the
    warm-up, with bought plays), nights_in_top and best_rank (null = never scored); ordered by
    episode. A group that is no entity of any level (tracks in lockstep over several accounts) has
    no row.
    """
    first = first_scored_day(reported(world) if track_days is None else track_days)
    nights = truth(world, "track_days").filter(pl.col("report_date") >= first)
    ranks = scores.select(
        "report_date",
        "level",
        "entity",
        rank=pl.col("score").rank("min", descending=True).over("report_date", "level"),
    )
    return (
        _planted(world)
        .join(nights.select("report_date", "episode").unique(), on="episode")
        .join(ranks, on=["report_date", "level", "entity"], how="left")
        .group_by("episode", "scheme", "level", "entity", "mimicry")
        .agg(
            nights=pl.len().cast(pl.Int64),
            nights_in_top=(pl.col("rank") <= top).sum().cast(pl.Int64),
            best_rank=pl.col("rank").min().cast(pl.Int64),
        )
        .sort("episode")
    )


def _planted(world: Path) -> pl.DataFrame:
    """Return the episodes of a level above the track, with the entity most of their tracks have."""
    catalog = pl.read_csv(world / "catalog.csv", infer_schema=False)
    entities = catalog.select(pl.col("isrc").alias("track_ids"), *ENTITIES.values())
    own = pl.coalesce(
        pl.when(pl.col("level") == level).then(pl.col(column)) for level, column in ENTITIES.items()
    )
    return (
        truth(world, "episodes")
        .filter(pl.col("level").is_in(list(ENTITIES)))
        .with_columns(pl.col("track_ids").cast(pl.String).str.split("|"))
        .explode("track_ids")
        .join(entities, on="track_ids")
        .group_by("episode", "scheme", "level", "mimicry")
        .agg(entity=own.mode().sort().first())
    )
