"""The same lake on s3://, by the same code."""

import time
from datetime import UTC, date, datetime
from pathlib import Path

import boto3
import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.tables import CATALOG, DELIVERIES, STREAMS
from tests.sources.loading import REPORTS, write

NOW = datetime(2026, 5, 6, 4, tzinfo=UTC)


@pytest.fixture
def address(endpoint: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of an empty lake, reached as users set it up: by the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    bucket = request.node.name.replace("_", "-")
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=bucket)
    client.close()
    return f"s3://{bucket}/lake"


def streams_of(day: date, count: int) -> pl.DataFrame:
    return STREAMS.conform(
        pl.DataFrame(
            {
                "report_date": [day],
                "store": "x",
                "territory": "NA",
                "track_id": "a",
                "streams": count,
            }
        )
    )


def test_days_are_replaced_and_read_back(address: str) -> None:
    first, second = date(2026, 5, 4), date(2026, 5, 5)
    lake = Lake(address)
    assert lake.read(STREAMS).is_empty()
    lake.replace_store_days(STREAMS, streams_of(first, 1), [(first, "x")])
    lake.replace_store_days(STREAMS, streams_of(second, 2), [(second, "x")])
    lake.replace_store_days(STREAMS, streams_of(first, 3), [(first, "x")])
    assert Lake(address).days(STREAMS) == [first, second]
    assert Lake(address).read(STREAMS)["streams"].to_list() == [3, 2]
    assert Lake(address).read(STREAMS, second, second)["streams"].to_list() == [2]


def test_a_night_can_look_back_at_what_was_known(address: str) -> None:
    day = date(2026, 5, 4)
    Lake(address).replace_days(STREAMS, streams_of(day, 1), [day])
    moment = datetime.now(UTC)
    time.sleep(1.1)  # S3 tells the time of an object in whole seconds
    Lake(address).replace_days(STREAMS, streams_of(day, 2), [day])
    assert Lake(address).at(moment).read(STREAMS)["streams"].to_list() == [1]


def test_reports_are_ingested_into_it(address: str, tmp_path: Path) -> None:
    for kind in ("streams", "catalog"):
        write(tmp_path / f"{kind}.csv", REPORTS[kind])
    settings = Settings(home=tmp_path / "home", lake=address)
    first = ingest([tmp_path], settings, now=NOW)
    assert {one.outcome for one in first.day_stores} == {"new"}
    again = ingest([tmp_path], settings, now=NOW)
    assert {one.outcome for one in again.day_stores} == {"unchanged"}
    lake = Lake(address)
    assert lake.read(STREAMS)["streams"].sum() == 22
    assert lake.read(CATALOG).height == 2
    assert lake.read(DELIVERIES)["streams"].sum() == 22


def test_a_large_report_is_ingested_into_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud.sources.staging.LEAST_APART", 1)
    write(tmp_path / "streams.csv", REPORTS["streams"])
    for place in (address, str(tmp_path / "lake")):
        ingest([tmp_path / "streams.csv"], Settings(home=tmp_path / "home", lake=place), now=NOW)
    assert Lake(address).read(STREAMS).equals(Lake(tmp_path / "lake").read(STREAMS))
    assert Lake(address).read(STREAMS).height == 3
