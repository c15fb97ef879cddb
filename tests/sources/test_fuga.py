"""FUGA Trends: plays and counts of every store in one layout, with and without a header."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fraud.sources import named
from fraud.sources.delivery import deliver
from fraud.sources.fuga import COLUMNS, fuga
from tests.sources.damage import damaged_copies
from tests.sources.loading import SALT, load, load_text, write

HEADER = "\t".join(COLUMNS) + "\n"


def row(**cells: str) -> str:
    """Return a line of the file: a play in Finland unless told otherwise."""
    usual = {
        "date": "2026-02-11",
        "territory": "FI",
        "number_of_streams": "1",
        "reporting_organization_id": "7",
        "asset_duration": "35",
        "isrc": "QZAAA2600001",
        "upc": "360149700019",
    }
    return "\t".join((usual | cells).get(name, "") for name in COLUMNS) + "\n"


def play(who: str, **cells: str) -> str:
    """Return a line of one play that Spotify tells."""
    told = {
        "user_id": who,
        "stream_length": "33.4",
        "stream_source": "others_playlist",
        "stream_source_uri": "spotify:playlist:0INVENTED0000000000001",
        "stream_device_type": "cell phone",
        "user_country": "VN",
        "user_access_type": "FREE",
        "user_account_type": "ad",
    }
    return row(**(told | cells))


SPOTIFY = HEADER + play("u_1") + play("u_1", stream_length="31") + play("u_2") + row()


def test_plays_become_streams_listeners_and_their_audience(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, SPOTIFY, "label_Spotify_20260211.tsv")
    (streams,) = loaded.tables["streams"].filter(pl.col("source").is_not_null()).to_dicts()
    assert streams == {
        "report_date": date(2026, 2, 11),
        "store": "spotify",
        "territory": "FI",
        "track_id": "QZAAA2600001",
        "isrc": "QZAAA2600001",
        "source": "user_playlist",
        "tier": "free",
        "device": "mobile",
        "playlist_id": "0INVENTED0000000000001",
        "playlist_name": None,
        "streams": 3,
    }
    (audience,) = loaded.tables["audience"].to_dicts()
    assert (audience["streams"], audience["listeners"]) == (4, 2)
    assert audience["listening_seconds"] == 33 + 31 + 33
    listeners = loaded.tables["listeners"].sort("streams")
    assert listeners["streams"].to_list() == [1, 2]
    assert set(listeners["listener_territory"]) == {"VN"}
    assert "u_1" not in set(listeners["listener_id"])
    (track,) = loaded.tables["catalog"].to_dicts()
    assert (track["upc"], track["duration_seconds"]) == ("360149700019", 35)
    assert loaded.warnings == loaded.reasons == []


def test_a_catalogue_knows_its_tracks_better_than_reports_of_plays(tmp_path: Path) -> None:
    write(tmp_path / "a_Spotify.tsv", SPOTIFY)
    write(tmp_path / "catalog.csv", "isrc,title,upc\nQZAAA2600001,Blue,036000291452\n")
    loaded = load(tmp_path)
    (track,) = loaded.tables["catalog"].to_dicts()
    assert (track["title"], track["upc"]) == ("Blue", "036000291452")
    assert track["duration_seconds"] == 35
    assert loaded.warnings == []


@pytest.mark.parametrize("name", ["x_Spotify.tsv", "x_Spotify.tsv.gz", "x-SPOTIFY-2026-02-11.txt"])
def test_the_header_may_be_missing(name: str, tmp_path: Path) -> None:
    headed = load_text(tmp_path, SPOTIFY, name)
    bare = load_text(tmp_path, SPOTIFY.removeprefix(HEADER), name)
    for table, rows in headed.tables.items():
        assert rows.equals(bare.tables[table])


def test_cells_at_the_end_of_a_row_may_be_missing(tmp_path: Path) -> None:
    text = SPOTIFY.removeprefix(HEADER).replace("\t" * 17 + "\n", "\n")
    assert load_text(tmp_path, text, "x_Spotify.tsv").tables["audience"]["streams"].sum() == 4


def test_counts_of_people_enter_only_where_a_row_is_the_whole_cell(tmp_path: Path) -> None:
    text = HEADER + row(number_of_streams="90", number_of_listeners="40", number_of_saves="2")
    whole = load_text(tmp_path, text, "x_Deezer.tsv").tables["audience"]
    assert whole.select("store", "streams", "listeners", "saves").row(0) == ("deezer", 90, 40, 2)
    text = HEADER + "".join(
        row(number_of_streams="90", number_of_listeners="40", apple_source_of_stream=code)
        for code in "12"
    )
    split = load_text(tmp_path, text, "x_iTunes.tsv")
    assert split.tables["audience"].select("streams", "listeners").row(0) == (180, None)
    assert split.tables["streams"]["source"].to_list() == ["library", "search"]


@pytest.mark.parametrize(
    ("codes", "source"),
    [
        ({"apple_source_of_stream": "2", "apple_container_type": "3"}, "search"),
        ({"apple_source_of_stream": "3", "apple_container_type": "3"}, "album"),
        ({"apple_container_type": "2", "apple_container_sub_type": "2"}, "editorial_playlist"),
        ({"apple_container_type": "2", "apple_container_sub_type": "0"}, "user_playlist"),
        ({"apple_container_type": "1", "apple_container_sub_type": "14"}, "algorithmic"),
        ({"apple_source_of_stream": "0"}, "other"),
    ],
)
def test_apples_codes_say_where_a_play_started(
    codes: dict[str, str], source: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, HEADER + row(stream_device_type="1", **codes), "x_iTunes.tsv")
    told = loaded.tables["streams"].select("store", "source", "device").row(0)
    assert told == ("apple_music", source, "mobile")


def test_downloads_are_passed_over_and_counted(tmp_path: Path) -> None:
    sold = row(number_of_downloads="2", number_of_streams="0")
    loaded = load_text(tmp_path, SPOTIFY + sold + sold, "x_Spotify.tsv")
    assert loaded.delivery.passed_over == {"downloads": 2}
    assert loaded.tables["audience"]["streams"].sum() == 4


def test_a_track_that_was_only_sold_is_passed_over_like_any_download(tmp_path: Path) -> None:
    sold = row(number_of_downloads="2", number_of_streams="0", isrc="QZAAA2600002", upc="damaged")
    loaded = load_text(tmp_path, SPOTIFY + sold, "x_Spotify.tsv")
    assert loaded.delivery.passed_over == {"downloads": 1}
    assert loaded.tables["catalog"]["isrc"].to_list() == ["QZAAA2600001"]
    assert loaded.reasons == []


@pytest.mark.parametrize(
    ("line", "store"),
    [
        (play("u"), "spotify"),
        (row(apple_container_type="2"), "apple_music"),
        (row(video_id="v1"), "youtube"),
    ],
)
def test_rows_tell_the_store_where_the_name_does_not(line: str, store: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEADER + line, "trends.tsv")
    assert loaded.tables["streams"]["store"].to_list() == [store]


@pytest.mark.parametrize("lines", [row(), play("u") + row(video_id="v1")])
def test_a_file_of_no_or_of_several_stores_is_refused(lines: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, HEADER + lines, "trends.tsv")
    assert "does not say the store" in loaded.reasons[0]
    assert "client_Spotify.tsv" in loaded.reasons[0]


def test_the_settings_may_name_the_store_of_an_organization(tmp_path: Path) -> None:
    path = write(tmp_path / "trends.tsv", HEADER + row())
    known = (fuga({"7": "tidal"}),)
    delivery = deliver([path], tmp_path, known=known, salt=lambda: SALT)
    assert [*delivery.files[0].staged[0].by_day_store] == [(date(2026, 2, 11), "tidal")]
    assert named("fuga", known) == known


def test_bad_rows_are_named_by_fugas_columns_and_nothing_personal_is_repeated(
    tmp_path: Path,
) -> None:
    text = SPOTIFY + play("secret-1", number_of_streams="-1") + play("secret-2", territory="Mars")
    loaded = load_text(tmp_path, text, "x_Spotify.tsv")
    assert loaded.faults == [(6, "number_of_streams"), (7, "territory")]
    assert "secret" not in str(loaded.refused.to_dicts()) + str(loaded.warnings)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    text = SPOTIFY.replace("\tisrc\t", "\tcode\t")
    assert load_text(tmp_path, text, "x_Spotify.tsv").reasons == [
        "the file lacks the column isrc of FUGA Trends"
    ]


@pytest.mark.parametrize("headed", [True, False])
def test_damage_is_told_and_never_loses_a_row_in_silence(*, headed: bool, tmp_path: Path) -> None:
    text = SPOTIFY + 30 * (play("u_3") + row(number_of_streams="12", number_of_listeners="4"))
    whole = text if headed else text.removeprefix(HEADER)
    for number, data in enumerate(damaged_copies(whole.encode(), "\t")):
        write(tmp_path / f"{number}_Spotify.tsv", data)
    loaded = load(tmp_path)
    assert loaded.reasons
    assert "u_3" not in str(loaded.refused.to_dicts()) + str(loaded.warnings)
