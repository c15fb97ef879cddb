"""Whether the groups that were planted stand at the top of their level, and how soon."""

from pathlib import Path

import polars as pl

from fraud.evaluate.labels import first_scored_day, reported, truth
from fraud.tables import LOCKSTEP

ENTITIES = {"account": "account_id", "label": "label", "artist": "artist", "release": "upc"}
"""The column of the catalogue that names an entity of each level."""
UNOWNED = "group"
"""Level of the episodes over several owners; a set in lockstep is to be found for them."""
MOSTLY = 0.5
"""A set that was found stands for an episode where so much of it is the episode's."""


def groups_in_top(
    scores: pl.DataFrame,
    world: Path,
    *,
    alert_score: float,
    top: int = 3,
    track_days: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return each planted group with the nights on which it stood among its level's `top`.

    `scores` are rows of report_date, level, entity, score and, for level lockstep, track_ids; rows
    of one score share the better rank. The columns returned are episode, scheme, level, entity,
    mimicry, nights (after the warm-up, with bought plays), nights_in_top, best_rank (null = never
    scored) and days_until_found (days from the first bought play to the first night with a score of
    `alert_score` or more; null = never, or it began before the first night); ordered by episode. Of
    an episode over several accounts the set in lockstep that holds most of its tracks is ranked.
    """
    first = first_scored_day(reported(world) if track_days is None else track_days)
    bought = truth(world, "track_days")
    nights = bought.filter(pl.col("report_date") >= first)
    ranks = scores.with_columns(
        rank=pl.col("score").rank("min", descending=True).over("report_date", "level"),
    )
    planted = _planted(world)
    found = (
        planted.filter(pl.col("level") != LOCKSTEP)
        .join(nights.select("report_date", "episode").unique(), on="episode")
        .join(
            ranks.select("report_date", "level", "entity", "rank", "score"),
            on=["report_date", "level", "entity"],
            how="left",
        )
    )
    sets = planted.filter(pl.col("level") == LOCKSTEP).join(
        nights.select("report_date", "episode").unique(), on="episode"
    )
    if sets.height:
        found = pl.concat([found, _in_lockstep(sets, ranks, world)], how="diagonal_relaxed")
    begun = bought.group_by("episode").agg(begun=pl.col("report_date").min())
    alert = pl.col("report_date").filter(pl.col("score") >= alert_score).min()
    return (
        found.join(begun, on="episode")
        .group_by("episode", "scheme", "level", "entity", "mimicry")
        .agg(
            nights=pl.len().cast(pl.Int64),
            nights_in_top=(pl.col("rank") <= top).sum().cast(pl.Int64),
            best_rank=pl.col("rank").min().cast(pl.Int64),
            days_until_found=pl.when(pl.col("begun").first() >= first).then(
                (alert - pl.col("begun").first()).dt.total_days()
            ),
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
    owned = (
        _episodes(world)
        .filter(pl.col("level") != UNOWNED)
        .join(entities, on="track_ids")
        .group_by("episode", "scheme", "level", "mimicry")
        .agg(entity=own.mode().sort().first())
    )
    unowned = truth(world, "episodes").filter(pl.col("level") == UNOWNED)
    return pl.concat(
        [
            owned,
            unowned.select(
                "episode",
                "scheme",
                pl.lit(LOCKSTEP).alias("level"),
                "mimicry",
                pl.lit(None, pl.String).alias("entity"),
            ),
        ]
    )


def _episodes(world: Path) -> pl.DataFrame:
    """Return a row an episode above the track and track."""
    return (
        truth(world, "episodes")
        .filter(pl.col("level").is_in([*ENTITIES, UNOWNED]))
        .with_columns(pl.col("track_ids").cast(pl.String).str.split("|"))
        .explode("track_ids")
    )


def _in_lockstep(sets: pl.DataFrame, ranks: pl.DataFrame, world: Path) -> pl.DataFrame:
    """Return the episodes' nights with rank and score of the set that is mostly theirs."""
    wanted = _episodes(world).filter(pl.col("level") == UNOWNED).select("episode", "track_ids")
    if "track_ids" not in ranks.columns:
        ranks = ranks.with_columns(track_ids=pl.lit(None, pl.String))
    listed = (
        ranks.filter(pl.col("level") == LOCKSTEP)
        .with_columns(
            pl.col("track_ids").str.split("|"),
            size=pl.col("track_ids").str.count_matches("|", literal=True) + 1,
        )
        .explode("track_ids")
        .join(wanted, on="track_ids")
        .group_by("report_date", "episode", "entity", "rank", "score", "size")
        .agg(shared=pl.len().cast(pl.Int64))
        .filter(pl.col("shared") >= MOSTLY * pl.col("size"))
        .sort("report_date", "episode", -pl.col("shared"), "rank", "entity")
        .unique(["report_date", "episode"], keep="first", maintain_order=True)
        .select("report_date", "episode", "rank", "score")
    )
    return sets.join(listed, on=["report_date", "episode"], how="left")
