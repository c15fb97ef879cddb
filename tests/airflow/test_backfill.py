"""Airflow's own scheduler runs a range of nights, and they are the nights that `fraud run` runs."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("airflow", reason="Airflow is an extra; make test installs it")

from tests.airflow.scheduler import Airflow, running
from tests.feeds.services import CLIENT_ID, CLIENT_SECRET, Service, service

__all__ = ["service"]

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(280)]

DAG = "/api/v2/dags/fraud_nightly/dagRuns"


def fraud(home: Path, *arguments: str | Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("fraud"), *arguments],
        env={**os.environ, "FRAUD_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {0, 3}, done.stdout + done.stderr


def alerts(home: Path, days: list[date]) -> dict[date, bytes]:
    files = {day: home / "reports" / str(day) / "alerts.csv" for day in days}
    return {day: file.read_bytes() for day, file in files.items() if file.exists()}


def told(home: Path) -> set[date]:
    file = home / "notifications.ndjson"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {date.fromisoformat(json.loads(line)["day"]) for line in lines}


def finished(airflow: Airflow, run_type: str, count: int) -> list[dict[str, Any]] | None:
    runs = (airflow.get(f"{DAG}?run_type={run_type}") or {}).get("dag_runs", [])
    if len(runs) == count and all(run["state"] in {"success", "failed"} for run in runs):
        return list(runs)
    return None


def describe_feed(home: Path, service: Service) -> dict[str, str]:
    """Describe a feed whose login and secret Airflow keeps, and return how it keeps them."""
    settings = service.settings(client_id=None)
    lines = [f"{name} = {value!r}" for name, value in settings.items() if value is not None]
    (home / "fraud.toml").write_text("\n".join(["[feeds.bulk]", *lines, ""]), encoding="utf-8")
    kept = {"conn_type": "http", "login": CLIENT_ID, "password": CLIENT_SECRET}
    return {"AIRFLOW_CONN_FRAUD_FEED_BULK": json.dumps(kept)}


def test_a_backfill_makes_the_reports_of_its_days(
    tmp_path: Path, samples: Path, service: Service
) -> None:
    days = [date(2026, 4, 8), date(2026, 4, 9), date(2026, 4, 10)]
    delivered = tmp_path / "delivered"
    shutil.copytree(samples / "reports", delivered)
    shutil.copy(samples / "catalog.csv", delivered)
    by_hand, by_airflow = tmp_path / "by-hand", tmp_path / "by-airflow"
    fraud(by_hand, "ingest", delivered)
    fraud(by_hand, "run", "--from", str(days[0]), "--to", str(days[-1]), "--no-notify")
    expected = alerts(by_hand, days)
    assert sorted(expected) == days

    shutil.copytree(delivered, by_airflow / "drop")
    (tmp_path / "airflow").mkdir()
    kept = describe_feed(by_airflow, service)
    with running(tmp_path / "airflow", {"FRAUD_HOME": str(by_airflow), **kept}) as airflow:
        span = ("--from-date", str(days[0]), "--to-date", str(days[-1]))
        airflow.run(
            "backfill", "create", "--dag-id", "fraud_nightly", *span, "--max-active-runs", "1"
        )
        runs = airflow.wait("the backfill", lambda: finished(airflow, "backfill", len(days)))
        assert {run["partition_key"]: run["state"] for run in runs} == {
            str(day): "success" for day in days
        }, airflow.logs()
        assert alerts(by_airflow, days) == expected
        assert not [path for path in (by_airflow / "drop").rglob("*") if path.is_file()]
        assert not told(by_airflow) & set(days), "a backfill is no news"

        assert not service.asked, "a backfill pulls nothing"

        airflow.post(DAG, {"logical_date": None, "conf": {"day": str(days[1])}})
        (again,) = airflow.wait("the day again", lambda: finished(airflow, "manual", 1))
        assert again["state"] == "success", airflow.logs()
        assert alerts(by_airflow, days) == expected
        assert days[1] in told(by_airflow)
        assert service.tokens == 1, "the connection's login and password opened the door"
        logs = [file.read_text(errors="replace") for file in airflow.home.rglob("*.log")]
        assert not [text for text in logs if CLIENT_SECRET in text or service.token in text]
