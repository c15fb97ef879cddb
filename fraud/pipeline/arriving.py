"""The gate in front of the lake: what a delivery brought, judged before any of it enters."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.quality.arrival import (
    BESIDE,
    COUNTED,
    LOOK_BACK_DAYS,
    Counted,
    measure,
    past_days,
)
from fraud.quality.judged import Judged, Judgement, judge_arrivals
from fraud.quality.measures import measures
from fraud.quality.suite import CHECKS
from fraud.sources.delivery import Delivery
from fraud.sources.staging import Staged
from fraud.tables import AUDIENCE, DELIVERED, DELIVERIES, FINDINGS, LATE, STREAMS, Table

DayStore = tuple[date, str]

_WORDS_OF_ABSENT = ("absent_territories", "absent")

MAIN_SHARE, LEAST_MAIN_ROWS = 0.9, 100
"""A file is of one day where that day has such a share of its rows, and so many."""
LEAST_LATE_SHARE = 0.2
"""Late rows with a smaller share of their day's plays cannot double it."""


def judge_delivery(
    lake: Lake,
    delivery: Delivery,
    settings: Settings,
    folder: Path,
    *,
    now: datetime,
    accept: bool = False,
) -> Judgement | None:
    """Return the verdict on each delivered day × store, None where the delivery brought no day.

    A day to which much comes late is judged as it would then stand. `folder` takes a file in
    passing.
    """
    measured = []
    for table in DELIVERED:
        part = _completed_later(lake, delivery, table)
        own, late = _rows(delivery, table, part), _much_late(lake, delivery, table, part)
        if own or late:
            measured.append(_measured(lake, delivery, table, own, late, now=now))
    measured = _with_measures(measured, _measures(lake, delivery))
    if not measured:
        return None
    return judge_arrivals(measured, settings, folder, accept=accept)


def record(
    lake: Lake, findings: Iterable[Judged], delivery: Delivery, delivery_id: str, now: datetime
) -> None:
    """Keep what the gate found, once, however often the same files are delivered."""
    files = {table.name: delivery.files_of(table) for table in DELIVERED}
    rows = [
        {
            "report_date": one.day,
            "store": one.store,
            "table": one.table,
            "delivery_id": delivery_id,
            "judged_at": now,
            "check": one.check,
            "verdict": one.verdict,
            "found": one.found,
            "lowest": one.lowest,
            "highest": one.highest,
            "message": one.message,
            "files": ",".join(files[one.table][one.day, one.store]),
        }
        for one in findings
    ]
    if not rows:
        return
    found = pl.DataFrame(rows, schema=dict(FINDINGS.schema))
    days = found["report_date"]
    known = lake.read(FINDINGS, days.min(), days.max())  # type: ignore[arg-type]
    same = ["delivery_id", "report_date", "store", "table", "check", "verdict"]
    lake.append(FINDINGS, found.join(known, on=same, how="anti"))


def _measured(
    lake: Lake,
    delivery: Delivery,
    table: Table,
    own: Counter[DayStore],
    late: Collection[DayStore],
    *,
    now: datetime,
    alone: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """Return the measures of what arrived; where it is `alone`, against these territories' past."""
    days = sorted({day for day, _ in [*own, *late]})
    first, last = days[0] - timedelta(LOOK_BACK_DAYS), days[-1]
    totals = _totals(lake, table, first, last)
    with lake.connect([table], first, last) as connection:
        _view(connection, table, delivery, own, late)
        past = ", ".join(f"date '{day}'" for day in past_days(days))
        limited = _limited(lake, delivery, table, own)
        if alone:
            limited = {store: alone for _, store in own}
        told = _told(limited)
        if limited:
            totals = _of_some_territories(connection, table, totals, limited, told)
        connection.execute(
            f"create view before as select * from {table.name} where report_date in ({past})"
            + (f" and {told}" if limited else "")
        )
        connection.register("known_totals", totals.to_arrow())
        beside = _beside(delivery, table, own, totals, now)
        counted = _counted(delivery.staged_of(table), own, late)
        measured = measure(connection, table, beside, counted)
        measured = _as_it_would_stand(measured, late, set(late) - own.keys())
    if alone:
        return measured
    again = [
        _measured(lake, delivery, table, Counter({key: own[key]}), (), now=now, alone=territories)
        for key, territories in _first_territories(delivery, table, own, measured).items()
        if key not in late
    ]
    return _by_their_own_past(measured, again)


def _first_territories(
    delivery: Delivery, table: Table, own: Counter[DayStore], measured: pl.DataFrame
) -> dict[DayStore, frozenset[str]]:
    """Return the days whose territories come one by one and of which usual ones did not come.

    Those that did come are whole, however much of the day they are.
    """
    told = delivery.told_by_territory(table)
    lacking = measured.filter(pl.col("missing_territory") > 0).select("report_date", "store")
    return {key: told[key] for key in lacking.iter_rows() if own[key] and told.get(key)}


def _by_their_own_past(measured: pl.DataFrame, again: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Judge territories that came alone by what is usual of them; the absent are still told."""
    key = ["report_date", "store"]
    known = [one.filter(pl.col("usual_streams").is_not_null()) for one in again]
    if not any(one.height for one in known):
        return measured
    kept = measured.select(*key, "missing_territory", *_WORDS_OF_ABSENT)
    alone = pl.concat(known).drop("missing_territory", *_WORDS_OF_ABSENT).join(kept, on=key)
    others = measured.join(alone, on=key, how="anti")
    return pl.concat([others, alone.select(measured.columns)], how="vertical_relaxed").sort(key)


def _measures(lake: Lake, delivery: Delivery) -> pl.DataFrame | None:
    """Return the least usual measure of each day × store of the audience, parts as well."""
    rows = _rows(delivery, AUDIENCE, ())
    if not rows.total():
        return None
    days = sorted({day for day, _ in rows})
    with lake.connect([AUDIENCE], days[0] - timedelta(LOOK_BACK_DAYS), days[-1]) as connection:
        columns = ", ".join(f'"{name}"' for name in AUDIENCE.schema)
        arrived = (f"select {columns} from {of}" for of in _read(delivery.staged_of(AUDIENCE)))
        connection.execute(f"create view arrived as {' union all '.join(arrived)}")
        limited: dict[str, frozenset[str]] = {}
        for (_, store), territories in delivery.told_by_territory(AUDIENCE).items():
            limited[store] = limited.get(store, frozenset()) | territories
        found = measures(connection, days, delivery.told_in_parts(AUDIENCE), limited)
    return found.with_columns(pl.lit(AUDIENCE.name).alias("table"))


def _with_measures(measured: list[pl.DataFrame], found: pl.DataFrame | None) -> list[pl.DataFrame]:
    """Give the audience its measures; a part that was not judged otherwise is judged by these."""
    unknown = [frame.with_columns(measures=pl.lit(None, pl.Float64)) for frame in measured]
    if found is None or found.is_empty():
        return unknown
    key = ["report_date", "store", "table"]
    joined = [
        frame.drop("measures").join(found, on=key, how="left", maintain_order="left")
        for frame in unknown
    ]
    alone = found
    for frame in measured:
        alone = alone.join(frame, on=key, how="anti", maintain_order="left")
    others = [pl.lit(None, pl.Float64).alias(c.name) for c in CHECKS if c.name != "measures"]
    return [*joined, alone.with_columns(others)]


def _view(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    delivery: Delivery,
    own: Counter[DayStore],
    late: Collection[DayStore],
) -> None:
    """Make `arrived`: the delivered days, with what comes late to them or to days of the lake."""
    # A part that tells no plays of a track leaves them empty, and the lake will hold 0.
    told = {"streams": "coalesce(streams, 0) as streams"} if table is AUDIENCE else {}
    columns = ", ".join(told.get(name, f'"{name}"') for name in table.schema)
    of = {"own": own, "late": late, "held": set(late) - set(own)}
    for name, keys in of.items():
        frame = pl.DataFrame(
            sorted(keys), schema={"report_date": pl.Date(), "store": pl.String()}, orient="row"
        )
        connection.register(f"judged_{name}", frame.to_arrow())
    read_from = {
        "own": _read(delivery.staged_of(table)) if own.total() else [],
        "late": _read(delivery.staged_of(table, late=True)) if late else [],
        "held": [table.name] if of["held"] else [],
    }
    parts = [
        f"select {columns} from {rows} semi join judged_{name} using (report_date, store)"
        for name, sources in read_from.items()
        for rows in sources
    ]
    connection.register("nothing", table.empty().to_arrow())
    rows = " union all ".join(parts) or f"select {columns} from nothing"
    connection.execute(f"create view arrived as {rows}")


def _read(staged: Sequence[Staged]) -> list[str]:
    """Return what reads staged files: rows as they came, and days as the lake has them."""
    rows = [_files(one.path for one in staged if not one.made), "hive_partitioning = false"]
    days = [_files(one.path for one in staged if one.made), "hive_types = {'report_date': date}"]
    return [f"read_parquet({files}, {option})" for files, option in (rows, days) if files != "[]"]


def _files(paths: Iterable[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _as_it_would_stand(
    measured: pl.DataFrame, late: Collection[DayStore], held: Collection[DayStore]
) -> pl.DataFrame:
    """Leave out what late rows have no part in: two rows of a key add up, and the day was judged.

    `held` are those of `late` whose own report the lake holds.
    """
    key = pl.concat_str("report_date", pl.lit(" "), "store")

    def among(keys: Collection[DayStore]) -> pl.Expr:
        return key.is_in([f"{day} {store}" for day, store in sorted(keys)])

    left_out = pl.lit(None, pl.Float64)
    is_more = pl.col("volume") > 1
    return measured.with_columns(
        pl.when(among(late)).then(left_out).otherwise("duplicates").alias("duplicates"),
        pl.when(among(held) & ~is_more).then(left_out).otherwise("volume").alias("volume"),
        *(
            pl.when(among(held)).then(left_out).otherwise(name).alias(name)
            for name in (
                *("bad_rows", "dates", "empty", "cut", "outage"),
                *("missing_territory", "cut_territory"),
            )
        ),
    )


def _counted(
    staged: Sequence[Staged], own: Collection[DayStore], late: Collection[DayStore]
) -> Counted | None:
    """Return what is known of rows that were added up before the gate sees them."""
    judged = set(own) - set(late)
    rows, witnesses = [], {}
    for one in staged:
        ((key, (delivered, streams)), *_) = one.by_day_store.items()
        of = id(one.numbers or one.witness)
        if not one.made or key not in judged:
            continue
        if of not in witnesses and one.witness is not None:
            witnesses[of] = one.witness
        elif of not in witnesses and one.numbers:
            witnesses[of] = one.numbers.witness()
        if of in witnesses:
            unlike = one.made.repeatable - one.made.repeated
            rows.append(
                (*key, of, delivered, streams, one.made.repeatable, unlike, one.made.repeated)
            )
    if not rows:
        return None
    return Counted(
        pl.DataFrame(rows, schema=COUNTED, orient="row"),
        pl.concat([rows.with_columns(file=pl.lit(of)) for of, rows in witnesses.items()]),
        is_all=not late and judged == {(day, store) for day, store, *_ in rows},
    )


def _completed_later(lake: Lake, delivery: Delivery, table: Table) -> Collection[DayStore]:
    """Return the day × stores that the delivery tells only a part of.

    What it leaves unsaid stays as the lake has it, so that the delivered rows alone are no day to
    judge. Audience told in a store's own parts is a day where the plays came with it.
    """
    part: set[DayStore] = set()
    if table is AUDIENCE:
        plays = delivery.told_in_parts(STREAMS)
        part = {
            key
            for key, measures in delivery.told_in_parts(table).items()
            if "streams" not in measures or key not in plays
        }
    some = _some_territories(lake, delivery, table)
    # The past of a store is held as one: whole days of it are not judged by some territories.
    whole = {store for _, store in _rows(delivery, table, part).keys() - some.keys()}
    return part | {key for key in some if key[1] in whole}


def _some_territories(
    lake: Lake, delivery: Delivery, table: Table
) -> dict[DayStore, frozenset[str]]:
    """Return the day × stores of which only some territories come, and the lake holds others."""
    told = delivery.told_by_territory(table)
    days = sorted({day for day, _ in told} & set(lake.days(table)))
    if not days:
        return {}
    with lake.connect([table], days[0], days[-1]) as connection:
        held = connection.execute(
            f"select distinct report_date, store, territory from {table.name}"
        ).fetchall()
    others = {(day, store) for day, store, of in held if of not in told.get((day, store), {of})}
    return {key: told[key] for key in sorted(others)}


def _limited(
    lake: Lake, delivery: Delivery, table: Table, own: Collection[DayStore]
) -> dict[str, frozenset[str]]:
    """Return the stores of which some territories come to a day that is held.

    One more country of a day is held against the past of that country.
    """
    limited: dict[str, set[str]] = {}
    for key, territories in _some_territories(lake, delivery, table).items():
        if key in own:
            limited.setdefault(key[1], set()).update(territories)
    return {store: frozenset(of) for store, of in limited.items()}


def _told(limited: Mapping[str, Collection[str]]) -> str:
    """Return the condition of rows that are of a limited store's territories or another store."""
    return " and ".join(
        f"(store <> '{store}' or territory in ({_quoted(sorted(told))}))"
        for store, told in sorted(limited.items())
    )


def _of_some_territories(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    totals: pl.DataFrame,
    limited: Collection[str],
    told: str,
) -> pl.DataFrame:
    """Return the totals of days, those of the limited stores by their told territories alone."""
    some: pl.DataFrame = connection.sql(
        "select report_date, store, count(*) as rows, sum(streams)::bigint as streams"
        f" from {table.name} where store in ({_quoted(limited)})"
        f" and {told} group by report_date, store"
    ).pl()
    others = totals.filter(~pl.col("store").is_in(list(limited)))
    return pl.concat([others, some.cast(others.schema)]).sort("report_date", "store")


def _much_late(
    lake: Lake, delivery: Delivery, table: Table, part: Collection[DayStore]
) -> set[DayStore]:
    """Return the day × stores to which so much comes late that it may be the day once more.

    What replaces an earlier late report of the same day of arrival is not among them, nor what
    comes to a day of which there is nothing else.
    """
    arrivals: set[tuple[date, str, date]] = set()
    plays: Counter[DayStore] = Counter()
    for _, staged in delivery.placed():
        if staged.table is table and staged.late:
            plays.update({key: streams for key, (_, streams) in staged.by_day_store.items()})
            rows = pl.scan_parquet(staged.path).select("report_date", "store", "came_on").unique()
            arrivals.update(rows.collect().iter_rows())
    if not plays:
        return set()
    first, last = min(day for day, _ in plays), max(day for day, _ in plays)
    beside = {(day, store): n for day, store, _, n in _totals(lake, table, first, last).iter_rows()}
    for day in {day for day, _ in plays}:
        beside |= {(day, of): n for of, (_, n) in delivery.day_stores(table, day).items()}
    known = lake.read(LATE, first, last).filter(pl.col("table") == table.name)
    again = arrivals & set(known.select("report_date", "store", "came_on").iter_rows())
    return {
        key
        for key, late in plays.items()
        if key not in part
        and key in beside
        and late >= LEAST_LATE_SHARE * beside[key]
        and not any((day, store) == key for day, store, _ in again)
    }


def _rows(delivery: Delivery, table: Table, left: Collection[DayStore]) -> Counter[DayStore]:
    rows: Counter[DayStore] = Counter()
    for _, staged in delivery.placed():
        if staged.table is table and not staged.late:
            by_day_store = staged.by_day_store.items()
            rows.update({key: count for key, (count, _) in by_day_store if key not in left})
    rows.update({key: 0 for key in delivery.silent(table) if key not in left})
    return rows


def _totals(lake: Lake, table: Table, first: date, last: date) -> pl.DataFrame:
    """Return rows and plays of each day × store that the lake holds, as they were recorded."""
    return (
        lake.read(DELIVERIES, first, last)
        .filter(pl.col("table") == table.name)
        .sort("loaded_at")
        .unique(["report_date", "store"], keep="last")
        .select("report_date", "store", "rows", "streams")
        .sort("report_date", "store")
    )


def _beside(
    delivery: Delivery,
    table: Table,
    by_day_store: Counter[DayStore],
    totals: pl.DataFrame,
    now: datetime,
) -> pl.DataFrame:
    bad, stray = _bad(delivery, table), _stray(delivery, table)
    held = {(day, store): (rows, streams) for day, store, rows, streams in totals.iter_rows()}
    tomorrow = now.date() + timedelta(1)
    rows = []
    for (day, store), count in sorted(by_day_store.items()):
        strays, astray = stray[day, store], "lie outside the day that the file is of"
        if day > tomorrow:
            strays, astray = count, f"are of a day to come, seen from {now.date()}"
        rows.append(
            (day, store, bad[day, store], strays, astray, *held.get((day, store), (None, None)))
        )
    return pl.DataFrame(rows, schema=BESIDE, orient="row")


def _bad(delivery: Delivery, table: Table) -> Counter[DayStore]:
    """Count refused rows by day and store; those that tell neither are shared out by rows."""
    bad = delivery.quarantined_of(table)
    for file in delivery.files:
        unknown = file.quarantined - sum(file.quarantined_by_day_store.values())
        staged = [s for s in file.staged if s.table is table and not s.late]
        rows = sum(one.rows for one in staged)
        if file.kind == table.name and unknown and rows:
            for one in staged:
                for key, (count, _) in one.by_day_store.items():
                    bad[key] += unknown * count // rows
    return bad


def _stray(delivery: Delivery, table: Table) -> Counter[DayStore]:
    """Count the rows that lie outside the day that nearly all of their file is of."""
    stray: Counter[DayStore] = Counter()
    for file in delivery.files:
        by_day: Counter[date] = Counter()
        by_key: Counter[DayStore] = Counter()
        for staged in file.staged:
            if staged.table is table and not staged.late:
                for (day, store), (count, _) in staged.by_day_store.items():
                    by_day[day] += count
                    by_key[day, store] += count
        if len(by_day) < 2:
            continue
        ((main, most),) = by_day.most_common(1)
        if most >= max(LEAST_MAIN_ROWS, MAIN_SHARE * by_day.total()):
            stray.update({key: count for key, count in by_key.items() if key[0] != main})
    return stray
