"""The DAG works in a real Airflow, on a scheduler and with a task that is killed too."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from projects import call, link_environment, probe
from servers import free_ports
from testing.baking import generate
from testing.environments import environment_of
from testing.template import EXAMPLES, LINES

# One Airflow at a time.
pytestmark = pytest.mark.xdist_group("airflow")

Answer = TypeVar("Answer")
TAXI = EXAMPLES["taxi"]
# Other tests run at the same time.
PATIENCE = 400  # seconds


@dataclass(frozen=True)
class Airflow:
    """An Airflow with an environment and a home of its own, which knows a project's DAG."""

    project: Path
    python: Path
    commands: Path
    home: Path
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """What the environment tells Airflow."""
        return {
            "PATH": f"{self.commands}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.address}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        }

    @property
    def address(self) -> str:
        """Where its API is."""
        return f"http://localhost:{self.port}"

    def call(self, *arguments: str) -> str:
        """Call the command `airflow`, and give its output."""
        result = call([self.commands / "airflow", *arguments], self.project, self.variables)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    @contextlib.contextmanager
    def started(self) -> Iterator[None]:
        """Start the scheduler and all that belongs to it, and end them."""
        with (self.home / "standalone.log").open("wb") as log:
            process = subprocess.Popen(
                [self.commands / "airflow", "standalone"],
                env={**os.environ, **self.variables},
                stdout=log,
                stderr=log,
                # A group of its own, which can be ended as a whole.
                start_new_session=True,
            )
        try:
            within(PATIENCE, lambda: self.ask("dags/my-pipeline"))
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def ask(self, path: str, **body: Any) -> dict[str, Any] | None:
        """Call the API; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.address}/auth/token") as answer:
                token = json.load(answer)["access_token"]
            request = urllib.request.Request(
                f"{self.address}/api/v2/{path}",
                json.dumps(body).encode() if body else None,
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except OSError:
            return None

    def ended(self, run: str) -> dict[str, Any] | None:
        """Return what is known of a run; None while it goes on."""
        known = self.ask(f"dags/my-pipeline/dagRuns/{run}")
        return known if known and known["state"] in ("success", "failed") else None

    def process_of(self, phase: str) -> int | None:
        """Find the process that runs this project up to a phase."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_text().split("\0")
                ours = (folder / "cwd").readlink() == self.project
                if ours and {"run-node", phase} <= {*command}:
                    return int(folder.name)
        return None

    def facts(self) -> dict[str, Any]:
        """Ask ML Metadata and the pushed model."""
        return probe(self.python, self.project, TAXI["metric"])


def within(seconds: float, ask: Callable[[], Answer | None]) -> Answer:
    """Ask again and again until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.2)
    raise TimeoutError(f"no answer within {seconds} seconds")


@pytest.fixture
def airflow(template: Path, folder: Path, work: Path, line: str) -> Airflow:
    answers = {"example": "taxi", "tfx_version": line, "orchestrator": "airflow"}
    project = generate(template, folder / "project", **answers)
    version = LINES[line]["pythons"][-1]
    python = link_environment(project, version, work) / "bin" / "python"
    lock = project / "requirements-airflow.txt"
    commands = environment_of([lock], version, work / "environments") / "bin"
    dags = folder / "home" / "dags"
    dags.mkdir(parents=True)
    (dags / "my_pipeline.py").symlink_to(project / "airflow_dag.py")
    (port,) = free_ports(1)
    airflow = Airflow(project, python, commands, dags.parent, port)
    airflow.call("db", "migrate")
    return airflow


def assert_complete_and_pushed_once(facts: dict[str, Any]) -> None:
    (run,) = facts["runs"]
    assert len(run["states"]) == 11
    assert {*run["states"].values()} == {"COMPLETE"}
    assert run["blessed"] == 1
    assert [*facts["models"]] == [run["pushed"]]
    assert run["recorded"] >= TAXI["threshold"]


def test_a_run_in_the_shell_ends_in_a_pushed_model(airflow: Airflow) -> None:
    airflow.call("dags", "test", "my-pipeline")
    assert_complete_and_pushed_once(airflow.facts())


def test_a_task_that_is_killed_ends_in_a_model_that_is_pushed_once(airflow: Airflow) -> None:
    model = airflow.project / "output" / "artifacts" / "Trainer" / "model"

    def trainer() -> int | None:
        return airflow.process_of("train") if model.exists() else None

    with airflow.started():
        assert airflow.ask("dags/my-pipeline/dagRuns", dag_run_id="one", logical_date=None)
        os.kill(within(PATIENCE, trainer), signal.SIGKILL)
        run = within(PATIENCE, lambda: airflow.ended("one"))
        tasks = airflow.ask("dags/my-pipeline/dagRuns/one/taskInstances")
    assert run["state"] == "success"
    assert {task["task_id"]: task["try_number"] for task in tasks["task_instances"]} == {
        "validate": 1,
        "transform": 1,
        "train": 2,
        "release": 1,
    }
    facts = airflow.facts()
    assert [run["id"] for run in facts["runs"]] == ["one"]
    assert_complete_and_pushed_once(facts)
