"""Airflow's own components on SQLite, started one by one and stopped for certain."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 230
"""All waiting for one Airflow together; on two idle cores it takes a minute."""
COMPONENTS = ("api-server", "scheduler", "dag-processor")


class Airflow:
    """A running Airflow: its command line, its REST interface, and a bounded wait."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self.address = f"http://127.0.0.1:{_free_port()}"
        self.home = home
        self.environment = _environment(home, self.address) | settings
        self._end = time.monotonic() + PATIENCE_SECONDS
        self._token = ""
        self._components: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *arguments: str) -> str:
        """Return what an `airflow` command printed; AssertionError if it failed."""
        done = subprocess.run(
            [BIN / "airflow", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def get(self, path: str) -> Any:
        """Return what the REST interface says at `path`, None while it does not answer."""
        return self._ask(urllib.request.Request(f"{self.address}{path}"))  # noqa: S310

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return what the REST interface answers to `body`."""
        data = json.dumps(body).encode()
        return self._ask(urllib.request.Request(f"{self.address}{path}", data, method="POST"))  # noqa: S310

    def _ask(self, request: urllib.request.Request) -> Any:
        try:
            if not self._token:
                with urllib.request.urlopen(f"{self.address}/auth/token", timeout=5) as answer:  # noqa: S310
                    self._token = json.load(answer)["access_token"]
            request.add_header("Authorization", f"Bearer {self._token}")
            request.add_header("Content-Type", "application/json")
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def wait(self, what: str, ready: Callable[[], Any]) -> Any:
        """Return the first true answer of `ready`; AssertionError with the logs if none comes."""
        while time.monotonic() < self._end:
            if answer := ready():
                return answer
            for name, component in self._components.items():
                assert component.poll() is None, f"{name} ended:\n{self.logs()}"
            time.sleep(1)
        raise AssertionError(f"{what} did not happen in time\n{self.logs()}")

    def logs(self) -> str:
        """Return the end of every log there is."""
        files = sorted(self.home.rglob("*.log"))
        return "\n".join(f"== {file}\n{file.read_text(errors='replace')[-3000:]}" for file in files)

    def start(self) -> None:
        """Make the database and start the components; returns when Airflow knows its DAGs."""
        self.run("db", "migrate")
        for name in COMPONENTS:
            with (self.home / f"{name}.log").open("wb") as log:
                self._components[name] = subprocess.Popen(
                    [BIN / "airflow", name],
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        self.wait("the DAG", lambda: self.get("/api/v2/dags/fraud_nightly"))

    def stop(self) -> None:
        """End every component with all it started: a polite signal to the group, then none."""
        for component in self._components.values():
            _signal(component.pid, signal.SIGTERM)
        for component in self._components.values():
            with suppress(subprocess.TimeoutExpired):
                component.wait(5)
            _signal(component.pid, signal.SIGKILL)
            component.wait(5)


def _signal(group: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, sign)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _environment(home: Path, address: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "FRAUD_", "PYTEST", "COVERAGE"))
    }
    return inherited | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": address.rpartition(":")[2],
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port()),
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    }


@contextmanager
def running(home: Path, settings: dict[str, str]) -> Iterator[Airflow]:
    """Give an Airflow with the DAGs of this repository; it is gone afterwards, come what may."""
    airflow = Airflow(home, settings)
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()
