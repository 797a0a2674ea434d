from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import cli
from << cookiecutter.package_name >>.console.errors import (
    BadDataError,
    NotPushedError,
    TryAgainError,
    UnexpectedError,
    UserError,
)
from << cookiecutter.package_name >>.features import schema
from << cookiecutter.package_name >>.pipeline import create_pipeline
from << cookiecutter.package_name >>.runners import airflow, launch
from << cookiecutter.package_name >>.services import run_lock
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

DAG = ast.parse((ROOT / "airflow_dag.py").read_text(encoding="utf-8"))


def test_the_tasks_are_phases_of_the_pipeline_in_their_order_to_the_end(tmp_path: Path) -> None:
    (tasks,) = [
        ast.literal_eval(node.value)
        for node in DAG.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PHASES"
    ]
    phases = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE).phases
    assert [*tasks] == [phase for phase in phases if phase in tasks]
    assert tasks[-1] == [*phases][-1]


def test_airflow_needs_nothing_of_the_project_to_read_the_dag() -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(DAG)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", None), *(each.name for each in node.names)]
        if name
    }
    assert "airflow" in imported
    assert not imported & {"tfx", "tensorflow", "apache_beam", cli.__package__}


PHASES = {"read": ["First"], "train": ["Second", "Third"], "push": ["Last"]}


def test_up_to_a_phase_is_all_before_it_too() -> None:
    assert airflow.nodes_up_to("read", PHASES) == ["First"]
    assert airflow.nodes_up_to("train", PHASES) == ["First", "Second", "Third"]
    assert airflow.nodes_up_to("push", PHASES) == ["First", "Second", "Third", "Last"]


class Run:
    """A PipelineRun whose nodes are run in this process."""

    phases = PHASES
    nodes = ("First", "Third", "Second", "Last")
    notes = ()

    def __init__(self, *done: str, error: Exception | None = None) -> None:
        self.done = [*done]
        self.error = error
        self.launched: list[str] = []

    @property
    def complete(self) -> bool:
        """Whether all nodes are done."""
        return all(map(self.is_done, self.nodes))

    def is_done(self, name: str) -> bool:
        """Whether a node is done."""
        return name in self.done

    def launch(self, name: str) -> str:
        """Pretend to run a node."""
        if self.error:
            raise self.error
        self.launched.append(name)
        return "done"

    def told(self, name: str) -> list[str]:
        """Tell nothing."""
        return []


@pytest.fixture
def run_up_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Run, str], int]:
    """Call the command, with a Run instead of TFX."""
    prefix = Settings.model_config["env_prefix"]
    monkeypatch.setenv(f"{prefix}OUTPUT", str(tmp_path))
    monkeypatch.setenv(f"{prefix}PARALLEL", "false")
    monkeypatch.setattr(schema, "has_types", lambda file: True)
    monkeypatch.setattr(launch, "_require_columns", lambda *arguments: None)

    def call(run: Run, phase: str) -> int:
        monkeypatch.setattr(launch, "create_run", lambda settings, run_id: run)
        return cli.main(["run-node", "--up-to", phase, "--run-id", "one"])

    return call


def test_what_is_not_done_runs_in_the_order_of_the_pipeline(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run("First")
    assert run_up_to(run, "train") == 0
    assert run.launched == ["Third", "Second"]
    _, *lines = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["Third", "done"], ["Second", "done"]]


def test_a_phase_that_does_not_exist_is_refused(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run()
    assert run_up_to(run, "test") == 2
    assert not run.launched
    assert capfd.readouterr().err == "there is no phase test; phases: read, train, push\n"


def test_a_complete_run_is_not_started_again(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run(*Run.nodes)
    assert run_up_to(run, "read") == 2
    assert not run.launched
    assert "the run one is complete already" in capfd.readouterr().err


def test_a_second_try_at_the_end_of_a_run_does_no_harm(
    run_up_to: Callable[[Run, str], int],
) -> None:
    run = Run(*Run.nodes)
    assert run_up_to(run, "push") == 0
    assert not run.launched


def test_a_task_is_tried_again_while_another_run_is_at_work(
    run_up_to: Callable[[Run, str], int],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    settings = Settings(output=tmp_path)
    with run_lock.held(settings, "another"):
        assert run_up_to(Run(), "read") == os.EX_TEMPFAIL
    assert "another run is at work" in capfd.readouterr().err
    with run_lock.held(settings, "one"):
        assert run_up_to(Run(), "read") == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("no such column"), 2),
        (NotPushedError("not blessed"), 3),
        (BadDataError("bad data"), 4),
        (UnexpectedError("what is this"), 1),
        (OSError("what is this"), 1),
        (TryAgainError("no space left"), os.EX_TEMPFAIL),
        (MemoryError("too many rows"), os.EX_TEMPFAIL),
    ],
)
def test_the_exit_code_says_what_kind_of_failure_it_is(
    run_up_to: Callable[[Run, str], int],
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
) -> None:
    assert run_up_to(Run(error=error), "read") == code
    assert str(error) in capfd.readouterr().err
