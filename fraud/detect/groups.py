"""Groups: releases, artists, labels, accounts and batches scored as wholes; sets in lockstep.

Three things make a group suspect: what its tracks have in common (fraud.detect.group_odds), that
many of its tracks are suspect by themselves, and, as far as it goes, the tracks' judge on the
group's sums. One burst on one track is the track's own and makes no group suspect.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.detect.group_odds import PRIOR_ODDS, group_odds
from fraud.detect.group_reasons import against, said
from fraud.detect.reasons import EXPLAINED_SCORE, NOTHING_ALONE, TOLD_SCORE
from fraud.tables import LOCKSTEP

Reals = NDArray[np.float64]

TRACK_PRIOR_ODDS = -4.6
"""Log odds of a track-day before evidence: one in a hundred."""
UNHEARD_ODDS = -20.0
"""Log odds of a group of which no track was judged: as good as none."""
MOST_OF_TRACK = 2.5
LEAST_OF_TRACK = -2.0
"""Bounds of what one track says of its group, in log odds: never enough alone."""
PARTS = (0.1, 0.3, 0.7)
"""Parts of a group that may be bought."""
LEAST_OF_TRACKS, MOST_OF_TRACKS = -4.0, 7.5
MOST_OF_TRACKS_BESIDE = 3.0
WHOLE_LEVELS = ("account", "batch")
"""Levels that one owner fills; of an artist or a label people speak well for other reasons."""
LEAST_ODD, MOST_OF_ITS_TRACKS = 0.5, 0.6
"""Log odds above the prior from which a track is odd, and the share of them that is most."""
GROUP_OF_TRACKS_ODDS = -5.5
"""Log odds that a group is bought before its tracks speak: three doubtful ones are not enough."""
MOST_ABOVE_TRACKS = 1.0
"""By its tracks a group is little more suspect than the most suspect of them, in log odds: an album
or a viral week moves all tracks of an artist, so many small doubts are one."""
MOST_OF_SUM = -0.5
"""The judge on a group's sums ranks it but raises no alert: one large track may carry the sum."""
MOST_OF_CARRIED_SUM = -3.0
CARRIED_SHARE = 0.6
"""A track with more of its group's plays than this carries the sum."""
LEAST_SAVES = 3.0
COMPANY = {
    "entity": pl.String,
    "at_store": pl.String,
    "company": pl.Float64,
    "gained": pl.Int64,
    "sentence": pl.String,
}
"""A track in a set of one day: how likely its new plays were bought as the set's, and how many."""


def regrouped(
    entities: pl.DataFrame,
    facts: Mapping[str, pl.DataFrame],
    members: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """Return the entities of a night with the groups scored as wholes; levels without facts stay.

    `entities` are rows of fraud.detect.scores; `facts` those of fraud.features.group_facts by
    level; `members` (track_id, entity) says who is in a group.
    """
    if not facts:
        return entities
    tracks = entities.filter(pl.col("level") == "track")
    parts = [entities.filter(~pl.col("level").is_in(["track", *facts]))]
    beside: list[pl.DataFrame] = []
    for level, known in facts.items():
        own = entities.filter(pl.col("level") == level)
        involved = _involved(known, members[level], tracks)
        parts.append(_scored(level, own, known, involved))
        if level in WHOLE_LEVELS:
            beside.append(_said_of_each(level, involved, known, members[level]))
    return pl.concat([_beside_others(tracks, beside), *parts], how="diagonal_relaxed")


def lockstep_rows(facts: pl.DataFrame) -> pl.DataFrame:
    """Return rows of level lockstep, as of fraud.detect.scores, from the facts of its blocks."""
    odds, families = group_odds(facts, peers=False)
    score = _probability(odds)
    gained = facts["gained"].to_numpy()
    streams = facts["streams"].to_numpy()
    suspected = np.minimum(np.round(gained), streams).astype(np.int64)
    return facts.select(
        pl.lit(LOCKSTEP).alias("level"),
        "entity",
        "track_ids",
        carried_by="store",
        streams="streams",
        expected_streams=pl.Series((streams - suspected).astype(np.float64)),
        suspected_artificial_streams=pl.Series(suspected),
        suspected_share=pl.Series(np.round(suspected / np.maximum(streams, 1), 4)),
        score=pl.Series(score),
        pattern=pl.lit("lockstep"),
    ).hstack(
        _texts(facts, score, families, np.zeros(facts.height, np.int64), np.zeros(facts.height))
    )


def accompanied(entities: pl.DataFrame, company: pl.DataFrame) -> pl.DataFrame:
    """Return the entities of a night with the tracks of sets of one day suspected with their set.

    `company` has the columns of COMPANY. A track's own evidence and its company's are taken for
    independent: it is bought by either. The set's sentence goes first where it weighs more.
    """
    if company.is_empty():
        return entities
    likeliest = company.sort("company", descending=True, maintain_order=True).unique(
        "entity", keep="first", maintain_order=True
    )
    tracks = entities.filter(pl.col("level") == "track").join(
        likeliest, on="entity", how="left", maintain_order="left"
    )
    company_share = pl.col("company").fill_null(0.0)
    score = 1 - (1 - pl.col("score")) * (1 - company_share)
    leads = company_share > pl.col("score")
    told = leads & (score >= EXPLAINED_SCORE)
    suspected = pl.max_horizontal("suspected_artificial_streams", pl.when(leads).then("gained"))
    suspected = pl.min_horizontal(suspected, "streams")
    tracks = tracks.with_columns(
        score.round(6).alias("score"),
        pl.when(leads).then("at_store").otherwise("carried_by").alias("carried_by"),
        suspected.alias("suspected_artificial_streams"),
        (suspected / pl.col("streams")).round(4).alias("suspected_share"),
        pl.when(told).then(pl.lit(LOCKSTEP)).otherwise("pattern").alias("pattern"),
        pl.when(told)
        .then(company_share.round(4))
        .otherwise("pattern_share")
        .alias("pattern_share"),
        pl.when(told).then("sentence").otherwise("reason_1").alias("reason_1"),
        pl.when(told).then("reason_1").otherwise("reason_2").alias("reason_2"),
        pl.when(told).then("reason_2").otherwise("reason_3").alias("reason_3"),
    )
    others = entities.filter(pl.col("level") != "track")
    return pl.concat([tracks.select(entities.columns), others])


def _involved(facts: pl.DataFrame, members: pl.DataFrame, tracks: pl.DataFrame) -> pl.DataFrame:
    """Return for each group what its tracks' own odds come to, and how many are suspect."""
    own = tracks.select(
        pl.col("entity").alias("track_id"),
        "score",
        "odds",
        said=(pl.col("odds") - TRACK_PRIOR_ODDS).clip(LEAST_OF_TRACK, MOST_OF_TRACK),
    )
    sums = [
        (1 - part + part * pl.col("said").exp()).log().sum().alias(f"part_{at}")
        for at, part in enumerate(PARTS)
    ]
    found = (
        members.join(own, on="track_id")
        .group_by("entity")
        .agg(
            *sums,
            is_most=(pl.col("said") >= LEAST_ODD).mean() >= MOST_OF_ITS_TRACKS,
            suspect_tracks=(pl.col("score") >= 0.5).sum(),
            worst=pl.col("odds").max(),
        )
        .with_columns(said=pl.max_horizontal(f"part_{at}" for at in range(len(PARTS))))
    )
    return facts.select("entity").join(
        found.select("entity", "said", "is_most", "suspect_tracks", "worst"),
        on="entity",
        how="left",
        maintain_order="left",
    )


def _scored(
    level: str, own: pl.DataFrame, facts: pl.DataFrame, involved: pl.DataFrame
) -> pl.DataFrame:
    """Return the level's rows: those judged by their sums, and those known by their facts alone."""
    odds, families = group_odds(facts)
    said = involved["said"].fill_null(0.0).to_numpy()
    tracks = np.clip(said, LEAST_OF_TRACKS, MOST_OF_TRACKS)
    by_tracks = _by_tracks(involved)
    whole = np.maximum(odds + np.clip(said, 0.0, MOST_OF_TRACKS_BESIDE), by_tracks)
    judged = facts.select("entity", "top_track_share").join(
        own.select("entity", sums="score"), on="entity", how="left", maintain_order="left"
    )
    carried = judged["top_track_share"].fill_null(1.0).to_numpy() > CARRIED_SHARE
    most = np.where(carried, MOST_OF_CARRIED_SUM, MOST_OF_SUM)
    score = _probability(np.maximum(whole, np.minimum(_log_odds(judged["sums"]), most)))
    texts = _texts(
        facts, score, families, involved["suspect_tracks"].fill_null(0).to_numpy(), tracks
    )
    made = facts.select(
        "entity",
        new_score=pl.Series(score),
        new_pattern=pl.Series(_patterns(odds - PRIOR_ODDS, tracks, facts)),
        facts_streams="streams",
        facts_usual="usual_streams",
        estimated=pl.Series(_estimated(facts, score)),
    ).hstack(texts.rename({name: f"new_{name}" for name in texts.columns}))
    rows = own.join(made, on="entity", how="left", maintain_order="left")
    new = made.join(own, on="entity", how="anti").filter(pl.col("facts_streams") > 0)
    if new.height and level == "batch":
        rows = pl.concat([rows, new], how="diagonal_relaxed")
    return _merged(rows, level).select(own.columns)


def _by_tracks(involved: pl.DataFrame) -> Reals:
    """Return the log odds that each group is bought, by what its tracks say."""
    said = involved["said"].fill_null(0.0).to_numpy()
    tracks = np.clip(said, LEAST_OF_TRACKS, MOST_OF_TRACKS)
    worst = involved["worst"].fill_null(UNHEARD_ODDS).to_numpy()
    return np.asarray(np.minimum(GROUP_OF_TRACKS_ODDS + tracks, worst + MOST_ABOVE_TRACKS))


def _said_of_each(
    level: str, involved: pl.DataFrame, facts: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """Return (entity, added, sentence) of each track of the groups of which most is bought."""
    odds = np.maximum(_by_tracks(involved), 0.0)
    groups = involved.select(
        "is_most",
        group="entity",
        added=pl.Series(odds),
        sentence=pl.format(
            f"Most of the {{}} tracks of {level} {{}} are odd alike, each of them a little.",
            facts["tracks"],
            "entity",
        ),
    ).filter((pl.col("added") > 0) & pl.col("is_most").fill_null(value=False))
    return (
        members.select("track_id", group="entity")
        .join(groups, on="group")
        .select("added", "sentence", entity="track_id")
    )


def _beside_others(tracks: pl.DataFrame, said: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the tracks; those of a group of which most is bought are doubted less for few plays.

    So many tracks are small that chance makes some look bought, but not most of one account. That
    one or some of its tracks are bought says nothing of the others.
    """
    if not said:
        return tracks
    strongest = (
        pl.concat(said)
        .sort("added", "sentence", descending=[True, False])
        .unique("entity", keep="first", maintain_order=True)
    )
    joined = tracks.join(strongest, on="entity", how="left", maintain_order="left")
    own = _log_odds(joined["score"])
    undoubted = np.maximum(joined["odds"].to_numpy(), own)
    odds = np.minimum(own + joined["added"].fill_null(0.0).to_numpy(), undoubted)
    lifted = joined.with_columns(
        pl.when(pl.col("added").is_null())
        .then("score")
        .otherwise(pl.lit(pl.Series(_probability(odds))))
        .alias("score")
    )
    told = pl.col("sentence").is_not_null() & (pl.col("score") >= EXPLAINED_SCORE)
    is_first, is_second = pl.col("reason_1").is_null(), pl.col("reason_2").is_null()
    return lifted.with_columns(
        pl.when(told)
        .then(pl.col("pattern").fill_null("unknown"))
        .otherwise("pattern")
        .alias("pattern"),
        pl.when(told & is_first).then("sentence").otherwise("reason_1").alias("reason_1"),
        pl.when(told & ~is_first & is_second)
        .then("sentence")
        .otherwise("reason_2")
        .alias("reason_2"),
        pl.when(told & ~is_first & ~is_second)
        .then("sentence")
        .otherwise("reason_3")
        .alias("reason_3"),
    ).select(tracks.columns)


def _merged(rows: pl.DataFrame, level: str) -> pl.DataFrame:
    """Return the rows with the group's own score and reasons in place of those of its sums."""
    # Without facts (fewer than three tracks were played in two weeks) nothing speaks for a group.
    score = pl.col("new_score").fill_null(pl.min_horizontal("score", pl.lit(0.04)))
    streams = pl.coalesce("streams", "facts_streams")
    suspected = pl.max_horizontal(pl.col("suspected_artificial_streams"), pl.col("estimated"))
    suspected = pl.min_horizontal(suspected, streams)
    spoken = pl.col("new_reason_1").is_not_null()
    return rows.with_columns(
        pl.lit(level).alias("level"),
        score.alias("score"),
        streams.alias("streams"),
        pl.coalesce("expected_streams", "facts_usual").alias("expected_streams"),
        suspected.alias("suspected_artificial_streams"),
        (suspected / streams).round(4).alias("suspected_share"),
        pl.when(spoken).then("new_pattern").otherwise("pattern").alias("pattern"),
        pl.when(~spoken).then("pattern_share").alias("pattern_share"),
        *(
            pl.when(score < EXPLAINED_SCORE)
            .then(None)
            .when(spoken)
            .then(f"new_{name}")
            .otherwise(name)
            .alias(name)
            for name in ("reason_1", "reason_2", "reason_3", "counter_evidence")
        ),
    ).with_columns(
        pl.when(pl.col("score") >= TOLD_SCORE)
        .then(pl.col("reason_1").fill_null(NOTHING_ALONE))
        .otherwise("reason_1")
        .alias("reason_1")
    )


def _estimated(facts: pl.DataFrame, score: Reals) -> NDArray[np.int64]:
    """Return the plays of the night that people do not explain, where the group is suspect."""
    streams = facts["streams"].cast(pl.Float64).to_numpy()
    saves = facts["saves_ratio"].fill_null(1.0).to_numpy()
    enough = facts["saves_chances"].fill_null(0.0).to_numpy() >= LEAST_SAVES
    by_saves = np.where(enough, np.clip(1 - saves, 0, 1), 0.0) * streams
    above = np.clip(streams - facts["usual_streams"].fill_null(0.0).to_numpy(), 0, None)
    estimated = np.where(enough, by_saves, above)
    return np.where(score >= 0.5, np.round(estimated), 0).astype(np.int64)


def _patterns(common: Reals, tracks: Reals, facts: pl.DataFrame) -> list[str]:
    """Return the likeliest scheme of each group."""
    grown = facts["usual_streams"].is_null().to_numpy()
    return [
        "label_burst" if by_tracks > by_facts else "generated_catalogue" if is_new else "unknown"
        for by_facts, by_tracks, is_new in zip(common, tracks, grown, strict=True)
    ]


def _texts(
    facts: pl.DataFrame,
    score: Reals,
    families: Mapping[str, Reals],
    suspect_tracks: NDArray[np.int64],
    tracks: Reals,
) -> pl.DataFrame:
    names = ("reason_1", "reason_2", "reason_3", "counter_evidence")
    texts: dict[str, list[str | None]] = {name: [None] * facts.height for name in names}
    for at in np.flatnonzero(score >= EXPLAINED_SCORE):
        row = facts.row(int(at), named=True) | {"suspect_tracks": int(suspect_tracks[at])}
        added = {family: float(log_odds[at]) for family, log_odds in families.items()}
        added["tracks"] = float(tracks[at])
        for number, text in enumerate(said(row, added)[:3], 1):
            texts[f"reason_{number}"][at] = text
        texts["counter_evidence"][at] = against(row, added)
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))


def _log_odds(scores: pl.Series) -> Reals:
    known = np.clip(scores.fill_null(0.0).to_numpy(), 1e-9, 1 - 1e-9)
    return np.asarray(np.log(known / (1 - known)))


def _probability(odds: Reals) -> Reals:
    return np.round(1 / (1 + np.exp(-odds)), 6)
