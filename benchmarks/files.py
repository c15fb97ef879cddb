"""Times loading one large file against the bare libraries that turn it into Parquet.

`python -m benchmarks.files csv --rows 20000000` and the same with `plays --rows 5000000` print a
table. The bare libraries check nothing, sort nothing and keep nothing apart; each way runs in a
process of its own, so that its memory is its own. Rows are made anew from a seed. Where other work
shares the machine, the ratio of processor seconds says more than that of the clock; `--times 3`
runs all ways three times.
"""

import argparse
import gzip
import multiprocessing
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
    queue.put((clock, processor, peak_mb()))


def peak_mb() -> float:
    """Return the most memory that this process held; `getrusage` counts its parent's as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Print a table of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["csv", "plays"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        name = "streams.csv.gz" if asked.kind == "csv" else "streams_DE_2026-03-29.json.gz"
        path = Path(folder, name)
        (write_csv if asked.kind == "csv" else write_plays)(path, asked.rows)
        print(f"{asked.rows:,} rows, {path.stat().st_size >> 20} MiB packed")
        print(
            f"{'way':14} {'clock s':>9} {'ratio':>6}"
            f" {'processor s':>12} {'ratio':>6} {'peak MB':>9}"
        )
        least_clock = least_processor = float("inf")
        for way in [*WAYS] * asked.times:
            queue: multiprocessing.Queue[tuple[float, float, float]] = context.Queue()
            process = context.Process(target=timed, args=(way, path, queue))
            process.start()
            clock, processor, peak = queue.get()
            process.join()
            if way.startswith("bare"):
                least_clock = min(least_clock, clock)
                least_processor = min(least_processor, processor)
            print(
                f"{way:14} {clock:9.1f} {clock / least_clock:6.2f} {processor:12.1f}"
                f" {processor / least_processor:6.2f} {peak:9.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
