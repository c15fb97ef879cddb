"""Staged rows read back: whole files, some of their days and stores, or so many rows at a time."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import polars as pl

from fraud.sources.combining import Combined
from fraud.sources.rows import SCHEMA
from fraud.sources.staging import DayStore, Staged


def load(
    staged: Staged,
    position: int,
    day_stores: list[DayStore] | None,
    territories: list[str] | None = None,
) -> pl.DataFrame:
    """Return the rows of the days and stores, or of all, with `file` as the position of theirs."""
    rows = _scan(staged)
    if territories is not None:
        rows = rows.filter(pl.col("territory").is_in(territories))
    if staged.table.additive:
        # Nothing is said of single rows any more: they can only be added up.
        rows = rows.drop("line", strict=False)
    frame = rows.collect()
    if day_stores is not None and not staged.by_day_store.keys() <= set(day_stores):
        wanted = pl.DataFrame(
            day_stores, schema={"report_date": pl.Date(), "store": pl.String()}, orient="row"
        )
        # A store that is not in the frame becomes null, which is equal to nothing.
        wanted = wanted.cast({"store": frame.schema["store"]}, strict=False)
        frame = frame.join(wanted, on=wanted.columns, how="semi", maintain_order="left")
    return frame.with_columns(file=pl.lit(position, pl.Int32))


def together(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the frames as one; what they hold as different sets of texts is held as one set."""
    held: dict[str, set[pl.DataType]] = defaultdict(set)
    for frame in frames:
        for name, dtype in frame.schema.items():
            held[name].add(dtype)
    for name, dtypes in held.items():
        if len(dtypes) > 1:
            one = _common(dtypes)
            frames = [f.with_columns(f[name].cast(one)) if name in f.columns else f for f in frames]
    return pl.concat(frames, how="diagonal")


def slices(staged: Staged, key: DayStore, most: int) -> Iterator[Combined]:
    """Yield the rows of a day and store from a file in order, so many at a time."""
    counts = sorted((one, rows) for one, (rows, _) in staged.by_day_store.items())
    begin = sum(rows for one, rows in counts if one < key)
    end = begin + (staged.made.rows if staged.made else staged.by_day_store[key][0])
    merged = staged.made.merged if staged.made else 0
    for start in range(begin, end, most):
        rows = _scan(staged).slice(start, min(most, end - start)).collect()
        yield Combined(staged.table.typed(rows), merged, pl.DataFrame(schema=SCHEMA))
        merged = 0


def territories(files: list[Staged], key: DayStore, most: int) -> list[list[str]]:
    """Return the territories of a day and store in order, in lists of so many rows together."""
    counts: Counter[str] = Counter()
    for staged in files:
        told = pl.scan_parquet(staged.path)
        if len(staged.by_day_store) > 1:
            is_key = (pl.col("report_date") == key[0]) & (pl.col("store").cast(pl.String) == key[1])
            told = told.filter(is_key)
        counts.update(dict(told.group_by("territory").agg(pl.len()).collect().iter_rows()))
    lists: list[list[str]] = []
    held = 0
    for territory in sorted(counts):
        if not lists or held + counts[territory] > most:
            lists.append([])
            held = 0
        lists[-1].append(territory)
        held += counts[territory]
    return lists


def _scan(staged: Staged) -> pl.LazyFrame:
    rows = pl.scan_parquet(staged.path, hive_partitioning=False)
    if not staged.made:
        return rows
    ((day, _),) = staged.by_day_store
    return rows.with_columns(report_date=pl.lit(day), line=pl.lit(0, pl.Int64))


def _common(dtypes: set[pl.DataType]) -> pl.DataType:
    texts: set[str] = set()
    for dtype in dtypes:
        if not isinstance(dtype, pl.Enum):
            return dtype
        texts.update(dtype.categories)
    return pl.Enum(sorted(texts))
