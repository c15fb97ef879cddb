"""Deliveries into the lake: what enters, what is replaced, what is refused, what is on record."""

import gzip
import os
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.errors import CallError, FraudError
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.pipeline.salt import salt
from fraud.tables import (
    AUDIENCE,
    CATALOG,
    CONTEXT,
    DELIVERIES,
    LISTENERS,
    QUARANTINE,
    RESTATEMENTS,
    STREAMS,
    TABLES,
    VERDICTS,
)
from tests.sources.loading import LISTENERS_CSV, REPORTS, write

NOW = datetime(2026, 5, 10, 4, 0, 0, 123_456, UTC)
HEAD = "report_date,store,territory,isrc,tier,streams\n"
MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """Return the lake of the settings; like every reader, it is opened where it is read."""
    return Lake(settings.lake_address)


def deliver(
    settings: Settings, folder: Path, text: str | bytes, name: str = "a.csv", hours: int = 0
) -> IngestResult:
    return ingest([write(folder / name, text)], settings, now=NOW + timedelta(hours=hours))


def day(number: int, *counts: int, store: str = "spotify") -> str:
    """Return a day's rows: one track a count."""
    return "".join(
        f"2026-05-{number:02},{store},US,QZAAA26{track:05},free,{count}\n"
        for track, count in enumerate(counts)
    )


def outcomes(result: IngestResult) -> dict[tuple[date, str], str]:
    return {(one.day, one.store): one.outcome for one in result.day_stores}


def versions(settings: Settings) -> dict[str, int | None]:
    lake = Lake(settings.lake_address)
    return {table.name: lake.version(table) for table in TABLES}


def test_all_six_reports_enter_their_tables(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    for kind, text in REPORTS.items():
        write(tmp_path / "drop" / f"{kind}.csv", text)
    result = ingest([tmp_path / "drop"], settings, now=NOW)
    assert result.exit_code == 0
    assert result.refusals == []
    assert [lake.read(t).height for t in (STREAMS, AUDIENCE, LISTENERS)] == [3, 2, 2]
    assert [lake.read(t).height for t in (CATALOG, VERDICTS, CONTEXT)] == [2, 1, 1]
    assert result.reference_rows == {"catalog": 2, "verdicts": 1, "context": 1}
    totals = {(one.table, str(one.day), one.store): one.streams for one in result.day_stores}
    assert totals == {
        ("streams", "2026-05-04", "spotify"): 15,
        ("streams", "2026-05-05", "deezer"): 7,
        ("audience", "2026-05-04", "spotify"): 15,
        ("listeners", "2026-05-04", "spotify"): 3,
    }


def test_each_loaded_day_of_a_store_is_on_record(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    write(tmp_path / "drop" / "b.csv", HEAD + day(4, 5) + day(4, -1) + day(5, 7))
    write(tmp_path / "drop" / "a.csv", HEAD + day(4, 0, 9))
    result = ingest([tmp_path / "drop"], settings, now=NOW)
    rows = lake.read(DELIVERIES).to_dicts()
    assert rows[0] == {
        "report_date": MONDAY,
        "store": "spotify",
        "table": "streams",
        "delivery_id": result.delivery_id,
        "loaded_at": NOW,
        "rows": 2,
        "streams": 14,
        "quarantined": 1,
        "files": f"{tmp_path}/drop/a.csv,{tmp_path}/drop/b.csv",
        "partial": False,
        "restated": False,
    }
    assert [row["report_date"] for row in rows] == [MONDAY, TUESDAY]


def test_a_refused_row_is_in_the_quarantine_with_its_reason(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    result = deliver(settings, tmp_path, HEAD + day(4, 5) + day(4, -1))
    assert result.exit_code == 3
    assert result.rows.refused == 1
    assert lake.read(QUARANTINE).to_dicts() == [
        {
            "delivery_id": result.delivery_id,
            "loaded_at": NOW,
            "file": f"{tmp_path}/a.csv",
            "line": 3,
            "column": "streams",
            "value": "-1",
            "reason": "streams '-1' is negative; a count is 0 or more",
            "row": "2026-05-04,spotify,US,QZAAA2600000,free,-1",
        }
    ]
    assert lake.read(STREAMS)["streams"].to_list() == [5]


def test_a_refused_file_is_told_and_in_the_quarantine(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    result = deliver(settings, tmp_path, "")
    assert result.exit_code == 3
    assert result.refusals == [f"{tmp_path}/a.csv is empty"]
    assert lake.read(QUARANTINE).select("line", "reason").rows() == [(None, "the file is empty")]
    assert lake.read(STREAMS).is_empty()


def test_loading_twice_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    for kind, text in REPORTS.items():
        write(tmp_path / "drop" / f"{kind}.csv", text + ("x\n" if kind == "streams" else ""))
    first = ingest([tmp_path / "drop"], settings, now=NOW)
    before = versions(settings)
    second = ingest([tmp_path / "drop"], settings, now=NOW + timedelta(days=1))
    assert versions(settings) == before
    assert {one.outcome for one in first.day_stores} == {"new"}
    assert {one.outcome for one in second.day_stores} == {"unchanged"}
    assert first.exit_code == second.exit_code == 3
    assert first.delivery_id == second.delivery_id


def test_the_same_rows_in_other_files_change_nothing(settings: Settings, tmp_path: Path) -> None:
    deliver(settings, tmp_path, HEAD + day(4, 1, 2, 3) + day(5, 4))
    before = versions(settings)
    write(tmp_path / "again" / "x.csv.gz", HEAD + day(5, 4) + day(4, 1))
    write(tmp_path / "again" / "y.csv.zst", HEAD + day(4, 0, 2, 3))
    write(tmp_path / "again" / "z.csv", HEAD.replace("tier", "device"))
    result = ingest([tmp_path / "again"], settings, now=NOW)
    assert set(outcomes(result).values()) == {"unchanged"}
    assert versions(settings)["streams"] == before["streams"]


def test_a_restatement_replaces_the_day_of_the_store_whole_and_is_recorded(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    text = HEAD + day(4, 1, 2, 3) + day(5, 4) + day(4, 8, store="deezer")
    deliver(settings, tmp_path, text)
    result = deliver(settings, tmp_path, HEAD + day(4, 1, 7) + day(5, 4), "b.csv", hours=1)
    assert outcomes(result) == {(MONDAY, "spotify"): "restated", (TUESDAY, "spotify"): "unchanged"}
    assert result.exit_code == 0
    assert lake.read(STREAMS).select("report_date", "store", "streams").rows() == [
        (MONDAY, "deezer", 8),
        (MONDAY, "spotify", 1),
        (MONDAY, "spotify", 7),
        (TUESDAY, "spotify", 4),
    ]
    changes = lake.read(RESTATEMENTS)
    assert changes.select("report_date", "store", "track_id", "table").unique().height == 2
    assert changes.select("track_id", "streams_before", "streams_after").rows() == [
        ("QZAAA2600001", 2, 7),
        ("QZAAA2600002", 3, None),
    ]
    assert changes["delivery_id"].unique().to_list() == [result.delivery_id]
    restated = lake.read(DELIVERIES).filter(pl.col("restated"))
    assert restated.select("report_date", "store", "loaded_at").rows() == [
        (MONDAY, "spotify", NOW + timedelta(hours=1))
    ]


def test_a_restatement_of_the_break_down_alone_changes_no_track(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, HEAD + day(4, 5))
    result = deliver(settings, tmp_path, HEAD + day(4, 5).replace("free", "premium"), "b.csv")
    assert outcomes(result) == {(MONDAY, "spotify"): "restated"}
    assert lake.read(STREAMS)["tier"].to_list() == ["premium"]
    assert lake.read(RESTATEMENTS).is_empty()


def test_the_lake_still_knows_what_stood_before_a_restatement(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, HEAD + day(4, 5))
    moment = datetime.now(UTC)
    deliver(settings, tmp_path, HEAD + day(4, 6), "b.csv")
    assert lake.at(moment).read(STREAMS)["streams"].to_list() == [5]
    assert lake.read(STREAMS)["streams"].to_list() == [6]


def truncated(rows: int, kept: int) -> bytes:
    """Return a gzip of a day of `rows` tracks with one play each, cut behind `kept` of them."""
    lines = (HEAD + day(4, *[1] * rows)).splitlines(keepends=True)
    packed = gzip.compress("".join(lines).encode(), compresslevel=0)
    cut = packed.index(lines[kept + 1].encode()) + 10
    return packed[:cut]


def test_a_truncated_delivery_enters_and_is_marked_partial(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    result = deliver(settings, tmp_path, truncated(50, 20), "a.csv.gz")
    assert result.exit_code == 3
    assert result.refusals == [f"{tmp_path}/a.csv.gz breaks off in line 22; deliver it again"]
    assert lake.read(DELIVERIES).select("rows", "partial").rows() == [(20, True)]
    assert lake.read(QUARANTINE).select("line", "column").rows() == [(22, None)]


def test_a_truncated_delivery_never_replaces_a_fuller_day(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, HEAD + day(4, *[1] * 50) + day(5, 3))
    result = deliver(settings, tmp_path, truncated(50, 20), "b.csv.gz", hours=1)
    assert outcomes(result) == {(MONDAY, "spotify"): "refused"}
    assert result.refusals[-1] == (
        "streams of spotify on 2026-05-04: the file breaks off after 20 plays and the lake"
        " holds 50; the lake was left as it is"
    )
    assert result.exit_code == 3
    assert lake.read(STREAMS)["streams"].sum() == 53
    assert lake.read(DELIVERIES).height == 2
    assert lake.read(RESTATEMENTS).is_empty()


def test_the_whole_file_mends_a_truncated_one(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, truncated(50, 20), "a.csv.gz")
    result = deliver(settings, tmp_path, HEAD + day(4, *[1] * 50), "b.csv", hours=1)
    assert outcomes(result) == {(MONDAY, "spotify"): "restated"}
    assert lake.read(STREAMS).height == 50
    assert lake.read(DELIVERIES)["partial"].to_list() == [True, False]


def test_streams_and_audience_that_do_not_agree_are_warned_of(
    settings: Settings, tmp_path: Path
) -> None:
    audience = "report_date,store,territory,isrc,streams,listeners\n"
    row = "2026-05-{:02},spotify,US,QZAAA2600000,{},10\n"
    deliver(settings, tmp_path, HEAD + day(4, 1_000) + day(5, 1_000))
    result = deliver(
        settings, tmp_path, audience + row.format(4, 1_010) + row.format(5, 1_011), "b.csv", hours=1
    )
    assert result.warnings == [
        (
            "spotify on 2026-05-05: streams adds up to 1,000 plays and audience to 1,011;"
            " they should agree"
        )
    ]
    assert result.exit_code == 0


def test_listener_ids_are_kept_for_as_long_as_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", keep_listeners_days=10)
    lake = Lake(settings.lake_address)
    deliver(settings, tmp_path, LISTENERS_CSV)
    newer = LISTENERS_CSV.replace("2026-05-04", "2026-05-14")
    assert deliver(settings, tmp_path, newer, "b.csv", hours=24 * 5).notices == []
    assert lake.read(LISTENERS)["report_date"].n_unique() == 2
    newest = LISTENERS_CSV.replace("2026-05-04", "2026-05-15")
    result = deliver(settings, tmp_path, newest, "c.csv", hours=24 * 6)
    assert result.notices == [
        "listeners up to 2026-05-04 (1 of the days) were dropped: listener ids are kept for 10 days"
    ]
    late = deliver(settings, tmp_path, LISTENERS_CSV, "d.csv", hours=24 * 6)
    assert len(late.notices) == 1
    days = Lake(settings.lake_address).read(LISTENERS)["report_date"].unique().sort()
    assert days.to_list() == [date(2026, 5, 14), date(2026, 5, 15)]


def test_no_listener_id_is_anywhere_below_the_home(settings: Settings, tmp_path: Path) -> None:
    bad = LISTENERS_CSV.replace("bert-9,1", "bert-9,-1")
    deliver(settings, tmp_path, bad)
    kept = [path.read_bytes() for path in settings.home.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"anna-7" in content or b"bert-9" in content for content in kept)


def test_a_listener_is_known_again_in_the_next_delivery(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, LISTENERS_CSV)
    deliver(settings, tmp_path, LISTENERS_CSV.replace("2026-05-04", "2026-05-05"), "b.csv")
    assert lake.read(LISTENERS)["listener_id"].n_unique() == 2


def test_the_salt_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = salt(tmp_path)
    assert len(bytes.fromhex(first)) == 32
    assert salt(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "salt").stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert salt(other) != first


def test_a_broken_salt_is_not_replaced_behind_the_back(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("not hex")
    with pytest.raises(FraudError, match="holds no salt in hex; put it back from a backup"):
        salt(tmp_path)


def test_no_salt_is_made_where_no_listener_is_read(settings: Settings, tmp_path: Path) -> None:
    deliver(settings, tmp_path, HEAD + day(4, 1))
    assert sorted(os.listdir(settings.home)) == ["lake", "quality"]  # noqa: PTH208 hidden ones too


@pytest.mark.parametrize("path", ["nowhere", "."])
def test_a_wrong_call_leaves_nothing_behind(path: str, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    with pytest.raises(CallError):
        ingest([tmp_path / "drop" / path], settings, now=NOW)
    assert list(settings.home.iterdir()) == []


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    home = write(tmp_path / "home", "x")
    with pytest.raises(FraudError, match="home cannot be used as home"):
        deliver(Settings(home=home), tmp_path, HEAD + day(4, 1))


def test_a_load_that_died_before_its_record_is_recorded_by_the_next(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(settings, tmp_path, HEAD + day(4, 1))
    assert Lake(settings.lake_address).read(STREAMS).height == 1
    assert Lake(settings.lake_address).read(DELIVERIES).is_empty()
    assert sorted(path.name for path in settings.home.iterdir()) == ["lake"]
    result = deliver(settings, tmp_path, HEAD + day(4, 1))
    assert outcomes(result) == {(MONDAY, "spotify"): "unchanged"}
    assert Lake(settings.lake_address).read(DELIVERIES)["streams"].to_list() == [1]


def test_a_catalog_row_replaces_the_one_of_its_track(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    deliver(settings, tmp_path, REPORTS["catalog"])
    deliver(settings, tmp_path, "isrc,title\nQZAAA2600002,Four\n", "b.csv")
    assert lake.read(CATALOG)["title"].to_list() == ["One, two", "Four"]


def test_progress_is_told_file_by_file(settings: Settings, tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "drop" / f"{number}.csv", HEAD + day(number + 1, 1))
    told: list[tuple[str, int, int]] = []
    ingest(
        [tmp_path / "drop"],
        settings,
        now=NOW,
        progress=lambda what, done, total: told.append((Path(what).name, done, total)),
    )
    assert told == [("0.csv", 1, 3), ("1.csv", 2, 3), ("2.csv", 3, 3)]


def test_many_days_enter_in_several_commits_with_the_same_result(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + "".join(day(number, *range(number)) for number in range(1, 29))
    deliver(settings, tmp_path, text)
    monkeypatch.setattr("fraud.sources.delivery.CHUNK_ROWS", 40)
    other = Settings(home=tmp_path / "other")
    deliver(other, tmp_path, text)
    assert Lake(other.lake_address).read(STREAMS).equals(lake.read(STREAMS))
    first, second = versions(settings)["streams"], versions(other)["streams"]
    assert first is not None
    assert second is not None
    assert second > first


def test_a_day_larger_than_what_is_held_at_a_time_enters_and_is_restated_alike(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = ("deezer", "spotify", "tidal")
    first, second = (
        HEAD + "".join(day(1, *range(least, 60), store=store) for store in stores)
        for least in (0, 1)
    )
    whole = [deliver(settings, tmp_path, text) for text in (first, first, second)]
    monkeypatch.setattr("fraud.sources.delivery.CHUNK_ROWS", 20)
    other = Settings(home=tmp_path / "other")
    pieces = [deliver(other, tmp_path, text) for text in (first, first, second)]
    in_pieces = Lake(other.lake_address)
    for table in (STREAMS, RESTATEMENTS):
        assert lake.read(table).height
        assert in_pieces.read(table).equals(lake.read(table))
    assert [one.day_stores for one in pieces] == [one.day_stores for one in whole]


def test_84_days_of_a_catalogue_enter_and_both_reports_agree(
    innocent_catalogue: Path, settings: Settings, lake: Lake
) -> None:
    result = ingest([innocent_catalogue], settings, now=NOW)
    assert result.exit_code == 0
    assert result.warnings == result.notices == []
    plays = {table.name: lake.read(table)["streams"].sum() for table in (STREAMS, AUDIENCE)}
    assert plays["streams"] == plays["audience"] > 0
    assert len(lake.days(STREAMS)) == 84
    assert sum(file.rows for file in result.files) == sum(
        lake.read(table).height for table in (STREAMS, AUDIENCE, CATALOG)
    )
