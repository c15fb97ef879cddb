"""Nights over a small labelled world: the same inputs give the same scores on any way there."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from fraud.cli import app
from fraud.config import Settings
from fraud.errors import CallError
from fraud.features import week
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.pipeline.nights import run
from fraud.simulate import World, simulate
from fraud.tables import AUDIENCE, FEATURES, LEVELS, LOCKSTEP, SCORES, STREAMS, Table

START = date(2026, 1, 7)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
STORES = ("spotify", "deezer")
SUNDAY = date(2026, 2, 22)
MONDAY = SUNDAY + timedelta(1)
TUESDAY = SUNDAY + timedelta(2)
"""The last day of the world."""
QUIET = 0.01
"""A score of nobody whom an analyst would look at."""


def after(days: int) -> date:
    return START + timedelta(days=days)


@pytest.fixture(scope="module", autouse=True)
def _short_rehearsal() -> Iterator[None]:
    """What is told here holds for any number of rehearsed rows; fewer are learnt from sooner."""
    with pytest.MonkeyPatch.context() as patch:
        fewer = {kind: rows // 8 for kind, rows in week.REHEARSED_ROWS.items()}
        patch.setattr(week, "REHEARSED_ROWS", fewer)
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("nights") / "world"
    size = {"days": (TUESDAY - START).days + 1, "tracks": 80, "territories": 6}
    return simulate(folder, seed=5, start=START, stores=STORES, fraud_share=0.03, **size)


def settings_at(home: Path) -> Settings:
    return Settings(home=home, alert_score=0.05, floor_streams=0)


@pytest.fixture(scope="module")
def template(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose lake holds the world; nobody runs a night in it."""
    home = tmp_path_factory.mktemp("template") / "home"
    ingest([world.reports, world.catalog, world.context], settings_at(home), now=NOW)
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Callable[[], Settings]:
    """Return a maker of homes that hold the world."""

    def made() -> Settings:
        folder = tmp_path / f"home-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(template, folder)
        return settings_at(folder)

    return made


@pytest.fixture(scope="module")
def expected(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home in which the days around a Sunday were run as one range."""
    folder = tmp_path_factory.mktemp("expected") / "home"
    shutil.copytree(template, folder)
    settings = settings_at(folder)
    run(SUNDAY, TUESDAY, settings, notify=False)
    return settings


def judged(settings: Settings, day: date, table: Table = SCORES) -> pl.DataFrame:
    return Lake(settings.lake_address).read(table, day, day)


def same_night(one: Settings, other: Settings, day: date) -> None:
    """Hold two homes' judgements of a day to each other, to the bit."""
    for table in (FEATURES, SCORES):
        found = judged(one, day, table)
        assert found.height
        assert_frame_equal(found, judged(other, day, table), check_exact=True)


def without(settings: Settings, days: list[date], stores: tuple[str, ...] = STORES) -> Settings:
    """Take what the stores delivered on some days out of the lake."""
    lake = Lake(settings.lake_address)
    for table in (STREAMS, AUDIENCE):
        gone = [(day, store) for day in days for store in stores]
        lake.replace_store_days(table, table.empty(), gone)
    return settings


def test_every_level_is_judged(expected: Settings) -> None:
    found = set(judged(expected, TUESDAY)["level"].unique())
    assert found == set(LEVELS) - {LOCKSTEP}, "no tracks of this lake move as one"


def test_a_range_equals_its_nights_in_any_order(
    expected: Settings, home: Callable[[], Settings]
) -> None:
    settings = home()
    days = [SUNDAY, MONDAY, TUESDAY]
    for day in (MONDAY, TUESDAY, SUNDAY):
        run(day, day, settings, notify=False)
    for day in days:
        same_night(settings, expected, day)


def test_a_night_run_again_writes_the_same_bytes(home: Callable[[], Settings]) -> None:
    settings = home()
    (night,) = run(TUESDAY, TUESDAY, settings, notify=False)
    assert night.alerts.height, "a report without incidents would prove little"
    names = ("alerts.csv", "report.html")
    before = {name: (night.folder / name).read_bytes() for name in names}
    run(TUESDAY, TUESDAY, settings, notify=False)
    assert {name: (night.folder / name).read_bytes() for name in names} == before


def test_a_night_does_not_know_the_days_after_it(
    expected: Settings, home: Callable[[], Settings]
) -> None:
    settings = without(home(), [TUESDAY])
    run(SUNDAY, MONDAY, settings, notify=False)
    same_night(settings, expected, MONDAY)
    alerts = [each.reports / str(MONDAY) / "alerts.csv" for each in (settings, expected)]
    assert alerts[0].read_bytes() == alerts[1].read_bytes()


def test_rows_in_any_order_and_in_other_files_give_the_same(
    world: World, expected: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for kind in ("streams", "audience"):
        files = sorted(world.reports.glob(f"{kind}_*"))
        frames = [pl.read_csv(file, infer_schema=False, null_values=[""]) for file in files]
        rows = pl.concat(frames, how="diagonal").sample(fraction=1.0, shuffle=True, seed=3)
        for part in range(3):
            rows.gather_every(3, part).write_csv(folder / f"{part}-{kind}.csv")
    settings = settings_at(tmp_path / "home")
    assert ingest([folder, world.catalog], settings, now=NOW).exit_code == 0
    run(SUNDAY, SUNDAY, settings, notify=False)
    same_night(settings, expected, SUNDAY)


@pytest.fixture(scope="module")
def plays_only(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that tells the plays by territory and nothing else."""
    columns = ["report_date", "store", "territory", "isrc"]
    files = sorted(world.reports.glob("streams_*"))
    frames = [
        pl.read_csv(file, infer_schema=False, null_values=[""]).select(*columns, "streams")
        for file in files
    ]
    rows = pl.concat(frames).with_columns(pl.col("streams").cast(pl.Int64))
    path = tmp_path_factory.mktemp("plays") / "plays.csv"
    rows.group_by(columns).agg(pl.col("streams").sum()).sort(columns).write_csv(path)
    return path


def test_missing_columns_do_no_harm(
    plays_only: Path, world: World, expected: Settings, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path / "home")
    ingest([plays_only, world.catalog], settings, now=NOW)
    run(SUNDAY, TUESDAY, settings, notify=False)
    for day in (SUNDAY, MONDAY, TUESDAY):
        blind = judged(settings, day).filter(pl.col("level") == "track")
        seeing = judged(expected, day).filter(pl.col("level") == "track")
        assert blind.height == seeing.height
        assert blind["streams"].sum() == seeing["streams"].sum()
        assert (blind["score"] > 0.5).sum() <= (seeing["score"] > 0.5).sum() + 1
        told = " ".join(blind.select(pl.concat_str("^reason_.$", ignore_nulls=True)).to_series())
        for unknown in ("Saves", "listener", "30 s", "device", "tier", "source"):
            assert unknown not in told


def test_a_store_that_was_silent_for_a_day_makes_no_wave_of_alerts(
    expected: Settings, home: Callable[[], Settings]
) -> None:
    settings = without(home(), [SUNDAY], ("spotify",))
    run(SUNDAY, TUESDAY, settings, notify=False)
    for day in (SUNDAY, MONDAY, TUESDAY):
        odd = judged(settings, day).filter(pl.col("score") > 0.5)
        usually = judged(expected, day).filter(pl.col("score") > 0.5)
        assert odd.height <= usually.height + 1


def test_a_day_without_data_is_stopped_and_the_others_go_on(home: Callable[[], Settings]) -> None:
    settings = without(home(), [SUNDAY])
    first, last = str(SUNDAY), str(MONDAY)
    asked = ["run", "--from", first, "--to", last, "--no-notify", "--home", str(settings.home)]
    answer = CliRunner().invoke(app, asked, prog_name="fraud")
    assert answer.exit_code == 4
    assert "no store reported anything" in answer.output
    assert not (settings.reports / first).exists()
    assert (settings.reports / last / "alerts.csv").exists()
    assert judged(settings, SUNDAY).is_empty()


def test_a_night_is_judged_by_what_was_known_then(
    plays_only: Path, expected: Settings, home: Callable[[], Settings], tmp_path: Path
) -> None:
    settings = home()
    time.sleep(0.01)
    moment = datetime.now(UTC)
    time.sleep(0.01)
    again = pl.read_csv(plays_only).filter(pl.col("report_date") == str(SUNDAY))
    again.with_columns(pl.col("streams") * 3).write_csv(tmp_path / "again.csv")
    without(settings, [SUNDAY])
    ingest([tmp_path / "again.csv"], settings, now=NOW + timedelta(1))

    (then,) = run(SUNDAY, SUNDAY, settings, as_of=moment, notify=False)
    looked_back = Lake(then.folder.parents[1] / "lake").read(SCORES, SUNDAY, SUNDAY)
    assert_frame_equal(looked_back, judged(expected, SUNDAY), check_exact=True)
    assert not Lake(settings.lake_address).days(SCORES), "the present was left alone"

    run(SUNDAY, SUNDAY, settings, notify=False)
    tracks = judged(settings, SUNDAY).filter(pl.col("level") == "track")
    assert tracks["streams"].sum() == 3 * again["streams"].sum()


def test_an_empty_lake_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="holds no reports; load some with: fraud ingest PATH"):
        run(SUNDAY, SUNDAY, settings_at(tmp_path / "home"))
    asked = ["run", "--date", str(SUNDAY), "--home", str(tmp_path / "home")]
    answer = CliRunner().invoke(app, asked, prog_name="fraud")
    assert answer.exit_code == 2
    assert "holds no reports" in answer.output
    assert "Traceback" not in answer.output


def test_the_first_week_of_a_lake_judges_nobody(home: Callable[[], Settings]) -> None:
    settings = home()
    nights = run(START, after(6 - START.weekday()), settings, notify=False)
    for night in nights:
        assert night.alerts.is_empty()
        scores = judged(settings, night.day)
        assert scores.height
        assert scores["score"].max() < QUIET


def test_a_night_without_a_catalogue_knows_only_tracks(
    world: World, expected: Settings, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path / "home")
    ingest([world.reports], settings, now=NOW)
    run(SUNDAY, SUNDAY, settings, notify=False)
    scores = judged(settings, SUNDAY)
    assert set(scores["level"].unique()) <= {"track", "territory"}
    tracks = scores.filter(pl.col("level") == "track")
    known = judged(expected, SUNDAY).filter(pl.col("level") == "track")
    assert list(tracks["track_id"]) == list(known["track_id"])
    assert list(tracks["isrc"]) == list(known["isrc"])
    assert tracks["artist"].null_count() == tracks.height
    assert (settings.reports / str(SUNDAY) / "report.html").exists()


def test_a_lake_with_one_track_says_nothing_against_it(tmp_path: Path) -> None:
    lines = ["report_date,store,territory,isrc,streams"]
    lines += [f"{after(n)},spotify,NA,GBAAA2600001,{40 + n % 7}" for n in range(49)]
    (tmp_path / "one.csv").write_text("\n".join(lines), encoding="utf-8")
    settings = settings_at(tmp_path / "home")
    ingest([tmp_path / "one.csv"], settings, now=NOW)
    run(after(44), after(48), settings, notify=False)
    (row,) = judged(settings, after(48)).to_dicts()
    assert (row["level"], row["track_id"], row["rank"]) == ("track", "GBAAA2600001", 1)
    assert row["score"] < QUIET
    assert row["expected_low"] <= row["streams"] <= row["expected_high"]
