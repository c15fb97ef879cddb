"""Files that cannot be read: each is told in a sentence, and the others are taken."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fraud.errors import CallError
from fraud.sources.delivery import deliver
from fraud.sources.folders import find
from tests.sources.loading import REPORTS, load, write

NOBODY = 65_534
AS_NOBODY = f"""
import os, sys, tempfile
from pathlib import Path
from fraud.errors import FraudError
from fraud.sources.delivery import deliver
import polars
folder = Path(tempfile.mkdtemp())
folder.chmod(0o777)
if os.geteuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
try:
    found = deliver(sys.argv[1:], folder, salt=lambda: "00" * 32)
except FraudError as error:
    print(type(error).__name__, error)
else:
    for file in found.files:
        print(file.path, file.note or "taken")
"""


def as_nobody(*paths: Path) -> list[str]:
    """Return what a user without rights is told of a delivery."""
    call = [sys.executable, "-c", AS_NOBODY, *map(str, paths)]
    done = subprocess.run(call, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


@pytest.fixture
def open_to_all(tmp_path: Path) -> Path:
    """Return a folder that every user may enter."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(tempfile.gettempdir()) and not folder.stat().st_mode & 1:
            folder.chmod(0o755)
    return tmp_path


def test_what_may_not_be_read_is_refused_and_the_rest_is_taken(open_to_all: Path) -> None:
    folder = open_to_all / "in"
    write(folder / "closed.csv", REPORTS["streams"]).chmod(0)
    write(folder / "closed" / "a.csv", REPORTS["streams"]).parent.chmod(0)
    write(folder / "listed" / "b.csv", REPORTS["streams"]).parent.chmod(0o744)
    write(folder / "open.csv", REPORTS["streams"])
    assert as_nobody(folder) == [
        f"{folder}/closed is a folder that cannot be opened: Permission denied",
        f"{folder}/closed.csv cannot be read: Permission denied",
        f"{folder}/listed/b.csv cannot be read: Permission denied",
        f"{folder}/open.csv taken",
    ]


def test_a_path_that_may_not_be_followed_is_no_path_to_nothing(open_to_all: Path) -> None:
    path = write(open_to_all / "closed" / "a.csv", REPORTS["streams"])
    path.parent.chmod(0)
    assert as_nobody(path) == [f"CallError {path} cannot be reached: Permission denied"]


def test_a_file_that_vanishes_meanwhile_is_refused(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, REPORTS["streams"]) for name in ("a.csv", "b.csv"))
    found = deliver(
        [first, second],
        tmp_path,
        salt=lambda: "",
        progress=lambda *_: second.unlink(missing_ok=True),
    )
    assert [file.note for file in found.files] == ["", "cannot be read: No such file or directory"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no such file here")
def test_a_file_whose_reading_fails_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", REPORTS["streams"])
    (found,), _ = find(["/proc/self/mem"])
    loaded = load(tmp_path, Path("/proc/self/mem"))
    assert found.called == "/proc/self/mem"
    assert loaded.reasons == ["the file cannot be read: Input/output error"]


def test_a_folder_with_the_name_of_a_report_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "x.csv" / "a.csv", REPORTS["streams"])
    assert [file.called for file in find([tmp_path])[0]] == [f"{tmp_path}/x.csv/a.csv"]
    assert load(tmp_path / "x.csv").delivery.files[0].rows > 0


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert find([tmp_path])[1] == [f"{loop} is a link to nothing and was skipped"]
    with pytest.raises(CallError, match=r"loop\.csv cannot be reached: Too many levels"):
        find([loop])


def test_a_dangling_link_and_a_device_are_no_reports(tmp_path: Path) -> None:
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CallError, match=r"gone\.csv is not there"):
        find([tmp_path / "gone.csv"])
    (tmp_path / "device.csv").symlink_to(os.devnull)
    for path in (tmp_path / "device.csv", os.devnull):
        with pytest.raises(CallError, match="is no file"):
            find([path])
    assert find([tmp_path]) == (
        [],
        [
            f"{tmp_path}/device.csv is a link that leads elsewhere and was skipped",
            f"{tmp_path}/gone.csv is a link to nothing and was skipped",
        ],
    )
