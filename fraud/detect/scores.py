"""Scores: one row a day × level × entity, with its probability, its plays at stake and its reasons.

Tracks and groups are judged alike and apart: what is invisible per track shows in the whole of its
release, artist, label or account; but one bought track accuses none of its siblings.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

import fraud
from fraud.detect.calibration import calibrated, few_doubt, young_doubt
from fraud.detect.judge import LEAST_REFERENCE, Judge, RuledDays
from fraud.detect.outliers import VERSION
from fraud.detect.patterns import pattern
from fraud.detect.reasons import (
    EXPLAINED_SCORE,
    TOLD_SCORE,
    contributions,
    sentences,
    together,
)
from fraud.tables import EVIDENCE, SCORES

Evidence = NDArray[np.float32]

NAMES = [column.name for column in EVIDENCE]
MODEL_VERSION = f"fraud {fraud.__version__}, {VERSION}"
GROUP_LEVELS = ("account", "label", "artist", "release")
KEY_OF_LEVEL = {
    "release": "upc",
    "artist": "artist",
    "label": "label",
    "account": "account_id",
}
ALL_STORES = "*"
LEAST_SECOND = 4.0
"""In log odds: what one store shows beyond doubt is not undone by all the others together."""
UNJUDGED_ODDS = -20.0
"""Log odds where nothing could be learnt: as good as none."""


class Learning(Protocol):
    """What a judge learns from: the tracks' reference and its rehearsal (see fraud.features)."""

    @property
    def reference(self) -> Evidence:
        """Rows of the four weeks before."""

    @property
    def reference_folds(self) -> NDArray[np.int64]:
        """The fold of each of them."""

    @property
    def bought(self) -> Evidence:
        """Rows with bought plays in them."""

    @property
    def innocent(self) -> Evidence:
        """Rows that look odd and are people's."""

    @property
    def ruled(self) -> Evidence:
        """Rows of the past that a ruling covers."""

    @property
    def ruled_days(self) -> RuledDays:
        """What was ruled on them."""

    @property
    def past_days(self) -> int:
        """Days of past, 28 at most."""


def judge(learning: Learning, seed: int) -> Judge | None:
    """Return the judge of a week, or None where the past is too short to say what is normal.

    It learns from tracks and judges groups as well: evidence has no size, so what a track's bought
    plays do to its rates and mixes they do to a group's.
    """
    if len(learning.reference) < LEAST_REFERENCE:
        return None
    return Judge(
        learning.reference,
        learning.reference_folds,
        learning.bought,
        learning.innocent,
        seed,
        ruled=(learning.ruled, learning.ruled_days),
        doubt=young_doubt(learning.past_days),
    )


def judged_entities(judged: Mapping[str, pl.DataFrame], learnt: Judge | None) -> pl.DataFrame:
    """Return a row a day and entity, tracks and groups, with score, plays at stake and reasons.

    `judged` has for each level (track and the groups) a row a day and unit: a store's, and `*` for
    all stores.
    """
    return pl.concat(_entities(level, units, learnt) for level, units in judged.items())


def ranked(entities: pl.DataFrame, cells: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    """Return the SCORES rows of a night: its entities, and the territories of its suspect tracks.

    `cells` has report_date, store, track_id, territory, streams, usual_streams (plays a day, null =
    unknown) of the tracks that get rows at level territory.
    """
    tracks = entities.filter(pl.col("level") == "track")
    frames = [*entities.partition_by("level", maintain_order=True), _territories(tracks, cells)]
    everything = pl.concat(SCORES.conform(_named(frame, catalog)) for frame in frames)
    order = pl.struct(-pl.col("score"), -pl.col("suspected_artificial_streams"), "entity")
    return everything.with_columns(
        rank=order.rank("ordinal").over("level").cast(pl.Int64),
        model_version=pl.lit(MODEL_VERSION),
    ).sort(SCORES.key)


def _entities(level: str, units: pl.DataFrame, learnt: Judge | None) -> pl.DataFrame:
    """Return a row an entity: the odds of its two most suspect units, the plays of all its stores.

    What is bought at one store shows there and in the sum over all stores; one unit alone may stand
    out by chance. `odds` are the log odds before few plays are doubted: of many small tracks that
    look bought a group may be made up.
    """
    key = ["report_date", "entity"]
    values = units.select(NAMES).to_numpy()
    own = learnt(values) if learnt else np.full(len(values), UNJUDGED_ODDS)
    units = units.with_row_index("row").with_columns(odds=pl.Series(own, dtype=pl.Float64))
    ordered = units.sort(-pl.col("odds"), "store")
    odds = ordered.group_by(key).agg(_two_worst()).sort(key)
    worst = ordered.unique(key, keep="first", maintain_order=True).sort(key)
    doubt = learnt.doubt if learnt else 0.0
    worst = worst.with_columns(odds=pl.Series(calibrated(odds["odds"].to_numpy()) - doubt))
    whole = units.filter(pl.col("store") == ALL_STORES).select(
        *key,
        all_streams="streams",
        all_expected="expected_streams",
        all_low="expected_low",
        all_high="expected_high",
    )
    worst = worst.join(whole, on=key, how="left", maintain_order="left")
    worst = worst.with_columns(_suspected())
    own = worst["odds"].to_numpy()
    if level == "track":
        own = own - few_doubt(_week_plays(worst))
    worst = worst.with_columns(score=pl.Series(1 / (1 + np.exp(-own))).round(6))
    reasons = _explained(worst, values, learnt)
    return worst.select(
        "report_date",
        pl.lit(level).alias("level"),
        "entity",
        pl.when(pl.col("store") != ALL_STORES).then(pl.col("store")).alias("carried_by"),
        streams="all_streams",
        expected_streams="all_expected",
        expected_low="all_low",
        expected_high="all_high",
        suspected_artificial_streams="suspected",
        suspected_share=(pl.col("suspected") / pl.col("all_streams")).round(4),
        score="score",
        odds="odds",
    ).hstack(reasons)


def _two_worst() -> pl.Expr:
    """Return the mean of the two highest odds, the second at most LEAST_SECOND below the first."""
    first = pl.col("odds").first()
    second = pl.max_horizontal(pl.col("odds").head(2).last(), first - LEAST_SECOND)
    return ((first + second) / 2).alias("odds")


def _suspected() -> pl.Expr:
    """Return the plays of the day that people do not explain, by the stronger of two estimates.

    Above the expected level; or, where the past is as suspect as the day, the share of listeners
    that would have to be without interest to bring saves down to what is seen.
    """
    above = pl.col("streams") - pl.col("expected_streams").fill_null(0.0)
    missing = 1 - (pl.col("saves_seen") / pl.col("saves_normal")).clip(0, 1)
    by_saves = pl.when(pl.col("saves_chances") * pl.col("saves_normal") >= 3).then(
        missing * pl.col("streams")
    )
    estimate = (
        pl.when(above > pl.col("streams") * 0.2).then(above).otherwise(by_saves.fill_null(above))
    )
    return (
        pl.min_horizontal(estimate.clip(0), pl.col("streams"))
        .round()
        .cast(pl.Int64)
        .alias("suspected")
    )


def _week_plays(worst: pl.DataFrame) -> NDArray[np.float64]:
    """Return the plays of seven days that people do not explain, no fewer than the day's alone."""
    above = pl.col("week_streams") - pl.col("week_expected").fill_null(0.0)
    plays = pl.max_horizontal(above, "suspected").cast(pl.Float64).fill_null(0.0)
    return worst.select(plays).to_series().to_numpy()


def _explained(worst: pl.DataFrame, values: Evidence, learnt: Judge | None) -> pl.DataFrame:
    """Return pattern with its share of belief, reasons and counter-evidence of each row.

    Null below EXPLAINED_SCORE.
    """
    texts: dict[str, list[str | None]] = {
        name: [None] * len(worst)
        for name in ("pattern", "reason_1", "reason_2", "reason_3", "counter_evidence")
    }
    shares: list[float | None] = [None] * len(worst)
    chosen = np.flatnonzero((worst["score"] >= EXPLAINED_SCORE).to_numpy())
    if learnt is not None and len(chosen):
        rows = values[worst["row"].to_numpy()[chosen]]
        added = contributions(rows, learnt.neutral, learnt)
        for number, (place, row) in enumerate(
            zip(chosen, worst[chosen].iter_rows(named=True), strict=True)
        ):
            mine = {family: float(log_odds[number]) for family, log_odds in added.items()}
            reasons, against = sentences(row, mine)
            if not reasons and worst["score"][int(place)] >= TOLD_SCORE:
                reasons = [together(row, mine)]
            for at, text in enumerate(reasons, 1):
                texts[f"reason_{at}"][place] = _at_store(text, row["store"])
            texts["counter_evidence"][place] = _at_store(against, row["store"]) or None
            texts["pattern"][place], shares[place] = pattern(row)
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).with_columns(
        pattern_share=pl.Series(shares, dtype=pl.Float64)
    )


def _at_store(text: str, store: str) -> str:
    """Return a sentence on one store's plays with its name, lest it seem to be of all of them."""
    return f"{store.replace('_', ' ')}: {text}" if text and store != ALL_STORES else text


def _territories(tracks: pl.DataFrame, by_territory: pl.DataFrame) -> pl.DataFrame:
    """Return the suspect tracks' cells: a cell is as suspect as its part in the track's excess."""
    cells = by_territory.join(
        tracks.select(
            "report_date",
            "entity",
            "carried_by",
            "score",
            "suspected_share",
            "pattern",
            "pattern_share",
            "reason_1",
        ),
        left_on="track_id",
        right_on="entity",
    )
    above = (pl.col("streams") - pl.col("usual_streams").fill_null(0.0)).clip(0)
    elsewhere = pl.col("carried_by").is_not_null() & (pl.col("carried_by") != pl.col("store"))
    part = above / pl.max_horizontal(above.max().over("track_id"), pl.lit(1.0))
    return cells.with_columns(
        score=(pl.col("score") * part * pl.when(elsewhere).then(0.2).otherwise(1.0)).round(6),
        suspected_artificial_streams=(above * pl.col("score").round(0)).round().cast(pl.Int64),
        expected_streams=pl.col("usual_streams"),
    ).with_columns(
        suspected_share=(pl.col("suspected_artificial_streams") / pl.col("streams")).round(4),
        level=pl.lit("territory"),
        entity=pl.concat_str("track_id", "store", "territory", separator="|"),
    )


def _named(frame: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the keys of their level and the names an analyst looks for."""
    if frame.is_empty():
        return frame
    level = frame["level"][0]
    names = ("isrc", "upc", "artist", "label", "account_id")
    if level in ("track", "territory"):
        track = pl.col("entity" if level == "track" else "track_id")
        frame = frame.with_columns(track_id=track)
        return frame.join(
            catalog.select("track_id", *names), on="track_id", how="left"
        ).with_columns(
            isrc=pl.coalesce(
                "isrc", pl.when(~pl.col("track_id").str.contains(":")).then(pl.col("track_id"))
            )
        )
    if level not in KEY_OF_LEVEL:
        return frame
    return frame.with_columns(pl.col("entity").alias(KEY_OF_LEVEL[level]))
