"""LabelCamp's daily trends: events of every store in JSON Lines, in parts, some of them late."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.sources.delivery import deliver
from fraud.sources.labelcamp import LABELCAMP, labelcamp
from fraud.sources.source import Report
from tests.sources.damage import damaged_copies
from tests.sources.loading import SALT, load, load_text, write

NAME = "idol_trends_extract_20260212060000.json_{}"


def event(**said: Any) -> str:
    """Return a line of the export; a key that is None is left out, as the export does."""
    usual = {
        "quantity": 1,
        "eq_track_quantity": 1,
        "artists": ["Ann", 'Bo "B" Bee'],
        "played_percent": 94,
        "played_seconds": 33,
        "gender": 1,
        "birth_year": 1992,
        "user_id": "u_1",
        "transaction_date": "2026-02-11",
        "playlist_xid": "0INVENTED0000000000001",
        "retail_id": 3,
        "retail_name": "Spotify",
        "label_name": "Invented Records",
        "product_upc_code": "360149700019",
        "track_name": "Invented Song",
        "isrc_code": "QZAAA2600001",
        "code_alpha_2": "FI",
    }
    kept = {key: value for key, value in (usual | said).items() if value is not None}
    return json.dumps(kept, ensure_ascii=False) + "\n"


EVENTS = (
    event()
    + event(played_seconds=200.0)
    + event(user_id="u_2")
    + event(user_id=None, retail_name="iTunes", quantity=7, played_seconds=None)
    + event(user_id="u_2", played_seconds=12)
)


def test_events_become_streams_listeners_audience_and_catalog(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, EVENTS, NAME.format(1))
    streams = loaded.tables["streams"].select("store", "territory", "playlist_id", "streams")
    playlist = "0INVENTED0000000000001"
    assert streams.sort("store").rows() == [
        ("apple_music", "FI", playlist, 7),
        ("spotify", "FI", playlist, 3),
    ]
    audience = loaded.tables["audience"].sort("store")
    told = audience.select("streams", "listeners", "sub30_plays", "listening_seconds").rows()
    assert told == [(7, None, None, None), (3, 2, 1, 266)]
    assert sorted(loaded.tables["listeners"]["streams"]) == [1, 2]
    (track,) = loaded.tables["catalog"].to_dicts()
    assert (track["title"], track["label"]) == ("Invented Song", "Invented Records")
    assert track["upc"] == "360149700019"
    assert loaded.warnings == loaded.reasons == []


def test_a_key_may_first_come_late_in_the_file(tmp_path: Path) -> None:
    text = 1_200 * event(user_id=None, played_seconds=None) + event()
    loaded = load_text(tmp_path, text, NAME.format(1))
    assert loaded.tables["listeners"]["streams"].to_list() == [1]
    assert loaded.tables["audience"]["streams"].to_list() == [1_201]


@pytest.mark.parametrize(
    ("stamp", "played", "came_on"),
    [
        ("20260212060000", "2026-02-11", "2026-02-11"),
        ("2026-02-12T06-00", "2026-02-11T08:30:00Z", "2026-02-11"),
        ("20260212060000", "2026-02-03", "2026-02-12"),
        ("20260212060000", "2026-02-12", "2026-02-13"),
        ("20260212060000", "soon", "2026-02-12"),
        ("20269912060000", "2026-02-11", None),
        ("x", "2026-02-11", None),
    ],
)
def test_events_say_when_they_came(stamp: str, played: str, came_on: str | None) -> None:
    keys = tuple(json.loads(event()))
    reading = LABELCAMP.open(Report(f"idol_trends_extract_{stamp}.json_1", keys))
    events = pl.DataFrame({key: ["1"] for key in keys}).with_columns(
        line=pl.lit(1), transaction_date=pl.lit(played)
    )
    assert reading.rows(events)["plays"].to_dicts()[0].get("came_on") == came_on


def test_the_parts_of_an_extract_are_one_and_a_missing_one_is_told(tmp_path: Path) -> None:
    for number in (1, 2, 4, 7):
        write(tmp_path / NAME.format(f"{number:03}"), EVENTS)
    loaded = load(tmp_path)
    assert loaded.tables["audience"]["streams"].sum() == 4 * 10
    assert loaded.warnings == [
        "idol_trends_extract_20260212060000 came without parts 3, 5, 6; deliver all parts together"
    ]


def test_ids_of_sources_mean_nothing_until_the_settings_say_what(tmp_path: Path) -> None:
    path = write(tmp_path / NAME.format(1), event(source=4) + event(source=5))
    loaded = load(path)
    assert loaded.tables["streams"]["source"].to_list() == [None]
    assert "labelcamp_sources" in loaded.warnings[0]
    assert len(loaded.warnings) == 1
    known = (labelcamp({"4": "search"}),)
    delivery = deliver([path], tmp_path, known=known, salt=lambda: SALT)
    (made,) = [one for one in delivery.unfolded if one.staged.table.name == "streams"]
    assert made.staged.rows == 2
    assert delivery.warnings == ["source is no known value; 1 row entered as other"]


def test_bad_events_are_named_by_their_keys_and_nothing_personal_is_repeated(
    tmp_path: Path,
) -> None:
    bad = event(user_id="secret", quantity=-1) + event(user_id="secret", isrc_code="?")
    loaded = load_text(tmp_path, EVENTS + bad + '{"user_id": "secret\n', NAME.format(1))
    assert sorted(loaded.faults) == [(6, "quantity"), (7, "isrc_code"), (8, None)]
    assert "secret" not in str(loaded.refused.to_dicts()) + str(loaded.warnings)


def test_missing_keys_are_named(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, event(code_alpha_2=None, quantity=None), NAME.format(1))
    assert loaded.reasons == [
        "the file lacks the keys quantity, code_alpha_2 of LabelCamp's daily trends"
    ]


def test_damage_is_told_and_never_loses_an_event_in_silence(tmp_path: Path) -> None:
    for number, data in enumerate(damaged_copies((20 * EVENTS).encode())):
        write(tmp_path / NAME.format(number), data)
    loaded = load(tmp_path)
    assert loaded.reasons
    assert "u_1" not in str(loaded.refused.to_dicts()) + str(loaded.warnings)
