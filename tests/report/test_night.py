"""A night's folder: three kinds of files that agree, whole or not at all, the same on every run."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from time import process_time

import polars as pl
import pytest

from fraud.report import night as night_files
from fraud.report.health import HEALTH
from fraud.report.night import NightFiles, write_night
from fraud.tables import AUDIENCE, CATALOG, INCIDENTS, LISTENERS, SCORES, STREAMS
from tests.report.lakes import connection, lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, isrc, night, scored, track

TRACKS = [
    track(isrc(0), title="Größer", artist="Act"),
    track(isrc(1), title="=1+1", artist="Act"),
    track(isrc(2), title="宇多田", upc="0036000291452"),
]


def incidents_of(tracks: list[dict[str, str]]) -> pl.DataFrame:
    return night(*scores_of(lake(tracks)).rows(named=True), listed=catalog(*tracks))


def written(folder: Path, incidents: pl.DataFrame, **given: int) -> NightFiles:
    return write_night(
        folder,
        DAY,
        incidents,
        connection=lake(TRACKS),
        health=HEALTH.empty(),
        settings=SETTINGS,
        **given,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_the_scheme_is_named_with_the_share_of_belief_in_it(tmp_path: Path) -> None:
    files = written(tmp_path, incidents_of(TRACKS))
    assert {(row["pattern"], row["pattern_share"]) for row in table(files.alerts)} == {
        ("foreign_territory", "0.625")
    }
    assert 'belief <data value="0.625">62.5' in files.report.read_text(encoding="utf-8")


def test_every_incident_of_the_csv_has_its_evidence(tmp_path: Path) -> None:
    files = written(tmp_path, incidents_of(TRACKS))
    rows = table(files.alerts)
    assert [row["level"] for row in rows] == ["artist", "track"]
    for row in rows:
        folder = tmp_path / row["evidence"]
        assert sorted(path.name for path in folder.iterdir()) == [
            "daily.csv",
            "message.txt",
            "places.csv",
            "tracks.csv",
        ]
        assert table(folder / "daily.csv")[-1]["streams"] == row["streams"]
        assert float(table(folder / "daily.csv")[-1]["expected_streams"]) == float(
            row["expected_streams"]
        )
        last_day = [r for r in table(folder / "places.csv") if r["report_date"] == str(DAY)]
        assert sum(int(r["streams"]) for r in last_day) == int(row["streams"])
        assert len(table(folder / "tracks.csv")) == int(row["tracks"])


def test_a_rerun_gives_the_same_bytes_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    incidents = incidents_of(TRACKS)
    written(tmp_path, incidents)
    first = contents(tmp_path)
    written(tmp_path, incidents)
    assert contents(tmp_path) == first


def test_evidence_of_what_is_no_longer_listed_goes_but_her_own_files_stay(tmp_path: Path) -> None:
    incidents = incidents_of(TRACKS)
    files = written(tmp_path, incidents)
    kept, gone = incidents.sort("rank")["incident_id"]
    note = files.evidence / gone / "my note.txt"
    note.write_text("called the distributor")
    written(tmp_path, incidents.filter(pl.col("incident_id") == kept))
    assert [path.name for path in (files.evidence / gone).iterdir()] == ["my note.txt"]
    note.unlink()
    written(tmp_path, incidents.filter(pl.col("incident_id") == kept))
    assert [path.name for path in files.evidence.iterdir()] == [kept]


def test_the_worst_have_their_dossier_and_a_rerun_without_leaves_none(tmp_path: Path) -> None:
    incidents = incidents_of(TRACKS)
    files = written(tmp_path, incidents, dossiers=1)
    worst = incidents.sort("rank")["incident_id"][0]
    found = [path.parent.name for path in files.evidence.glob("*/dossier.html")]
    assert found == [worst]
    written(tmp_path, incidents)
    assert not list(files.evidence.glob("*/dossier.html"))


def test_a_run_that_dies_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(tmp_path, incidents_of(TRACKS))
    before = contents(tmp_path)

    def dies(*_: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr(night_files, "alerts_csv", dies)
    with pytest.raises(RuntimeError):
        written(tmp_path, incidents_of(TRACKS[:1]))
    assert files.alerts.read_bytes() == before["alerts.csv"]
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def test_a_quiet_night_on_an_empty_lake_is_a_report_as_well(tmp_path: Path) -> None:
    empty = connection(*((each, []) for each in (AUDIENCE, STREAMS, LISTENERS, CATALOG, SCORES)))
    files = write_night(
        tmp_path,
        DAY,
        INCIDENTS.empty(),
        connection=empty,
        health=HEALTH.empty(),
        settings=SETTINGS,
    )
    assert table(files.alerts) == []
    assert "Nothing to report" in files.report.read_text(encoding="utf-8")
    assert not files.evidence.exists()


def test_days_without_a_report_are_unknown_and_days_without_a_play_are_zero(
    tmp_path: Path,
) -> None:
    plays = [
        {"report_date": DAY - timedelta(3), "territory": "NA", "track_id": isrc(9), "streams": 4},
        {"report_date": DAY - timedelta(2), "territory": "NA", "track_id": isrc(1), "streams": 7},
        {"report_date": DAY, "territory": "NA", "track_id": isrc(1), "streams": 1000},
    ]
    small = connection(
        (AUDIENCE, []),
        (STREAMS, [{"store": "deezer", **row} for row in plays]),
        (LISTENERS, []),
        (CATALOG, []),
        (SCORES, [scored("track", isrc(1), 0.9)]),
    )
    found = night(scored("track", isrc(1), 0.9))
    write_night(tmp_path, DAY, found, connection=small, health=HEALTH.empty(), settings=SETTINGS)
    daily = table(tmp_path / found["evidence"].item() / "daily.csv")
    assert [(row["report_date"], row["streams"], row["expected_high"]) for row in daily] == [
        ("2026-07-09", "0", ""),
        ("2026-07-10", "7", ""),
        ("2026-07-11", "", ""),
        ("2026-07-12", "1000", "150"),
    ]


def test_a_store_that_told_nothing_is_a_gap_and_no_fall(tmp_path: Path) -> None:
    plays = {"spotify": 90, "deezer": 30, "tidal": 2}
    absent = {("spotify", DAY - timedelta(2)), ("tidal", DAY - timedelta(4))}
    small = connection(
        (AUDIENCE, []),
        (
            STREAMS,
            [
                {
                    "report_date": DAY - timedelta(back),
                    "store": store,
                    "territory": "NO",
                    "track_id": isrc(1),
                    "streams": count,
                }
                for back in range(6)
                for store, count in plays.items()
                if (store, DAY - timedelta(back)) not in absent
            ],
        ),
        (LISTENERS, []),
        (CATALOG, []),
        (SCORES, [scored("track", isrc(1), 0.9)]),
    )
    found = night(scored("track", isrc(1), 0.9))
    files = write_night(
        tmp_path, DAY, found, connection=small, health=HEALTH.empty(), settings=SETTINGS
    )
    daily = table(tmp_path / found["evidence"].item() / "daily.csv")
    assert [row["streams"] for row in daily] == ["122", "120", "122", "", "122", "122"]
    page = files.report.read_text(encoding="utf-8")
    assert "2026-07-10: missing, spotify" in page
    assert "2026-07-08: missing, tidal" in page


def test_a_night_of_five_hundred_incidents_is_written_in_less_than_ten_seconds(
    tmp_path: Path,
) -> None:
    tracks = [track(isrc(n)) for n in range(500)]
    made = lake(tracks)
    scored_tonight = scores_of(made).rows(named=True)
    begun = process_time()
    incidents = night(*scored_tonight, listed=catalog(*tracks))
    write_night(tmp_path, DAY, incidents, connection=made, health=HEALTH.empty(), settings=SETTINGS)
    assert incidents.height == 500
    assert process_time() - begun < 10
