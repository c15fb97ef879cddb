"""Reports by period in the lake: replaced by report, compared with the days, in parts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.pipeline.status import status
from fraud.tables import PERIOD_STREAMS, QUARANTINE, ROYALTIES, VERDICTS
from tests.sources.loading import write
from tests.sources.test_believe import HEADER, row
from tests.sources.test_ddex_dsr import NAME, ONE, audio, block

NOW = datetime(2026, 4, 20, 5, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.lake_address)


def load(settings: Settings, *paths: Path, now: datetime = NOW) -> IngestResult:
    return ingest(paths, settings, now=now)


def outcomes(result: IngestResult) -> list[tuple[str, str, str]]:
    return [(one.table, one.store, one.outcome) for one in result.statements]


def test_a_statement_delivered_again_replaces_its_store_and_period_whole(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    first = HEADER + row() + row(country="SE", isrc="QZAAA2600002") + row(platform="Deezer")
    path = write(tmp_path / "believe.csv", first)
    result = load(settings, path)
    assert result.exit_code == 0
    assert result.statement_rows == {"period_streams": 3, "royalties": 3}
    assert outcomes(result) == [
        ("period_streams", "deezer", "new"),
        ("period_streams", "spotify", "new"),
        ("royalties", "deezer", "new"),
        ("royalties", "spotify", "new"),
    ]
    versions = lake.version(PERIOD_STREAMS), lake.version(ROYALTIES)
    assert {what for *_, what in outcomes(load(settings, path))} == {"unchanged"}
    again = Lake(settings.lake_address)
    assert (again.version(PERIOD_STREAMS), again.version(ROYALTIES)) == versions

    write(path, HEADER + row(quantity="40000", revenue="50,00"))
    assert outcomes(load(settings, path)) == [
        ("period_streams", "spotify", "restated"),
        ("royalties", "spotify", "restated"),
    ]
    again = Lake(settings.lake_address)
    told = again.read(PERIOD_STREAMS).select("store", "territory", "streams").rows()
    assert told == [("deezer", "FI", 41210), ("spotify", "FI", 40000)]
    assert again.read(ROYALTIES).select("store", "amount").rows() == [
        ("deezer", 52.54),
        ("spotify", 50.0),
    ]


def test_late_sales_of_a_later_statement_come_beside_those_of_the_first(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    load(settings, write(tmp_path / "april.csv", HEADER + row()))
    late = (HEADER + row(quantity="5", revenue="0,01")).replace("2026/04/01", "2026/05/01")
    load(settings, write(tmp_path / "may.csv", late))
    told = lake.read(PERIOD_STREAMS).select("statement", "streams").rows()
    assert told == [("2026-04", 41210), ("2026-05", 5)]


def test_money_that_a_corrected_statement_no_longer_tells_is_gone(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", HEADER + row())
    load(settings, path)
    write(path, HEADER + row(revenue=""))
    load(settings, path)
    assert lake.read(ROYALTIES).is_empty()
    assert lake.read(PERIOD_STREAMS)["amount"].to_list() == [None]


def test_penalties_are_verdicts_of_the_store(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    penalty = row(kind="Artificial streams", quantity="700", revenue="-10,00")
    load(settings, write(tmp_path / "a.csv", HEADER + row() + penalty))
    (verdict,) = lake.read(VERDICTS).iter_rows(named=True)
    assert (verdict["store"], verdict["artificial_streams"]) == ("spotify", 700)


def days_of_february(streams: int, *, without: int = 0) -> str:
    lines = [
        f"2026-02-{day:02},spotify,FI,QZAAA2600001,{streams}\n" for day in range(1, 29 - without)
    ]
    return "report_date,store,territory,isrc,streams\n" + "".join(lines)


def test_days_far_from_what_is_reported_are_warned_of(settings: Settings, tmp_path: Path) -> None:
    load(settings, write(tmp_path / "a.csv", HEADER + row(quantity="28000")))
    load(settings, write(tmp_path / "days.csv", days_of_february(1_000)))
    held = status(settings)
    assert held.warnings() == []
    assert held.reports["difference"].to_list() == [0]
    assert held.pay["pay_per_stream"].to_list() == [pytest.approx(52.54 / 28_000)]

    days = write(tmp_path / "days.csv", days_of_february(1_100))
    load(settings, days, now=NOW + timedelta(hours=1))
    assert status(settings).warnings() == [
        (
            "spotify from 2026-02-01 to 2026-02-28: believe reports 28,000 plays, its days add up"
            " to 30,800: 9.1% apart, more than 5%"
        )
    ]


def test_days_that_are_missing_are_counted_instead(settings: Settings, tmp_path: Path) -> None:
    load(settings, write(tmp_path / "a.csv", HEADER + row(quantity="28000")))
    load(settings, write(tmp_path / "days.csv", days_of_february(900, without=3)))
    held = status(settings)
    assert held.warnings() == []
    assert (
        "spotify from 2026-02-01 to 2026-02-28: believe reports 28,000 plays; 3 of the 28 days are"
        " missing in the lake, so the two cannot be compared."
    ) in held.sentences()


def test_a_report_alone_is_no_empty_lake(settings: Settings, tmp_path: Path) -> None:
    load(settings, write(tmp_path / "a.csv", HEADER + row()))
    assert not any("is empty" in sentence for sentence in status(settings).sentences())


def test_a_part_waits_in_the_home_until_the_others_come(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    first = write(tmp_path / NAME.format(1, 2), audio(ONE, number=1, of=2))
    other = write(tmp_path / "other.csv", HEADER + row())
    content = audio(block(2, "QZAAA2600002", "5"), number=2, of=2)
    second = write(tmp_path / "later" / NAME.format(2, 2), content)

    result = load(settings, first)
    assert result.exit_code == 3
    assert "is part 1 of 2 of a report whose part 2 is missing" in result.refusals[0]
    first.unlink()
    result = load(settings, other)
    assert result.exit_code == 0
    assert result.notices == [
        (
            f"{settings.home}/waiting/{first.name} (part 1 of 2) still waits for the other parts"
            " of its report"
        )
    ]
    assert load(settings, second).exit_code == 0
    tracks = lake.read(PERIOD_STREAMS).filter(pl.col("store") == "music")["track_id"]
    assert tracks.to_list() == ["QZAAA2600001", "QZAAA2600002"]
    assert list((settings.home / "waiting").iterdir()) == []
    assert lake.read(QUARANTINE).height == 1
