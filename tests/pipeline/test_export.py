"""Tables leave the lake as files that other programs read."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.export import KEY_OF_LEVEL, export
from fraud.tables import FEATURES, INCIDENTS, SCORES, STREAMS, Table

DAY = date(2026, 3, 1)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.lake_address)


def put(lake: Lake, table: Table, *rows: dict[str, Any]) -> None:
    lake.append(table, pl.DataFrame(rows, schema=dict(table.schema)))


def score(day: date, level: str, entity: str, **more: Any) -> dict[str, Any]:
    return {"report_date": day, "level": level, "entity": entity, "score": 0.5, "rank": 1} | more


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_scores_begin_with_day_key_score_and_rank(
    lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    put(
        lake,
        SCORES,
        score(NEXT, "track", "B", isrc="B", track_id="B", score=0.1, rank=2),
        score(NEXT, "track", "A", isrc="A", track_id="A", score=0.9, rank=1),
        score(DAY, "track", "spotify:1", track_id="spotify:1"),
        score(DAY, "artist", "Näme, \"quoted\"", artist="Näme, \"quoted\""),
    )  # fmt: skip
    written = export("scores", tmp_path / "s.csv", settings)
    assert (written.rows, written.first_day, written.last_day) == (3, DAY, NEXT)
    head, *rows = lines(tmp_path / "s.csv")
    assert head[:5] == ["date", "isrc", "track_id", "score", "rank"]
    assert not {"level", "entity", "artist", "upc", "store"} & set(head)
    assert [row[:5] for row in rows] == [
        ["2026-03-01", "", "spotify:1", "0.5", "1"],
        ["2026-03-02", "A", "A", "0.9", "1"],
        ["2026-03-02", "B", "B", "0.1", "2"],
    ]


@pytest.mark.parametrize("level", KEY_OF_LEVEL)
def test_every_level_carries_its_own_key(
    lake: Lake, settings: Settings, tmp_path: Path, level: str
) -> None:
    key = dict.fromkeys(KEY_OF_LEVEL[level], "x")
    named = {name: value for name, value in key.items() if name != "entity"}
    put(lake, SCORES, *(score(DAY, name, "x", **named) for name in KEY_OF_LEVEL))
    export("scores", tmp_path / "s.csv", settings, level=level)
    head, *rows = lines(tmp_path / "s.csv")
    assert head[: len(key) + 3] == ["date", *key, "score", "rank"]
    assert len(rows) == 1


def test_a_csv_is_utf_8_with_lf_and_quotes_what_needs_it(
    lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    artist = 'Näme; "the, one"\nand two'
    put(lake, SCORES, score(DAY, "artist", artist, artist=artist), score(DAY, "artist", "NA"))
    export("scores", tmp_path / "s.csv", settings, level="artist")
    data = (tmp_path / "s.csv").read_bytes()
    assert data.startswith(b"date,artist,score,rank,")
    assert b"\r" not in data
    assert 'Näme; ""the, one""\nand two",0.5,1,' in data.decode("utf-8")
    assert [row[1] for row in lines(tmp_path / "s.csv")] == ["artist", "", artist]


def test_csv_and_parquet_hold_the_same_rows(lake: Lake, settings: Settings, tmp_path: Path) -> None:
    plays = {"report_date": DAY, "store": "spotify", "territory": "NA", "track_id": "A"}
    put(lake, STREAMS, plays | {"streams": 7}, plays | {"streams": 2**53 + 1, "tier": "free"})
    export("streams", tmp_path / "s.csv", settings)
    export("streams", tmp_path / "s.parquet", settings)
    parquet = pl.read_parquet(tmp_path / "s.parquet")
    assert parquet.rows(named=True) == lake.read(STREAMS).select(parquet.columns).rows(named=True)
    assert parquet["streams"].to_list() == [7, 2**53 + 1]
    again = pl.read_csv(tmp_path / "s.csv", schema=parquet.schema, null_values=[""])
    assert again.equals(parquet)


def test_the_same_rows_give_the_same_bytes_in_whatever_order_they_came(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [score(DAY, "track", f"T{n:03}", track_id=f"T{n:03}") for n in range(300)]
    written = []
    for name, ordered in (("one", rows), ("two", rows[::-1])):
        own = settings.model_copy(update={"lake": str(tmp_path / name)})
        put(Lake(own.lake_address), SCORES, *ordered)
        for ending in ("csv", "parquet"):
            export("scores", tmp_path / f"{name}.{ending}", own)
        written.append([(tmp_path / f"{name}.{e}").read_bytes() for e in ("csv", "parquet")])
    assert written[0] == written[1]


def test_a_range_has_both_its_ends(lake: Lake, settings: Settings, tmp_path: Path) -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    put(lake, SCORES, *(score(day, "track", "A") for day in days))
    export("scores", tmp_path / "s.csv", settings, first_day=days[1], last_day=days[2])
    assert [row[0] for row in lines(tmp_path / "s.csv")[1:]] == ["2026-03-02", "2026-03-03"]


def test_alerts_are_the_lines_of_alerts_csv_and_incidents_all_that_is_known(
    lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    for rank, name in ((2, "a"), (1, "b")):
        known = {"incident_id": name, "rank": rank, "status": "new", "track_ids": "A|B"}
        put(lake, INCIDENTS, known | {"report_date": DAY})
    export("alerts", tmp_path / "a.csv", settings)
    export("incidents", tmp_path / "i.csv", settings)
    head, *rows = lines(tmp_path / "a.csv")
    assert head[:4] == ["rank", "incident_id", "status", "report_date"]
    assert [row[1] for row in rows] == ["b", "a"]
    head, *rows = lines(tmp_path / "i.csv")
    assert set(head) == set(INCIDENTS.schema)
    assert [row[2] for row in rows] == ["a", "b"]


def test_features_are_those_of_a_level(lake: Lake, settings: Settings, tmp_path: Path) -> None:
    key = {"report_date": DAY, "store": "*", "entity": "x"}
    put(lake, FEATURES, key | {"level": "track"}, key | {"level": "label"})
    assert export("features", tmp_path / "f.parquet", settings, level="label").rows == 1
    assert pl.read_parquet(tmp_path / "f.parquet")["level"].to_list() == ["label"]


@pytest.mark.parametrize(
    ("what", "file", "level", "says"),
    [
        ("scores", "s.xlsx", "track", "there is no ending '.xlsx' to export; choose .csv or .par"),
        ("score", "s.csv", "track", "there is no table 'score' to export; choose scores, alerts"),
        ("scores", "s.csv", "song", "there is no level 'song'; choose track, territory, release"),
        ("scores", "no/s.csv", "track", "no is no folder; make it first or write somewhere else"),
        ("alerts", "s.csv", "track", "the lake holds no alerts yet; run a night first"),
        ("streams", "s.csv", "track", "the lake holds no streams yet; ingest reports first"),
        ("scores", "s.csv", "label", "there are no scores of level label from 2026-03-01 to 2026-"),
    ],
)
def test_what_cannot_be_exported_is_told(
    *, lake: Lake, settings: Settings, tmp_path: Path, what: str, file: str, level: str, says: str
) -> None:
    put(lake, SCORES, score(DAY, "track", "A"))
    with pytest.raises(CallError) as told:
        export(what, tmp_path / file, settings, level=level)
    assert says in str(told.value)
    assert not list(tmp_path.glob("*.csv"))


def test_an_empty_range_names_the_days_that_are_there(
    lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    put(lake, SCORES, score(DAY, "track", "A"))
    with pytest.raises(CallError) as told:
        export("scores", tmp_path / "s.csv", settings, first_day=NEXT, last_day=NEXT)
    assert str(told.value) == (
        "there are no scores of level track from 2026-03-02 to 2026-03-02; "
        "the lake holds days 2026-03-01 to 2026-03-01"
    )


def test_an_earlier_file_is_replaced_whole_and_nothing_is_left_behind(
    lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "s.csv").write_text("older\n" * 1000)
    put(lake, SCORES, score(DAY, "track", "A"))
    export("scores", tmp_path / "s.csv", settings)
    assert len(lines(tmp_path / "s.csv")) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "s.csv"]
