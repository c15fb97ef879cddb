"""The lake's tables as files for other programs: CSV or Parquet, a span of days, ordered by key."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from fraud.config import Settings
from fraud.errors import CallError, FraudError
from fraud.lake import Lake
from fraud.report.alerts_csv import COLUMNS
from fraud.tables import FEATURES, INCIDENTS, LEVELS, SCORES, STREAMS, Table

T = TypeVar("T")

TABLE_OF = {
    "scores": SCORES,
    "alerts": INCIDENTS,
    "incidents": INCIDENTS,
    "features": FEATURES,
    "streams": STREAMS,
}
"""What can be exported; `alerts` are the lines of alerts.csv, `incidents` the whole table."""

KEY_OF_LEVEL = {
    "track": ("isrc", "track_id"),
    "territory": ("isrc", "track_id", "store", "territory"),
    "release": ("upc",),
    "artist": ("artist",),
    "label": ("label",),
    "account": ("account_id",),
    "batch": ("entity", "track_ids"),
    "lockstep": ("entity", "track_ids"),
}
_ALL_KEYS = {name for names in KEY_OF_LEVEL.values() for name in names}

_FORMAT_OF = {
    ".csv": "format csv, header, delimiter ',', quote '\"', escape '\"', nullstr ''",
    ".parquet": "format parquet, compression zstd",
}
"""COPY options by a file's ending; CSV is RFC 4180 with LF, in UTF-8 without a byte order mark."""


@dataclass(frozen=True)
class Export:
    """What was written: the file, its rows and their first and last day."""

    path: Path
    rows: int
    first_day: date
    last_day: date


def export(
    what: str,
    out: Path,
    settings: Settings,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    level: str = "track",
    progress: Callable[[str], None] | None = None,
) -> Export:
    """Write a span of days of a table, both ends included, to `out` and return what was written.

    `level` chooses among scores and features. The file is there whole or not at all. Raises
    CallError for an unknown table, level or ending and for a span without rows.
    """
    table = _chosen("table", what, TABLE_OF)
    form = _chosen("ending", out.suffix.lower(), _FORMAT_OF)
    if level not in LEVELS:
        raise CallError(f"there is no level {level!r}; choose {_listed(LEVELS)}")
    if not out.parent.is_dir():
        raise CallError(f"{out.parent} is no folder; make it first or write somewhere else")
    where, params = _filter(table, level)
    lake = Lake(settings.lake_address)
    with lake.connect([table], first_day, last_day) as connection:
        count = f"select count(*), min(report_date), max(report_date) from {table.name} {where}"
        found = connection.execute(count, params).fetchone()
        if found is None or not found[0]:
            raise CallError(_nothing(what, lake.days(table), first_day, last_day, level))
        rows, first, last = found
        if progress:
            progress(f"Writing {rows:,} rows")
        part = out.with_name(f".{out.name}.part")
        columns = ", ".join(_columns(what, table, level))
        key = ("report_date", "rank") if what == "alerts" else table.key
        order = ", ".join(f'"{name}" nulls first' for name in key)
        target = str(part).replace("'", "''")
        try:
            connection.execute(
                f"copy (select {columns} from {table.name} {where} order by {order})"
                f" to '{target}' ({form})",
                params,
            )
            os.replace(part, out)  # noqa: PTH105
        except OSError as error:
            raise FraudError(f"{out} cannot be written: {error.strerror}") from None
        finally:
            part.unlink(missing_ok=True)
    return Export(out, rows, first, last)


def _filter(table: Table, level: str) -> tuple[str, dict[str, str]]:
    if "level" in table.key:
        return "where level = $level", {"level": level}
    return "", {}


def _columns(what: str, table: Table, level: str) -> list[str]:
    """Return the columns; those of scores in order: day, key of the level, score, rank, others."""
    if what == "alerts":
        return [f'"{name}"' for name in COLUMNS]
    names = [name for name in table.schema if name != "report_date"]
    if what == "scores":
        first = (*KEY_OF_LEVEL[level], "score", "rank")
        others = [name for name in names if name not in {*first, *_ALL_KEYS, "level", "entity"}]
        names = [*first, *others]
    day = "report_date as date" if what == "scores" else "report_date"
    return [day, *(f'"{name}"' for name in names)]


def _nothing(
    what: str, days: list[date], first_day: date | None, last_day: date | None, level: str
) -> str:
    if not days:
        hint = "ingest reports first" if what == "streams" else "run a night first"
        return f"the lake holds no {what} yet; {hint}"
    span = f"from {first_day or days[0]} to {last_day or days[-1]}"
    of_level = f" of level {level}" if what in {"scores", "features"} else ""
    return f"there are no {what}{of_level} {span}; the lake holds days {days[0]} to {days[-1]}"


def _chosen(kind: str, name: str, among: Mapping[str, T]) -> T:
    if name not in among:
        raise CallError(f"there is no {kind} {name!r} to export; choose {_listed(tuple(among))}")
    return among[name]


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
