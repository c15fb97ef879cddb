"""Files that are made elsewhere become the rows of a day, once, and moved rather than written."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fraud.errors import FraudError
from fraud.lake import Lake
from fraud.tables import STREAMS, Table

MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)


def rows(day: date, store: str, *streams: int) -> pl.DataFrame:
    return STREAMS.conform(
        pl.DataFrame({"streams": streams}, schema={"streams": pl.Int64}).with_columns(
            pl.lit(day).alias("report_date"),
            pl.lit(store).alias("store"),
            pl.lit("DE").alias("territory"),
            ("QZAAA260000" + pl.int_range(pl.len()).cast(pl.String)).alias("track_id"),
        )
    )


def made(folder: Path, frame: pl.DataFrame) -> Path:
    path = folder / f"{frame['store'][0]}.parquet"
    frame.drop("report_date").write_parquet(path)
    return path


def test_files_become_the_rows_of_a_day_in_one_commit(tmp_path: Path) -> None:
    lake, one, other = Lake(tmp_path / "lake"), rows(MONDAY, "deezer", 1), rows(MONDAY, "x", 2, 3)
    lake.replace_store_days(STREAMS, rows(TUESDAY, "x", 4), [(TUESDAY, "x")])
    before = lake.version(STREAMS)
    files = [made(tmp_path, one), made(tmp_path, other)]
    lake.adopt(STREAMS, MONDAY, files, {"delivery_id": "a"})
    again = Lake(tmp_path / "lake")
    assert again.read(STREAMS).equals(pl.concat([one, other, rows(TUESDAY, "x", 4)]))
    assert before is not None
    assert again.version(STREAMS) == before + 1
    assert not any(file.exists() for file in files)
    assert again.written(STREAMS).keys() == {MONDAY, TUESDAY}


def test_an_adopted_day_is_replaced_store_by_store_like_any_other(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    files = [made(tmp_path, rows(MONDAY, store, 1, 2)) for store in ("deezer", "x")]
    lake.adopt(STREAMS, MONDAY, files)
    lake.replace_store_days(STREAMS, rows(MONDAY, "x", 7), [(MONDAY, "x")])
    assert lake.read(STREAMS)["streams"].to_list() == [1, 2, 7]


def test_a_day_that_somebody_else_has_loaded_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    one, other = Lake(tmp_path / "lake"), Lake(tmp_path / "lake")
    assert one.days(STREAMS) == []
    other.replace_store_days(STREAMS, rows(MONDAY, "x", 1), [(MONDAY, "x")])
    with pytest.raises(FraudError, match="somebody else has loaded 2026-05-04 meanwhile"):
        one.adopt(STREAMS, MONDAY, [made(tmp_path, rows(MONDAY, "x", 2))])
    assert Lake(tmp_path / "lake").read(STREAMS)["streams"].to_list() == [1]


class Outrun(Lake):
    """A lake that somebody else writes to between the look and the commit."""

    day = TUESDAY

    def days(self, table: Table) -> list[date]:
        told = super().days(table)
        if len(told) == 0:
            Lake(self.address).replace_store_days(
                STREAMS, rows(self.day, "y", 5), [(self.day, "y")]
            )
        return told


def test_a_commit_in_between_of_another_day_is_no_hindrance(tmp_path: Path) -> None:
    Outrun(tmp_path / "lake").adopt(STREAMS, MONDAY, [made(tmp_path, rows(MONDAY, "x", 2))])
    assert Lake(tmp_path / "lake").read(STREAMS)["streams"].to_list() == [2, 5]


def test_a_commit_in_between_of_the_same_day_is_seen(tmp_path: Path) -> None:
    lake = Outrun(tmp_path / "lake")
    lake.day = MONDAY
    with pytest.raises(FraudError, match="meanwhile"):
        lake.adopt(STREAMS, MONDAY, [made(tmp_path, rows(MONDAY, "x", 2))])
    assert Lake(tmp_path / "lake").read(STREAMS)["streams"].to_list() == [5]
