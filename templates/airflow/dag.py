"""The pipeline as a DAG of Airflow; each task runs a part of it in the project's own Python.

Airflow parses this file again and again, so it imports nothing of the project or of TFX.
"""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
from pathlib import Path

from airflow.sdk import DAG, BaseOperator, Context, chain
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PACKAGE = "<< cookiecutter.package_name >>"
# Airflow may know this file by a link in its own folder.
PROJECT = Path(__file__).resolve().parent
PYTHON = os.environ.get(f"{PACKAGE.upper()}_PYTHON", str(PROJECT / ".venv" / "bin" / "python"))
# The exit codes if a second try is useless: wrong use, not blessed, bad data. Any other may end
# well, such as that of Python if the project is being replaced and cannot be imported.
HOPELESS = (2, 3, 4)

# A task each: it runs what of its phase, and of those before it, the run has not done. Each task
# imports TFX anew, so phases that take less time than that have none of their own.
# <% if cookiecutter.transform == "yes" %>
PHASES = ("validate", "transform", "train", "release")
# <% else %>
PHASES = ("validate", "train", "release")
# <% endif %>


class RunPhase(BaseOperator):
    """Runs the pipeline up to a phase, in the run that has the DAG run's id."""

    def __init__(self, phase: str, **options: object) -> None:
        super().__init__(**options)
        self.phase = phase
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> None:
        """Run what is left of the phase, and copy what it prints to the task's log.

        Raises:
            AirflowFailException: it failed, and would fail again.
            AirflowException: it failed, or was killed.
        """
        command = [PYTHON, "-m", PACKAGE, "run-node", "--up-to", self.phase]
        self._process = subprocess.Popen(
            # The kernel ends it with the task, even if that is killed.
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
        if code in HOPELESS:
            raise AirflowFailException("not to be retried; the lines above say why")
        if code:
            raise AirflowException(f"to be retried: it ended with {_name(code)}")

    def on_kill(self) -> None:
        """End the command with the task."""
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
    chain(*(RunPhase(task_id=phase, phase=phase) for phase in PHASES))
