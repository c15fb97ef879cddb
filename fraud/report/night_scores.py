"""The night's scores, arranged to be asked who is in a group and where a track was played."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import polars as pl

from fraud.tables import BATCH, LOCKSTEP

Row = Mapping[str, Any]
Entity = tuple[str, str]
"""Level and key within the level: what a row of scores is about."""

GROUPS = {"release": "upc", "artist": "artist", "label": "label", "account": "account_id"}
"""The levels that hold several tracks, narrowest first, with the column that names the group."""
SETS = (BATCH, LOCKSTEP)
"""Levels of several tracks that no column names: their rows list them."""
NAMES = ("isrc", "title", "artist", "label", "account_id", "upc")


@dataclass(frozen=True)
class NightScores:
    """What alerts and open incidents need of a night's scores; everything else stays unread."""

    suspects: Sequence[Row]
    """Rows from the alert score, by level and entity."""
    rows: Mapping[Entity, Row]
    """Rows of the entities that were asked for."""
    tracks: Mapping[str, Row]
    """Names and, where it was played, the scores row of each track that matters."""
    cells: Mapping[str, Sequence[Row]]
    """Rows of level territory by track."""
    members: Mapping[Entity, tuple[str, ...]]
    """The night's tracks of each suspect group."""
    is_empty: bool
    """Whether nothing at all was scored: no day came, or none that could be judged."""

    @classmethod
    def of(
        cls,
        scores: pl.DataFrame,
        catalog: pl.DataFrame,
        least_score: float,
        followed: Collection[str],
        entities: Collection[Entity],
    ) -> Self:
        """Arrange a SCORES frame; `followed` tracks and `entities` stay whatever their score."""
        scores = scores.sort("level", "entity")
        suspects = scores.filter(pl.col("score") >= least_score)
        listed = pl.Series("track_id", sorted(followed), pl.String)
        tracks = _named(scores, pl.concat([listed, suspects["track_id"]]), catalog)
        members = _members(tracks, suspects)
        wanted = pl.concat(
            [
                listed,
                suspects["track_id"].drop_nulls(),
                pl.Series([*chain.from_iterable(members.values())], dtype=pl.String),
            ]
        ).unique()
        territories = scores.filter(pl.col("level") == "territory")
        cells: dict[str, list[Row]] = {}
        for row in territories.filter(pl.col("track_id").is_in(wanted.implode())).iter_rows(
            named=True
        ):
            cells.setdefault(row["track_id"], []).append(row)
        asked = pl.DataFrame(
            sorted(entities), schema={"level": pl.String, "entity": pl.String}, orient="row"
        )
        rows = scores.join(asked, on=["level", "entity"], how="semi")
        return cls(
            suspects=suspects.rows(named=True),
            rows={(row["level"], row["entity"]): row for row in rows.iter_rows(named=True)},
            tracks={
                row["track_id"]: row
                for row in tracks.filter(pl.col("track_id").is_in(wanted.implode())).iter_rows(
                    named=True
                )
            },
            cells=cells,
            members=members,
            is_empty=scores.is_empty(),
        )

    def fact(self, tracks: Collection[str], name: str) -> str | None:
        """Return what all the tracks share in a column of NAMES, None where they differ."""
        values = {self.tracks[track][name] if track in self.tracks else None for track in tracks}
        return values.pop() if len(values) == 1 else None


def _named(scores: pl.DataFrame, others: pl.Series, catalog: pl.DataFrame) -> pl.DataFrame:
    """Return the tracks of the night and `others` with names: the scores', else the catalog's."""
    night = scores.filter(pl.col("level") == "track").with_columns(title=pl.lit(None, pl.String))
    return (
        pl.DataFrame({"track_id": pl.concat([night["track_id"], others]).drop_nulls().unique()})
        .join(night, on="track_id", how="left")
        .join(catalog.select("track_id", *NAMES), on="track_id", how="left", suffix="_listed")
        .with_columns(pl.coalesce(name, f"{name}_listed") for name in NAMES)
        .drop(f"{name}_listed" for name in NAMES)
        .sort("track_id")
    )


def _members(tracks: pl.DataFrame, suspects: pl.DataFrame) -> dict[Entity, tuple[str, ...]]:
    played = tracks.filter(pl.col("streams").is_not_null())
    members: dict[Entity, tuple[str, ...]] = {}
    for level, name in GROUPS.items():
        groups = suspects.filter(pl.col("level") == level)["entity"]
        for entity, listed in (
            played.filter(pl.col(name).is_in(groups.implode()))
            .group_by(name, maintain_order=True)
            .agg("track_id")
            .iter_rows()
        ):
            members[level, entity] = tuple(listed)
    listing = suspects.filter(pl.col("level").is_in(SETS), pl.col("track_ids").is_not_null())
    for row in listing.iter_rows(named=True):
        members[row["level"], row["entity"]] = tuple(row["track_ids"].split("|"))
    return members
