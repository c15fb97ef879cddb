"""How right the reports of the last weeks were, by the analyst and by the stores."""

import statistics
from datetime import date, timedelta

import polars as pl

from fraud.report.words import spoken
from fraud.tables import INCIDENTS, VERDICTS

WINDOWS_NIGHTS = (28, 90)
PRECISION = {
    "nights": pl.Int64(),
    "by": pl.String(),
    "incidents": pl.Int64(),
    "judged": pl.Int64(),
    "fraud": pl.Int64(),
    "precision": pl.Float64(),
    "rulings": pl.Int64(),
    "flagged": pl.Int64(),
    "recall": pl.Float64(),
    "days_before": pl.Float64(),
}
"""`by` is analyst or stores. `incidents` were active in the nights, `judged` of them have been
ruled on, `fraud` of these were fraud. `rulings` are tracks from which a store removed plays in a
period that ended in the nights, `flagged` those of them that an incident named within that period,
`days_before` the median of days from its first such night to the period's end. Null = unknown."""


def precision(
    day: date,
    incidents: pl.DataFrame,
    judgements: pl.DataFrame,
    verdicts: pl.DataFrame,
    catalog: pl.DataFrame,
) -> pl.DataFrame:
    """Return the two ways to count (PRECISION) for each of the windows that end with `day`.

    By the analyst an incident is judged when a word (fraud or innocent) holds on it or its scope.
    By the stores it is judged when a store that carries it has ruled on anything in one of its
    nights, and fraud when it removed plays of one of its tracks then: silence is acquittal only
    from a store that spoke. The frames are those of INCIDENTS, JUDGEMENTS, VERDICTS and CATALOG.
    """
    active = incidents.filter(pl.col("status") != "ended", pl.col("report_date") <= day)
    rulings = _by_track(VERDICTS.conform(verdicts), catalog)
    rows = []
    for nights in WINDOWS_NIGHTS:
        since = day - timedelta(nights - 1)
        seen = INCIDENTS.conform(active.filter(pl.col("report_date") >= since))
        count = seen["incident_id"].n_unique()
        words = {
            row["incident_id"]: word.verdict
            for row, word in spoken(seen, judgements, catalog)
            if word.verdict in ("fraud", "innocent")
        }
        guilty = sum(verdict == "fraud" for verdict in words.values())
        rows.append((nights, "analyst", count, len(words), guilty, _share(guilty, len(words))))
        ruled, confirmed = _ruled(seen, rulings)
        rows.append((nights, "stores", count, ruled, confirmed, _share(confirmed, ruled)))
    told = pl.DataFrame(rows, schema=list(PRECISION)[:6], orient="row")
    found = [(nights, "stores", *_found(day, nights, active, rulings)) for nights in WINDOWS_NIGHTS]
    recall = pl.DataFrame(found, schema=["nights", "by", *list(PRECISION)[6:]], orient="row")
    joined = told.join(recall, on=["nights", "by"], how="left", maintain_order="left")
    return joined.select(pl.col(name).cast(kind) for name, kind in PRECISION.items())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _by_track(verdicts: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    """Return the rulings by track: store, track_id, period_start, period_end, removed."""
    releases = (
        verdicts.filter(pl.col("isrc").is_null())
        .join(catalog.select("track_id", "upc"), on="upc")
        .with_columns(isrc="track_id")
    )
    every = pl.concat([verdicts, releases.select(verdicts.columns)])
    return every.select(
        "store",
        pl.col("isrc").alias("track_id"),
        "period_start",
        "period_end",
        removed=pl.col("artificial_streams") > 0,
    ).drop_nulls("track_id")


def _nights(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return incident × night × track × store; a null store = it is not known who carried it."""
    return (
        incidents.select(
            "incident_id",
            "report_date",
            track_id=pl.col("track_ids").str.split("|"),
            carrier=pl.col("stores").str.split("|"),
        )
        .explode("track_id", empty_as_null=True)
        .explode("carrier", empty_as_null=True)
    )


def _ruled(incidents: pl.DataFrame, rulings: pl.DataFrame) -> tuple[int, int]:
    nights = _nights(incidents)
    spans = rulings.select("store", "period_start", "period_end").unique()
    spoke = (
        nights.select("incident_id", "report_date", "carrier")
        .unique()
        .join_where(
            spans,
            pl.col("report_date") >= pl.col("period_start"),
            pl.col("report_date") <= pl.col("period_end"),
        )
        .filter(pl.col("carrier").is_null() | (pl.col("carrier") == pl.col("store")))
    )
    confirmed = (
        nights.join(rulings.filter("removed"), on="track_id")
        .filter(pl.col("report_date").is_between("period_start", "period_end"))
        .filter(pl.col("carrier").is_null() | (pl.col("carrier") == pl.col("store")))
    )
    return spoke["incident_id"].n_unique(), confirmed["incident_id"].n_unique()


def _found(
    day: date, nights: int, incidents: pl.DataFrame, rulings: pl.DataFrame
) -> tuple[int, int, float | None, float | None]:
    """Return rulings of the window, those named before their period's end, the share, the lead."""
    since = day - timedelta(nights - 1)
    asked = rulings.filter("removed", pl.col("period_end").is_between(since, day)).unique()
    first = (
        asked.join(_nights(incidents).select("track_id", "report_date").unique(), on="track_id")
        .filter(pl.col("report_date").is_between("period_start", "period_end"))
        .group_by("store", "track_id", "period_start", "period_end")
        .agg(pl.col("report_date").min())
    )
    days = (first["period_end"] - first["report_date"]).dt.total_days().to_list()
    lead = float(statistics.median(days)) if days else None
    return asked.height, first.height, _share(first.height, asked.height), lead
