"""Report files into the lake: each delivered day × store judged, then replaced whole, on record."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline import arriving
from fraud.pipeline.affected import affected_nights
from fraud.pipeline.completing import (
    coarser,
    complemented,
    completed,
    told_beside,
    with_territories,
)
from fraud.pipeline.late import added, forget_late_listeners, replace_late, with_late
from fraud.pipeline.new_days import enter, new_days
from fraud.pipeline.restating import DayStore, judge, restatements
from fraud.pipeline.salt import salt
from fraud.pipeline.stating import Stated, state
from fraud.pipeline.tally import Fate, Fates, Tally
from fraud.pipeline.turns import STAGING, Tell, turn
from fraud.pipeline.waiting import Waiting
from fraud.quality.expectations import import_ahead
from fraud.quality.judged import Judged, Judgement
from fraud.quality.page import write_pages
from fraud.sources import configured
from fraud.sources.combining import Combined
from fraud.sources.delivery import Delivery, Progress, deliver
from fraud.sources.rows import SCHEMA
from fraud.sources.staging import FileRead
from fraud.tables import (
    AUDIENCE,
    CATALOG,
    DELIVERED,
    DELIVERIES,
    LISTENERS,
    QUARANTINE,
    REFERENCE,
    RESTATEMENTS,
    STATEMENTS,
    STREAMS,
    TRACK_IDS,
    Table,
)

ENTERING = {"new", "restated", "added"}
"""Outcomes that change the lake."""
LEAST_LEFT_SHARE = 0.8
"""A day that keeps less of its plays when it comes again may be a part of one."""
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
    statements: list[Stated] = field(default_factory=list)
    """Reports by period, by table, origin, statement, store and period."""
    statement_rows: dict[str, int] = field(default_factory=dict)
    """Rows of reports by period that entered or were already there, by table."""
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    """Each refused row and file: file, line, column, value, reason, row."""
    refusals: list[str] = field(default_factory=list)
    """A sentence for each file and each day × store that was kept out, or that breaks off."""
    findings: list[Judged] = field(default_factory=list)
    """What the gate found wrong with what entered or was kept out, the failed checks as well."""
    rows: Tally = field(default_factory=Tally)
    """Where the rows of the files went, those of files that were refused as a whole not counted."""
    affected_nights: list[date] = field(default_factory=list)
    """Nights that were judged by other numbers than the lake now holds because of this delivery."""

    @property
    def exit_code(self) -> int:
        """Return 3 where something was refused, else 0."""
        return 3 if self.refusals or self.refused.height else 0


def ingest(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    now: datetime,
    source: str = "auto",
    accept: bool = False,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> IngestResult:
    """Load files and folders into the lake of the settings; loads of one home take turns.

    A day × store that is delivered again is replaced whole; one that says what the lake already
    holds is left alone. One that the gate fails does not enter, unless somebody who looked at it
    says `accept`. `tell` is told where it waits for another load. Raises CallError where there is
    nothing to load.
    """
    with turn(settings.home, tell):
        return load(paths, settings, now=now, source=source, accept=accept, progress=progress)


def load(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    now: datetime,
    source: str = "auto",
    accept: bool = False,
    progress: Progress | None = None,
) -> IngestResult:
    """Load as `ingest` does; the caller has the turn."""
    with TemporaryDirectory(prefix=STAGING, dir=settings.home) as staging:
        waiting = Waiting(settings.home.absolute() / "waiting")
        delivery = deliver(
            [*paths, *waiting.files()],
            Path(staging),
            source=source,
            known=configured(settings),
            salt=lambda: salt(settings.home),
            track_ids=lambda: Lake(settings.lake_address).read(TRACK_IDS),
            progress=progress,
            daily_facts=import_ahead,
            came_before=lambda: _files_before(Lake(settings.lake_address)),
            home=settings.home,
        )
        still = waiting.set_aside(delivery)
        lake = Lake(settings.lake_address)
        judgement = arriving.judge_delivery(
            lake, delivery, settings, Path(staging), now=now, accept=accept
        )
        result = _Load(lake, settings, delivery, judgement, now).run()
        waiting.keep(delivery, still)
        return result


def _passed_over(delivery: Delivery) -> list[str]:
    return [
        f"{count:,} rows are {what} and were passed over"
        for what, count in sorted(delivery.passed_over.items())
    ]


def _files_before(lake: Lake) -> str:
    return ",".join(lake.read(DELIVERIES)["files"].drop_nulls().unique().sort())


def _replaced(outcomes: Sequence[DayStore]) -> list[str]:
    """Say which days lost much by being delivered again: what came may be a part of the day."""
    return [
        f"{one.table} of {one.store} on {one.day} came again and was replaced:"
        f" {one.streams_before:,} plays before, {one.streams:,} now; what is told in several files"
        " is delivered together"
        for one in outcomes
        if one.outcome == "restated" and one.streams < LEAST_LEFT_SHARE * (one.streams_before or 0)
    ]


def _named(name: str) -> Table:
    return next(table for table in DELIVERED if table.name == name)


@dataclass
class _Load:
    lake: Lake
    settings: Settings
    delivery: Delivery
    judgement: Judgement | None
    now: datetime
    result: IngestResult = field(init=False)
    plays_told: set[tuple[date, str]] = field(default_factory=set)
    """Days and stores told in parts whose plays enter."""
    fates: Fates = field(default_factory=Fates)

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
            self._late(table)
        for table in REFERENCE:
            self._reference(table)
        self._statements()
        self.result.rows = self.fates.tally(delivery)
        silent = self.result.rows.passed_over - delivery.passed_over.total()
        if silent:
            self.result.notices.append(
                f"{silent:,} rows tell no count, since the store hides it, and were passed over"
            )
        self._record_deliveries()
        self._record_quarantine()
        self._record_judgement()
        self._name_affected_nights()
        self._forget_listeners()
        self._compare_totals()
        return self.result

    def _facts(self, table: Table) -> None:
        oldest = self._oldest_kept() if table is LISTENERS else date.min
        new = new_days(self.lake, self.delivery, table, oldest)
        taken = sum(self._enter(table, day) for day in new)
        for day_stores, combined in self.delivery.chunks(table, but=new):
            taken += self._take(table, combined)
            kept = [(day, store) for day, store in day_stores if day >= oldest]
            rows = combined.rows.filter(pl.col("report_date") >= oldest)
            rows = with_late(self.lake, table, rows)
            before = self._before(table, sorted({day for day, _ in kept}))
            rows, kept = self._in_parts(table, rows, before, kept)
            outcomes = self._held(judge(table, kept, rows, before, self.delivery.partial))
            self._replace(table, outcomes, rows, before)
            self._note(table, outcomes)
        self._mind_losses(table, taken)

    def _enter(self, table: Table, day: date) -> int:
        """Load a day that the lake knows nothing of; return how many rows it was made of."""
        partial = self.delivery.partial
        outcomes = self._held(
            [
                DayStore(
                    table.name,
                    day,
                    store,
                    rows,
                    streams,
                    "new",
                    (table.name, day, store) in partial,
                )
                for store, (rows, streams) in self.delivery.day_stores(table, day).items()
            ]
        )
        entering = {one.store for one in outcomes if one.outcome in ENTERING}
        entered = enter(
            self.lake,
            self.delivery,
            table,
            day,
            entering=entering,
            take=lambda combined: self._take(table, combined),
        )
        if table is STREAMS:
            told = self.delivery.told_in_parts(table)
            self.plays_told |= {key for key in told if key[0] == day}
        self._note(
            table,
            [
                replace(one, rows=entered.sizes[one.store][0], streams=entered.sizes[one.store][1])
                for one in outcomes
            ],
        )
        return entered.taken

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
        alone = self.delivery.told_by_territory(table)
        rows = with_territories(
            table, rows, before, {k: of for k, of in alone.items() if k in told}
        )
        left: list[tuple[date, str]] = []
        if told and table is AUDIENCE:
            held = set(before.select("report_date", "store").iter_rows())
            # A report whose plays did not enter does not know better how many there were.
            told = {
                key: of - {"streams"} if key in held - self.plays_told else of
                for key, of in told.items()
            }
            for key in told.keys() & held - self.plays_told:
                self.fates.note_unused_plays(key)
            came = Counter(rows.select("report_date", "store").iter_rows())
            rows, left = completed(rows, before, told)
            self.result.refusals += [
                f"audience of {store} on {day}: {', '.join(sorted(told[day, store]))} came"
                f" before any plays of that day ({came[day, store]:,} tracks × territories were"
                " left); deliver them again with the plays"
                for day, store in left
            ]
            for key in left:
                self.fates.note(table, key, "kept_out")
        if told and table is STREAMS:
            left = coarser(rows, before, told)
            arrived = self._told_beside(table, told.keys())
            self.plays_told |= told.keys() - {*left, *arrived}
            self.result.notices += [
                f"streams of {store} on {day} tell the plays in less detail than the lake does;"
                " the lake was left as it is"
                for day, store in left
            ]
            left += [key for key in arrived if key not in left]
        return rows, [key for key in day_stores if key not in left]

    def _told_beside(
        self, table: Table, told: Collection[tuple[date, str]]
    ) -> list[tuple[date, str]]:
        """Return the days of plays that a report counts by arrival and the lake by their own."""
        arrived = self.delivery.counted_by_arrival(table) & set(told)
        around = {day + timedelta(days) for day, _ in arrived for days in (-1, 0, 1)}
        left = told_beside(self._before(table, sorted(around)), arrived)
        self.result.notices += [
            f"streams of {store} on {day} are counted by the day on which they arrived; the lake"
            " has them of their own days and was left as it is"
            for day, store in left
        ]
        return left

    def _late(self, table: Table) -> None:
        """Add the rows that came after their day's own report."""
        combined = self.delivery.late(table)
        staged, taken = self.delivery.rows(table, late=True), self._take(table, combined, late=True)
        if staged != taken:
            raise AssertionError(f"{table.name}: {staged:,} late rows staged, {taken:,} came back")
        oldest = self._oldest_kept() if table is LISTENERS else date.min
        combined = replace(combined, rows=combined.rows.filter(pl.col("report_date") >= oldest))
        if combined.rows.is_empty():
            return
        pairs = combined.rows.select("report_date", "store").unique().sort("report_date", "store")
        before = self._before(table, sorted(set(pairs["report_date"]))).join(
            pairs, on=["report_date", "store"], how="semi", maintain_order="left"
        )
        if table is AUDIENCE:
            known = combined.rows.with_columns(pl.col("streams").fill_null(0))
            combined = replace(combined, rows=known)
        rows, kept = added(self.lake, table, combined, before)
        outcomes = self._held(
            [
                replace(one, outcome="unchanged" if one.outcome == "unchanged" else "added")
                for one in judge(table, list(pairs.iter_rows()), rows, before, set())
            ]
        )
        self._replace(table, outcomes, rows, before)
        kept_out = [(one.day, one.store) for one in outcomes if one.outcome == "held"]
        replace_late(self.lake, table, kept, but=kept_out)
        self._note(table, outcomes, late=True)

    def _held(self, outcomes: list[DayStore]) -> list[DayStore]:
        """Mark what would enter and may not, and say why and how it can."""
        failed = self.judgement.failed() if self.judgement else {}
        kept = []
        for one in outcomes:
            why = failed.get((one.table, one.day, one.store), [])
            if one.outcome in ENTERING and why:
                files = self.delivery.files_of(_named(one.table))[one.day, one.store]
                self.result.refusals += [
                    f"{finding.message}; it was kept out. If it is right after all:"
                    f" fraud ingest --accept {' '.join(files)}"
                    for finding in why
                ]
                kept.append(replace(one, outcome="held"))
            else:
                kept.append(one)
        return kept

    def _note(self, table: Table, outcomes: list[DayStore], *, late: bool = False) -> None:
        """Note what became of days and stores, for the answer and for the tally of rows."""
        self.result.day_stores += outcomes
        for one in outcomes:
            stands_apart = one.outcome in {"held", "refused"}
            fate: Fate = "kept_out" if stands_apart else "taken"
            self.fates.note(table, (one.day, one.store), fate, late=late)

    def _take(self, table: Table, combined: Combined, *, late: bool = False) -> int:
        """Take over what combining the rows has to say; return how many rows it saw."""
        self.fates.note_refused(table, combined, self.delivery.files, late=late)
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
        self.result.notices += _replaced(outcomes)
        restated = [one for one in outcomes if one.outcome in {"restated", "added"}]
        if restated:
            changed = restatements(table, restated, rows, before, self.result.delivery_id)
            self.lake.append(RESTATEMENTS, changed)
        entering = [(one.day, one.store) for one in outcomes if one.outcome in ENTERING]
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
        self._mind_losses(table, self._take(table, combined))
        if combined.rows.is_empty():
            return
        self.result.reference_rows[table.name] = combined.rows.height
        known = self.lake.read(table)
        rows = complemented(combined.rows, known) if table is CATALOG else combined.rows
        changed = rows.join(known, on=list(table.schema), how="anti", nulls_equal=True)
        if not changed.is_empty():
            self.lake.merge(table, changed)

    def _statements(self) -> None:
        taken: Counter[str] = Counter()

        def take(table: Table, combined: Combined) -> None:
            taken[table.name] += self._take(table, combined)

        self.result.statements, self.result.statement_rows = state(self.lake, self.delivery, take)
        for table in STATEMENTS:
            self._mind_losses(table, taken[table.name])

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
                "restated": one.outcome == "restated"
                or (one.outcome == "added" and one.streams_before is not None),
            }
            for one in self.result.day_stores
            if one.outcome in ENTERING
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

    def _record_judgement(self) -> None:
        """Record what the gate said of all that entered or was kept out; the rest is as it was."""
        if self.judgement is None:
            return
        told = {
            (one.table, one.day, one.store)
            for one in self.result.day_stores
            if one.outcome in {*ENTERING, "held"}
        }
        checks = [one for one in self.judgement.checks if (one.table, one.day, one.store) in told]
        self.result.findings = [one for one in checks if one.message]
        delivery_id = self.result.delivery_id
        arriving.record(self.lake, self.result.findings, self.delivery, delivery_id, self.now)
        write_pages(
            self.settings.quality, checks, self.judgement.version, delivery_id, judged_at=self.now
        )

    def _name_affected_nights(self) -> None:
        changed = {one.day for one in self.result.day_stores if one.outcome in ENTERING}
        self.result.affected_nights = affected_nights(self.lake, changed)

    def _oldest_kept(self) -> date:
        days = {*self.lake.days(LISTENERS), *(day for day, _ in self.delivery.files_of(LISTENERS))}
        if not days:
            return date.min
        # A row dated years ahead by mistake must not make all others too old.
        latest = min(max(days), self.now.date() + timedelta(1))
        return latest - timedelta(self.settings.keep_listeners_days)

    def _forget_listeners(self) -> None:
        oldest = self._oldest_kept()
        delivered = {day for day, _ in self.delivery.files_of(LISTENERS)}
        held = [day for day in self.lake.days(LISTENERS) if day < oldest]
        if held:
            self.lake.replace_days(LISTENERS, LISTENERS.empty(), held)
        forget_late_listeners(self.lake, oldest)
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
