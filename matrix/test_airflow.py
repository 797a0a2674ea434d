"""The DAG works in a real Airflow, whatever happens to a run on its scheduler.

The scheduler is tested with one TFX line, for it takes minutes. With others, the DAG and Airflow
are the same, and one run without a scheduler is enough.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from projects import call, last_lines, link_environment, probe
from servers import free_ports
from testing.baking import generate
from testing.environments import environment_of
from testing.template import EXAMPLES, LINES

# One Airflow at a time.
pytestmark = pytest.mark.xdist_group("airflow")

Answer = TypeVar("Answer")
PENGUIN = EXAMPLES["penguin"]
# The line whose runs are on the scheduler.
SCHEDULED = "1.15"
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
            # Seconds until a task notices that it was marked as failed.
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        }

    @property
    def address(self) -> str:
        """Where its API is."""
        return f"http://localhost:{self.port}"

    def call(self, *arguments: str, **variables: str) -> str:
        """Call the command `airflow`, and give its output."""
        command = [self.commands / "airflow", *arguments]
        result = call(command, self.project, {**self.variables, **variables})
        assert result.returncode == 0, last_lines(result)
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

    def ask(self, path: str, method: str = "GET", **body: Any) -> dict[str, Any] | None:
        """Call the API; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.address}/auth/token") as answer:
                token = json.load(answer)["access_token"]
            request = urllib.request.Request(
                f"{self.address}/api/v2/{path}",
                json.dumps(body).encode() if body else None,
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                method=method,
            )
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except OSError:
            return None

    def clear(self, run: str, **which: Any) -> None:
        """Let tasks of a run start again."""
        cleared = {"dag_run_id": run, "dry_run": False, "only_failed": False, **which}
        assert self.ask("dags/my-pipeline/clearTaskInstances", "POST", **cleared)

    def end(self, run: str) -> str:
        """Wait for the end of a run; return its state."""

        def ended() -> str | None:
            known = self.ask(f"dags/my-pipeline/dagRuns/{run}")
            return known["state"] if known and known["state"] in ("success", "failed") else None

        return within(PATIENCE, ended)

    def tries(self, run: str) -> dict[str, int]:
        """Return how often each task was started."""
        tasks = self.ask(f"dags/my-pipeline/dagRuns/{run}/taskInstances")
        return {task["task_id"]: task["try_number"] for task in tasks["task_instances"]}

    def told(self, run: str, task: str) -> list[str]:
        """Return what the last try of a task has written to its log."""
        folder = self.home / "logs" / "dag_id=my-pipeline" / f"run_id={run}" / f"task_id={task}"
        (last,) = folder.glob(f"attempt={self.tries(run)[task]}.log")
        return [json.loads(line)["event"] for line in last.read_text().splitlines()]

    def training(self) -> int | None:
        """Find the process that is in the middle of a training."""
        process = self.process_of("train")
        models = (self.project / "output" / "artifacts" / "Trainer" / "model").glob("*")
        if process and any(model.stat().st_mtime > _started(process) for model in models):
            return process
        return None

    def process_of(self, phase: str) -> int | None:
        """Find the process that runs this project up to a phase."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_text().split("\0")
                ours = (folder / "cwd").readlink() == self.project
                if ours and {"run-node", phase} <= {*command}:
                    return int(folder.name)
        return None

    def run_here(self) -> None:
        """Run the DAG without a scheduler; it is linked as one file."""
        linked = self.home / "linked"
        linked.mkdir()
        (linked / "my_pipeline.py").symlink_to(self.project / "airflow_dag.py")
        self.call("dags", "test", "my-pipeline", AIRFLOW__CORE__DAGS_FOLDER=str(linked))

    def facts(self) -> dict[str, Any]:
        """Ask ML Metadata and the pushed model."""
        return probe(self.python, self.project, PENGUIN["metric"])


def _started(process: int) -> float:
    return Path(f"/proc/{process}").stat().st_mtime


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
    answers = {"example": "penguin", "tfx_version": line, "orchestrator": "airflow"}
    project = generate(template, folder / "project", **answers)
    version = LINES[line]["pythons"][-1]
    python = link_environment(project, version, work) / "bin" / "python"
    lock = project / "requirements-airflow.txt"
    commands = environment_of([lock], version, work / "environments") / "bin"
    dags = folder / "home" / "dags"
    dags.mkdir(parents=True)
    # As git-sync does.
    (dags / "project").symlink_to(project, target_is_directory=True)
    (port,) = free_ports(1)
    return Airflow(project, python, commands, dags.parent, port)


def states(lines: list[str]) -> dict[str, str]:
    """Return the state of each component, of what a task has told."""
    found = [re.match(r"(\w+) +(done|kept|cached) +[\d.]+ s$", line) for line in lines]
    return dict(each.groups() for each in found if each)


def test_whatever_happens_to_a_run_its_model_is_of_the_data_and_pushed_once(
    airflow: Airflow, line: str
) -> None:
    if line != SCHEDULED:
        pytest.skip("the DAG and Airflow are the same with another line, which runs it")
    data = airflow.project / "data" / "penguin" / "penguin.csv"
    right = data.read_text()
    data.write_text(right.replace("Torgersen", "Torgerson"))
    with airflow.started():
        assert airflow.ask("importErrors")["import_errors"] == []

        assert airflow.ask("dags/my-pipeline/dagRuns", "POST", dag_run_id="one", logical_date=None)
        assert airflow.end("one") == "failed"
        assert airflow.tries("one")["validate"] == 1
        assert any("Torgerson" in line for line in airflow.told("one", "validate"))

        data.write_text(right)
        airflow.clear("one")
        trainer = within(PATIENCE, airflow.training)
        task = "dags/my-pipeline/dagRuns/one/taskInstances/train"
        assert airflow.ask(task, "PATCH", new_state="failed")
        assert airflow.end("one") == "failed"
        within(PATIENCE, lambda: not Path(f"/proc/{trainer}").exists())

        airflow.clear("one", only_failed=True)
        os.kill(within(PATIENCE, airflow.training), signal.SIGKILL)
        assert airflow.end("one") == "success"
        assert airflow.tries("one") == {"validate": 2, "transform": 1, "train": 3, "release": 1}
        assert states(airflow.told("one", "train"))["Transform"] == "kept"
        assert states(airflow.told("one", "train"))["Trainer"] == "done"
        facts = airflow.facts()

        airflow.clear("one", task_ids=["train"], include_downstream=False)
        assert airflow.end("one") == "success"
        assert airflow.tries("one")["train"] == 4
        assert {*states(airflow.told("one", "train")).values()} == {"kept"}
        assert any("nothing is run" in line for line in airflow.told("one", "train"))
    stopped, run = facts["runs"]
    assert stopped["states"]["DataGate"] == "FAILED"
    kept = [name for name, state in run["states"].items() if state == "CACHED"]
    assert kept == ["ImportSchemaGen"]
    assert {*run["states"].values()} == {"COMPLETE", "CACHED"}
    assert_pushed(run, facts)

    airflow.run_here()
    facts = airflow.facts()
    *_, again = facts["runs"]
    made = [name for name, state in again["states"].items() if state != "CACHED"]
    assert made == ["BaselineResolver"]
    assert len(again["states"]) == 12
    assert [*facts["models"]] == [run["pushed"]]


def test_a_run_ends_with_a_pushed_model(airflow: Airflow, line: str) -> None:
    if line == SCHEDULED:
        pytest.skip("the test with the scheduler has such a run")
    airflow.call("db", "migrate")
    airflow.run_here()
    facts = airflow.facts()
    (run,) = facts["runs"]
    assert {*run["states"].values()} == {"COMPLETE"}
    assert_pushed(run, facts)


def assert_pushed(run: dict[str, Any], facts: dict[str, Any]) -> None:
    """Assert that a run has done all of the pipeline, and pushed the one model that there is."""
    assert len(run["states"]) == 12
    assert run["blessed"] == 1
    assert [*facts["models"]] == [run["pushed"]]
    assert run["recorded"] >= PENGUIN["threshold"]


FIND = """
import json, sys
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
for syntax in ("glob", "regexp"):
    conf.set("core", "dag_ignore_file_syntax", syntax)
    for folder in sys.argv[1:]:
        bag = DagBag(folder, bundle_name="test")
        print(json.dumps([syntax, folder, [*bag.dags], [*bag.import_errors]]))
"""


def test_the_dag_is_all_that_airflow_reads_wherever_the_project_is(airflow: Airflow) -> None:
    deep = airflow.home / "deep"
    (deep / "repositories").mkdir(parents=True)
    (deep / "repositories" / "current").symlink_to(airflow.project, target_is_directory=True)
    folders = [str(airflow.project), str(airflow.home / "dags"), str(deep)]
    (airflow.project / "more").mkdir()
    (airflow.project / "more" / "airflow_dag.py").write_text("import dag, airflow, gone")
    found = call(
        [airflow.commands / "python", "-c", FIND, *folders], airflow.home, airflow.variables
    )
    assert found.returncode == 0, found.stderr
    lines = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("[")]
    assert lines == [
        [syntax, folder, ["my-pipeline"], []] for syntax in ("glob", "regexp") for folder in folders
    ]
