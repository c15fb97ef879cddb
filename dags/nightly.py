"""Each night: pull the feeds, load what the drop folder holds, then judge one day of plays.

Nothing heavy is imported here: Airflow reads this file every half minute and before every task.
"""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    Connection,
    CronPartitionTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    TriggerRule,
    get_current_context,
    task,
)

from fraud.notify.failure import FailureNotifier

ABOUT = """
### Which tracks were streamed by machines?

One run judges **one day of plays**: the day before the run, at 06:00 UTC. It pulls the feeds of
`fraud.toml`, loads the reports that lie in `FRAUD_HOME/drop`, then writes
`FRAUD_HOME/reports/<day>/alerts.csv` and `report.html`.

* A day again: clear its run. The same input gives the same bytes.
* A day by hand: trigger with `day`, or with the day as partition key.
* A range: `airflow backfill create --dag-id fraud_nightly --from-date D1 --to-date D2
  --max-active-runs 1`. Both ends count. A backfill pulls nothing and notifies nobody.
* A feed's secrets: environment variables, or the connection `fraud_feed_<name>`.

A feed that fails is tried again and then left out: the night judges what came.
When the gate stops a day, the run fails at once and says why: see that the reports arrive,
then clear the run.
"""

# Midnight six hours west of UTC is 06:00 UTC. A tick at midnight is what makes `--to-date` of a
# backfill include its day: Airflow reads a bare date as that day's midnight.
NIGHTLY = CronPartitionTimetable(
    "0 0 * * *", timezone="Etc/GMT+6", run_offset=-1, key_format="%Y-%m-%d"
)

MENDED_BY_PEOPLE = ExceptionRetryPolicy(
    [
        RetryRule(
            exception=["fraud.errors.CallError", "fraud.errors.GateError"],
            action=RetryAction.FAIL,
            reason="trying again mends nothing here",
        )
    ]
)


def day_of(run: Any, params: dict[str, Any]) -> date:
    """Return the day of plays that a run judges, a day that was over when the run was made.

    It is the run's partition key, else its parameter `day`, else its logical date (`airflow dags
    test` knows no other), else the day before.
    """
    named: str | None = run.partition_key or params.get("day")
    if named:
        return date.fromisoformat(named)
    last_over: date = (run.run_after - timedelta(days=1)).date()
    return min(run.logical_date.date(), last_over) if run.logical_date else last_over


def kept_for(feed: str) -> Any:
    """Return the connection of a feed as Airflow keeps it, None where it keeps none."""
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(f"fraud_feed_{feed}")
    except AirflowNotFoundException:
        return None


with DAG(
    "fraud_nightly",
    description="Which tracks were streamed by machines?",
    doc_md=ABOUT,
    schedule=NIGHTLY,
    catchup=False,
    max_active_runs=1,
    tags=["fraud"],
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day of plays",
            description="empty = yesterday",
        )
    },
    default_args={
        "owner": "fraud",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": MENDED_BY_PEOPLE,
        # A backfill has its own limit of active runs; two nights must not write one table at once.
        "max_active_tis_per_dag": 1,
        "on_failure_callback": FailureNotifier(),
    },
):

    @task
    def feeds() -> list[str]:
        """Name the feeds that are pulled; a backfill judges what the lake holds, and pulls none."""
        from fraud import config

        run = get_current_context()["dag_run"]
        return [] if run.run_type == "backfill" else sorted(config.load().feeds)

    @task(map_index_template="{{ feed }}")
    def pull(feed: str) -> None:
        """Fetch the new and changed reports of one feed and load them."""
        from fraud import config
        from fraud.errors import FeedError
        from fraud.pipeline import pulling

        get_current_context()["feed"] = feed
        kept, connections = kept_for(feed), {}
        if kept:
            connections[feed] = pulling.Connection(kept.login, kept.password, kept.extra_dejson)
        (pulled,) = pulling.pull(
            config.load(), now=datetime.now(UTC), feeds=[feed], connections=connections
        )
        for sentence in pulled.sentences():
            logging.getLogger(__name__).warning(sentence)
        if pulled.error:
            raise FeedError(f"{feed}: {pulled.error}")

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def ingest() -> None:
        """Load what the folders of reports and of verdicts hold; doing it again changes nothing."""
        from fraud import config
        from fraud.pipeline import drop, verdict_drop

        settings, now = config.load(), datetime.now(UTC)
        result = drop.take(settings, now=now)
        sentences: list[str] = []
        if result is not None:
            told = [one.message for one in result.findings if one.verdict != "failed"]
            sentences += [*result.refusals, *result.warnings, *told]
        for file in verdict_drop.take(settings, now=now):
            sentences += file.given.refused
        for sentence in sentences:
            logging.getLogger(__name__).warning(sentence)

    @task(outlets=[Asset("fraud_alerts")])
    def night() -> None:
        """Gate, features, detection and report of the day, and the notification."""
        from fraud import config
        from fraud.errors import GateError
        from fraud.pipeline import nights

        context = get_current_context()
        run = context["dag_run"]
        day = day_of(run, context["params"])
        (made,) = nights.run(day, day, config.load(), notify=run.run_type != "backfill")
        if made.stopped:
            raise GateError(" ".join(made.warnings))

    pull.expand(feed=feeds()) >> ingest() >> night()
