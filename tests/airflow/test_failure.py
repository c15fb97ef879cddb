"""A task that failed for good tells the channels, from a process as Airflow's workers are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notify.listening import Hook, listening

pytest.importorskip("airflow", reason="Airflow is an extra; make test installs it")

CALLED = """
import json, sys
from types import SimpleNamespace
before = set(sys.modules)
from fraud.notify.failure import FailureNotifier
heavy = {"polars", "apprise", "duckdb"} & (set(sys.modules) - before)
from fraud.errors import GateError

def fail(error, run_type="scheduled"):
    FailureNotifier()({
        "exception": error,
        "dag": None,
        "dag_run": SimpleNamespace(run_type=run_type, partition_key="2026-03-02", run_id="r"),
        "ti": SimpleNamespace(dag_id="fraud_nightly", task_id="night"),
    })

fail(OSError("disk full"))
fail(GateError("the night has told it"))
fail(OSError("backfills are quiet"), "backfill")
print(json.dumps(sorted(heavy)))
"""


def test_a_failure_is_told_a_stop_and_a_backfill_are_not(tmp_path: Path) -> None:
    (tmp_path / "fraud.toml").write_text('[notify.team]\nurl_env = "HOOK"\n')
    with listening(Hook()) as hook:
        home = {"AIRFLOW_HOME": str(tmp_path / "airflow"), "FRAUD_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", CALLED],
            env={**os.environ, **home, "HOOK": hook.url},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert [(told["title"], told["message"]) for told in hook.posted] == [
        ("fraud_nightly.night (2026-03-02) failed", "OSError: disk full")
    ]
    assert "s3cret-token" not in done.stdout + done.stderr
