"""A feed from end to end: what is new moves, what is whole is loaded, and what fails is told."""

import io
import logging
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import stamina

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.pulling import Connection, FeedPull, exit_code, pull
from fraud.tables import PULLS, STREAMS
from tests.feeds.services import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNATURE,
    Service,
    plays,
    service,
)

__all__ = ["service"]

NOW = datetime(2026, 3, 16, 8, tzinfo=UTC)
DAY, NEXT = date(2026, 3, 14), date(2026, 3, 15)
ENVIRONMENT = {
    "FRAUD_FEEDS_BULK_CLIENT_SECRET": CLIENT_SECRET,
    "FRAUD_FEEDS_APPLE_ACCESS_TOKEN": ACCESS_TOKEN,
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def settings_of(home: Path, **feeds: dict[str, Any]) -> Settings:
    return Settings(home=home, feeds=feeds)  # type: ignore[arg-type]


def pulled(settings: Settings, hours: int = 0, **more: Any) -> FeedPull:
    more = {"environment": ENVIRONMENT} | more
    (one,) = pull(settings, now=NOW + timedelta(hours=hours), **more)
    return one


def counts(one: FeedPull) -> tuple[int, int, int, int]:
    return one.new, one.changed, one.unchanged, one.no_plays


def landed(home: Path, feed: str) -> set[str]:
    folder = home / "landing" / feed
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {".lock"}


def streams(settings: Settings) -> dict[tuple[date, str], int]:
    rows = Lake(settings.lake_address).read(STREAMS)
    return {
        (day, territory): total
        for day, territory, total in rows.group_by("report_date", "territory")
        .agg(pl.col("streams").sum())
        .iter_rows()
    }


def bulk(service: Service, home: Path, **more: Any) -> Settings:
    return settings_of(home, bulk=service.settings(**more))


def test_a_day_comes_in_all_its_files_and_is_loaded(service: Service, home: Path) -> None:
    service.files = {
        "streams/2026/03/14/DE": plays(DAY, "DE", 7),
        "streams/2026/03/14/SE": plays(DAY, "SE", 5),
        "users/2026/03/14": plays(DAY, "NA", 3),
    }
    settings = bulk(service, home)
    one = pulled(settings)
    assert one.error is None
    assert counts(one) == (3, 0, 0, 2)
    assert landed(home, "bulk") == {
        "2026-03-14/streams_DE_2026-03-14.json.gz",
        "2026-03-14/streams_SE_2026-03-14.json.gz",
        "2026-03-14/users_2026-03-14.json.gz",
    }
    assert streams(settings) == {(DAY, "DE"): 7, (DAY, "SE"): 5, (DAY, "NA"): 3}


def test_a_second_pull_moves_nothing(service: Service, home: Path) -> None:
    service.files = {"streams/2026/03/14/DE": plays(DAY, "DE", 7)}
    settings = bulk(service, home)
    pulled(settings)
    version = Lake(settings.lake_address).version(PULLS)
    again = pulled(settings, hours=1)
    assert counts(again) == (0, 0, 1, 3)
    assert again.bytes == 0 and again.loaded is None
    assert Lake(settings.lake_address).version(PULLS) == version


def test_without_any_version_the_bytes_tell_what_is_unchanged(service: Service, home: Path) -> None:
    service.no_etag = True
    service.files = {"streams/2026/03/14/DE": plays(DAY, "DE", 7)}
    settings = bulk(service, home)
    pulled(settings)
    again = pulled(settings, hours=1)
    assert counts(again) == (0, 0, 1, 3)
    assert again.loaded is None


def test_a_changed_file_takes_its_whole_day_along(service: Service, home: Path) -> None:
    service.files = {
        "streams/2026/03/14/DE": plays(DAY, "DE", 7),
        "streams/2026/03/14/SE": plays(DAY, "SE", 5),
    }
    settings = bulk(service, home)
    pulled(settings)
    service.files["streams/2026/03/14/DE"] = plays(DAY, "DE", 9)
    again = pulled(settings, hours=1)
    assert counts(again) == (0, 1, 1, 3)
    assert streams(settings) == {(DAY, "DE"): 9, (DAY, "SE"): 5}


def test_a_changed_day_whose_other_files_are_gone_here_fetches_them_again(
    service: Service, home: Path
) -> None:
    service.files = {
        "streams/2026/03/14/DE": plays(DAY, "DE", 7),
        "streams/2026/03/14/SE": plays(DAY, "SE", 5),
    }
    settings = bulk(service, home)
    pulled(settings)
    shutil.rmtree(home / "landing" / "bulk" / "2026-03-14")
    service.files["streams/2026/03/14/DE"] = plays(DAY, "DE", 9)
    again = pulled(settings, hours=1)
    assert counts(again) == (0, 1, 1, 3)
    assert streams(settings) == {(DAY, "DE"): 9, (DAY, "SE"): 5}


def test_a_scheduler_may_keep_login_and_secret(service: Service, home: Path) -> None:
    service.files = {"users/2026/03/14": plays(DAY, "DE", 7)}
    settings = bulk(service, home, client_id=None)
    kept = {"bulk": Connection(CLIENT_ID, CLIENT_SECRET)}
    assert counts(pulled(settings, environment={}, connections=kept)) == (1, 0, 0, 3)
    without = pulled(settings, hours=1)
    assert without.error == "its client_id is not known; write it into the feed's settings"


def test_no_plays_are_remembered_and_asked_for_again_while_they_may_come(
    service: Service, home: Path
) -> None:
    settings = bulk(service, home)
    assert counts(pulled(settings)) == (0, 0, 0, 4)
    rows = Lake(settings.lake_address).read(PULLS)
    assert set(rows["outcome"]) == {"no_plays"}
    service.files = {"streams/2026/03/15/DE": plays(NEXT, "DE", 4)}
    assert counts(pulled(settings, hours=24)) == (1, 0, 0, 3)
    service.asked.clear()
    pulled(settings, hours=72)
    paths = [one.path for one in service.asked_of("api", "enhanced/users")]
    assert [path[-10:] for path in paths] == ["2026/03/17", "2026/03/18"]


def test_days_that_no_pull_asked_for_are_caught_up(service: Service, home: Path) -> None:
    settings = bulk(service, home)
    pulled(settings)
    service.asked.clear()
    pulled(settings, hours=24 * 5)
    paths = [one.path for one in service.asked_of("api", "enhanced/users")]
    assert [path[-10:] for path in paths] == [f"2026/03/{day}" for day in (16, 17, 18, 19, 20)]


def test_named_days_are_asked_for_again(service: Service, home: Path) -> None:
    service.files = {"users/2026/01/05": plays(date(2026, 1, 5), "DE", 4)}
    settings = bulk(service, home)
    pulled(settings)
    one = pulled(settings, hours=1, days=(date(2026, 1, 4), date(2026, 1, 5)))
    assert counts(one) == (1, 0, 0, 3)
    service.asked.clear()
    pulled(settings, hours=2)
    assert not service.asked_of("api", "2026/01"), "an old day by hand makes no catching up"


def test_without_loading_files_wait_for_the_next_pull(service: Service, home: Path) -> None:
    service.files = {"streams/2026/03/14/DE": plays(DAY, "DE", 7)}
    settings = bulk(service, home)
    one = pulled(settings, load=False)
    assert counts(one) == (1, 0, 0, 3) and one.loaded is None
    assert streams(settings) == {}
    pulled(settings, hours=1)
    assert streams(settings) == {(DAY, "DE"): 7}


def test_a_cut_transfer_leaves_no_half_file_and_goes_on(service: Service, home: Path) -> None:
    content = plays(DAY, "DE", 7, rows=4_000)
    path = "/objects/streams/2026/03/14/DE"
    service.files = {
        "streams/2026/03/14/DE": content,
        "streams/2026/03/14/SE": plays(DAY, "SE", 5),
    }
    service.faults[path] = [("cut", 3_000)] * 5
    settings = bulk(service, home)
    with stamina.set_testing(True, attempts=3):
        one = pulled(settings)
    assert one.error == "127.0.0.1: the connection broke (RemoteProtocolError)"
    assert one.exit_code == 1
    (left,) = landed(home, "bulk")
    assert left.startswith("2026-03-14/.streams_DE_2026-03-14.json.gz.")
    assert streams(settings) == {}, "half a day is not loaded"

    service.asked.clear()
    assert pulled(settings, hours=1).error is None
    ranges = [one.headers.get("range") for one in service.asked_of("storage", "DE")]
    assert ranges == [None, "bytes=9000-"]
    assert (home / "landing/bulk/2026-03-14/streams_DE_2026-03-14.json.gz").read_bytes() == content
    assert not [name for name in landed(home, "bulk") if name.endswith(".part")]
    assert streams(settings) == {(DAY, "DE"): 28_000, (DAY, "SE"): 5}


def test_a_part_of_another_version_is_thrown_away(service: Service, home: Path) -> None:
    key = "streams/2026/03/14/DE"
    service.files = {key: plays(DAY, "DE", 7, rows=4_000)}
    service.faults[f"/objects/{key}"] = [("cut", 3_000)] * 2
    settings = bulk(service, home)
    with stamina.set_testing(True, attempts=2):
        pulled(settings)
    service.files[key] = plays(DAY, "DE", 8, rows=4_000)
    pulled(settings, hours=1)
    assert landed(home, "bulk") == {"2026-03-14/streams_DE_2026-03-14.json.gz"}
    assert streams(settings) == {(DAY, "DE"): 32_000}


def test_one_feed_that_fails_stops_no_other(service: Service, home: Path, tmp_path: Path) -> None:
    source = tmp_path / "reports"
    source.mkdir()
    (source / "a_2026-03-14.json.gz").write_bytes(plays(DAY, "DE", 7))
    settings = settings_of(
        home,
        apple=service.apple_settings(),
        folder={"place": str(source)},
        gone={"place": str(tmp_path / "nothing")},
    )
    with stamina.set_testing(True, attempts=2):
        results = pull(settings, now=NOW, environment={})
    assert {one.feed: one.error for one in results} == {
        "apple": "its access_token is not known; set the environment variable"
        " FRAUD_FEEDS_APPLE_ACCESS_TOKEN",
        "folder": None,
        "gone": f"{tmp_path / 'nothing'} is not there",
    }
    assert exit_code(results) == 3
    assert exit_code([one for one in results if one.error]) == 1
    assert streams(settings) == {(DAY, "DE"): 7}


def test_a_name_that_is_no_feed_is_told(home: Path) -> None:
    with pytest.raises(CallError, match=r"under \[feeds\.NAME\] in fraud\.toml"):
        pull(settings_of(home), now=NOW)
    with pytest.raises(CallError, match=r"no feed 'b'; fraud\.toml has a"):
        pull(settings_of(home, a={"place": "in"}), now=NOW, feeds=["b"])


def test_a_format_that_is_none_is_told_before_anything_moves(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    settings = settings_of(home, a={"place": str(tmp_path / "in"), "format": "xml"})
    assert (pulled(settings).error or "").startswith("there is no source 'xml'; choose one of auto")


def test_two_pulls_of_one_feed_do_not_meet(home: Path, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "in").mkdir()
    settings = settings_of(home, a={"place": str(tmp_path / "in")})
    (home / "landing" / "a").mkdir(parents=True)
    with (home / "landing" / "a" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert pulled(settings).error == "another pull of this feed is at work"
    assert pulled(settings).error is None


def test_a_folder_feed_groups_its_files_by_day(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "old").mkdir(parents=True)
    (source / "part1_20260314.json.gz").write_bytes(plays(DAY, "DE", 7))
    (source / "part2_20260314.json.gz").write_bytes(plays(DAY, "SE", 5))
    (source / "old" / "plays.json.gz").write_bytes(plays(NEXT, "DE", 1))
    (source / ".arriving_20260314.json.gz").write_bytes(b"half")
    settings = settings_of(home, a={"place": str(source)})
    assert counts(pulled(settings)) == (3, 0, 0, 0)
    assert landed(home, "a") == {
        "2026-03-14/part1_20260314.json.gz",
        "2026-03-14/part2_20260314.json.gz",
        "undated/old/plays.json.gz",
    }
    (source / "part2_20260314.json.gz").write_bytes(plays(DAY, "SE", 6))
    assert counts(pulled(settings, hours=1)) == (0, 1, 2, 0)
    assert streams(settings) == {(DAY, "DE"): 7, (DAY, "SE"): 6, (NEXT, "DE"): 1}


def test_a_report_under_a_new_name_is_not_added_to_the_old_one(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "plays_20260314.json.gz").write_bytes(plays(DAY, "DE", 7))
    settings = settings_of(home, a={"place": str(source)})
    pulled(settings)
    (source / "plays_20260314.json.gz").unlink()
    (source / "plays_20260314_v2.json.gz").write_bytes(plays(DAY, "DE", 8))
    pulled(settings, hours=1)
    assert landed(home, "a") == {"2026-03-14/plays_20260314_v2.json.gz"}
    assert streams(settings) == {(DAY, "DE"): 8}


def test_a_file_that_was_only_touched_is_not_loaded_again(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    file = source / "a_20260314.json.gz"
    file.write_bytes(plays(DAY, "DE", 7))
    settings = settings_of(home, a={"place": str(source)})
    pulled(settings)
    os.utime(file, (1_800_000_000, 1_800_000_000))
    again = pulled(settings, hours=1)
    assert counts(again) == (0, 0, 1, 0) and again.loaded is None
    assert pulled(settings, hours=2).bytes == 0


def test_files_are_forgotten_when_listener_ids_are(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a_20260314.json.gz").write_bytes(plays(DAY, "DE", 7))
    settings = settings_of(home, a={"place": str(source)})
    pulled(settings)
    pulled(settings, hours=24 * 59)
    assert landed(home, "a")
    pulled(settings, hours=24 * 61)
    assert not landed(home, "a")
    again = pulled(settings, hours=24 * 62)
    assert counts(again) == (0, 0, 1, 0) and not landed(home, "a")


def test_a_refused_name_keeps_nothing_else_back(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a_20260314.json.gz").write_bytes(plays(DAY, "DE", 7))
    (source / "a\x1b[2J_20260314.json.gz").write_bytes(plays(DAY, "DE", 7))
    settings = settings_of(home, a={"place": str(source)})
    one = pulled(settings)
    assert one.refusals == [
        "'a\\x1b[2J_20260314.json.gz' is a name with characters that no report has; it was left"
    ]
    assert one.exit_code == 3
    assert streams(settings) == {(DAY, "DE"): 7}


def test_apple_reports_come_once(service: Service, home: Path) -> None:
    service.reports = {("amStreams", "20260314"): plays(DAY, "DE", 7)}
    settings = settings_of(home, apple=service.apple_settings(account="77"))
    assert counts(pulled(settings)) == (1, 0, 0, 3)
    assert landed(home, "apple") == {"2026-03-14/amStreams_Summary_2026-03-14.txt.gz"}
    service.asked.clear()
    assert counts(pulled(settings, hours=1)) == (0, 0, 1, 3)
    assert len(service.asked) == 3
    named = pulled(settings, hours=2, days=(DAY, DAY))
    assert counts(named) == (0, 0, 1, 1) and named.bytes > 0


def test_secrets_stand_nowhere(
    service: Service, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.files = {
        "streams/2026/03/14/DE": plays(DAY, "DE", 7),
        "users/2026/03/14": b"\x1f\x8bthis is no gzip",
    }
    service.faults["/objects/streams/2026/03/14/DE"] = [("cut", 10), 403, 503]
    told = io.StringIO()
    settings = settings_of(
        home,
        bulk=service.settings(),
        apple=service.apple_settings(),
        wrong=service.settings(),
        refused=service.apple_settings(),
    )
    environment = ENVIRONMENT | {
        "FRAUD_FEEDS_WRONG_CLIENT_SECRET": "wr0ng-but-a-secret-too",
        "FRAUD_FEEDS_REFUSED_ACCESS_TOKEN": "3xpired-token-of-ours",
    }
    with stamina.set_testing(True, attempts=6):
        results = pull(
            settings, now=NOW, environment=environment, progress=lambda t: print(t, file=told)
        )
    assert {one.feed for one in results if one.error} == {"wrong", "refused"}
    said = [told.getvalue(), caplog.text, repr(results), repr(settings)]
    said += [str(vars(record)) for record in caplog.records]
    said += [p.read_bytes().decode("latin-1") for p in home.rglob("*") if p.is_file()]
    said += [str(path) for path in home.rglob("*")]
    lake = Lake(settings.lake_address)
    said += [str(lake.read(PULLS).to_dicts())]
    for secret in (
        CLIENT_SECRET,
        ACCESS_TOKEN,
        SIGNATURE,
        service.token,
        "wr0ng-but-a-secret-too",
        "3xpired-token-of-ours",
    ):
        assert not [text for text in said if secret in text], secret


def test_what_nobody_foresaw_is_told_without_the_secret(
    service: Service, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(f"{CLIENT_SECRET} at https://x.example/y?sig={SIGNATURE}")

    monkeypatch.setattr("fraud.feeds.spotify.BulkApi.files", breaks)
    assert pulled(bulk(service, home)).error == (
        "it failed unexpectedly (RuntimeError: [hidden] at https://x.example/y?[hidden]"
    )
