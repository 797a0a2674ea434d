"""The pipeline as a DAG of Airflow; each task runs some nodes in the project's own Python.

Airflow parses this file again and again, so it imports nothing of the project or of TFX.
"""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
from pathlib import Path

from airflow.sdk import DAG, BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PACKAGE = "<< cookiecutter.package_name >>"
# Airflow may know this file by a link in its own folder.
PROJECT = Path(__file__).resolve().parent
PYTHON = os.environ.get(f"{PACKAGE.upper()}_PYTHON", str(PROJECT / ".venv" / "bin" / "python"))
# The exit code of run-node if a second try is useless: a gate is closed, say.
HOPELESS = 1

# What each task runs, and after which tasks. Each task imports TFX anew, so the nodes that take
# less time than that share one.
TASKS = {
    "ingest": (
        [
# <% if cookiecutter.__tfrecord_file %>
            "ImportExampleGen",
# <% else %>
            "CsvExampleGen",
# <% endif %>
            "ImportSchemaGen",
            "StatisticsGen",
            "ExampleValidator",
            "DataGate",
        ],
        [],
    ),
# <% if cookiecutter.transform == "yes" %>
    "transform": (["Transform"], ["ingest"]),
    "train": (["Trainer"], ["transform"]),
# <% else %>
    "train": (["Trainer"], ["ingest"]),
# <% endif %>
    "release": (
        [
# <% if cookiecutter.transform == "yes" %>
            "TransformedStatistics",
# <% endif %>
# <% if cookiecutter._examples[cookiecutter.example].tflite %>
            "TFLiteGate",
# <% endif %>
            "BaselineResolver",
            "Evaluator",
            "Pusher",
        ],
        ["train"],
    ),
}


class RunNodes(BaseOperator):
    """Runs nodes of the pipeline, in the run that has the DAG run's id."""

    def __init__(self, nodes: list[str], **options: object) -> None:
        super().__init__(**options)
        self.nodes = nodes
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> None:
        """Run the nodes, and copy what they print to the task's log.

        Raises:
            AirflowFailException: they failed, and would fail again.
            AirflowException: they failed, or were killed.
        """
        command = [PYTHON, "-m", PACKAGE, "run-node", "--node", *self.nodes]
        self._process = subprocess.Popen(
            # The kernel ends the nodes with the task, even if that is killed.
            ["setpriv", "--pdeathsig", "KILL", *command, "--run-id", context["run_id"]],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self._process.stdout:
            self.log.info("%s", line.rstrip())
        code = self._process.wait()
        if code == HOPELESS:
            raise AirflowFailException("not to be retried; the lines above say why")
        if code:
            raise AirflowException(f"to be retried: the nodes ended with {_name(code)}")

    def on_kill(self) -> None:
        """End the nodes with the task."""
        if self._process:
            self._process.kill()


def _name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


with DAG(
    dag_id="<< cookiecutter.project_slug >>",
    schedule=None,
    catchup=False,
    # Two runs would write to the same folders.
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": datetime.timedelta(seconds=10)},
):
    tasks = {name: RunNodes(task_id=name, nodes=nodes) for name, (nodes, _) in TASKS.items()}
    for name, (_, upstream) in TASKS.items():
        tasks[name].set_upstream([tasks[each] for each in upstream])
