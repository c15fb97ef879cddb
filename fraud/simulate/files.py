"""Writing frames as report files; the same frame gives the same bytes."""

import gzip
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from fraud.errors import CallError

FileFormat = Literal["csv.gz", "csv", "parquet", "ndjson", "ndjson.gz", "spotify_bulk", "fuga"]
FORMATS: tuple[str, ...] = get_args(FileFormat)


def checked_format(name: str) -> str:
    """Return the name of a file format; CallError when it is none of them."""
    if name not in FORMATS:
        raise CallError(f"file format {name!r} is none of {', '.join(FORMATS)}")
    return name


def write(frame: pl.DataFrame, path: Path, file_format: str) -> None:
    """Write a frame; gzip carries neither a name nor a time, so equal frames make equal files."""
    match file_format:
        case "parquet":
            frame.write_parquet(path, compression="zstd", statistics=True)
        case "tsv.gz":
            _write_text(frame.write_csv(separator="\t", quote_style="never"), path, file_format)
        case "csv" | "csv.gz":
            _write_text(frame.write_csv(), path, file_format)
        case _:
            _write_text(frame.write_ndjson(), path, file_format)


def _write_text(text: str, path: Path, file_format: str) -> None:
    data = text.encode()
    path.write_bytes(gzip.compress(data, 5, mtime=0) if file_format.endswith(".gz") else data)
