"""Rows of one key made one row, whatever order and files they came in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from fraud.ordering import grouped
from fraud.sources.rows import SCHEMA, Refused, refused_frame
from fraud.tables import AUDIENCE, CATALOG, PERIOD_STREAMS, VERDICTS, Table

_ADDED_UP = (pl.Int64(), pl.Float64())
LEAST_TWICE_ROWS, LEAST_TWICE_SHARE = 20, 0.8
_LARGER = {AUDIENCE.name: "streams", VERDICTS.name: "artificial_streams"}
"""Of rows that contradict each other the one with the larger count is kept."""


@dataclass(frozen=True)
class Combined:
    """A table's rows, one a key, in the order of the key; and those that contradicted them."""

    rows: pl.DataFrame
    merged: int
    """Rows that were added up, repeated another row, or gave way to a newer or fuller one."""
    refused: pl.DataFrame
    """Rows that contradict one that was kept; a frame of `rows.SCHEMA`."""
    warnings: list[str] = field(default_factory=list)
    """What entered differently from how it was delivered."""
    contradicted: Counter[tuple[date, str]] = field(default_factory=Counter)
    """How many rows of a day and store are among `refused`."""


def combine(rows: pl.DataFrame, table: Table, files: list[str]) -> Combined:
    """Combine typed rows that carry `line`, and `file` as a position in `files`."""
    if table.additive:
        return _added_up(rows, table, files)
    return _kept(rows, table, files)


def one_ruling_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows for VERDICTS of one file with those of one key, and one currency, added up."""
    counted = [c.name for c in VERDICTS.columns if c.dtype in _ADDED_UP]
    keys = [name for name in VERDICTS.schema if name not in counted and name in rows.columns]
    beside = [name for name in rows.columns if name not in keys and name not in counted]
    return rows.group_by(keys, maintain_order=True).agg(
        *(pl.col(name).first() for name in beside),
        *(
            pl.when(pl.col(name).null_count() == 0).then(_sum(rows[name]))
            for name in counted
            if name in rows.columns
        ),
    )


def _added_up(rows: pl.DataFrame, table: Table, files: list[str]) -> Combined:
    """Add up a break-down: counts are summed, and a sum with an unknown part is unknown."""
    ordered, begins = grouped(rows, table.key)
    if begins.all():
        return Combined(table.typed(ordered), 0, _nothing())
    measures = [c.name for c in table.columns if c.dtype in _ADDED_UP and c.name not in table.key]
    beside = [c for c in table.schema if c not in table.key and c not in measures]
    summed = _summed(ordered, begins, beside, measures)
    if summed is None:
        summed = _grouped(ordered, begins, table.key, beside, measures)
    merged = ordered.height - summed.height
    warnings = [*_shared(ordered, begins, table, files), *_twice(ordered, table)]
    return Combined(table.typed(summed), merged, _nothing(), warnings)


def _summed(
    ordered: pl.DataFrame, begins: pl.Series, beside: Sequence[str], measures: Sequence[str]
) -> pl.DataFrame | None:
    """Return the sums of each run of rows where all is known and alike beside the counts."""
    again = ~begins
    if any(ordered[name].null_count() or ordered[name].dtype != pl.Int64() for name in measures):
        return None
    if any((ordered[name].ne_missing(ordered[name].shift(1)) & again).any() for name in beside):
        return None
    starts = begins.arg_true().to_numpy()
    return ordered.filter(begins).with_columns(
        pl.Series(name, np.add.reduceat(ordered[name].to_numpy(), starts)) for name in measures
    )


def _grouped(
    ordered: pl.DataFrame,
    begins: pl.Series,
    key: Sequence[str],
    beside: Sequence[str],
    measures: Sequence[str],
) -> pl.DataFrame:
    groups = begins.cast(pl.UInt32).cum_sum()
    return ordered.group_by(groups.alias("group"), maintain_order=True).agg(
        *(pl.col(name).first() for name in key),
        *(pl.col(name).min() for name in beside),
        *(pl.when(pl.col(name).null_count() == 0).then(_sum(ordered[name])) for name in measures),
    )


def _sum(measure: pl.Series) -> pl.Expr:
    """Return how a measure is added up: whatever order its rows came in, the sum is the same."""
    told = pl.col(measure.name)
    return told.sort().sum() if measure.dtype.is_float() else told.sum()


def _shared(ordered: pl.DataFrame, begins: pl.Series, table: Table, files: list[str]) -> list[str]:
    """Say which files have rows in common: a correction in one delivery with what it corrects."""
    before = ordered["file"].shift(1)
    again = (~begins & ordered["file"].ne_missing(before)).arg_true()
    if not len(again):
        return []
    first = again[0]
    day = ordered["report_date" if table.by_day else "period_start"][first]
    store = ordered["store"][first]
    warning = (
        f"{table.name}: {files[before[first]]} and {files[ordered['file'][first]]} both tell of the"
        f" same rows, first of {store} on {day}; such rows were added up ({len(again):,} in all);"
        " a correction is delivered on its own"
    )
    return [warning]


def _twice(ordered: pl.DataFrame, table: Table) -> list[str]:
    """Say which report by period has nearly all its rows twice, as one put behind itself has."""
    if table is not PERIOD_STREAMS:
        return []
    rows = ordered.select(*table.schema).filter(pl.col("streams") > 0)
    repeated = rows.height - rows.unique().height
    if rows.height < LEAST_TWICE_ROWS or 2 * repeated < LEAST_TWICE_SHARE * rows.height:
        return []
    origin, store, first = (rows[name][0] for name in ("origin", "store", "period_start"))
    twice = f"{2 * repeated:,} of {rows.height:,} rows stand there twice and were added up"
    where = f"{origin}, first of {store} from {first}"
    return [f"{where}: {twice}; if the report was put together twice, deliver it again"]


def _kept(rows: pl.DataFrame, table: Table, files: list[str]) -> Combined:
    """Keep one row a key: the larger count, the newer or the fuller row, then by their values."""
    measures = [name for name in table.schema if name not in table.key]
    order = [pl.col(name) for name in table.key]
    falling = [False] * len(order)
    if table.name in _LARGER:
        order.append(pl.col(_LARGER[table.name]))
    if "as_of" in rows.columns:
        # A catalogue of its own goes before what reports of plays say of their tracks.
        order += [pl.col("as_of").is_null(), pl.col("as_of")]
    order.append(pl.sum_horizontal(pl.col(name).is_not_null() for name in table.schema))
    order += [pl.col(name) for name in [*measures, "file", "line"]]
    falling += [True] * (len(order) - len(falling) - 2) + [False, False]
    ordered = rows.sort(order, descending=falling, nulls_last=falling)
    _, begins = grouped(ordered, table.key)
    if table is CATALOG and not begins.all():
        ordered = _completed(ordered, begins, measures)
    kept = table.typed(ordered.filter(begins))
    if begins.all():
        return Combined(kept, 0, _nothing())
    first = ordered.filter(begins)[begins.cast(pl.Int64).cum_sum() - 1]
    differs = pl.Series([False]).new_from_index(0, ordered.height)
    for name in measures:
        told = ordered[name].is_not_null() if table is CATALOG else True
        differs |= ordered[name].ne_missing(first[name]) & told
    contradictions = ordered.filter(differs)
    merged = ordered.height - kept.height
    if table is CATALOG:
        if "as_of" in rows.columns:
            contradictions = contradictions.filter(pl.col("as_of").is_null())
        return Combined(kept, merged, _nothing(), _passed_over(contradictions))
    # What was made of plays stands on no line that could be refused.
    made = contradictions.filter(pl.col("line") == 0)
    contradictions = contradictions.filter(pl.col("line") > 0)
    merged -= contradictions.height
    refused = _refused(contradictions, table, files)
    if not table.by_store:
        return Combined(kept, merged, refused)
    contradicted = Counter(contradictions.select("report_date", "store").iter_rows())
    return Combined(kept, merged, refused, _made_otherwise(made, table, files), contradicted)


def _completed(ordered: pl.DataFrame, begins: pl.Series, measures: list[str]) -> pl.DataFrame:
    """Fill what a row leaves unsaid from those that come after it in its key."""
    groups = begins.cast(pl.UInt32).cum_sum()
    return ordered.with_columns(pl.col(measures).backward_fill().over(groups))


def _passed_over(contradictions: pl.DataFrame) -> list[str]:
    if contradictions.is_empty():
        return []
    warning = (
        f"catalog: rows contradict each other, first of {contradictions['track_id'][0]};"
        f" the fullest row of each track was taken (passed over: {contradictions.height:,})"
    )
    return [warning]


def _made_otherwise(rows: pl.DataFrame, table: Table, files: list[str]) -> list[str]:
    """Say what was made of plays that another report tells otherwise."""
    if rows.is_empty():
        return []
    day, store, file = (rows[name][0] for name in ("report_date", "store", "file"))
    warning = (
        f"{table.name}: {files[file]} tells of plays that another file tells otherwise, first of"
        f" {store} on {day}; the larger {_LARGER[table.name]} was kept ({rows.height:,} in all)"
    )
    return [warning]


def _refused(rows: pl.DataFrame, table: Table, files: list[str]) -> pl.DataFrame:
    column = _LARGER.get(table.name)
    which = f"the one with the larger {column}" if column else "the first by its values"
    told = (name for name in table.schema if name not in table.key)
    shown = column or next(told, table.key[0])
    texts = rows.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("") for name in table.schema], separator=","
        )
    ).to_series()
    frames = [
        refused_frame(
            files[file],
            [
                Refused(
                    f"the row contradicts another of the same {_what(table)}; {which} was kept",
                    line,
                    shown,
                    str(value),
                    text,
                )
            ],
        )
        for file, line, value, text in zip(
            rows["file"], rows["line"], rows[shown], texts, strict=True
        )
    ]
    return pl.concat([_nothing(), *frames])


def _what(table: Table) -> str:
    return ", ".join(name for name in table.key if name != "report_date").replace("_id", "")


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)
