"""Features and detection over a range of days: one pass over the lake, a week at a time."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

import duckdb
import polars as pl

from fraud.detect.scores import GROUP_LEVELS, KEY_OF_LEVEL, judge, judged_entities, ranked
from fraud.features.group_facts import RHYTHM_DAYS
from fraud.features.panel import ALL_STORES, gather
from fraud.features.places import LOOK_BACK_DAYS, Places
from fraud.features.rushes import Rushes
from fraud.features.week import Week, mondays, reach, week
from fraud.lake import Lake
from fraud.pipeline.grouping import LEAST_TRACKS, Groups, members_of, week_facts
from fraud.pipeline.learning import confirmed, labels, words
from fraud.sql import statement
from fraud.tables import (
    AUDIENCE,
    CATALOG,
    FEATURES,
    INCIDENTS,
    JUDGEMENTS,
    LISTENERS,
    SCORES,
    STREAMS,
    VERDICTS,
)

SPAN_WEEKS = 8
"""Weeks judged from one pass: a year's backfill reads each day three times, not fifteen."""
LEAST_SCORE = 0.05
"""Tracks below this get no rows at level territory."""


def judge_days(
    source: Lake,
    results: Lake,
    first_day: date,
    last_day: date,
    *,
    seed: int,
    progress: Callable[[str], None],
) -> None:
    """Write the features and scores of each day of the range, each table in one commit a span."""
    for first, last in _spans(first_day, last_day):
        with source.connect(
            [STREAMS, AUDIENCE, LISTENERS, CATALOG, VERDICTS], reach(first), last
        ) as connection:
            _counted(connection, first, last)
            known = labels(
                source.read(INCIDENTS, reach(first), last),
                *(source.read(table) for table in (JUDGEMENTS, VERDICTS, CATALOG)),
            )
            rulings = pl.concat([connection.sql(statement("features/rulings")).pl(), words(known)])
            taught = {"spoilt": confirmed(known), "rulings": rulings}
            features, scores = _judged(connection, first, last, seed, progress, taught=taught)
        days = _nights(first, last)
        results.replace_days(FEATURES, features, days)
        results.replace_days(SCORES, scores, days)


def _counted(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """Make the tables that all levels and nights of a span read."""
    for names, look_back in (
        (("plays", "mix"), reach(first)),
        (("store_day", "store_mix"), first - timedelta(RHYTHM_DAYS - 1)),
        (("places", "place_day"), first - timedelta(LOOK_BACK_DAYS - 1)),
    ):
        for name in names:
            made = f"create temp table {name} as {statement(f'features/{name}')}"
            connection.execute(made, {"first_day": look_back, "last_day": last}).fetchall()


def _nights(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _spans(first_day: date, last_day: date) -> Iterator[tuple[date, date]]:
    weeks = list(mondays(first_day, last_day))
    for start in range(0, len(weeks), SPAN_WEEKS):
        span = weeks[start : start + SPAN_WEEKS]
        yield span[0][1], span[-1][2]


def _judged(
    connection: duckdb.DuckDBPyConnection,
    first: date,
    last: date,
    seed: int,
    progress: Callable[[str], None],
    *,
    taught: Mapping[str, pl.DataFrame],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    catalog = connection.sql("select * from catalog order by track_id").pl()
    weeks: dict[date, dict[str, Week]] = {}
    shapes: list[pl.DataFrame] = []
    facts: dict[date, Mapping[str, pl.DataFrame]] = {}
    played = connection.sql("select distinct track_id from plays order by track_id").pl()
    tracks = gather(connection, played.select("track_id", entity="track_id"), reach(first), last)
    groups = Groups(
        members_of(catalog),
        facts,
        Places(connection, catalog),
        Rushes(connection, tracks, _nights(first, last)),
        catalog.select("track_id", "artist", "account_id"),
    )
    for level, members, entities in _levels(played, catalog):
        gathered = tracks
        if level != "track":
            gathered = gather(connection, members, reach(first), last)
            shapes.append(_shape(connection, level, members, (first, last)))
        for monday, start, end in mondays(first, last):
            if level == "track":
                facts |= week_facts(connection, gathered, _nights(start, end), groups.members)
            known = taught if level == "track" else {}
            made = week(gathered, level, entities, (start, end), seed, **known)
            weeks.setdefault(monday, {})[level] = made
    features, scores = [FEATURES.empty()], [SCORES.empty()]
    for levels in weeks.values():
        learnt = judge(levels["track"], seed)
        for made in levels.values():
            named = made.judged.with_columns(pl.lit(made.level).alias("level"))
            features.append(FEATURES.conform(named.with_columns(pl.col(pl.Float32).fill_nan(None))))
        judged = judged_entities({level: made.judged for level, made in levels.items()}, learnt)
        for day in levels["track"].judged["report_date"].unique().sort():
            progress(f"judged {day}")
            entities = judged.filter(pl.col("report_date") == day)
            if learnt is not None:
                entities = groups.scored(connection, day, entities)
            scores.append(ranked(entities, _cells(connection, day, entities), catalog))
    return _shaped(pl.concat(features), shapes), pl.concat(scores)


def _shape(
    connection: duckdb.DuckDBPyConnection,
    level: str,
    members: pl.DataFrame,
    judged_days: tuple[date, date],
) -> pl.DataFrame:
    connection.register("members", members.to_arrow())
    span = dict(zip(("first_day", "last_day"), judged_days, strict=True))
    shape: pl.DataFrame = connection.sql(statement("features/shape_day"), params=span).pl()
    connection.unregister("members")
    return shape.with_columns(level=pl.lit(level), store=pl.lit(ALL_STORES))


def _shaped(features: pl.DataFrame, shapes: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the features with the shape of each group beside its row over all stores."""
    if not shapes:
        return features
    shape = pl.concat(shapes)
    key = ["report_date", "level", "store", "entity"]
    bare = features.drop(name for name in shape.columns if name not in key)
    return FEATURES.conform(bare.join(shape, on=key, how="left"))


def _levels(
    played: pl.DataFrame, catalog: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """Yield each level with its members (track_id, entity) and what is known of its entities.

    How many tracks a group has the catalogue says: those played differ from range to range.
    """
    members = played.select("track_id", entity="track_id")
    known = catalog.select("artist", "release_date", "duration_seconds", entity="track_id")
    yield "track", members, known
    for level in GROUP_LEVELS:
        grouped = (
            catalog.select("track_id", entity=KEY_OF_LEVEL[level])
            .drop_nulls()
            .filter(pl.len().over("entity") >= LEAST_TRACKS)
            .join(played, on="track_id", how="semi")
        )
        if not grouped.is_empty():
            yield level, grouped.sort("entity", "track_id"), known.clear()


def _cells(
    connection: duckdb.DuckDBPyConnection, day: date, entities: pl.DataFrame
) -> pl.DataFrame:
    suspects = entities.filter((pl.col("level") == "track") & (pl.col("score") >= LEAST_SCORE))
    connection.register("suspects", suspects.select(track_id="entity").to_arrow())
    cells: pl.DataFrame = connection.sql(statement("features/cells"), params={"day": day}).pl()
    connection.unregister("suspects")
    return cells
