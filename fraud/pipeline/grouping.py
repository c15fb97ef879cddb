"""The groups of a night beside its tracks: whose tracks are whose, and what they have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from fraud.detect.groups import COMPANY, accompanied, lockstep_rows, regrouped
from fraud.detect.scores import GROUP_LEVELS, KEY_OF_LEVEL
from fraud.features.group_facts import group_facts, grouping
from fraud.features.group_listeners import MEMBERS, group_listeners
from fraud.features.group_tracks import group_tracks
from fraud.features.lockstep import blocks
from fraud.features.lockstep_facts import lockstep_facts
from fraud.features.panel import Gathered
from fraud.features.places import Places
from fraud.features.rushes import Rush, Rushes
from fraud.tables import BATCH

LEAST_TRACKS = 3
"""A group of fewer tracks says nothing that its tracks do not."""

Members = Mapping[str, pl.DataFrame]
Facts = Mapping[date, Mapping[str, pl.DataFrame]]


@dataclass(frozen=True)
class Groups:
    """All groups of a catalogue, and the facts of each night."""

    members: Members
    facts: Facts
    places: Places
    rushes: Rushes
    owners: pl.DataFrame
    """track_id, artist, account_id of the catalogue."""

    def scored(
        self,
        connection: duckdb.DuckDBPyConnection,
        day: date,
        entities: pl.DataFrame,
    ) -> pl.DataFrame:
        """Return the night's entities with groups scored as wholes and sets in lockstep added."""
        found = regrouped(entities, self.facts.get(day, {}), self.members).with_columns(
            pl.col("report_date").fill_null(day)
        )
        listed = self.members.get(BATCH)
        if listed is not None:
            found = _with_tracks(found, listed)
        rushed = {
            block.entity: (block, rush)
            for rush in self.rushes.of(day)
            if (block := rush.block(self.owners)) is not None
        }
        moving = [*blocks(self.places, day), *(block for block, _ in rushed.values())]
        if not moving:
            return found
        facts = lockstep_facts(connection, day, moving)
        rows = lockstep_rows(facts).with_columns(pl.lit(day).alias("report_date"))
        sets = rows.sort("score", descending=True, maintain_order=True).unique(
            "entity", keep="first", maintain_order=True
        )
        company = _company(rows.tail(len(rushed)), [rush for _, rush in rushed.values()])
        return pl.concat([accompanied(found, company), sets], how="diagonal_relaxed")


def _company(sets: pl.DataFrame, rushes: Sequence[Rush]) -> pl.DataFrame:
    """Return the tracks of the sets of one day as fraud.detect.groups.accompanied wants them."""
    rows = [
        (track, rush.store, float(score * belonging), round(float(gained)), reason)
        for score, reason, rush in zip(sets["score"], sets["reason_1"], rushes, strict=True)
        for track, belonging, gained in zip(rush.tracks, rush.belonging, rush.gained, strict=True)
    ]
    return pl.DataFrame(rows, schema=COMPANY, orient="row")


def members_of(catalog: pl.DataFrame) -> Members:
    """Return the members (track_id, entity) of each level of groups; a batch is an account's week.

    How many tracks a group has the catalogue says: those played differ from range to range.
    """
    keys = {level: pl.col(KEY_OF_LEVEL[level]) for level in GROUP_LEVELS}
    keys[BATCH] = pl.concat_str(
        "account_id", pl.col("release_date").dt.strftime("%G-W%V"), separator=" "
    )
    return {
        level: catalog.select("track_id", entity=key)
        .drop_nulls()
        .filter(pl.len().over("entity") >= LEAST_TRACKS)
        .sort("entity", "track_id")
        for level, key in keys.items()
    }


def week_facts(
    connection: duckdb.DuckDBPyConnection,
    gathered: Gathered,
    nights: Sequence[date],
    members: Members,
) -> Facts:
    """Return the facts of the nights of one week by level, from what was gathered of the tracks."""
    tracks = group_tracks(gathered, nights)
    groups = {level: grouping(level, listed, tracks) for level, listed in members.items()}
    listed = _listed(members)
    found: dict[date, dict[str, pl.DataFrame]] = {}
    for night in nights:
        heads = group_listeners(connection, night, listed)
        by_level = {
            level: group_facts(tracks, night, group).join(
                heads.filter(pl.col("level") == level).drop("level"),
                on="entity",
                how="left",
                maintain_order="left",
            )
            for level, group in groups.items()
        }
        found[night] = {level: facts for level, facts in by_level.items() if facts.height}
    return found


def _listed(members: Members) -> pl.DataFrame:
    """Return the members of all levels as one frame (MEMBERS)."""
    store = pl.lit(None, pl.String)
    listed = [
        one.select(pl.lit(level).alias("level"), "entity", "track_id", store=store)
        for level, one in members.items()
    ]
    return pl.concat([pl.DataFrame(schema=MEMBERS), *listed])


def _with_tracks(entities: pl.DataFrame, batches: pl.DataFrame) -> pl.DataFrame:
    """Return the entities with the tracks of the batches, which no other column names."""
    listed = batches.group_by("entity").agg(track_ids=pl.col("track_id").sort().str.join("|"))
    named = entities.filter(pl.col("level") == BATCH).join(
        listed, on="entity", how="left", maintain_order="left"
    )
    return pl.concat([entities.filter(pl.col("level") != BATCH), named], how="diagonal_relaxed")
