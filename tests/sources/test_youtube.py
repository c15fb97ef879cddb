"""YouTube's bulk reports: the same views in several break-downs, assets, spam adjustments."""

from datetime import date
from pathlib import Path

import pytest

from tests.sources.damage import damaged_copies
from tests.sources.loading import load, load_text, write

DIMENSIONS = "claimed_status,uploader_type,live_or_on_demand,subscribed_status"
OF = "claimed,self,on_demand,not_subscribed"
BASIC = (
    f"date,channel_id,video_id,{DIMENSIONS},country_code,engaged_views,views,watch_time_minutes,"
    "average_view_duration_seconds,likes,videos_added_to_playlists,red_views,red_watch_time_minutes\n"
    f"20260211,UC1,vid1,{OF},VN,900,1000,516.7,31,4,3,100,50\n"
    f"20260211,UC1,vid1,{OF},ZZ,5,7,2,31,0,0,0,0\n"
)
COMBINED = (
    f"date,channel_id,asset_id,video_id,{DIMENSIONS},country_code,playback_location_type,"
    "playback_location_detail,traffic_source_type,traffic_source_detail,device_type,"
    "operating_system,views,watch_time_minutes,red_views,red_watch_time_minutes\n"
    f"20260211,UC1,A1,vid1,{OF},VN,1,,14,PLinvented,104,4,600,300,100,50\n"
    f"20260211,UC1,A1,vid1,{OF},VN,1,,5,,101,2,400,200,0,0\n"
    f"20260211,UC1,A1,vid1,{OF},ZZ,1,,99,,104,4,7,2,0,0\n"
)
ASSETS = (
    "asset_id,custom_id,approx_daily_views,asset_type,display_isrc,your_isrc,other_isrc,ownership\n"
    "A1,x,1007,SOUND_RECORDING,QZAAA2600001,,,100\n"
    "A2,x,3,MUSIC_VIDEO,,,,100\n"
    "A3,x,3,MUSIC_VIDEO,,,QZAAA2600003|QZAAA2600004,100\n"
)
CLAIMS = (
    "claim_id,channel_id,asset_id,video_id,claim_status,views,isrc,upc,artist\n"
    "c1,UC1,A1,vid1,active,5,QZAAA2600001,,Ann\n"
    "c2,UC2,A1,mix,active,5,QZAAA2600001,,Ann\n"
    "c3,UC2,A3,mix,active,5,QZAAA2600003,,Bob\n"
)
REVENUE = (
    "adjustment_type,country,day,video_id,asset_id,isrc,monetized_views,partner_revenue\n"
    "None,VN,20260211,vid1,A1,QZAAA2600001,500,1.25\n"
    "Spam Adjustment,VN,20260211,vid1,A1,QZAAA2600001,-300,-0.75\n"
    "Spam Adjustment,VN,20260211,vid2,A1,QZAAA2600001,-30,-0.08\n"
    "Backpay,VN,20260211,vid1,A1,QZAAA2600001,10,0.01\n"
)


def test_views_by_traffic_source_and_device_are_streams(tmp_path: Path) -> None:
    write(tmp_path / "combined.csv", COMBINED)
    write(tmp_path / "assets.csv", ASSETS)
    loaded = load(tmp_path)
    streams = loaded.tables["streams"]
    told = streams.select("territory", "source", "tier", "device", "playlist_id", "streams")
    assert sorted(told.rows(), key=str) == [
        ("VN", "search", "free", "desktop", None, 400),
        ("VN", "user_playlist", "free", "mobile", "PLinvented", 500),
        ("VN", "user_playlist", "premium", "mobile", "PLinvented", 100),
        ("ZZ", "other", "free", "mobile", None, 7),
    ]
    assert set(streams["track_id"]) == {"QZAAA2600001"}
    assert set(streams["store"]) == {"youtube"}
    assert loaded.warnings == ["source '99' is no known value; 1 row entered as other"]
    assert loaded.delivery.passed_over == {"assets without an ISRC": 1}


def test_reports_that_tell_the_same_views_are_not_added_up(tmp_path: Path) -> None:
    for name, text in {"a": BASIC, "b": COMBINED, "c": ASSETS, "d": CLAIMS}.items():
        write(tmp_path / f"{name}.csv", text)
    loaded = load(tmp_path)
    assert loaded.tables["streams"]["streams"].sum() == 1_007
    audience = loaded.tables["audience"].sort("territory")
    told = audience.select("territory", "track_id", "streams", "saves", "listening_seconds")
    assert told.rows() == [
        ("VN", "QZAAA2600001", 1000, 3, 30_000),
        ("ZZ", "QZAAA2600001", 7, 0, 120),
    ]


def test_the_basic_report_alone_gives_plays_saves_and_the_share_of_members(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, BASIC)
    streams = loaded.tables["streams"].select("track_id", "territory", "tier", "streams")
    assert sorted(streams.rows()) == [
        ("youtube:vid1", "VN", "free", 900),
        ("youtube:vid1", "VN", "premium", 100),
        ("youtube:vid1", "ZZ", "free", 7),
    ]
    seconds = loaded.tables["audience"].sort("territory")["listening_seconds"]
    assert seconds.to_list() == [31_002, 120]


def test_a_video_with_several_recordings_is_none_of_them(tmp_path: Path) -> None:
    ids = load_text(tmp_path, CLAIMS).tables["track_ids"].select("store_track_id", "isrc")
    assert sorted(ids.rows()) == [
        ("A1", "QZAAA2600001"),
        ("A3", "QZAAA2600003"),
        ("vid1", "QZAAA2600001"),
    ]


def test_spam_adjustments_are_verdicts(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, REVENUE)
    (verdict,) = loaded.tables["verdicts"].to_dicts()
    assert verdict["store"] == "youtube"
    assert verdict["period_start"] == verdict["period_end"] == date(2026, 2, 11)
    assert (verdict["isrc"], verdict["territory"]) == ("QZAAA2600001", "VN")
    assert verdict["artificial_streams"] == 330
    assert verdict["penalty_amount"] == pytest.approx(0.83)
    assert loaded.reasons == loaded.warnings == []
    assert loaded.delivery.passed_over == {
        "revenue that is no spam adjustment": 2,
        "further parts of a ruling that were added to its first": 1,
    }


def test_spam_adjustments_add_up_however_far_apart_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, *rows = REVENUE.splitlines(keepends=True)
    between = rows[0] * 20
    report = header + rows[1] + between + rows[2] + between + rows[2].replace("-30", "x")
    whole = load_text(tmp_path / "whole", report)
    monkeypatch.setattr("fraud.sources.lines.BLOCK_BYTES", 300)
    monkeypatch.setattr("fraud.sources.unpacking.CHUNK_BYTES", 300)
    apart = load_text(tmp_path / "apart", report)
    assert apart.tables["verdicts"].equals(whole.tables["verdicts"])
    assert apart.tables["verdicts"]["artificial_streams"].to_list() == [330]
    assert apart.faults == whole.faults == [(44, "monetized_views")]


def test_a_penalty_that_is_no_amount_is_refused(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, REVENUE.replace("-0.08", "0;08"))
    assert loaded.faults == [(4, "penalty_amount")]


@pytest.mark.parametrize(
    "header",
    [
        "date,channel_id,video_id,country_code,province_code,views",
        "date,channel_id,video_id,country_code,playlist_id,views",
        "date,channel_id,video_id,country_code,sharing_service,shares",
    ],
)
def test_a_report_that_tells_nothing_new_is_passed_over(header: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, f"{header}\n20260211,UC1,vid1,US,x,5\n")
    assert loaded.delivery.passed_over.total() == 1
    assert loaded.reasons == loaded.warnings == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("1000,516.7", "-5,516.7", "views"),
        ("1000,516.7", "1000.5,516.7", "views"),
        ("3,100,50", "3,x,50", "views"),
        ("3,100,50", "3,2000,50", "views"),
        ("20260211", "20260231", "date"),
        ("VN", "Vietnam", "country_code"),
    ],
)
def test_a_bad_row_is_refused_whole(old: str, new: str, fault: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, BASIC.replace(old, new, 1))
    assert loaded.faults == [(2, fault)]
    assert loaded.tables["streams"]["streams"].to_list() == [7]


@pytest.mark.parametrize("report", [BASIC, COMBINED, CLAIMS, REVENUE])
def test_damage_is_told_and_never_loses_a_row_in_silence(report: str, tmp_path: Path) -> None:
    header, _, rows = report.partition("\n")
    for number, data in enumerate(damaged_copies((header + "\n" + 15 * rows).encode(), copies=6)):
        write(tmp_path / f"{number}.csv", data)
    assert load(tmp_path).reasons
