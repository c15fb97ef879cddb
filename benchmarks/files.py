"""Times loading one large file against the bare libraries that turn it into Parquet.

`python -m benchmarks.files csv --rows 20000000` and the same with `plays --rows 5000000` print a
table. The bare libraries check nothing, sort nothing and keep nothing apart; each way runs in a
process of its own, so that its memory is its own. Rows are made anew from a seed.
"""

import argparse
import gzip
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from benchmarks.gate import day
from fraud import config
from fraud.pipeline.ingest import ingest

BLOCK_ROWS = 500_000
DEVICES = ("cell phone", "tablet", "personal computer", "connected audio device")
PLACES = ("search", "collection", "others_playlist", "artist", "radio")


def write_csv(path: Path, rows: int) -> None:
    """Write a day of plays as a streams report."""
    columns = ["report_date", "store", "territory", "isrc", "source", "tier", "device", "streams"]
    plain = path.with_suffix("")
    day(rows).select(columns).write_csv(plain)
    with plain.open("rb") as unpacked, gzip.open(path, "wb", compresslevel=1) as packed:
        shutil.copyfileobj(unpacked, packed, 1 << 22)
    plain.unlink()


def write_plays(path: Path, rows: int) -> None:
    """Write plays as Spotify's Bulk API delivers them: one JSON object a play."""
    draw = np.random.default_rng(7)
    with gzip.open(path, "wb", compresslevel=1) as packed:
        for start in range(0, rows, BLOCK_ROWS):
            count = min(BLOCK_ROWS, rows - start)
            track = pl.Series(draw.zipf(1.3, count) % 50_000).cast(pl.String).str.zfill(32)
            frame = pl.DataFrame(
                {
                    "user_id": pl.Series(draw.integers(0, 400_000, count))
                    .cast(pl.String)
                    .str.zfill(32),
                    "track_id": track,
                    "timestamp": pl.repeat("2026-03-29T12:15:00", count, eager=True),
                    "country": pl.repeat("DE", count, eager=True),
                    "length": draw.integers(30, 400, count),
                    "cached": pl.repeat("N", count, eager=True),
                    "source": pl.Series(PLACES).gather(draw.integers(0, len(PLACES), count)),
                    "source_uri": pl.repeat("", count, eager=True),
                    "device_type": pl.Series(DEVICES).gather(draw.integers(0, len(DEVICES), count)),
                    "os": pl.repeat("Android", count, eager=True),
                }
            )
            packed.write(frame.write_ndjson().encode())


def bare_polars(path: Path, out: Path) -> None:
    """Turn the file into Parquet by Polars alone."""
    scan = pl.scan_csv if path.name.endswith(".csv.gz") else pl.scan_ndjson
    scan(path).sink_parquet(out / "polars.parquet")


def bare_duckdb(path: Path, out: Path) -> None:
    """Turn the file into Parquet by DuckDB alone."""
    reader = "read_csv" if path.name.endswith(".csv.gz") else "read_json"
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            f"copy (from {reader}('{path}')) to '{out / 'duckdb.parquet'}'"
            " (format parquet, compression zstd)"
        )


def ours(path: Path, out: Path) -> None:
    """Load the file into a new lake, gate included."""
    result = ingest([path], config.load(home=out / "home"), now=datetime.now(UTC))
    assert not result.refused.height  # noqa: S101 what is timed has to be whole


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "bare Polars": bare_polars,
    "bare DuckDB": bare_duckdb,
    "fraud ingest": ours,
}


def timed(way: str, path: Path, queue: "multiprocessing.Queue[tuple[float, float, float]]") -> None:
    """Put seconds by the clock, seconds of processor time and peak MB of one way."""
    with tempfile.TemporaryDirectory(dir=path.parent) as out:
        started, worked = time.perf_counter(), time.process_time()
        WAYS[way](path, Path(out))
        clock, processor = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queue.put((clock, processor, peak))


def main() -> None:
    """Print a table of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["csv", "plays"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        name = "streams.csv.gz" if asked.kind == "csv" else "streams_DE_2026-03-29.json.gz"
        path = Path(folder, name)
        (write_csv if asked.kind == "csv" else write_plays)(path, asked.rows)
        print(f"{asked.rows:,} rows, {path.stat().st_size >> 20} MiB packed")
        print(f"{'way':14} {'clock s':>9} {'processor s':>12} {'peak MB':>9} {'ratio':>7}")
        floor = float("inf")
        for way in WAYS:
            queue: multiprocessing.Queue[tuple[float, float, float]] = context.Queue()
            process = context.Process(target=timed, args=(way, path, queue))
            process.start()
            clock, processor, peak = queue.get()
            process.join()
            floor = min(floor, clock) if way.startswith("bare") else floor
            print(f"{way:14} {clock:9.1f} {processor:12.1f} {peak:9.0f} {clock / floor:7.2f}")


if __name__ == "__main__":
    main()
