"""Rows of a Parquet file, read as text so that every format is checked alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from fraud.errors import UnreadableError
from fraud.sources.rows import Rows
from fraud.sources.unpacking import MOST_UNPACKED_RATIO, RATIO_COUNTS_FROM_BYTES

BATCH_ROWS = 1_000_000


def schema(path: Path) -> Mapping[str, pl.DataType]:
    """Return the columns of the file; UnreadableError where it is cut off, damaged or a bomb."""
    try:
        columns = pl.read_parquet_schema(path)
        rows = _height(path)
    except (pl.exceptions.PolarsError, OSError):
        raise UnreadableError(
            "is no complete Parquet file (its footer cannot be read); deliver it again"
        ) from None
    size = path.stat().st_size
    if rows > max(size * MOST_UNPACKED_RATIO, RATIO_COUNTS_FROM_BYTES):
        raise UnreadableError(
            f"claims {rows:,} rows in {size:,} bytes, as no report does; split it by day"
        )
    return columns


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Rows]:
    """Yield the rows in batches; `columns` maps the columns to read to the names they get."""
    total = _height(path)
    for start in range(0, total, BATCH_ROWS):
        try:
            batch = pl.scan_parquet(path).slice(start, BATCH_ROWS).select(list(columns)).collect()
        except (pl.exceptions.PolarsError, OSError):
            raise UnreadableError(
                f"is damaged Parquet from row {start + 1} on; deliver it again"
            ) from None
        line = pl.int_range(start + 1, start + 1 + batch.height, eager=True).alias("line")
        frame = pl.DataFrame([_text(batch[key]).alias(name) for key, name in columns.items()])
        yield Rows(frame.with_columns(line), _raw(frame))


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _raw(frame: pl.DataFrame) -> Callable[[Sequence[int]], list[str]]:
    def raw(positions: Sequence[int]) -> list[str]:
        return [",".join(cell or "" for cell in row) for row in frame[list(positions)].rows()]

    return raw


def _text(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if dtype.is_nested():
        raise UnreadableError(
            f"has lists or structures in the column {series.name}; write one value a row"
        )
    if dtype.is_float():
        # Whole numbers become floats where a column of counts once held an unknown.
        series = series.fill_nan(None)
        whole = series.cast(pl.Int64, strict=False)
        if (whole.cast(dtype) == series).fill_null(value=True).all():
            series = whole
    if isinstance(dtype, pl.Datetime) and (series.dt.truncate("1d") == series).all():
        series = series.dt.date()
    if isinstance(dtype, pl.Binary):
        return pl.Series([_decoded(value) for value in series], dtype=pl.String)
    return series.cast(pl.String)


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
