"""What is known of the past: the days of tracks that analysts or stores have ruled on."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from fraud.report.night_scores import Row
from fraud.report.words import latest, spoken
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS, VERDICTS

LABELS = {
    "track_id": pl.String(),
    "store": pl.String(),
    "territory": pl.String(),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
    "label": pl.String(),
    "source": pl.String(),
    "share": pl.Float64(),
}
"""What `labels` returns; a null store or territory means all of them."""
COLUMN_OF_SCOPE = {
    "track": "track_id",
    "release": "upc",
    "artist": "artist",
    "label": "label",
    "account": "account_id",
}
RULED_SHARE = 0.5
"""From this share of artificial plays a store's ruling speaks of the whole of a track's plays."""


def labels(
    incidents: pl.DataFrame,
    judgements: pl.DataFrame,
    verdicts: pl.DataFrame,
    catalog: pl.DataFrame,
) -> pl.DataFrame:
    """Return the spans of days of tracks that are known to be fraud or innocent (LABELS).

    - *An analyst's word* labels the nights on which the incident it is about was active, as far as
      it holds on them; the store is named where one alone carried the incident, the territory where
      the incident was about one. A word on a track, release, artist, label or account that says
      since when it holds labels all days of its tracks from then to its end, else to the day on
      which it was given.
    - *A store's ruling* labels its period at that store: `fraud` where plays were removed,
      `innocent` where none were; `share` is the share that was removed, where it is known.

    Unsure and withdrawn words label nothing. Analyst and store may contradict each other: both rows
    stand, `source` says whose it is. Ordered by all columns; the frames are those of INCIDENTS,
    JUDGEMENTS, VERDICTS and CATALOG.
    """
    active = INCIDENTS.conform(incidents).filter(pl.col("status") != "ended")
    judgements, catalog = JUDGEMENTS.conform(judgements), CATALOG.conform(catalog)
    nights = [
        night
        for row, word in spoken(active, judgements, catalog)
        if word.verdict in ("fraud", "innocent")
        for night in _night(row, word.verdict)
    ]
    spans = _joined(pl.DataFrame(nights, schema=LABELS, orient="row"))
    rulings = _rulings(VERDICTS.conform(verdicts), catalog)
    said = pl.concat([spans, _scopes(judgements, catalog), rulings])
    return said.unique().sort(list(LABELS), nulls_last=False)


def confirmed(labels: pl.DataFrame) -> pl.DataFrame:
    """Return the spans in which most of a track's plays were artificial: they are not its usual.

    Of a store's rulings those that took away most plays, of the others all but those on one
    territory, which is a part of a track's plays.
    """
    most = pl.col("share").is_null() | (pl.col("share") >= RULED_SHARE)
    whole = pl.col("territory").is_null()
    return labels.filter(pl.col("label") == "fraud", whole, most).sort(list(LABELS))


def words(labels: pl.DataFrame) -> pl.DataFrame:
    """Return what analysts call artificial as rulings: store, period, entity, share (not said).

    The judge learns from it as it does from the stores' rulings. A word on one territory speaks of
    a part of a track's plays and teaches nothing of the whole.
    """
    said = (pl.col("label") == "fraud") & (pl.col("source") == "analyst")
    return labels.filter(said, pl.col("territory").is_null()).select(
        "store",
        period_start="first_day",
        period_end="last_day",
        entity="track_id",
        share=pl.lit(None, pl.Float64),
    )


def _night(row: Row, verdict: str) -> Iterator[tuple[Any, ...]]:
    stores, places = ((row[name] or "").split("|") for name in ("stores", "territories"))
    store = stores[0] or None if len(stores) == 1 else None
    in_one_place = row["level"] == "territory" and len(places) == 1
    place = places[0] or None if in_one_place else None
    day = row["report_date"]
    for track in sorted(set((row["track_ids"] or "").split("|")) - {""}):
        yield track, store, place, day, day, verdict, "analyst", None


def _joined(nights: pl.DataFrame) -> pl.DataFrame:
    """Return nights that follow one another as one span."""
    key = ["track_id", "store", "territory", "label", "source", "share"]
    ordered = nights.unique().sort(*key, "first_day", nulls_last=False)
    follows = (pl.col("first_day") - pl.col("last_day").shift()).dt.total_days() == 1
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in key)
    return (
        ordered.with_columns(span=(~(follows & same).fill_null(value=False)).cum_sum())
        .group_by("span", *key)
        .agg(pl.col("first_day").min(), pl.col("last_day").max())
        .select(*LABELS)
    )


def _scopes(judgements: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    found = [pl.DataFrame(schema=LABELS)]
    for row in latest(judgements).iter_rows(named=True):
        named = COLUMN_OF_SCOPE.get(row["scope"] or "")
        if not named or row["since"] is None or row["verdict"] not in ("fraud", "innocent"):
            continue
        last = row["until"] or row["given_at"].date()
        if last < row["since"]:
            continue
        tracks = catalog.filter(pl.col(named) == row["entity"])["track_id"].to_list()
        if named == "track_id" and not tracks:
            tracks = [row["entity"]]
        spans = [
            (track, None, None, row["since"], last, row["verdict"], "analyst", None)
            for track in tracks
        ]
        found.append(pl.DataFrame(spans, schema=LABELS, orient="row"))
    return pl.concat(found)


def _rulings(verdicts: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    """Return the stores' rulings by track; one on a release is one on each of its tracks."""
    listed = catalog.select("track_id", "isrc", "upc")
    on_tracks = verdicts.filter(pl.col("isrc").is_not_null()).with_columns(track_id="isrc")
    on_releases = verdicts.filter(pl.col("isrc").is_null()).join(
        listed.drop("isrc"), on="upc", how="inner"
    )
    ruled = pl.concat([on_tracks, on_releases.select(on_tracks.columns)])
    total = pl.col("total_streams")
    return ruled.select(
        "track_id",
        "store",
        "territory",
        first_day="period_start",
        last_day="period_end",
        label=pl.when(pl.col("artificial_streams") > 0)
        .then(pl.lit("fraud"))
        .otherwise(pl.lit("innocent")),
        source=pl.lit("store"),
        share=pl.when(total > 0).then((pl.col("artificial_streams") / total).clip(0, 1)),
    ).cast(dict(LABELS))  # type: ignore[arg-type]
