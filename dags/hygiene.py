"""Each week: look for what a store would hold against the catalogue itself.

Nothing heavy is imported here: Airflow reads this file every half minute and before every task.
"""

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

from fraud.notify.failure import FailureNotifier

ABOUT = """
### What would a store hold against our catalogue?

Each Monday at 07:00 UTC the catalogue is looked through: bulk uploads, duplicates, tracks just over
30 s, ISRCs ill-formed or used again, missing AI disclosure, equal lengths, names that imitate
others. The findings are `FRAUD_HOME/hygiene/<day>/findings.csv` and `hygiene.html`.
"""

with DAG(
    "fraud_hygiene",
    description="What would a store hold against our catalogue?",
    doc_md=ABOUT,
    schedule=CronTriggerTimetable("0 7 * * 1", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["fraud"],
    default_args={
        "owner": "fraud",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "on_failure_callback": FailureNotifier(),
    },
):

    @task
    def inspect() -> None:
        """Look through the catalogue and write the findings of the day."""
        from fraud import config
        from fraud.pipeline.hygiene import inspect_catalogue

        run = get_current_context()["dag_run"]
        day = (run.logical_date or run.run_after or datetime.now(UTC)).date()
        made = inspect_catalogue(day, config.load())
        logging.getLogger(__name__).info("%s findings: %s", made.findings.height, made.page)

    inspect()
