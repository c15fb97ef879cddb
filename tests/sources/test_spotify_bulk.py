"""Spotify's Bulk API: plays, accounts, tracks and sums become what an analyst asks for."""

import random
from pathlib import Path

import polars as pl
import pytest

from tests.sources.damage import damaged, swapped
from tests.sources.loading import Loaded, load, write
from tests.sources.spotify_files import (
    ANN,
    BOB,
    DAY,
    LISTS,
    OTHER,
    Row,
    account,
    ndjson,
    play,
    sums,
    track,
)


def delivered(folder: Path, **files: list[Row]) -> Loaded:
    return load(*(write(folder / f"{name}.json.gz", ndjson(*rows)) for name, rows in files.items()))


def rows_of(loaded: Loaded, table: str, *columns: str) -> list[tuple[object, ...]]:
    return loaded.tables[table].select(columns).rows()


def test_a_day_is_joined_across_its_files(tmp_path: Path) -> None:
    loaded = delivered(
        tmp_path,
        streams=[play(), play(user_id=BOB, country="SE", track_id=OTHER, length=31)],
        sub_30_sec_streams=[play(length=12), play(user_id=BOB, length=29)],
        users=[account(), account(user_id=BOB, country="SE", type="ad", access="free", product="")],
        tracks=[track(), track(track_id=OTHER, isrc="QZAAA2600002", uri="")],
        aggregatedstreams=[sums()],
    )
    assert loaded.refused.is_empty()
    assert loaded.warnings == []
    assert rows_of(loaded, "streams", "track_id", "territory", "source", "tier", "streams") == [
        ("QZAAA2600001", "NL", "search", "family", 1),
        ("QZAAA2600002", "SE", "search", "free", 1),
    ]
    assert rows_of(
        loaded, "listeners", "track_id", "streams", "listening_seconds", "listener_territory"
    ) == [("QZAAA2600001", 1, 200, "VN"), ("QZAAA2600002", 1, 31, "SE")]
    assert rows_of(
        loaded, "audience", "territory", "track_id", "streams", "listeners", "skips", "sub30_plays"
    ) == [
        ("NL", "QZAAA2600001", 1, 1, 4, 2),
        ("SE", "QZAAA2600002", 1, 1, None, None),
        ("ZZ", "QZAAA2600001", None, None, None, None),
    ]
    assert loaded.tables["audience"]["saves"].to_list() == [None, None, 1]
    assert rows_of(loaded, "catalog", "isrc", "title", "artist", "upc")[0] == (
        "QZAAA2600001",
        "Blue",
        "Ann, Bob",
        "036000291452",
    )


@pytest.mark.parametrize(
    ("length", "streams", "sub30_plays"),
    [(30, 1, None), (29, None, 1), (29.9, None, 1), ("30", 1, None), (0, None, 1), ("", 1, None)],
)
def test_a_play_counts_from_30_seconds_on(
    length: object, streams: int | None, sub30_plays: int | None, tmp_path: Path
) -> None:
    loaded = delivered(tmp_path, a=[play(length=length)])
    assert rows_of(loaded, "audience", "streams", "sub30_plays") == [(streams, sub30_plays)]
    assert loaded.tables["streams"].height == (streams or 0)


def test_plays_in_a_file_of_short_plays_never_count(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, **{"2026-05-04_sub_30_sec_streams_NL": [play(length=30)]})
    assert rows_of(loaded, "audience", "streams", "sub30_plays", "listening_seconds") == [
        (None, 1, None)
    ]


@pytest.mark.parametrize(
    ("source", "uri", "meant", "playlist"),
    [
        ("artist", "spotify:artist:0INVENTED0000000000002", "artist_page", None),
        ("album", "spotify:album:0INVENTED0000000000008", "album", None),
        ("collection", "", "library", None),
        ("others_playlist", LISTS["curator"], "user_playlist", "0INVENTED0000000000001"),
        ("others_playlist", LISTS["editorial"], "editorial_playlist", "37i9dQZF1DXinvented00001"),
        ("others_playlist", LISTS["mix"], "algorithmic", "37i9dQZF1EXinvented00001"),
        ("playlist", "spotify:user:spotify:playlist:6INV", "editorial_playlist", "6INV"),
        ("chart", "", "editorial_playlist", None),
        ("Radio", "", "radio", None),
        ("play_queue", "", "other", None),
        ("", "", None, None),
    ],
)
def test_sources_and_playlists(
    source: str, uri: str, meant: str | None, playlist: str | None, tmp_path: Path
) -> None:
    loaded = delivered(tmp_path, a=[play(source=source, source_uri=uri)])
    assert rows_of(loaded, "streams", "source", "playlist_id") == [(meant, playlist)]


def test_words_that_nobody_knows_enter_as_other_and_are_told_of(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=[play(source="hologram", device_type="smart fridge")])
    assert rows_of(loaded, "streams", "source", "device") == [("other", "other")]
    assert sum("no known value" in text for text in loaded.warnings) == 2
    assert not any("hologram" in text for text in loaded.warnings)


@pytest.mark.parametrize(
    ("device", "system", "meant"),
    [
        ("cell phone", "iOS", "mobile"),
        ("personal computer", "Windows", "desktop"),
        ("personal computer", "Browser", "web"),
        ("Smart TV Device", "", "tv"),
        ("connected audio device", "", "speaker"),
        ("built-in car application", "", "car"),
        ("gaming console", "", "console"),
    ],
)
def test_devices(device: str, system: str, meant: str, tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=[play(device_type=device, os=system)])
    assert loaded.tables["streams"]["device"].to_list() == [meant]


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ({"type": "ad", "access": "free", "product": "free"}, "free"),
        ({"type": "paid", "access": "premium", "product": "premium"}, "premium"),
        ({"type": "paid", "access": "PREMIUM", "product": "student"}, "student"),
        ({"type": "trial", "access": "premium", "product": "premium"}, "trial"),
        ({"type": "partner-free", "access": "", "product": ""}, "free"),
        ({"type": "partner", "access": "", "product": "Family Plan"}, "family"),
        ({"type": "deleted", "access": "", "product": ""}, None),
        ({"type": "", "access": "gold", "product": ""}, "other"),
    ],
)
def test_plans(said: Row, tier: str | None, tmp_path: Path) -> None:
    loaded = delivered(tmp_path, plays=[play()], people=[account(**said)])
    assert loaded.tables["streams"]["tier"].to_list() == [tier]


def test_accounts_of_older_days_name_the_plan_otherwise(tmp_path: Path) -> None:
    older = {"user_id": ANN, "country": "SE", "birth_year": 1990, "user_product_type": "student"}
    loaded = delivered(tmp_path, plays=[play()], people=[older])
    assert rows_of(loaded, "listeners", "listener_territory", "tier") == [("SE", "student")]


def test_accounts_without_plays_are_told_of(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, people=[account()])
    assert loaded.delivery.notices == [
        "accounts came without plays and were not kept; deliver them with the plays of their day"
    ]


@pytest.mark.parametrize("moment", [f"{DAY}T00:15:00", "20260504T12:45:00", f"{DAY} 23:59", DAY])
def test_the_day_is_the_one_that_the_timestamp_says(moment: str, tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=[play(timestamp=moment)])
    assert loaded.tables["streams"]["report_date"].cast(pl.String).to_list() == [DAY]


@pytest.mark.parametrize(
    "measure",
    [
        {"total": 7, "country": {"NL": {"total": 5, "male": {"28-34": 5}}, "SE": {"total": 2}}},
        {"total": 7, "NL": 5, "SE": {"female": {"18-22": 1, "23-27": 1}}},
        {"country": {"NL": 5, "SE": 2}},
    ],
)
def test_sums_are_read_in_both_nestings(measure: Row, tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=[sums(streams=measure, listeners={"total": 6, "NL": 4})])
    assert rows_of(loaded, "streams", "territory", "streams") == [("NL", 5), ("SE", 2)]
    assert rows_of(loaded, "audience", "territory", "listeners", "skips", "saves") == [
        ("NL", 4, 4, None),
        ("SE", None, None, None),
        ("ZZ", None, None, 1),
    ]


def test_sums_without_countries_stand_under_zz_but_never_beside_plays(tmp_path: Path) -> None:
    alone = delivered(tmp_path / "1", a=[sums(streams={"total": 9}, skips=2, saves=None)])
    assert rows_of(alone, "audience", "territory", "streams", "skips") == [("ZZ", 9, 2)]
    beside = delivered(tmp_path / "2", a=[sums(streams={"total": 9})], b=[play()], c=[track()])
    assert rows_of(beside, "streams", "territory", "streams") == [("NL", 1)]


def test_a_track_of_which_nothing_was_counted_is_passed_over(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=[sums(), sums(streams={}, skips={}, saves=None)])
    assert loaded.delivery.passed_over == {"tracks of which Spotify counted nothing": 1}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (play(country="N1"), "country"),
        (play(timestamp="yesterday"), "timestamp"),
        (play(track_id=""), "track_id"),
        (play(length=-3), "length"),
        (play(length="long"), "length"),
        (account(user_id=""), "user_id"),
        (account(country="Narnia"), "country"),
        (track(isrc="QZ"), "isrc"),
        (sums(streams={"total": 5, "country": {"N1": 5}}), "territory"),
        (sums(streams={"total": 5, "country": {"NL": "many"}}), "streams"),
        (sums(streams=True), "streams"),
        (sums(date="20260504"), "date"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column(row: Row, column: str, tmp_path: Path) -> None:
    good = [play(), account(), track(), sums()]
    like = next(one for one in good if one.keys() == row.keys())
    loaded = delivered(tmp_path, plays=[play()], a=[like, row, like])
    assert loaded.faults == [(2, column)]
    personal = "user_id" in row
    assert loaded.refused["value"].is_null().all() or not personal
    assert loaded.refused["row"].is_null().all() == personal


def test_a_missing_column_refuses_the_file(tmp_path: Path) -> None:
    row = play()
    del row["country"]
    loaded = delivered(tmp_path, a=[row])
    assert "lacks the column country of Spotify's streams" in loaded.reasons[0]


def test_no_listener_is_in_any_message(tmp_path: Path) -> None:
    damaged = [play(user_id="secret-1", country="N1"), account(user_id="secret-2", country="N1")]
    loaded = delivered(tmp_path, a=[damaged[0], play()], b=[damaged[1], account()])
    written = [*loaded.warnings, *loaded.delivery.notices, loaded.refused.write_csv()]
    assert loaded.refused.height == 2
    assert not any("secret" in text or ANN in text for text in written)
    assert ANN not in loaded.tables["listeners"]["listener_id"].to_list()


FILES = {
    "streams": ndjson(*(play(user_id=f"u{n}", length=n) for n in range(12, 62))),
    "users": ndjson(*(account(user_id=f"u{n}") for n in range(50))),
    "tracks": ndjson(*(track(track_id=f"{n:032x}") for n in range(30))),
    "aggregatedstreams": ndjson(*(sums(saves={"total": n}) for n in range(30))),
}


@pytest.mark.parametrize("how", ["bytes", "cut", "lines", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_loses_no_row_silently(kind: str, how: str, tmp_path: Path) -> None:
    chance = random.Random(f"{kind} {how}")  # noqa: S311 - damage, not secrets
    for n in range(3):
        whole = write(tmp_path / f"{n}" / "whole.json", ndjson(play(), play(user_id=BOB)))
        bad = write(tmp_path / f"{n}" / f"{kind}.bin", damaged(FILES[kind], how, chance))
        assert load(whole, bad).tables["streams"]["streams"].sum() >= 2


@pytest.mark.parametrize("kind", FILES)
def test_swapped_keys_lose_no_row_silently(kind: str, tmp_path: Path) -> None:
    chance = random.Random(kind)  # noqa: S311 - damage, not secrets
    for n in range(3):
        names = chance.sample(["user_id", "country", "track_id", "isrc", "length", "streams"], 2)
        bad = swapped(FILES[kind], *(f'"{name}"' for name in names))
        loaded = load(
            write(tmp_path / f"{n}" / "whole.json", ndjson(play())),
            write(tmp_path / f"{n}" / "bad.json", bad),
        )
        assert len(loaded.delivery.files) == 2
