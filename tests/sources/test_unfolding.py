"""Plays that a store tells in parts become streams, audience and listeners, each play once."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fraud import sources
from fraud.sources.source import Reading, Report, Source, Telling
from fraud.tables import PEOPLE, PLAYS, TRACK_IDS
from tests.sources.loading import Loaded, load, write

ALL = frozenset({"streams", "audience", "listeners"})

PLAYED = """\
play_day,song,country,who,from,seconds
2026-05-04,s1,US,ann,search,200
2026-05-04,s1,US,ann,search,180
2026-05-04,s1,US,bob,radio,30
2026-05-04,s2,US,bob,radio,31
2026-05-04,s9,SE,,search,40
"""
SUMMED = """\
sum_day,song,country,plays,kept
2026-05-04,s1,US,3,1
2026-05-04,s2,US,99,0
"""
SONGS = "song,code\ns1,QZAAA2600001\ns2,QZAAA2600001\n"
ACCOUNTS = "who,home,plan\nann,CA,family\nbob,US,free\n"


def _of_plays(_: Report) -> Reading:
    def rows(plays: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        return {
            "plays": plays.select(
                "line",
                "country",
                "seconds",
                report_date="play_day",
                store=pl.lit("radio_one"),
                store_track_id="song",
                listener_id="who",
                source="from",
                streams=pl.lit("1"),
            ).rename({"country": "territory", "seconds": "listening_seconds"})
        }

    uses = frozenset({"play_day", "song", "country", "who", "from", "seconds"})
    return Reading(PLAYS, uses, rows, telling=Telling("plays", ALL, 2))


def _of_sums(_: Report) -> Reading:
    def rows(sums: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        return {
            "plays": sums.select(
                "line",
                report_date="sum_day",
                store=pl.lit("radio_one"),
                store_track_id="song",
                territory="country",
                streams="plays",
                saves="kept",
            )
        }

    uses = frozenset({"sum_day", "song", "country", "plays", "kept"})
    return Reading(PLAYS, uses, rows, telling=Telling("sums", ALL - {"listeners"}, 1))


def _of_songs(_: Report) -> Reading:
    def rows(songs: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        named = songs.select("line", store=pl.lit("radio_one"), store_track_id="song", isrc="code")
        return {"track_ids": named}

    return Reading(TRACK_IDS, frozenset({"song", "code"}), rows)


def _of_accounts(_: Report) -> Reading:
    def rows(people: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        return {
            "people": people.select(
                "line",
                store=pl.lit("radio_one"),
                listener_id="who",
                listener_territory="home",
                tier="plan",
            )
        }

    return Reading(PEOPLE, frozenset({"who", "home", "plan"}), rows)


RADIO_ONE = (
    Source("plays", "plays", lambda names: "play_day" in names, _of_plays),
    Source("sums", "sums", lambda names: "sum_day" in names, _of_sums),
    Source("songs", "songs", lambda names: names == {"song", "code"}, _of_songs),
    Source("accounts", "accounts", lambda names: "plan" in names, _of_accounts),
)


@pytest.fixture(autouse=True)
def _radio_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "REGISTRY", RADIO_ONE)


def delivered(folder: Path, **texts: str) -> Loaded:
    return load(*(write(folder / f"{name}.csv", text) for name, text in texts.items()))


def test_each_play_is_told_once_and_by_the_finest_report(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, plays=PLAYED, sums=SUMMED, songs=SONGS, accounts=ACCOUNTS)
    streams = loaded.tables["streams"]
    assert streams.select("track_id", "territory", "source", "tier", "streams").rows() == [
        ("radio_one:s9", "SE", "search", None, 1),
        ("QZAAA2600001", "US", "radio", "free", 2),
        ("QZAAA2600001", "US", "search", "family", 2),
    ]
    assert loaded.delivery.notices[0] == (
        "streams of radio_one on 2026-05-04: sums tells the plays of plays in less detail and was"
        " not added to them"
    )


def test_listeners_of_two_ids_of_one_recording_are_one_audience(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, plays=PLAYED, sums=SUMMED, songs=SONGS, accounts=ACCOUNTS)
    audience = loaded.tables["audience"]
    assert audience.select("territory", "track_id", "streams", "listeners", "saves").rows() == [
        ("SE", "radio_one:s9", 1, None, None),
        ("US", "QZAAA2600001", 4, 2, 1),
    ]
    listeners = loaded.tables["listeners"]
    told = listeners.sort("streams", "listening_seconds").select(
        "streams", "listening_seconds", "listener_territory", "tier"
    )
    assert told.rows() == [(2, 61, "US", "free"), (2, 380, "CA", "family")]


def test_tracks_without_a_look_up_keep_the_stores_own_id_and_are_told_of(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, plays=PLAYED)
    assert set(loaded.tables["streams"]["track_id"]) == {f"radio_one:s{n}" for n in (1, 2, 9)}
    assert any("3 tracks have no ISRC in any look-up" in text for text in loaded.warnings)


def test_a_day_that_only_sums_tell_says_which_measures_it_knows(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, sums=SUMMED, songs=SONGS)
    (made,) = [one for one in loaded.delivery.unfolded if one.staged.table.name == "audience"]
    assert made.told == {(date(2026, 5, 4), "radio_one"): frozenset({"streams", "saves"})}
    assert loaded.tables["audience"]["streams"].to_list() == [102]
