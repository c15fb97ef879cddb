"""Which files a delivery consists of."""

import os
from pathlib import Path

import pytest

from fraud.errors import CallError
from fraud.sources.folders import find
from tests.sources.loading import REPORTS, load, write


def called(*paths: Path) -> list[str]:
    return [Path(found.called).name for found in find(paths)[0]]


def test_folders_are_walked_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/2.csv", "b/10.csv", "a.csv", "c.csv"):
        write(tmp_path / name, "x")
    assert called(tmp_path) == ["a.csv", "10.csv", "2.csv", "c.csv"]


def test_a_file_that_is_reached_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "x")
    assert called(tmp_path, path, tmp_path / "." / "a.csv") == ["a.csv"]


def test_hidden_files_are_skipped_in_folders_and_read_when_named(tmp_path: Path) -> None:
    hidden = write(tmp_path / ".a.csv", "x")
    write(tmp_path / ".git" / "b.csv", "x")
    found, notices = find([tmp_path])
    assert found == []
    assert notices == [
        f"{tmp_path}/.a.csv is hidden and was skipped",
        f"{tmp_path}/.git is hidden and was skipped",
    ]
    assert called(hidden) == [".a.csv"]


def test_the_home_below_a_given_folder_is_left(tmp_path: Path) -> None:
    home = tmp_path / "fraud-home"
    write(tmp_path / "a.csv", "x")
    write(home / "lake" / "b.parquet", "x")
    write(home / "inbox" / "c.csv", "x")
    found, notices = find([tmp_path], home)
    assert [file.path.name for file in found] == ["a.csv"]
    assert notices == [f"{home} is the home itself and was skipped"]
    assert [file.path.name for file in find([home / "inbox"], home)[0]] == ["c.csv"]


def test_links_that_lead_out_of_the_folder_are_skipped(tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere" / "secret.csv", "x")
    inside = write(tmp_path / "drop" / "inside.csv", "x")
    (tmp_path / "drop" / "out.csv").symlink_to(secret)
    (tmp_path / "drop" / "folder").symlink_to(secret.parent)
    (tmp_path / "drop" / "loop").symlink_to(tmp_path / "drop")
    (tmp_path / "drop" / "broken.csv").symlink_to(tmp_path / "gone")
    (tmp_path / "drop" / "also.csv").symlink_to(inside)
    found, notices = find([tmp_path / "drop"])
    assert len(found) == 1
    assert [notice.rpartition("/")[2] for notice in notices] == [
        "broken.csv is a link to nothing and was skipped",
        "folder is a link that leads elsewhere and was skipped",
        "loop is a link that leads elsewhere and was skipped",
        "out.csv is a link that leads elsewhere and was skipped",
    ]


def test_a_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.csv", "x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert called(tmp_path / "link") == ["a.csv"]


def test_a_pipe_in_a_folder_does_not_hang_the_night(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert find([tmp_path])[1] == [f"{tmp_path}/pipe.csv is no file and was skipped"]


def test_a_name_of_odd_bytes_is_told_readably(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.csv"
    with open(path, "wb") as file:  # noqa: PTH123 a Path would not take the bytes
        file.write(REPORTS["streams"].replace(",12\n", ",-12\n").encode())
    loaded = load(tmp_path)
    assert loaded.tables["streams"].height == 2
    assert loaded.refused["file"].to_list() == [f"{tmp_path}/\ufffd.csv"]


def test_a_pipe_that_is_named_is_refused_before_anybody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(CallError, match=r"pipe.csv is no file; give report files or folders"):
        find([tmp_path / "pipe.csv"])


def test_a_name_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\n.csv").write_text("")
    assert [Path(one.called).name for one in find([tmp_path])[0]] == ["a\ufffd[31m\ufffd.csv"]


def test_an_error_page_in_the_place_of_a_day_is_refused(tmp_path: Path) -> None:
    page = "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"
    report = write(tmp_path / "AppleMusic_Summary_80000001_20260504_V1_2.txt", page)
    write(tmp_path / "readme.txt", page)
    loaded = load(tmp_path)
    assert [(file.path, file.refused) for file in loaded.delivery.files] == [
        (str(report), True),
        (f"{tmp_path}/readme.txt", False),
    ]
