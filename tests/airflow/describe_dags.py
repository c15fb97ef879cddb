"""Loads dags/ as Airflow does and prints what it found as JSON; runs in a process of its own.

Usage: describe_dags.py FOLDER. Airflow keeps its settings in the process and warns when imported.
"""

import json
import runpy
import sys
import time
from pathlib import Path

import airflow.sdk  # noqa: F401  its own cost is not the DAG's
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import TriggerRule


def main(folder: Path) -> None:
    before = set(sys.modules)
    started = time.process_time()
    for file in sorted(folder.glob("*.py")):
        runpy.run_path(str(file))
    seconds = time.process_time() - started
    imported = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
    bag = DagBag(folder)
    found = {
        "import_seconds": seconds,
        "imported": imported,
        "import_errors": bag.import_errors,
        "dags": {
            dag.dag_id: {
                "tags": sorted(dag.tags),
                "doc": dag.doc_md or "",
                "description": dag.description or "",
                "catchup": dag.catchup,
                "max_active_runs": dag.max_active_runs,
                "tasks": {
                    task.task_id: {
                        "owner": task.owner,
                        "doc": task.doc or task.doc_md or task.python_callable.__doc__ or "",
                        "retries": task.retries,
                        "retry_delay_seconds": task.retry_delay.total_seconds(),
                        "trigger_rule": TriggerRule(task.trigger_rule).value,
                        "upstream": sorted(task.upstream_task_ids),
                    }
                    for task in dag.tasks
                },
            }
            for dag in bag.dags.values()
        },
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
