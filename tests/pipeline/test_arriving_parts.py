"""Days that a store tells in parts, or late, are held against the weeks before like any other."""

import json
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.tables import AUDIENCE, LATE, LISTENERS, STREAMS, Table
from tests.pipeline.deliveries import SUNDAY, before
from tests.sources.loading import write

TRACKS = 30
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 30, 6, tzinfo=UTC)


def events(day: date, tracks: Iterable[int] = range(TRACKS)) -> str:
    """Return the lines of an export for the plays of a day: each track by the same listener."""
    return "".join(
        json.dumps(
            {
                "transaction_date": f"{day}",
                "quantity": 20 + track,
                "isrc_code": f"QZAAA26{track:05}",
                "code_alpha_2": "FI",
                "retail_name": "Spotify",
                "user_id": f"u{track}",
            }
        )
        + "\n"
        for track in tracks
    )


def export(folder: Path, indexed: date, text: str) -> Path:
    """Write what was indexed on a day; one of the same day is that export once more."""
    folder.mkdir(exist_ok=True)
    delivery = folder / f"{len(list(folder.iterdir()))}"
    return write(delivery / f"label_trends_extract_{indexed:%Y%m%d}060000.json_0", text)


@pytest.fixture(scope="module")
def four_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with four usual weeks."""
    folder = tmp_path_factory.mktemp("four_weeks")
    exports = [export(folder / "files", day + DAY, events(day)) for day in before(SUNDAY)]
    assert ingest(exports, Settings(home=folder / "home"), now=NOW).exit_code == 0
    return folder / "home"


@pytest.fixture
def settings(four_weeks: Path, tmp_path: Path) -> Settings:
    shutil.copytree(four_weeks, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def deliver(settings: Settings, indexed: date, text: str, *, accept: bool = False) -> IngestResult:
    path = export(settings.home.parent / "files", indexed, text)
    return ingest([path], settings, now=NOW, accept=accept)


def plays(settings: Settings, day: date, table: Table = STREAMS) -> int:
    return int(Lake(settings.lake_address).read(table, day, day)["streams"].sum())


def outcomes(result: IngestResult, day: date) -> dict[str, str]:
    return {one.table: one.outcome for one in result.day_stores if one.day == day}


EVERY = {"streams", "audience", "listeners"}
USUAL = sum(20 + track for track in range(TRACKS))


def test_a_day_that_is_cut_is_kept_out_of_all_that_its_plays_tell(settings: Settings) -> None:
    result = deliver(settings, SUNDAY + DAY, events(SUNDAY, range(TRACKS // 3)))
    assert outcomes(result, SUNDAY) == dict.fromkeys(EVERY, "held")
    assert [plays(settings, SUNDAY, table) for table in (STREAMS, AUDIENCE, LISTENERS)] == [0] * 3
    again = deliver(settings, SUNDAY + DAY, events(SUNDAY))
    assert outcomes(again, SUNDAY) == dict.fromkeys(EVERY, "new")


def test_few_late_rows_are_added_as_they_come(settings: Settings) -> None:
    yesterday = SUNDAY - DAY
    result = deliver(settings, SUNDAY + DAY, events(SUNDAY) + events(yesterday, [7]))
    assert result.exit_code == 0
    assert plays(settings, yesterday) == USUAL + 27


def test_a_day_that_comes_once_more_as_late_rows_is_kept_out(settings: Settings) -> None:
    yesterday = SUNDAY - DAY
    result = deliver(settings, SUNDAY + DAY, events(SUNDAY) + events(yesterday))
    assert outcomes(result, SUNDAY) == dict.fromkeys(EVERY, "new")
    assert outcomes(result, yesterday) == dict.fromkeys(EVERY, "held")
    assert [plays(settings, yesterday, table) for table in (STREAMS, AUDIENCE)] == [USUAL] * 2
    assert Lake(settings.lake_address).read(LATE).is_empty()
    assert result.exit_code == 3
    told = [text for text in result.refusals if text.startswith(f"spotify, {yesterday}, streams: ")]
    assert len(told) == 1
    assert "the day looks delivered twice; it was kept out. If it is right after all" in told[0]


def test_late_rows_that_are_right_after_all_enter_on_request(settings: Settings) -> None:
    yesterday = SUNDAY - DAY
    whole = events(SUNDAY) + events(yesterday)
    deliver(settings, SUNDAY + DAY, whole)
    accepted = deliver(settings, SUNDAY + DAY, whole, accept=True)
    assert outcomes(accepted, yesterday) == dict.fromkeys(EVERY, "added")
    assert plays(settings, yesterday) == 2 * USUAL
    assert outcomes(deliver(settings, SUNDAY + DAY, whole), yesterday) == dict.fromkeys(
        EVERY, "unchanged"
    )


def test_a_day_that_never_came_may_come_late_as_a_whole(settings: Settings) -> None:
    result = deliver(settings, SUNDAY + 2 * DAY, events(SUNDAY + DAY) + events(SUNDAY))
    assert outcomes(result, SUNDAY) == dict.fromkeys(EVERY, "added")
    assert plays(settings, SUNDAY) == USUAL


def test_a_corrected_late_report_takes_the_place_of_the_one_before(settings: Settings) -> None:
    yesterday = SUNDAY - DAY
    deliver(settings, SUNDAY + DAY, events(SUNDAY) + events(yesterday, range(20)), accept=True)
    before_it = plays(settings, yesterday)
    result = deliver(settings, SUNDAY + DAY, events(SUNDAY) + events(yesterday, range(19)))
    assert outcomes(result, yesterday) == dict.fromkeys(EVERY, "added")
    assert plays(settings, yesterday) == before_it - 39


def test_a_day_and_the_same_day_late_in_one_delivery_are_judged_together(
    settings: Settings,
) -> None:
    folder = settings.home.parent / "files"
    own = export(folder, SUNDAY + DAY, events(SUNDAY))
    late = export(folder, SUNDAY + 2 * DAY, events(SUNDAY + DAY) + events(SUNDAY))
    result = ingest([own, late], settings, now=NOW + DAY)
    assert set(outcomes(result, SUNDAY).values()) == {"held"}
    assert set(outcomes(result, SUNDAY + DAY).values()) == {"new"}
    assert plays(settings, SUNDAY) == 0
    held = Lake(settings.lake_address).read(AUDIENCE).filter(pl.col("report_date") == SUNDAY)
    assert held.is_empty()


def test_a_play_dated_years_ahead_makes_no_listener_too_old_to_keep(settings: Settings) -> None:
    names = LISTENERS.name
    held = Lake(settings.lake_address).days(LISTENERS)
    result = deliver(settings, SUNDAY + DAY, events(SUNDAY) + events(date(2031, 1, 1), [3]))
    assert outcomes(result, SUNDAY)[names] == "new"
    assert set(held) < set(Lake(settings.lake_address).days(LISTENERS))
    assert any("are of a day to come" in one.message for one in result.findings)
