"""The public Spotify Charts, old layout and new, territory and day from the file's name."""

from datetime import date
from pathlib import Path

import pytest

from tests.sources.loading import load, load_text, write

OLD = """\
,,,"Note that these figures are generated using a formula that protects against any \
artificial inflation of chart positions.",
Position,"Track Name",Artist,Streams,URL
1,"Lucid, Dreams","Juice WRLD",1930619,https://open.spotify.com/track/0X8DcetL926BYiPJYstJTc
2,"SAD!","XXXTENTACION",1434299,https://open.spotify.com/track/3ee8Jmje8o58CHK66QrVC2
"""
NEW = """\
rank,uri,artist_names,track_name,source,peak_rank,previous_rank,days_on_chart,streams
1,"spotify:track:0X8DcetL926BYiPJYstJTc","Juice WRLD","Lucid, Dreams","Grade A",1,1,50,"1930619"
2,"spotify:track:3ee8Jmje8o58CHK66QrVC2","XXXTENTACION","SAD!","Bad Vibes",1,2,90,"1434299"
"""
NAME = "regional-us-daily-2018-06-18.csv"


@pytest.mark.parametrize("layout", [OLD, NEW])
@pytest.mark.parametrize("name", [NAME, NAME + ".gz", NAME.upper(), NAME + ".zst"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_chart_gives_plays_and_what_its_tracks_are_called(
    layout: str, name: str, mark: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, mark + layout, name)
    plays = loaded.tables["streams"]
    assert plays.select(
        "report_date", "store", "territory", "track_id", "isrc", "streams"
    ).rows() == [
        (date(2018, 6, 18), "spotify", "US", "spotify:0X8DcetL926BYiPJYstJTc", None, 1930619),
        (date(2018, 6, 18), "spotify", "US", "spotify:3ee8Jmje8o58CHK66QrVC2", None, 1434299),
    ]
    assert plays["source"].to_list() == [None, None]
    catalog = loaded.tables["catalog"]
    assert catalog.select("track_id", "title", "artist").rows() == [
        ("spotify:0X8DcetL926BYiPJYstJTc", "Lucid, Dreams", "Juice WRLD"),
        ("spotify:3ee8Jmje8o58CHK66QrVC2", "SAD!", "XXXTENTACION"),
    ]
    assert catalog["label"].to_list() == (
        ["Grade A", "Bad Vibes"] if layout is NEW else [None, None]
    )
    assert catalog["release_date"].to_list() == [None, None]
    assert loaded.warnings == []
    assert loaded.refused.is_empty()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("regional-global-daily-2018-06-18.csv", "is the global Spotify chart"),
        ("regional-us-weekly-2018-06-15.csv", "is a weekly Spotify chart"),
        ("chart.csv", "is a Spotify chart whose name does not say territory and day"),
        ("regional-us-daily-2018-02-30.csv", "is a Spotify chart of us and 2018-02-30, one of"),
        ("regional-qq-daily-2018-02-20.csv", "is a Spotify chart of qq and 2018-02-20, one of"),
    ],
)
def test_a_chart_of_no_territory_or_no_day_is_refused(
    name: str, sentence: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, OLD, name)
    assert loaded.reasons[0].startswith(f"the file {sentence}")
    assert loaded.tables["streams"].is_empty()


def test_a_browser_may_have_numbered_the_copy(tmp_path: Path) -> None:
    write(tmp_path / "regional-us-daily-2018-06-18 (1).csv", OLD)
    write(tmp_path / "regional-us-daily-2018-06-18.csv", OLD)
    loaded = load(tmp_path)
    assert loaded.tables["streams"]["streams"].sum() == 1930619 + 1434299
    assert "says the same as" in loaded.delivery.notices[0]


def test_a_bad_row_of_a_chart_is_named_by_the_columns_of_the_chart(tmp_path: Path) -> None:
    text = OLD.replace("1434299", "-1") + "3,Local,Nobody,5,https://open.spotify.com/local/x\n"
    loaded = load_text(tmp_path, text, NAME)
    assert loaded.faults == [(4, "Streams"), (5, "URL")]
    assert loaded.tables["streams"].height == loaded.tables["catalog"].height == 1


def test_the_newest_chart_says_what_a_track_is_called(tmp_path: Path) -> None:
    write(tmp_path / "regional-us-daily-2018-06-19.csv", OLD.replace("SAD!", "SAD! (Remaster)"))
    write(tmp_path / "regional-us-daily-2018-06-18.csv", OLD)
    loaded = load(tmp_path)
    assert loaded.tables["catalog"]["title"].to_list() == ["Lucid, Dreams", "SAD! (Remaster)"]
    assert loaded.warnings == []


def test_two_days_may_have_the_same_chart(tmp_path: Path) -> None:
    write(tmp_path / "regional-us-daily-2018-06-19.csv", OLD)
    write(tmp_path / "regional-us-daily-2018-06-18.csv", OLD)
    assert load(tmp_path).tables["streams"].height == 4


def test_every_published_day_of_2018_loads(spotify_charts: Path) -> None:
    loaded = load(spotify_charts)
    assert loaded.refused.is_empty()
    assert loaded.warnings == loaded.delivery.notices == []
    streams = loaded.tables["streams"]
    assert streams["report_date"].n_unique() == len(list(spotify_charts.glob("*.csv")))
    assert (streams.group_by("report_date").len()["len"] == 200).all()
    assert loaded.tables["catalog"]["title"].null_count() == 0
