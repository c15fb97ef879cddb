"""Two loads of one home at the same moment, in two real processes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fraud.config import Settings
from fraud.errors import FraudError
from fraud.lake import Lake
from fraud.pipeline import turns
from fraud.pipeline.ingest import ingest
from fraud.tables import CATALOG, STREAMS
from tests.sources.loading import write

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)
HOLD = """
import sys, time
from pathlib import Path
from fraud.pipeline.turns import turn
with turn(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def held(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has the turn of a home."""
    call = [sys.executable, "-c", HOLD, str(home)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def streams(folder: Path, day: int, name: str = "streams") -> Path:
    head = "report_date,store,territory,isrc,streams\n"
    rows = "".join(f"2026-05-{day:02},spotify,DE,USAAA26{n:05},5\n" for n in range(50))
    return write(folder / f"{name}-{day}.csv", head + rows)


def test_two_loads_take_turns_and_neither_loses_a_row(tmp_path: Path) -> None:
    home = tmp_path / "home"
    loads = []
    for load in range(2):
        tracks = (f"USAAA26{100 * load + n:05},Song {n},Ann" for n in range(100))
        catalog = write(tmp_path / f"catalog-{load}.csv", "isrc,title,artist\n" + "\n".join(tracks))
        call = [sys.executable, "-c", "from fraud.cli import main; main()"]
        call += ["ingest", "--home", str(home), str(catalog)]
        files = [streams(tmp_path / str(load), day) for day in range(1 + 10 * load, 5 + 10 * load)]
        loads.append(subprocess.Popen([*call, *files], stderr=subprocess.PIPE, text=True))
    told = [load.communicate(timeout=300)[1] for load in loads]
    assert [load.returncode for load in loads] == [0, 0], told
    lake = Lake(home / "lake")
    assert lake.read(CATALOG).height == 200
    assert lake.read(STREAMS).height == 8 * 50


def test_a_load_waits_and_says_so(tmp_path: Path) -> None:
    told: list[str] = []
    with held(tmp_path / "home") as holder:

        def tell(text: str) -> None:
            told.append(text)
            holder.kill()

        settings = Settings(home=tmp_path / "home")
        result = ingest([streams(tmp_path, 1)], settings, now=NOW, tell=tell)
    assert told == ["Another load of this home is at work; this one waits for it"]
    assert result.rows.taken == 50


def test_a_killed_load_blocks_nobody_and_what_it_left_is_swept_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    left = write(home / f"{turns.STAGING}killed" / "000001-0-streams.parquet", b"half")
    with held(home):
        pass
    began = time.monotonic()
    with turns.turn(home):
        assert time.monotonic() - began < turns._PAUSE_SECONDS
        assert not left.parent.exists()


def test_who_has_waited_long_enough_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 0)
    with held(tmp_path), pytest.raises(FraudError, match="another load"), turns.turn(tmp_path):
        pass


def test_a_home_that_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = write(tmp_path / "file", b"")
    with pytest.raises(FraudError, match="cannot be used as home"), turns.turn(file / "home"):
        pass
