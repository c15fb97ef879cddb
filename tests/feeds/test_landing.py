"""Where a remote file may lie here, whatever it is called there."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.feeds.days import day_in
from fraud.feeds.landing import place_of
from fraud.feeds.remote import FileError, RemoteFile, Version

HOSTILE = (
    *("../x", "a/../../x", "..", "/etc/passwd", "a/./b", "", ".", "//x"),
    *("a\x00b", "a\nb", "a\x1b[2Jb", "..\\x", "a\\b", "\u202egnp.exe", "\udcff"),
    *("x" * 201, "é" * 101, "/".join(["deep"] * 300)),
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"it was left$") as raised:
        place_of(RemoteFile(name), tmp_path)
    assert str(raised.value).isprintable()


@given(st.text(max_size=60))
def test_no_name_leads_out_of_the_landing_folder(name: str) -> None:
    landing = Path("/landing/feed")
    try:
        place = place_of(RemoteFile(name, date(2026, 3, 14)), landing)
    except FileError:
        return
    assert place.is_relative_to(landing / "2026-03-14")
    assert ".." not in place.parts and place != landing / "2026-03-14"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("streams_2026-03-14.csv", date(2026, 3, 14)),
        ("trends/2026/03/14/part-1.json", date(2026, 3, 14)),
        ("AppleMusic_Content_80012345_20260316_V1_2.txt", date(2026, 3, 16)),
        ("20260301_20260331/report.csv", date(2026, 3, 31)),
        ("dump_1773450000.csv", None),
        ("2026-02-30.csv", None),
        ("2026-0314.csv", None),
        ("catalog.csv", None),
    ],
)
def test_a_name_tells_its_day(name: str, day: date | None) -> None:
    assert day_in(name) == day


def test_what_a_place_does_not_say_proves_no_version() -> None:
    assert not Version(10).is_known_as(Version(10))
    assert not Version(10, etag="a").is_known_as(Version(11, etag="a"))
    assert Version(10, etag="a").is_known_as(Version(None, etag="a"))
    assert not Version().is_known_as(Version())
