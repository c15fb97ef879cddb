"""Plays as stores tell them, unfolded into streams, audience and listeners.

A store may tell one day in many files: plays by listener, who the listeners are, which ISRC a track
has, how often it was saved. They are joined here, in DuckDB, which spills to the staging folder, so
that memory does not grow with the files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from fraud.sources.staging import DayStore, Staged
from fraud.sql import statement
from fraud.tables import AUDIENCE, DELIVERED, PEOPLE, STREAMS, TRACK_IDS, Table

MEASURES = tuple(
    c.name for c in AUDIENCE.columns if c.dtype == pl.Int64() and c.name not in AUDIENCE.key
)
MEMORY = "2GB"


@dataclass(frozen=True)
class Unfolded:
    """Rows that were made from plays, and which reports told them."""

    staged: Staged
    parts: Mapping[DayStore, str]
    """The report whose rows were taken, or those that complete each other with `+` between."""
    left: Mapping[DayStore, str]
    """Reports that tell the same plays in less detail and were left, with `+` between."""
    told: Mapping[DayStore, frozenset[str]]
    """The measures that any of the reports tells; the others are unknown to this delivery."""
    nameless: Mapping[DayStore, int]
    """Tracks that no look-up names by an ISRC."""

    def warnings(self) -> list[str]:
        """Return a sentence for each thing that entered differently from how it was delivered."""
        table = self.staged.table.name
        texts = [
            f"{table} of {store} on {day}: {left} tells the plays of {self.parts[day, store]} in"
            " less detail and was not added to them"
            for (day, store), left in sorted(self.left.items())
        ]
        texts += [
            f"{table} of {store} on {day}: {count:,} tracks have no ISRC in any look-up and entered"
            " under the store's own id; deliver the store's catalogue report with the plays"
            for (day, store), count in sorted(self.nameless.items())
        ]
        return texts


def unfold(
    plays: Sequence[Staged],
    people: Sequence[Path],
    track_ids: pl.DataFrame,
    folder: Path,
) -> list[Unfolded]:
    """Return the rows of each table that staged plays tell, as Parquet in `folder`.

    `people` are staged accounts, `track_ids` rows of TRACK_IDS: those of the delivery and those
    known before; of several ISRCs for one id the last is taken.
    """
    if not plays:
        return []
    spill = str(folder / "spill")
    with duckdb.connect(config={"temp_directory": spill, "memory_limit": MEMORY}) as connection:
        _open(connection, plays, people, track_ids)
        connection.execute(f"create view plays as {statement('sources/plays')}")
        told = connection.sql(statement("sources/told")).pl()
        return [
            made
            for table in DELIVERED
            if any(table.name in staged.becomes for staged in plays)
            for made in _made(connection, table, told, folder)
        ]


def _open(
    connection: duckdb.DuckDBPyConnection,
    plays: Sequence[Staged],
    people: Sequence[Path],
    track_ids: pl.DataFrame,
) -> None:
    files = [str(staged.path) for staged in plays]
    connection.read_parquet(files, filename=True).create_view("delivered")
    parts = pl.DataFrame(
        [
            (
                str(staged.path),
                telling.part,
                telling.precedence,
                *(table.name in telling.tables for table in DELIVERED),
            )
            for staged in plays
            if (telling := staged.telling)
        ],
        schema=["file", "part", "precedence", *(f"tells_{table.name}" for table in DELIVERED)],
        orient="row",
    )
    known = track_ids.unique(TRACK_IDS.key, keep="last", maintain_order=True)
    accounts = pl.concat(
        [PEOPLE.empty(), *(PEOPLE.typed(pl.read_parquet(path)) for path in people)]
    )
    connection.register("parts", parts.to_arrow())
    connection.register("track_ids", known.to_arrow())
    connection.register(
        "people", accounts.unique(PEOPLE.key, keep="last", maintain_order=True).to_arrow()
    )


def _made(
    connection: duckdb.DuckDBPyConnection, table: Table, told: pl.DataFrame, folder: Path
) -> Iterator[Unfolded]:
    path = folder / f"unfolded-{table.name}.parquet"
    connection.execute(
        f"copy (select *, 0::bigint as line from ({statement(f'sources/{table.name}')}))"
        f" to '{path}' (format parquet)"
    )
    made = connection.read_parquet(str(path))
    rows = made.aggregate(
        "report_date, store, count(*), sum(streams),"
        " count(distinct track_id) filter (isrc is null)",
        "report_date, store",
    ).fetchall()
    if not rows:
        return
    parts, left, measures = _told(told, table)
    yield Unfolded(
        Staged(
            table,
            path,
            sum(row[2] for row in rows),
            {(day, store): (count, int(streams or 0)) for day, store, count, streams, _ in rows},
        ),
        parts,
        left,
        measures,
        {(day, store): nameless for day, store, _, _, nameless in rows if nameless},
    )


def _told(
    told: pl.DataFrame, table: Table
) -> tuple[dict[DayStore, str], dict[DayStore, str], dict[DayStore, frozenset[str]]]:
    """Return which reports were taken for each day × store, which were left, what they tell."""
    parts: dict[DayStore, list[str]] = {}
    best: dict[DayStore, int] = {}
    left: dict[DayStore, list[str]] = {}
    measures: dict[DayStore, frozenset[str]] = {}
    for row in told.filter(f"tells_{table.name}").iter_rows(named=True):
        key = (row["report_date"], row["store"])
        known = frozenset(name for name in MEASURES if row[name])
        if table is STREAMS and "streams" not in known:
            continue
        if table is STREAMS and row["precedence"] < best.setdefault(key, row["precedence"]):
            left.setdefault(key, []).append(row["part"])
            continue
        parts.setdefault(key, []).append(row["part"])
        measures[key] = measures.get(key, frozenset()) | known
    return _joined(parts), _joined(left), measures


def _joined(parts: Mapping[DayStore, Sequence[str]]) -> dict[DayStore, str]:
    return {key: "+".join(of) for key, of in parts.items()}
