"""The lake: the tables of `fraud.tables` as Delta Lake tables, on a folder or on s3://.

Every write is one atomic commit; a reader sees a table before it or after it, never between.
Delta Lake protocol: https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

import json
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
import polars as pl
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Field,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.schema import Schema
from deltalake.transaction import AddAction, RemoveAction

from fraud.errors import FraudError
from fraud.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

LATER = {"fraud.added": "later"}
"""Marks a column in the table's schema that its first files do not have."""
_SQL_TYPES = {
    pl.Date: "date",
    pl.String: "varchar",
    pl.Int64: "bigint",
    pl.Float64: "double",
    pl.Float32: "float",
    pl.Boolean: "boolean",
    pl.Datetime: "timestamptz",
}
BATCH_ROWS = 250_000
"""The writer holds some batches of a table that comes in several frames."""
MOST_FILES = 64
"""A table that is not partitioned is written together when appending has made more files."""
MOST_MERGES = 20
"""So often a merge is tried that others' commits come before."""
MOST_KEYS = 200
"""So many are named in one predicate: a longer one is beyond the parser's depth."""


class Lake:
    """The tables at one address, as they are now or as they were at a moment (`as_of`)."""

    def __init__(
        self,
        address: str | Path,
        *,
        as_of: datetime | None = None,
        storage_options: Mapping[str, str] | None = None,
    ) -> None:
        self.address = str(address).rstrip("/")
        self.as_of = as_of
        self._options = dict(storage_options or {})
        self._open: dict[str, DeltaTable | None] = {}

    @property
    def is_local(self) -> bool:
        """Whether the lake is a folder of this machine."""
        return "://" not in self.address

    def at(self, moment: datetime) -> Self:
        """Return the same lake as it was known at `moment` (read only)."""
        return type(self)(self.address, as_of=moment, storage_options=self._options)

    def _uri(self, table: Table) -> str:
        return f"{self.address}/{table.name}"

    def _delta(self, table: Table) -> DeltaTable | None:
        """Return the opened table, or None where nothing was ever written (or not yet, `as_of`)."""
        if table.name not in self._open:
            self._open[table.name] = self._load(table)
        return self._open[table.name]

    def _load(self, table: Table) -> DeltaTable | None:
        if self.is_local and not Path(self._uri(table), "_delta_log").is_dir():
            return None
        try:
            delta = DeltaTable(self._uri(table), storage_options=self._options or None)
        except TableNotFoundError:
            return None
        if self.as_of is not None:
            # By the commits' own milliseconds: an object store keeps times in whole seconds.
            moment = self.as_of.timestamp() * 1000
            known = [c["version"] for c in delta.history() if c["timestamp"] <= moment]
            if not known:
                return None
            delta.load_as_version(max(known))
        return delta

    def version(self, table: Table) -> int | None:
        """Return the version that is read, None where the table has none."""
        delta = self._delta(table)
        return None if delta is None else delta.version()

    def files(
        self, table: Table, first_day: date | None = None, last_day: date | None = None
    ) -> list[str]:
        """Return the Parquet files of the version that is read, or those of a span of its days."""
        delta = self._delta(table)
        if delta is None:
            return []
        files: list[str] = delta.file_uris()
        if not table.by_day or (first_day is None and last_day is None):
            return sorted(files)
        low = str(first_day or date.min)
        high = str(last_day or date.max)
        return sorted(f for f in files if low <= _partition_day(f) <= high)

    def days(self, table: Table) -> list[date]:
        """Return the days that the table holds, in order."""
        return sorted({date.fromisoformat(_partition_day(f)) for f in self.files(table)})

    def written(self, table: Table) -> dict[date, datetime]:
        """Return when each day that the table holds was last written, by the commits' own time."""
        delta = self._delta(table)
        if delta is None:
            return {}
        latest: dict[date, datetime] = {}
        files = pl.DataFrame(delta.get_add_actions(flatten=True))
        for path, moment in files.select("path", "modification_time").iter_rows():
            day = date.fromisoformat(_partition_day(path))
            written = datetime.fromtimestamp(moment / 1000, UTC)
            latest[day] = max(latest.get(day, written), written)
        return latest

    def read(
        self, table: Table, first_day: date | None = None, last_day: date | None = None
    ) -> pl.DataFrame:
        """Return the table, or a span of its days, ordered by its key."""
        if not self.files(table, first_day, last_day):
            return table.empty()
        with self.connect([table], first_day, last_day) as connection:
            frame = connection.sql(f"select * from {table.name}").pl()
        return table.conform(frame)

    def connect(
        self,
        tables: Iterable[Table],
        first_day: date | None = None,
        last_day: date | None = None,
    ) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB connection with each table as a view of the version that is read.

        The views hold the days from `first_day` to `last_day`, both included; a table that was
        never written is an empty view with the declared columns, and a column that was declared
        after a row was written is null in it.
        """
        connection = duckdb.connect()
        # Its own progress bar would stand in the midst of what a command prints.
        connection.execute("set enable_progress_bar = false")
        for table in tables:
            self._view(connection, table, first_day, last_day)
        return connection

    def _view(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        first_day: date | None,
        last_day: date | None,
    ) -> None:
        delta = self._delta(table)
        files = self.files(table, first_day, last_day)
        there = {} if delta is None else {field.name: field for field in delta.schema().fields}
        columns = _columns(table, there) if files else ", ".join(map(_named, table.schema))
        if delta is None or not files:
            connection.register(f"_empty_{table.name}", table.empty().to_arrow())
            source = f"_empty_{table.name}"
        elif self.is_local:
            quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            hive = (
                "hive_types = {'report_date': date}"
                if table.by_day
                else "hive_partitioning = false"
            )
            # It reads the foot of every file, so only where files are known to differ.
            if any(field.metadata == LATER for field in there.values()):
                hive += ", union_by_name = true"
            source = f"read_parquet([{quoted}], {hive})"
        else:
            connection.register(f"_remote_{table.name}", delta.to_pyarrow_dataset())
            source = f"_remote_{table.name}"
            if table.by_day and (first_day or last_day):
                low, high = first_day or date.min, last_day or date.max
                source += f" where report_date between date '{low}' and date '{high}'"
        connection.execute(f"create view {table.name} as select {columns} from {source}")

    def replace_days(
        self,
        table: Table,
        frame: pl.DataFrame,
        days: Collection[date],
        note: Mapping[str, str] | None = None,
    ) -> None:
        """Replace whole days of a table by the rows of `frame` in one commit.

        A day in `days` without rows ends up empty; rows of other days are refused.
        """
        if not days:
            return
        listed = ", ".join(f"'{day}'" for day in sorted(set(days)))
        self._overwrite(table, frame, f"report_date in ({listed})", note)

    def replace_store_days(
        self,
        table: Table,
        frame: pl.DataFrame | Iterator[pl.DataFrame],
        store_days: Collection[tuple[date, str]],
        note: Mapping[str, str] | None = None,
        *,
        in_order: bool = False,
    ) -> None:
        """Replace each given day × store of a table by the rows of `frame` in one commit.

        `in_order` says that the rows already stand in the order of the key; then they may come in
        several frames, of which only the one that is being written is held.
        """
        if not store_days:
            return
        by_stores: dict[tuple[str, ...], list[date]] = {}
        by_day: dict[date, list[str]] = {}
        for day, store in sorted(set(store_days)):
            by_day.setdefault(day, []).append(store)
        for day, stores in by_day.items():
            by_stores.setdefault(tuple(stores), []).append(day)
        predicate = " or ".join(
            f"(report_date in ({_quoted(days)}) and store in ({_quoted(stores)}))"
            for stores, days in sorted(by_stores.items())
        )
        self._overwrite(table, frame, predicate, note, in_order=in_order)

    def adopt(
        self,
        table: Table,
        day: date,
        files: Sequence[Path],
        note: Mapping[str, str] | None = None,
    ) -> None:
        """Make Parquet files the rows of a day that the table does not hold, in one commit.

        They are in the order of the key and have the table's columns without `report_date`. Into a
        folder they are moved, so that no row is written twice. Raises FraudError where somebody
        else loads the day meanwhile.
        """
        if self._delta(table) is None:
            self._create(table)
        if not self.is_local:
            predicate = f"report_date in ({_quoted([day])})"
            self._write(
                table, _batches(table, day, files), mode="overwrite", predicate=predicate, note=note
            )
            return
        self._mind_writing()
        self._add_columns(table)
        import pyarrow.parquet as pq

        folder = Path(self._uri(table), f"report_date={day}")
        folder.mkdir(exist_ok=True)
        actions: list[AddAction | RemoveAction] = []
        for file in files:
            rows = pq.read_metadata(file).num_rows
            path = folder / f"part-{uuid.uuid4()}.parquet"
            shutil.move(file, path)
            actions.append(_added(path, str(day), rows))
        while True:
            self._open.pop(table.name, None)
            delta = self._delta(table)
            if delta is None or day in self.days(table):
                raise self._not_written(table, f"somebody else has loaded {day} meanwhile")
            with suppress(CommitFailedError):
                # It is tried once: only then nothing can have come since the day was looked for.
                delta.create_write_transaction(
                    actions,
                    "append",
                    delta.schema(),
                    ["report_date"],
                    commit_properties=CommitProperties(
                        custom_metadata=dict(note or {}), max_commit_retries=0
                    ),
                )
                break
        self._open.pop(table.name, None)

    def replace_where(
        self,
        table: Table,
        frame: pl.DataFrame,
        columns: Sequence[str],
        keys: Collection[Sequence[object]],
        note: Mapping[str, str] | None = None,
    ) -> None:
        """Replace the rows whose `columns` hold one of `keys` by the rows of `frame`.

        One commit as a rule; where there are very many keys it takes several, each of whole keys.
        """
        ordered = sorted(set(map(tuple, keys)), key=str)
        for start in range(0, len(ordered), MOST_KEYS):
            some = ordered[start : start + MOST_KEYS]
            predicate = " or ".join(f"({' and '.join(map(_equals, columns, key))})" for key in some)
            chosen = pl.DataFrame(
                some, schema={name: table.schema[name] for name in columns}, orient="row"
            )
            rows = frame.join(chosen, on=columns, how="semi", maintain_order="left")
            self._overwrite(table, rows, predicate, note)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows to a table of records."""
        if frame.is_empty():
            return
        self._write(table, table.conform(frame), mode="append")
        delta = self._delta(table)
        if delta is not None and not table.by_day and len(delta.file_uris()) > MOST_FILES:
            delta.optimize.compact()
            self._open.pop(table.name, None)

    def merge(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows to a reference table; a row with a known key replaces the one that was there.

        What somebody else writes meanwhile is kept: the rows are then merged with those instead.
        """
        if frame.is_empty():
            return
        if self._delta(table) is None:
            self._create(table)
        for _ in range(MOST_MERGES):
            self._open.pop(table.name, None)
            merged = pl.concat([self.read(table), table.conform(frame)])
            kept = merged.unique(table.key, keep="last", maintain_order=True)
            with suppress(CommitFailedError):
                self._write(table, table.conform(kept), mode="overwrite", onto=self._delta(table))
                return
        raise self._not_written(table, "somebody else kept writing it meanwhile; try again")

    def _overwrite(
        self,
        table: Table,
        frame: pl.DataFrame | Iterator[pl.DataFrame],
        predicate: str,
        note: Mapping[str, str] | None,
        *,
        in_order: bool = False,
    ) -> None:
        if self._delta(table) is None:
            self._create(table)
        rows: pl.DataFrame | pa.RecordBatchReader
        if isinstance(frame, pl.DataFrame):
            rows = table.typed(frame) if in_order else table.conform(frame)
        else:
            rows = _reader(table, frame)
        self._write(table, rows, mode="overwrite", predicate=predicate, note=note)

    def _create(self, table: Table) -> None:
        DeltaTable.create(
            self._uri(table),
            schema=table.empty().to_arrow().schema,
            mode="ignore",
            partition_by=["report_date"] if table.by_day else None,
            storage_options=self._options or None,
        )

    def _write(
        self,
        table: Table,
        frame: "pl.DataFrame | pa.RecordBatchReader",
        *,
        mode: str,
        predicate: str | None = None,
        note: Mapping[str, str] | None = None,
        onto: DeltaTable | None = None,
    ) -> None:
        """Write in one commit; where it must be `onto` what was read, CommitFailedError if not."""
        self._mind_writing()
        options: dict[str, Any] = {
            "mode": mode,
            "storage_options": self._options or None,
            # A day is read whole, so minima and maxima of its columns would only cost.
            "writer_properties": WriterProperties(
                default_column_properties=ColumnProperties(statistics_enabled="NONE")
            ),
        }
        if predicate is not None:
            options["predicate"] = predicate
        if note:
            options["commit_properties"] = CommitProperties(custom_metadata=dict(note))
        if onto is not None:
            options["commit_properties"] = CommitProperties(max_commit_retries=0)
        try:
            self._add_columns(table)
            if self._has_dropped_columns(table):
                options["schema_mode"] = "merge"
            write_deltalake(
                onto or self._uri(table),
                frame,
                partition_by=["report_date"] if table.by_day else None,
                **options,
            )
        except DeltaError as error:
            if onto is not None and isinstance(error, CommitFailedError):
                raise
            raise self._not_written(table, str(error).partition("\n")[0]) from error
        self._open.pop(table.name, None)

    def _mind_writing(self) -> None:
        if self.as_of is not None:
            raise FraudError("the lake as it was cannot be written; leave out --as-of")

    def _not_written(self, table: Table, why: str) -> FraudError:
        return FraudError(
            f"{table.name} in the lake at {self.address} was not written, nothing has changed:"
            f" {why}"
        )

    def _has_dropped_columns(self, table: Table) -> bool:
        """Return whether the table keeps a column that is declared no longer: new rows lack it."""
        delta = self._delta(table)
        return delta is not None and any(
            field.name not in table.schema for field in delta.schema().fields
        )

    def _add_columns(self, table: Table) -> None:
        """Give a table the columns that were declared since it was made; its rows have nulls there.

        A column whose values are required is not added: no null can stand for it.
        """
        delta = self._delta(table)
        if delta is None:
            return
        there = {field.name for field in delta.schema().fields}
        later = {column.name for column in table.columns if not column.required} - there
        if later:
            declared = Schema.from_arrow(table.empty().to_arrow().schema).fields
            delta.alter.add_columns(
                [
                    Field(field.name, field.type, nullable=True, metadata=LATER)
                    for field in declared
                    if field.name in later
                ]
            )


def _reader(table: Table, frames: Iterator[pl.DataFrame]) -> "pa.RecordBatchReader":
    """Return the frames as they are asked for."""
    import pyarrow as pa

    batches = (
        batch
        for frame in frames
        for rows in frame.iter_slices(BATCH_ROWS)
        for batch in table.typed(rows).rechunk().to_arrow().to_batches()
    )
    return pa.RecordBatchReader.from_batches(table.empty().to_arrow().schema, batches)


def _batches(table: Table, day: date, files: Sequence[Path]) -> "pa.RecordBatchReader":
    """Return the rows of a day's files as they are asked for."""
    import pyarrow.parquet as pq

    return _reader(
        table,
        (
            pl.DataFrame(batch).with_columns(report_date=pl.lit(day))
            for file in files
            for batch in pq.ParquetFile(file).iter_batches(BATCH_ROWS)
        ),
    )


def _added(path: Path, day: str, rows: int) -> AddAction:
    known = path.stat()
    return AddAction(
        f"{path.parent.name}/{path.name}",
        known.st_size,
        {"report_date": day},
        int(known.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def _columns(table: Table, there: Mapping[str, Field]) -> str:
    """Return what selects the declared columns from a table that has those in `there`."""
    return ", ".join(
        _named(name)
        if name in there
        else f"cast(null as {_SQL_TYPES[type(kind)]}) as {_named(name)}"
        for name, kind in table.schema.items()
    )


def _named(name: str) -> str:
    return f'"{name}"'


def _partition_day(uri: str) -> str:
    return uri.rpartition("report_date=")[2][:10]


def _equals(name: str, value: object) -> str:
    return f"{name} = '" + str(value).replace("'", "''") + "'"


def _quoted(values: Sequence[object]) -> str:
    return ", ".join(f"'{value}'" for value in values)
