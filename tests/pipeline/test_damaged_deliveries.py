"""Deliveries of every format after the post, as a user meets them: told, counted, and in bounds.

Each damage hits one file of a delivery. Whatever comes of it, the command ends by its contract,
each row is taken, refused, passed over, left out or kept out, a refused file leaves nothing in the
lake, and nothing is written outside the home.
"""

import gzip
import random
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FunctionType

import pytest

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.tables import DELIVERED, PERIOD_STREAMS, ROYALTIES, VERDICTS
from tests.sources import (
    apple_files,
    spotify_files,
    test_amazon,
    test_believe,
    test_ddex_dsr,
    test_distrokid,
    test_fuga,
    test_labelcamp,
    test_merlin,
    test_youtube,
)
from tests.sources.damage import damaged_copies
from tests.sources.loading import write

NOW = datetime(2026, 5, 10, 4, 0, tzinfo=UTC)
MOST_SECONDS = 60
FILES: dict[str, bytes] = {
    "spotify/2026/05/04/NL.json": spotify_files.ndjson(
        *(spotify_files.play(user_id=f"u{n}", length=n) for n in range(12, 62))
    ).encode(),
    "spotify/sums.json": spotify_files.ndjson(spotify_files.sums()).encode(),
    "apple/summary.txt": apple_files.tsv(
        apple_files.SUMMARY, *apple_files.SUMMARY_ROWS * 9
    ).encode(),
    "apple/content.txt": apple_files.tsv(apple_files.CONTENT, *apple_files.CONTENT_ROWS).encode(),
    "apple/shazam.txt": apple_files.tsv(apple_files.SHAZAM, *apple_files.SHAZAM_ROWS).encode(),
    "label_Spotify_20260211.tsv": (test_fuga.SPOTIFY + 9 * test_fuga.play("u_3")).encode(),
    test_labelcamp.NAME.format(1): (9 * test_labelcamp.EVENTS).encode(),
    test_ddex_dsr.NAME.format(1, 1): test_ddex_dsr.audio(test_ddex_dsr.ONE).encode(),
    "youtube.csv": test_youtube.COMBINED.encode(),
    "assets.csv": test_youtube.ASSETS.encode(),
    "dzr-deezer/trends.csv": test_merlin.TRENDS.encode(),
    "distrokid.tsv": test_distrokid.LAYOUTS["old"],
    "distrokid.csv": test_distrokid.LAYOUTS["new"],
    "believe.csv": (test_believe.HEADER + test_believe.ROWS).encode(),
    "amazon.csv": (test_amazon.HEADER + 9 * test_amazon.row()).encode(),
}


def copied(data: bytes, draw: random.Random) -> bytes:
    """Return one of the usual damages: bytes, lines, columns, encodings."""
    separator = max("\t;,", key=lambda one: data.count(one.encode()))
    return draw.choice(list(damaged_copies(data, separator, seed=draw.randrange(99), copies=2)))


def long_line(data: bytes, draw: random.Random) -> bytes:
    at = data.find(b"\n", draw.randrange(len(data) // 2)) + 1
    return data[:at] + b"x" * 10_000_000 + b"\n" + data[at:]


def long_cell(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + b"9" * 10_000_000 + data[at:]


def wide(data: bytes, draw: random.Random) -> bytes:
    """Return a file with 100,000 columns more in its header or in one of its rows."""
    separator = max(b"\t;,", key=data.count)
    lines = data.split(b"\n")
    lines[draw.choice([0, 1])] += bytes([separator]) * 100_000
    return b"\n".join(lines)


def bomb(data: bytes, draw: random.Random) -> bytes:
    return gzip.compress(data + draw.choice([b"0", b"\n"]) * 40_000_000)


def cut_gzip(data: bytes, draw: random.Random) -> bytes:
    packed = gzip.compress(data)
    return packed[: draw.randrange(3, len(packed))]


@pytest.mark.parametrize("damage", [copied, long_line, long_cell, wide, bomb, cut_gzip])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_wrong_is_told_and_nothing_else_is_lost(
    damage: FunctionType, seed: int, tmp_path: Path
) -> None:
    draw = random.Random(f"{damage.__name__} {seed}")  # noqa: S311 damage, not secrets
    name = draw.choice(sorted(FILES))
    for other in draw.sample(sorted(FILES.keys() - {name}), 3):
        write(tmp_path / "in" / other, FILES[other])
    hit = write(tmp_path / "in" / name, damage(FILES[name], draw))
    began = time.process_time()
    result = load(tmp_path)
    assert time.process_time() - began < MOST_SECONDS
    assert {path.name for path in tmp_path.iterdir()} == {"in", "home"}
    (file,) = (one for one in result.files if one.path == str(hit))
    if file.refused:
        assert result.exit_code == 3
        assert file.rows == 0
    assert result.rows.read == sum(one.rows for one in result.files)
    went = asdict(result.rows)
    assert went.pop("read") == sum(went.values())
    assert all(not one.refused and one.rows for one in result.files if one is not file)


@pytest.mark.parametrize("name", FILES)
def test_a_refused_file_leaves_the_lake_as_it_is(name: str, tmp_path: Path) -> None:
    write(tmp_path / "in" / name, FILES[name])
    load(tmp_path)
    before = held(tmp_path)
    write(tmp_path / "in" / name, bomb(FILES[name], random.Random(1)))  # noqa: S311 not secrets
    result = load(tmp_path)
    assert result.exit_code == 3
    assert held(tmp_path) == before


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "home" / "secret.csv", FILES["amazon.csv"])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.csv").symlink_to(outside)
    with pytest.raises(CallError, match="no report was found"):
        load(tmp_path)


def load(folder: Path) -> IngestResult:
    return ingest([folder / "in"], Settings(home=folder / "home"), now=NOW)


def held(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the lake's facts, rulings and reports by period."""
    lake = Lake(Settings(home=folder / "home").lake_address)
    tables = (*DELIVERED, PERIOD_STREAMS, ROYALTIES, VERDICTS)
    return {table.name: list(lake.read(table).iter_rows()) for table in tables}
