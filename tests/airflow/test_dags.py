"""The DAG files as Airflow reads them: whole, light, and telling what they do."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("airflow", reason="Airflow is an extra; make test installs it")

HERE = Path(__file__).parent
DAGS = HERE.parents[1] / "dags"
TAGS = {"fraud"}


def run_python(home: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("airflow")
    return run_python(home, str(HERE / "describe_dags.py"), str(DAGS))


def test_every_file_loads(found: Any) -> None:
    assert found["import_errors"] == {}
    assert sorted(found["dags"]) == ["fraud_hygiene", "fraud_nightly"]


def test_every_dag_says_what_it_is_and_whose(found: Any) -> None:
    for name, dag in found["dags"].items():
        assert dag["tags"], f"{name} has no tag"
        assert set(dag["tags"]) <= TAGS, f"{name} has a tag that nobody looks for"
        assert dag["description"] and dag["doc"], f"{name} does not say what it does"
        for task, described in dag["tasks"].items():
            assert described["owner"] == "fraud", f"{name}.{task} is owned by nobody"
            assert described["doc"], f"{name}.{task} does not say what it does"


def test_every_task_is_tried_again_later(found: Any) -> None:
    for dag in found["dags"].values():
        for name, task in dag["tasks"].items():
            assert task["retries"] > 0, f"{name} fails for good at the first hiccup"
            assert task["retry_delay_seconds"] >= 60, f"{name} is tried again too soon to help"


def test_a_feed_that_fails_keeps_no_night_back(found: Any) -> None:
    tasks = found["dags"]["fraud_nightly"]["tasks"]
    upstream = {name: task["upstream"] for name, task in tasks.items()}
    assert upstream == {"feeds": [], "pull": ["feeds"], "ingest": ["pull"], "night": ["ingest"]}
    assert tasks["ingest"]["trigger_rule"] == "all_done"


def test_nights_neither_pile_up_nor_overlap(found: Any) -> None:
    for dag in found["dags"].values():
        assert dag["catchup"] is False
        assert dag["max_active_runs"] == 1


def test_reading_the_files_is_cheap(found: Any) -> None:
    assert found["import_seconds"] < 0.2
    heavy = {"polars", "duckdb", "deltalake", "pyarrow", "numpy", "pyod", "sklearn", "scipy"}
    assert not heavy & set(found["imported"])


DAY_OF = """
import json, runpy, sys
from datetime import datetime
from types import SimpleNamespace

day_of = runpy.run_path(sys.argv[1])["day_of"]
moment = lambda text: datetime.fromisoformat(text) if text else None
print(json.dumps([
    str(day_of(
        SimpleNamespace(
            partition_key=key, logical_date=moment(logical), run_after=moment("2026-10-09T06:00Z")
        ),
        {"day": day},
    ))
    for key, day, logical in json.loads(sys.argv[2])
]))
"""


def test_the_day_of_a_run_is_one_that_is_over(tmp_path: Path) -> None:
    expected = {
        ("2026-10-08", None, None): "2026-10-08",
        ("2026-10-02", "2026-10-01", None): "2026-10-02",
        (None, "2026-10-01", "2026-10-05T00:00Z"): "2026-10-01",
        (None, None, "2026-10-05T00:00Z"): "2026-10-05",
        (None, None, "2026-10-09T05:59Z"): "2026-10-08",
        (None, None, None): "2026-10-08",
    }
    days = run_python(tmp_path, "-c", DAY_OF, str(DAGS / "nightly.py"), json.dumps(list(expected)))
    assert dict(zip(expected, days, strict=True)) == expected
