from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import cli
from << cookiecutter.package_name >>.console.errors import (
    UnexpectedError,
    UserError,
)
from << cookiecutter.package_name >>.features import schema
from << cookiecutter.package_name >>.files import data_files
from << cookiecutter.package_name >>.pipeline import create_pipeline
from << cookiecutter.package_name >>.runners import launch
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

DAG = ast.parse((ROOT / "airflow_dag.py").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tasks() -> dict[str, tuple[list[str], list[str]]]:
    """Read TASKS without Airflow."""
    (value,) = [
        node.value
        for node in DAG.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TASKS"
    ]
    return ast.literal_eval(value)


def test_the_tasks_have_each_node_of_the_pipeline_once(
    tasks: dict[str, tuple[list[str], list[str]]], tmp_path: Path
) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    nodes = [node for nodes, _ in tasks.values() for node in nodes]
    assert sorted(nodes) == sorted(component.id for component in pipeline.components)


def test_each_node_comes_after_those_that_it_needs(
    tasks: dict[str, tuple[list[str], list[str]]], tmp_path: Path
) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    needed = {each.id: {node.id for node in each.upstream_nodes} for each in pipeline.components}
    before: dict[str, set[str]] = {}
    for task, (nodes, upstream) in tasks.items():
        done = set().union(*(before[each] for each in upstream))
        for node in nodes:
            assert needed[node] <= done, f"{node} in TASKS of airflow_dag.py"
            done.add(node)
        before[task] = done


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


class Run:
    """A PipelineRun of two nodes, which are run in this process."""

    nodes = ("First", "Second")

    def __init__(self, *, complete: bool = False, error: Exception | None = None) -> None:
        self.complete = complete
        self.error = error
        self.launched: list[str] = []

    def launch(self, name: str) -> str:
        """Pretend to run a node."""
        if self.error:
            raise self.error
        self.launched.append(name)
        return "done"


@pytest.fixture
def run_nodes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Call the command, with a Run instead of TFX."""
    prefix = Settings.model_config["env_prefix"]
    monkeypatch.setenv(f"{prefix}OUTPUT", str(tmp_path))
    monkeypatch.setenv(f"{prefix}PARALLEL", "false")
    monkeypatch.setattr(schema, "has_types", lambda file: True)
    monkeypatch.setattr(data_files, "require_columns", lambda *arguments: None)

    def call(run: Run, *nodes: str) -> int:
        monkeypatch.setattr(launch, "create_run", lambda settings, run_id: run)
        return cli.main(["run-node", "--node", *nodes, "--run-id", "one"])

    return call


def test_nodes_run_in_the_order_of_the_pipeline(
    run_nodes: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run()
    assert run_nodes(run, "Second", "First") == 0
    assert run.launched == ["First", "Second"]
    _, *lines = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["First", "done"], ["Second", "done"]]


def test_a_node_that_does_not_exist_is_refused(
    run_nodes: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run()
    assert run_nodes(run, "First", "Third") == 1
    assert not run.launched
    assert capfd.readouterr().err == "there is no node Third; nodes: First, Second\n"


def test_a_complete_run_is_not_started_again(
    run_nodes: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run(complete=True)
    assert run_nodes(run, "First") == 1
    assert not run.launched
    assert "the run one is complete already" in capfd.readouterr().err


def test_a_second_try_at_the_end_of_a_run_does_no_harm(run_nodes: Callable[..., int]) -> None:
    assert run_nodes(Run(complete=True), "Second") == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("bad data"), 1),
        (UnexpectedError("no space left"), os.EX_TEMPFAIL),
        (MemoryError("too many rows"), os.EX_TEMPFAIL),
    ],
)
def test_the_exit_code_says_whether_a_second_try_helps(
    run_nodes: Callable[..., int], capfd: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    assert run_nodes(Run(error=error), "First") == code
    assert str(error) in capfd.readouterr().err
