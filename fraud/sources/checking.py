"""Every row against the declaration of its table: good ones typed, bad ones with the reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from fraud.sources.pseudonyms import Pseudonyms
from fraud.sources.territories import KNOWN
from fraud.sources.values import LONGEST_TEXT, MOST, parser
from fraud.tables import CONTEXT, LATE, PERIOD_STREAMS, ROYALTIES, VERDICTS, Column, Table


@dataclass(frozen=True)
class Fault:
    """Why a row does not enter: the first column at fault, in the table's order."""

    column: str
    value: str | None
    problem: str
    """The end of a sentence that begins with the column and the value."""


@dataclass
class Checked:
    """The rows of one table that are good, and what is wrong with the others."""

    good: pl.DataFrame
    """The table's columns in its types, `came_on` if told, `line`, and what came beside."""
    faults: dict[int, Fault] = field(default_factory=dict)
    """By position in the rows that were checked."""
    others: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a column held a value outside its set that was read as `other`."""


def check(rows: pl.DataFrame, table: Table, pseudonyms: Pseudonyms) -> Checked:
    """Check text rows against a table.

    `rows` has text columns named as in the table, `line`, `store_track_id` where the track may be
    named by its store, and `came_on` where the report tells it. A table's column that is not in
    `rows` is null.
    """
    checked = Checked(rows)
    values: dict[str, pl.Series] = {}
    for column in table.columns:
        if column.name == "listener_id" and column.name in rows.columns:
            values[column.name] = pseudonyms.of(rows[column.name])
            if column.required:
                _require(values[column.name], column, checked)
        elif column.name in rows.columns:
            values[column.name] = judged(rows[column.name], column, checked)
        elif column.name != "track_id":
            dtype = held_as(column)
            values[column.name] = pl.Series(column.name, [None], dtype).new_from_index(
                0, rows.height
            )
    if "track_id" in table.schema:
        values["track_id"] = _track(rows, values, checked)
    _rules(table, values, checked)
    carried = ("line", "as_of", *(("store_track_id",) if table is CONTEXT else ()))
    beside = [name for name in carried if name in rows.columns]
    if "came_on" in rows.columns:
        values["came_on"] = judged(rows["came_on"], LATE.column("came_on"), checked)
    typed = [name for name in (*table.schema, "came_on") if name in values]
    good = pl.DataFrame([*(values[name].alias(name) for name in typed), *rows[beside]])
    if checked.faults:
        good = good.filter(~pl.int_range(good.height).is_in(list(checked.faults)))
    checked.good = good
    return checked


def held_as(column: Column) -> pl.DataType:
    """Return how a column is held from here to the lake: closed sets of texts as numbers.

    The categories stand in the order of the texts, so that both sort alike.
    """
    if column.allowed:
        return pl.Enum(sorted(column.allowed))
    if column.name.endswith("territory"):
        return _TERRITORIES
    return column.dtype


_TERRITORIES = pl.Enum(sorted(KNOWN))


def judged(cells: pl.Series, column: Column, checked: Checked) -> pl.Series:
    """Return the values of a column's cells; what is wrong with them goes to `checked`."""
    values = _quickly(cells, column)
    if values is None:
        values = _one_by_one(cells, column, checked)
    if column.required:
        _require(values, column, checked)
    return values


def _quickly(cells: pl.Series, column: Column) -> pl.Series | None:
    """Return the values of a column in which each cell is well written, else None."""
    if column.dtype == pl.Int64():
        return counts(cells)
    dtype = held_as(column)
    if isinstance(dtype, pl.Enum):
        held = cells.cast(dtype, strict=False)
        return held if held.null_count() == cells.null_count() else None
    if column.name == "isrc" and cells.str.contains(column.pattern).all():
        return cells
    return None


def counts(cells: pl.Series) -> pl.Series | None:
    """Return the whole numbers of cells that are each well written or empty, else None."""
    read = cells.cast(pl.Int64, strict=False)
    if read.null_count() > cells.null_count():
        return None
    if len(read) > read.null_count() and not 0 <= _low(read) <= _high(read) <= MOST:
        return None
    return read


def _low(counts: pl.Series) -> int:
    return int(counts.min())  # type: ignore[arg-type]


def _high(counts: pl.Series) -> int:
    return int(counts.max())  # type: ignore[arg-type]


def _one_by_one(cells: pl.Series, column: Column, checked: Checked) -> pl.Series:
    """Parse each different cell of a column once."""
    parse = parser(column)
    values: dict[str, object] = {}
    wrong: dict[str, str] = {}
    outside: list[str] = []
    distinct = cells.unique()
    for cell in distinct.drop_nulls():
        text = cell.strip()
        if not text:
            continue
        try:
            values[cell] = parse(text)
        except ValueError as error:
            if "other" in column.allowed:
                values[cell] = "other"
                outside.append(cell)
            else:
                wrong[cell] = str(error)
    if outside:
        for cell, count in cells.filter(cells.is_in(outside)).value_counts().iter_rows():
            checked.others[column.name, cell.strip()] += count
    if wrong:
        for position in cells.is_in(list(wrong)).fill_null(value=False).arg_true():
            cell = cells[position]
            checked.faults.setdefault(position, Fault(column.name, cell, wrong[cell]))
    if len(values) == len(distinct) and all(cell == value for cell, value in values.items()):
        return cells.cast(held_as(column))
    return cells.replace_strict(
        list(values), list(values.values()), default=None, return_dtype=held_as(column)
    )


def _require(values: pl.Series, column: Column, checked: Checked) -> None:
    if values.null_count():
        for position in values.is_null().arg_true():
            checked.faults.setdefault(
                position, Fault(column.name, None, "is empty; every row needs it")
            )


def _track(rows: pl.DataFrame, values: Mapping[str, pl.Series], checked: Checked) -> pl.Series:
    """Return the ISRC of each row, else `<store>:<store_track_id>`."""
    isrc = values["isrc"]
    if not isrc.null_count():
        return isrc.alias("track_id")
    track = isrc
    if "store_track_id" in rows.columns:
        store = values["store"] if "store" in values else rows["store"]
        own = rows["store_track_id"].str.strip_chars()
        named = pl.select(
            pl.when(own.str.len_bytes() > 0).then(pl.concat_str(store, pl.lit(":"), own))
        ).to_series()
        track = isrc.zip_with(isrc.is_not_null(), named)
        nested = isrc.is_null() & own.str.contains(r"^[\[{]")
        for position in nested.fill_null(value=False).arg_true():
            problem = "is a list or an object; one id of a track stands there"
            checked.faults.setdefault(position, Fault("isrc", own[position], problem))
        long = isrc.is_null() & (own.str.len_chars() > LONGEST_TEXT)
        for position in long.fill_null(value=False).arg_true():
            problem = f"has more than {LONGEST_TEXT:,} characters; no store has such ids"
            checked.faults.setdefault(position, Fault("isrc", own[position], problem))
    nameless = Fault("isrc", None, "is empty; every row needs it")
    if "store_track_id" in rows.columns:
        nameless = Fault("isrc", None, "is empty, as is store_track_id; a row needs one of them")
    for position in track.is_null().arg_true():
        checked.faults.setdefault(position, nameless)
    return track.alias("track_id")


def _rules(table: Table, values: Mapping[str, pl.Series], checked: Checked) -> None:
    """Check what several columns of a row must satisfy together."""
    spans = {
        **dict.fromkeys(
            (VERDICTS.name, PERIOD_STREAMS.name, ROYALTIES.name), ("period_start", "period_end")
        ),
        CONTEXT.name: ("start_date", "end_date"),
    }
    if table.name in spans:
        first, last = spans[table.name]
        for position in (values[last] < values[first]).fill_null(value=False).arg_true():
            problem = f"lies before {first} {values[first][position]}"
            checked.faults.setdefault(position, Fault(last, str(values[last][position]), problem))
    if table is VERDICTS:
        for position in (values["isrc"].is_null() & values["upc"].is_null()).arg_true():
            nameless = Fault("isrc", None, "is empty, as is upc; a verdict needs one of them")
            checked.faults.setdefault(position, nameless)
