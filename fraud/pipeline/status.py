"""What the lake holds: days and stores, and what is missing, late, restated or was refused."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.affected import spans, stale_nights
from fraud.pipeline.punctuality import Punctuality, punctuality
from fraud.quality.checks import MOST_OF_14_DAYS
from fraud.sql import statement
from fraud.tables import (
    CATALOG,
    DELIVERIES,
    FINDINGS,
    INCIDENTS,
    JUDGEMENTS,
    PERIOD_STREAMS,
    QUARANTINE,
    ROYALTIES,
    SCORES,
    Table,
)

MOST_DIFFERENCE_SHARE = 0.05
"""A report by period and its days may differ so much: stores settle late plays and removals."""

LAST_DAY = date(2199, 12, 31)

_ONE_TABLE = ["store", "table"]


@dataclass(frozen=True)
class Status:
    """What the lake holds.

    `stores` has a row a store × table: first_day, last_day, days, missing_days, late_days,
    restated_days, partial_days, rows, streams, quarantined. `gaps` has a row a run of missing days:
    store, table, first_day, last_day, days. `refusals` has a row a reason: reason, files, rows
    (null = whole files). `reports` has a row a store × period with a report by period: store,
    period_start, period_end, origins, reported_streams, daily_streams, difference (daily less
    reported), difference_share (of the larger), missing_days (of the period). `pay` has a row a
    store × currency: the pay of a play in its latest period. `kept_out` has a row a day × store ×
    table that the gate keeps out: report_date, store, table, why, stands. `late` has a row a run of
    late days, as `gaps` has of missing ones. `nights` are the judged
    days in order, `stale_nights` those of them that were judged by other plays than the lake now
    holds, `open_incidents` those active on the last of them.
    """

    address: str
    stores: pl.DataFrame
    gaps: pl.DataFrame
    late: pl.DataFrame
    refusals: pl.DataFrame
    reports: pl.DataFrame
    pay: pl.DataFrame
    kept_out: pl.DataFrame
    nights: tuple[date, ...]
    stale_nights: tuple[date, ...]
    open_incidents: int
    catalog_tracks: int
    judgements: int
    feeds: tuple[Punctuality, ...] = ()
    """What each feed of the settings owes."""

    def sentences(self) -> list[str]:
        """Return what a person should know beyond the table of stores."""
        owed = [sentence for feed in self.feeds for sentence in feed.sentences()]
        held = (self.stores, self.refusals, self.reports, self.kept_out)
        if all(one.is_empty() for one in held) and not self.catalog_tracks:
            return [f"The lake at {self.address} is empty; fill it with: fraud ingest PATH", *owed]
        told = [*_spans("Missing", self.gaps), *_spans("Late", self.late), *owed]
        told += self._not_compared()
        for refusal in self.refusals.iter_rows(named=True):
            what = _number(refusal["rows"], "row") if refusal["rows"] else "the whole file"
            files = _number(refusal["files"], "file")
            told.append(f"Refused, {what} of {files}: {refusal['reason']}")
        told += [
            f"A play at {one['store']} was paid {one['pay_per_stream']:.5f} {one['currency'] or ''}"
            f" from {one['period_start']} to {one['period_end']}."
            for one in self.pay.iter_rows(named=True)
        ]
        told += [f"Kept out by the gate: {why}." for why in self.kept_out["why"]]
        told.append(f"The catalogue knows {_number(self.catalog_tracks, 'track')}.")
        told.append(self._judged())
        told += [
            f"Judged before their plays changed: {first} to {last};"
            f" judge again with: fraud run --from {first} --to {last}"
            for first, last in spans(self.stale_nights)
        ]
        if self.judgements:
            told.append(f"Analysts gave {_number(self.judgements, 'verdict')}.")
        return told

    def warnings(self) -> list[str]:
        """Return a sentence for each report by period that the plays of its days contradict."""
        return [
            f"{_report(one)}, its days add up to {one['daily_streams']:,}:"
            f" {one['difference_share']:.1%} apart, more than {MOST_DIFFERENCE_SHARE:.0%}"
            for one in self.reports.iter_rows(named=True)
            if not one["missing_days"] and (one["difference_share"] or 0) > MOST_DIFFERENCE_SHARE
        ]

    def _not_compared(self) -> list[str]:
        """Return a sentence for each report by period of which the lake lacks some days."""
        told = []
        for one in self.reports.iter_rows(named=True):
            days = (one["period_end"] - one["period_start"]).days + 1
            if 0 < one["missing_days"] < days:
                told.append(
                    f"{_report(one)}; {one['missing_days']} of the {_number(days, 'day')} are"
                    " missing in the lake, so the two cannot be compared."
                )
        return told

    def _judged(self) -> str:
        if not self.nights:
            return "No night was judged yet; judge one with: fraud run --date YYYY-MM-DD"
        first, last = self.nights[0], self.nights[-1]
        return (
            f"{_number(len(self.nights), 'night')} judged, {first} to {last}; "
            f"{_number(self.open_incidents, 'open incident')} on the last."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the same for a machine; days as YYYY-MM-DD."""
        return {
            "lake": self.address,
            "stores": _plain(self.stores),
            "gaps": _plain(self.gaps),
            "late": _plain(self.late),
            "refusals": _plain(self.refusals),
            "reports": _plain(self.reports),
            "pay": _plain(self.pay),
            "warnings": self.warnings(),
            "kept_out": _plain(self.kept_out),
            "nights": [day.isoformat() for day in self.nights],
            "stale_nights": [day.isoformat() for day in self.stale_nights],
            "open_incidents": self.open_incidents,
            "catalog_tracks": self.catalog_tracks,
            "judgements": self.judgements,
            "feeds": [feed.as_dict() for feed in self.feeds],
        }


def status(settings: Settings, now: datetime | None = None) -> Status:
    """Return what the lake holds; an empty or absent lake holds nothing and is no error.

    What feeds owe is told as of `now`; without it, it is not asked.
    """
    lake = Lake(settings.lake_address)
    days = _days(lake.read(DELIVERIES))
    nights = tuple(lake.days(SCORES))
    return Status(
        address=settings.lake_address,
        stores=_stores(days),
        gaps=_gaps(days),
        late=_late(days),
        refusals=_refusals(lake),
        reports=_reports(lake),
        pay=_pay(lake),
        kept_out=_kept_out(lake),
        nights=nights,
        stale_nights=tuple(stale_nights(lake)),
        open_incidents=_open_incidents(lake, nights[-1]) if nights else 0,
        catalog_tracks=_count(lake, CATALOG),
        judgements=_count(lake, JUDGEMENTS),
        feeds=tuple(punctuality(settings, now)) if now else (),
    )


def _days(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each day × store × table that the lake holds, the latest delivery's counts.

    A day is late where a later day of the same store and table had come before it.
    """
    later = pl.col("first_loaded").cum_min(reverse=True).shift(-1)
    return (
        deliveries.sort("loaded_at", "delivery_id")
        .group_by(*_ONE_TABLE, "report_date", maintain_order=True)
        .agg(
            pl.col("loaded_at").min().alias("first_loaded"),
            pl.col("restated").any(),
            pl.col("partial").last().fill_null(value=False),
            pl.col("rows", "streams", "quarantined").last(),
        )
        .sort(*_ONE_TABLE, "report_date")
        .with_columns((pl.col("first_loaded") > later).over(_ONE_TABLE).alias("late"))
    )


def _stores(days: pl.DataFrame) -> pl.DataFrame:
    missing = _gaps(days).group_by(_ONE_TABLE).agg(pl.col("days").sum().alias("missing_days"))
    flags = ("late_days", "restated_days", "partial_days")
    order = ["store", "table", "first_day", "last_day", "days", "missing_days", *flags]
    order += ["rows", "streams", "quarantined"]
    first, last = pl.col("report_date").min(), pl.col("report_date").max()
    return (
        days.group_by(_ONE_TABLE)
        .agg(
            first.alias("first_day"),
            last.alias("last_day"),
            pl.len().cast(pl.Int64).alias("days"),
            *(
                pl.col(flag).sum().cast(pl.Int64).alias(f"{flag}_days")
                for flag in ("late", "restated", "partial")
            ),
            pl.col("rows", "streams", "quarantined").sum(),
        )
        .join(missing, on=_ONE_TABLE, how="left")
        .with_columns(pl.col("missing_days").fill_null(0))
        .select(*order)
        .sort(_ONE_TABLE)
    )


def _gaps(days: pl.DataFrame) -> pl.DataFrame:
    """Return the days that did not come, though later ones did, of this store or of another.

    After its last day a store is missing on those days on which a night misses it: where it came
    on most of the 14 days before.
    """
    dated = days.select(*_ONE_TABLE, "report_date")
    rows: list[tuple[str, str, date]] = []
    end = days["report_date"].max()
    for (store, table), of in dated.partition_by(_ONE_TABLE, as_dict=True).items():
        came = set(of["report_date"])
        last = max(came)
        day = min(came)
        while isinstance(end, date) and day < end:
            day += timedelta(days=1)
            lately = sum(day - timedelta(days=n) in came for n in range(1, 15))
            if day not in came and (day < last or lately > MOST_OF_14_DAYS):
                rows.append((store, table, day))
    return _runs(pl.DataFrame(rows, schema=dict(dated.schema), orient="row"))


def _late(days: pl.DataFrame) -> pl.DataFrame:
    return _runs(days.filter("late").select(*_ONE_TABLE, "report_date"))


def _runs(days: pl.DataFrame) -> pl.DataFrame:
    """Return runs of consecutive days of a store and table."""
    gap = pl.col("report_date").diff().dt.total_days().over(_ONE_TABLE)
    return (
        days.sort(*_ONE_TABLE, "report_date")
        .with_columns(run=(gap.fill_null(2) != 1).cum_sum())
        .group_by(*_ONE_TABLE, "run", maintain_order=True)
        .agg(
            pl.col("report_date").min().alias("first_day"),
            pl.col("report_date").max().alias("last_day"),
            pl.len().cast(pl.Int64).alias("days"),
        )
        .drop("run")
    )


def _spans(word: str, runs: pl.DataFrame) -> list[str]:
    """Return a sentence a store and run of days, whichever of its tables it is about."""
    span = ["store", "first_day", "last_day", "days"]
    together = runs.group_by(span, maintain_order=True).agg(pl.col("table"))
    return [
        f"{word}: {' and '.join(tables)} of {store}, "
        + (f"{first}." if days == 1 else f"{first} to {last} ({_number(days, 'day')}).")
        for store, first, last, days, tables in together.iter_rows()
    ]


def _refusals(lake: Lake) -> pl.DataFrame:
    return (
        lake.read(QUARANTINE)
        .group_by("reason")
        .agg(
            pl.col("file").n_unique().cast(pl.Int64).alias("files"),
            pl.col("line").count().cast(pl.Int64).alias("rows"),
        )
        .sort("rows", "files", "reason", descending=[True, True, False])
    )


def _report(one: dict[str, Any]) -> str:
    return (
        f"{one['store']} from {one['period_start']} to {one['period_end']}:"
        f" {one['origins']} reports {_number(one['reported_streams'], 'play')}"
    )


def _reports(lake: Lake) -> pl.DataFrame:
    with lake.connect([PERIOD_STREAMS, DELIVERIES]) as connection:
        reports: pl.DataFrame = connection.sql(statement("quality/reconcile")).pl()
    return reports


def _pay(lake: Lake) -> pl.DataFrame:
    with lake.connect([ROYALTIES]) as connection:
        pay: pl.DataFrame = connection.sql(statement("report/pay"), params={"day": LAST_DAY}).pl()
    return pay.filter(pl.col("territory") == "*").select(
        "store", "period_start", "period_end", "currency", "streams", "amount", "pay_per_stream"
    )


def _kept_out(lake: Lake) -> pl.DataFrame:
    days = lake.days(FINDINGS) or [date.min]
    with lake.connect([DELIVERIES, FINDINGS]) as connection:
        span = {"first_day": days[0], "last_day": days[-1]}
        found: pl.DataFrame = connection.sql(statement("quality/kept_out"), params=span).pl()
    return found


def _open_incidents(lake: Lake, night: date) -> int:
    return lake.read(INCIDENTS, night, night).filter(pl.col("status") != "ended").height


def _count(lake: Lake, table: Table) -> int:
    with lake.connect([table]) as connection:
        (count,) = connection.execute(f"select count(*) from {table.name}").fetchall()[0]
    return int(count)


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col(pl.Date).dt.to_string()).to_dicts()


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
