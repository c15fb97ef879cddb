"""Reports that lie in the drop folder are loaded once and put away."""

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fraud import config
from fraud.config import Settings
from fraud.errors import FraudError
from fraud.lake import Lake
from fraud.pipeline import drop
from fraud.tables import DELIVERIES, QUARANTINE, STREAMS

HEAD = "report_date,store,territory,isrc,streams\n"
FIRST_NIGHT = datetime(2026, 3, 2, 6, tzinfo=UTC)
SECOND_NIGHT = datetime(2026, 3, 3, 6, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "drop").mkdir()
    return config.load(home=tmp_path)


def report(settings: Settings, name: str, streams: int, day: str = "2026-03-01") -> Path:
    path = settings.home / "drop" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}{day},spotify,NO,DEA622600001,{streams}\n", encoding="utf-8")
    return path


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def streams(settings: Settings) -> dict[date, int]:
    rows = Lake(settings.lake_address).read(STREAMS)
    return dict(rows.select("report_date", "streams").iter_rows())


def test_reports_are_loaded_and_put_away_by_the_night_that_took_them(settings: Settings) -> None:
    report(settings, "spotify/march.csv", 100)
    result = drop.take(settings, now=FIRST_NIGHT)
    assert result is not None
    assert result.refusals == []
    assert streams(settings) == {date(2026, 3, 1): 100}
    assert files_below(settings.home / "drop") == []
    assert files_below(settings.home / "taken") == ["2026-03-02T060000.000000Z/spotify/march.csv"]


def test_a_zip_file_of_several_reports_is_put_away_once(settings: Settings) -> None:
    with zipfile.ZipFile(settings.home / "drop" / "march.zip", "w") as packed:
        for day in ("2026-03-01", "2026-03-02"):
            packed.writestr(f"{day}.csv", f"{HEAD}{day},spotify,NO,DEA622600001,7\n")
    assert drop.take(settings, now=FIRST_NIGHT) is not None
    assert streams(settings) == {date(2026, 3, 1): 7, date(2026, 3, 2): 7}
    assert files_below(settings.home / "taken") == ["2026-03-02T060000.000000Z/march.zip"]


def test_an_empty_or_missing_folder_is_a_quiet_night(settings: Settings) -> None:
    assert drop.take(settings, now=FIRST_NIGHT) is None
    (settings.home / "drop").rmdir()
    assert drop.take(settings, now=FIRST_NIGHT) is None


def test_the_same_report_again_changes_nothing(settings: Settings) -> None:
    for now in (FIRST_NIGHT, SECOND_NIGHT):
        report(settings, "march.csv", 100)
        drop.take(settings, now=now)
    assert streams(settings) == {date(2026, 3, 1): 100}
    assert Lake(settings.lake_address).read(DELIVERIES).height == 1
    assert len(files_below(settings.home / "taken")) == 2


def test_a_file_that_is_still_arriving_waits_for_its_name(settings: Settings) -> None:
    arriving = report(settings, ".march.csv.a8f3", 100)
    assert drop.take(settings, now=FIRST_NIGHT) is None
    arriving.rename(arriving.with_name("march.csv"))
    assert drop.take(settings, now=SECOND_NIGHT) is not None
    assert streams(settings) == {date(2026, 3, 1): 100}


def test_a_refused_file_is_put_away_too_and_keeps_no_good_one_back(settings: Settings) -> None:
    report(settings, "march.csv", 100)
    (settings.home / "drop" / "holiday.csv").write_text("where,when\nOslo,July\n", encoding="utf-8")
    result = drop.take(settings, now=FIRST_NIGHT)
    assert result is not None
    assert len(result.refusals) == 1
    assert streams(settings) == {date(2026, 3, 1): 100}
    assert files_below(settings.home / "drop") == []
    assert Lake(settings.lake_address).read(QUARANTINE)["file"].str.ends_with("holiday.csv").all()


def test_a_file_that_cannot_be_put_away_is_told(settings: Settings) -> None:
    report(settings, "march.csv", 100)
    (settings.home / "taken").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(FraudError, match=r"march\.csv was loaded but cannot be moved"):
        drop.take(settings, now=FIRST_NIGHT)
    assert streams(settings) == {date(2026, 3, 1): 100}
