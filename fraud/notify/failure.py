"""Tells the channels when a task of Airflow failed for good.

Importing it costs nothing but Airflow's own SDK, so a DAG file may; all else is imported when a
task has failed.
"""

import logging
import os
from typing import Any

from airflow.sdk import BaseNotifier

TOLD_BY_THE_NIGHT = ("GateError",)
"""Failures of which the night itself has told the channels."""


class FailureNotifier(BaseNotifier):
    """A callback for `on_failure_callback`: one message to each channel that wants failures.

    A backfill tells nobody. A channel that cannot be reached is written to the task's log.
    """

    def notify(self, context: Any) -> None:
        """Send what failed, for which day, and why."""
        run, error = context.get("dag_run"), context.get("exception")
        if (
            getattr(run, "run_type", None) == "backfill"
            or type(error).__name__ in TOLD_BY_THE_NIGHT
        ):
            return
        from fraud import config
        from fraud.notify.tell import failed

        instance = context.get("task_instance") or context.get("ti")
        what = ".".join(
            str(getattr(instance, name)) for name in ("dag_id", "task_id") if instance is not None
        )
        key = getattr(run, "partition_key", None) or getattr(run, "run_id", "")
        reason = f"{type(error).__name__}: {error}" if error else "Its log says why."
        for warning in failed(f"{what} ({key})", reason, config.load(), os.environ):
            logging.getLogger(__name__).warning(warning)
