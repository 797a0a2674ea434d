from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

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
from << cookiecutter.package_name >>.runners import (
    airflow,
    launch,
    repeated_run,
)
from << cookiecutter.package_name >>.services import run_lock
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

DAG = ast.parse((ROOT / "airflow_dag.py").read_text(encoding="utf-8"))


def constant(name: str) -> tuple[Any, ...]:
    """Read what a name stands for in the DAG."""
    (found,) = [
        ast.literal_eval(node.value)
        for node in DAG.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return found


def test_the_tasks_are_phases_of_the_pipeline_in_their_order_to_the_end(tmp_path: Path) -> None:
    tasks = constant("PHASES")
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
    """A RepeatedRun whose nodes are run in this process."""

    phases = PHASES
    nodes = ("First", "Third", "Second", "Last")
    notes = ()

    def __init__(self, *done: str, changed: str = "", error: Exception | None = None) -> None:
        self.done = [*done]
        self.changed = changed
        self.error = error
        self.launched: list[str] = []

    def renew(self, names: Collection[str]) -> str:
        """Begin another attempt if a node has changed."""
        if self.changed not in names:
            return ""
        self.done.clear()
        return self.changed

    def is_done(self, name: str) -> bool:
        """Whether a node is done."""
        return name in self.done

    def launch(self, name: str) -> str:
        """Pretend to run a node."""
        if self.error:
            raise self.error
        if self.is_done(name):
            return "kept"
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
    monkeypatch.setattr(launch, "import_tfx", lambda: None)

    def call(run: Run, phase: str) -> int:
        monkeypatch.setattr(repeated_run, "RepeatedRun", lambda settings, run_id: run)
        return cli.main(["run-node", "--up-to", phase, "--run-id", "one"])

    return call


def test_what_is_not_done_runs_in_the_order_of_the_pipeline(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run("First")
    assert run_up_to(run, "train") == 0
    assert run.launched == ["Third", "Second"]
    _, *lines = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["First", "kept"],
        ["Third", "done"],
        ["Second", "done"],
    ]


def test_a_phase_that_does_not_exist_is_refused(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run()
    assert run_up_to(run, "test") in constant("HOPELESS")
    assert not run.launched
    assert capfd.readouterr().err == "there is no phase test; phases: read, train, push\n"


def test_a_run_needs_a_name(capfd: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["run-node", "--up-to", "read", "--run-id", ""])
    assert code in constant("HOPELESS")
    assert capfd.readouterr().err == "--run-id is empty: name the run\n"


@pytest.mark.parametrize("phase", PHASES)
def test_a_task_that_has_nothing_to_do_says_so(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str], phase: str
) -> None:
    run = Run(*Run.nodes)
    assert run_up_to(run, phase) == 0
    assert not run.launched
    _, said, *lines = capfd.readouterr().out.splitlines()
    assert said.startswith("nothing is run: this run has done all of it before")
    assert lines
    assert {line.split()[1] for line in lines} == {"kept"}


def test_a_task_says_what_it_has_to_do_again_and_why(
    run_up_to: Callable[[Run, str], int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run(*Run.nodes, changed="Third")
    assert run_up_to(run, "read") == 0
    assert not run.launched
    assert run_up_to(run, "train") == 0
    assert run.launched == ["First", "Third", "Second"]
    out = capfd.readouterr().out
    assert "\nThird: its inputs, settings, code or results are not as they were" in out


def test_a_task_is_tried_again_while_another_is_at_work(
    run_up_to: Callable[[Run, str], int],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    settings = Settings(output=tmp_path)
    for holder, said in (("another", "another run is at work"), ("one", "this run is already")):
        with run_lock.held(settings, holder):
            assert run_up_to(Run(), "read") not in (0, *constant("HOPELESS"))
        assert said in capfd.readouterr().err
    assert run_up_to(Run(), "read") == 0


@pytest.mark.parametrize(
    ("error", "code", "hopeless"),
    [
        (UserError("no such column"), 2, True),
        (NotPushedError("not blessed"), 3, True),
        (BadDataError("bad data"), 4, True),
        (UnexpectedError("what is this"), 1, False),
        (OSError("what is this"), 1, False),
        (TryAgainError("no space left"), os.EX_TEMPFAIL, False),
        (MemoryError("too many rows"), os.EX_TEMPFAIL, False),
    ],
)
def test_the_exit_code_says_what_kind_of_failure_it_is(
    run_up_to: Callable[[Run, str], int],
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    hopeless: bool,
) -> None:
    assert run_up_to(Run(error=error), "read") == code
    assert (code in constant("HOPELESS")) == hopeless
    assert str(error) in capfd.readouterr().err


def test_a_project_that_cannot_be_imported_may_be_whole_at_a_second_try(tmp_path: Path) -> None:
    package = str(cli.__package__)
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("from . import gone", encoding="utf-8")
    command = [sys.executable, "-m", package, "run-node", "--up-to=read", "--run-id=one"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "ImportError" in ended.stderr
    assert ended.returncode not in (0, *constant("HOPELESS"))
