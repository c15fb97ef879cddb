"""Report files into the lake: each delivered day × store replaced whole, all of it on record."""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from fraud.config import Settings
from fraud.errors import FraudError
from fraud.lake import Lake
from fraud.pipeline.completing import coarser, completed
from fraud.pipeline.restating import DayStore, judge, restatements
from fraud.sources.combining import Combined
from fraud.sources.delivery import Delivery, Progress, deliver
from fraud.sources.rows import SCHEMA
from fraud.sources.staging import FileRead
from fraud.tables import (
    AUDIENCE,
    DELIVERED,
    DELIVERIES,
    LISTENERS,
    QUARANTINE,
    REFERENCE,
    RESTATEMENTS,
    STREAMS,
    TRACK_IDS,
    Table,
)

TOLERATED_SHARE = 0.01
"""Totals of streams and audience may differ by so much: some stores round counts of the one."""


@dataclass
class IngestResult:
    """What came in, what it changed, and what was refused and why."""

    delivery_id: str
    files: list[FileRead]
    notices: list[str] = field(default_factory=list)
    """What was skipped or dropped, one sentence each."""
    warnings: list[str] = field(default_factory=list)
    """What entered differently from how it was delivered, or does not fit together."""
    day_stores: list[DayStore] = field(default_factory=list)
    """Daily facts by table, day and store."""
    reference_rows: dict[str, int] = field(default_factory=dict)
    """Rows of catalog, verdicts and context that entered or were already there."""
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    """Each refused row and file: file, line, column, value, reason, row."""
    refusals: list[str] = field(default_factory=list)
    """A sentence for each file and each day × store that was kept out, or that breaks off."""

    @property
    def exit_code(self) -> int:
        """Return 3 where something was refused, else 0."""
        return 3 if self.refusals or self.refused.height else 0

    @property
    def rows_quarantined(self) -> int:
        """Return how many rows were refused, files as a whole not counted."""
        return int(self.refused["line"].is_not_null().sum())


def ingest(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    now: datetime,
    source: str = "auto",
    progress: Progress | None = None,
) -> IngestResult:
    """Load files and folders into the lake of the settings.

    A day × store that is delivered again is replaced whole; one that says what the lake already
    holds is left alone. Raises CallError where there is nothing to load.
    """
    with TemporaryDirectory(prefix=".staging-", dir=_home(settings)) as staging:
        delivery = deliver(
            paths,
            Path(staging),
            source=source,
            salt=lambda: salt(settings.home),
            track_ids=lambda: Lake(settings.lake_address).read(TRACK_IDS),
            progress=progress,
        )
        return _Load(Lake(settings.lake_address), settings, delivery, now).run()


def salt(home: Path) -> str:
    """Return the installation's own salt in hex: 32 bytes, made at first need, mode 0600."""
    path = home / "salt"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text(encoding="ascii").strip()
        if not re.fullmatch("([0-9a-f]{2}){16,64}", text):
            raise FraudError(f"{path} holds no salt in hex; put it back from a backup") from None
        return text
    text = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    return text


def _home(settings: Settings) -> Path:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FraudError(f"{settings.home} cannot be made a folder: {error.strerror}") from None
    return settings.home


def _passed_over(delivery: Delivery) -> list[str]:
    return [
        f"{count:,} rows are {what} and were passed over"
        for what, count in sorted(delivery.passed_over.items())
    ]


@dataclass
class _Load:
    lake: Lake
    settings: Settings
    delivery: Delivery
    now: datetime
    result: IngestResult = field(init=False)

    def run(self) -> IngestResult:
        delivery = self.delivery
        self.result = IngestResult(
            delivery.delivery_id,
            delivery.files,
            [*delivery.notices, *_passed_over(delivery)],
            list(delivery.warnings),
            refused=delivery.refused,
            refusals=[f"{f.path} {f.note}" for f in delivery.files if f.refused or f.partial],
        )
        for table in DELIVERED:
            self._facts(table)
        for table in REFERENCE:
            self._reference(table)
        self._record_deliveries()
        self._record_quarantine()
        self._forget_listeners()
        self._compare_totals()
        return self.result

    def _facts(self, table: Table) -> None:
        oldest = self._oldest_kept() if table is LISTENERS else date.min
        taken = 0
        for day_stores, combined in self.delivery.chunks(table):
            taken += self._take(combined)
            kept = [(day, store) for day, store in day_stores if day >= oldest]
            rows = combined.rows.filter(pl.col("report_date") >= oldest)
            before = self._before(table, sorted({day for day, _ in kept}))
            rows, kept = self._in_parts(table, rows, before, kept)
            outcomes = judge(table, kept, rows, before, self.delivery.partial)
            self._replace(table, outcomes, rows, before)
            self.result.day_stores += outcomes
        self._mind_losses(table, taken)

    def _in_parts(
        self,
        table: Table,
        rows: pl.DataFrame,
        before: pl.DataFrame,
        day_stores: list[tuple[date, str]],
    ) -> tuple[pl.DataFrame, list[tuple[date, str]]]:
        """Return the rows and the day × stores to enter where a store tells its day in parts."""
        told = {
            key: of for key, of in self.delivery.told_in_parts(table).items() if key in day_stores
        }
        left: list[tuple[date, str]] = []
        if told and table is AUDIENCE:
            rows, left = completed(rows, before, told)
            self.result.refusals += [
                f"audience of {store} on {day}: {', '.join(sorted(told[day, store]))} came"
                " before any plays of that day; deliver them again with the plays"
                for day, store in left
            ]
        if told and table is STREAMS:
            left = coarser(rows, before, told)
            self.result.notices += [
                f"streams of {store} on {day} tell the plays in less detail than the lake does;"
                " the lake was left as it is"
                for day, store in left
            ]
        return rows, [key for key in day_stores if key not in left]

    def _take(self, combined: Combined) -> int:
        """Take over what combining the rows has to say; return how many rows it saw."""
        self.result.refused = pl.concat([self.result.refused, combined.refused])
        self.result.warnings += combined.warnings
        return combined.rows.height + combined.merged + combined.refused.height

    def _mind_losses(self, table: Table, taken: int) -> None:
        staged = self.delivery.rows(table)
        if staged != taken:
            raise AssertionError(f"{table.name}: {staged:,} rows were staged, {taken:,} came back")

    def _before(self, table: Table, days: list[date]) -> pl.DataFrame:
        """Return what the lake holds of the days; for days that are new to it nothing is read."""
        known = sorted(set(self.lake.days(table)) & set(days))
        return self.lake.read(table, known[0], known[-1]) if known else table.empty()

    def _replace(
        self, table: Table, outcomes: list[DayStore], rows: pl.DataFrame, before: pl.DataFrame
    ) -> None:
        for one in outcomes:
            if one.outcome == "refused":
                self.result.refusals.append(
                    f"{one.table} of {one.store} on {one.day}: the file breaks off after"
                    f" {one.streams:,} plays and the lake holds {one.streams_before:,};"
                    " the lake was left as it is"
                )
        restated = [one for one in outcomes if one.outcome == "restated"]
        if restated:
            changed = restatements(table, restated, rows, before, self.result.delivery_id)
            self.lake.append(RESTATEMENTS, changed)
        entering = [(one.day, one.store) for one in outcomes if one.outcome in {"new", "restated"}]
        kept_out = {(one.day, one.store) for one in outcomes} - set(entering)
        if kept_out:
            rows = (
                rows.join(
                    pl.DataFrame(entering, schema=["report_date", "store"], orient="row"),
                    on=["report_date", "store"],
                    how="semi",
                    maintain_order="left",
                )
                if entering
                else rows.clear()
            )
        self.lake.replace_store_days(
            table, rows, entering, {"delivery_id": self.result.delivery_id}, in_order=True
        )

    def _reference(self, table: Table) -> None:
        combined = self.delivery.reference(table)
        self._mind_losses(table, self._take(combined))
        if combined.rows.is_empty():
            return
        self.result.reference_rows[table.name] = combined.rows.height
        known = self.lake.read(table)
        changed = combined.rows.join(known, on=list(table.schema), how="anti", nulls_equal=True)
        if not changed.is_empty():
            self.lake.merge(table, changed)

    def _record_deliveries(self) -> None:
        """Record what entered, and what a load that died half-way left without a record."""
        days = [one.day for one in self.result.day_stores]
        if not days:
            return
        recorded = self.lake.read(DELIVERIES, min(days), max(days))
        known = set(recorded.select("table", "report_date", "store").iter_rows())
        files = {t.name: self.delivery.files_of(t) for t in DELIVERED}
        quarantined = {t.name: self.delivery.quarantined_of(t) for t in DELIVERED}
        entered = [
            {
                "report_date": one.day,
                "store": one.store,
                "table": one.table,
                "delivery_id": self.result.delivery_id,
                "loaded_at": self.now,
                "rows": one.rows,
                "streams": one.streams,
                "quarantined": quarantined[one.table][one.day, one.store],
                "files": ",".join(files[one.table][one.day, one.store]),
                "partial": one.partial,
                "restated": one.outcome == "restated",
            }
            for one in self.result.day_stores
            if one.outcome in {"new", "restated"}
            or (one.outcome == "unchanged" and (one.table, one.day, one.store) not in known)
        ]
        self.lake.append(DELIVERIES, pl.DataFrame(entered, schema=dict(DELIVERIES.schema)))

    def _record_quarantine(self) -> None:
        """Record what was refused, once, however often the same files are delivered."""
        if self.result.refused.is_empty():
            return
        if self.result.delivery_id in self.lake.read(QUARANTINE)["delivery_id"]:
            return
        self.lake.append(
            QUARANTINE,
            self.result.refused.with_columns(
                delivery_id=pl.lit(self.result.delivery_id),
                loaded_at=pl.lit(self.now).cast(QUARANTINE.schema["loaded_at"]),
            ),
        )

    def _oldest_kept(self) -> date:
        days = {*self.lake.days(LISTENERS), *(day for day, _ in self.delivery.files_of(LISTENERS))}
        return max(days) - timedelta(self.settings.keep_listeners_days) if days else date.min

    def _forget_listeners(self) -> None:
        oldest = self._oldest_kept()
        delivered = {day for day, _ in self.delivery.files_of(LISTENERS)}
        held = [day for day in self.lake.days(LISTENERS) if day < oldest]
        if held:
            self.lake.replace_days(LISTENERS, LISTENERS.empty(), held)
        dropped = sorted({day for day in delivered if day < oldest} | set(held))
        if dropped:
            self.result.notices.append(
                f"listeners up to {dropped[-1]} ({len(dropped)} of the days) were dropped:"
                f" listener ids are kept for {self.settings.keep_listeners_days} days"
            )

    def _compare_totals(self) -> None:
        """Warn where streams and audience of a day × store, both delivered, do not agree."""
        touched = {(one.day, one.store) for one in self.result.day_stores}
        if not touched:
            return
        days = [day for day, _ in touched]
        latest = (
            self.lake.read(DELIVERIES, min(days), max(days))
            .sort("loaded_at")
            .unique(["report_date", "store", "table"], keep="last")
            .pivot("table", index=["report_date", "store"], values="streams")
            .sort("report_date", "store")
        )
        if not {STREAMS.name, AUDIENCE.name} <= set(latest.columns):
            return
        for day, store, streams, audience in latest.select(
            "report_date", "store", STREAMS.name, AUDIENCE.name
        ).iter_rows():
            if (day, store) not in touched or streams is None or audience is None:
                continue
            if abs(streams - audience) > TOLERATED_SHARE * max(streams, audience):
                self.result.warnings.append(
                    f"{store} on {day}: streams adds up to {streams:,} plays and audience to"
                    f" {audience:,}; they should agree"
                )
