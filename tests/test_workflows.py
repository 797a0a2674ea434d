"""The workflows of this repository and of the projects it generates."""

from __future__ import annotations

import ast
from pathlib import Path

import yaml

from testing.baking import Bake, run
from testing.template import LINES, ROOT

WORKFLOW = Path(".github/workflows/ci.yml")
JAVA = Path(".github/workflows/java.yml")


def read(folder: Path, workflow: Path = WORKFLOW) -> dict:
    return yaml.safe_load((folder / workflow).read_text(encoding="utf-8"))


def sessions(noxfile: Path) -> set[str]:
    """List the sessions of a noxfile that are called as their functions are."""
    source = ast.parse(noxfile.read_text(encoding="utf-8"))
    functions = [node for node in source.body if isinstance(node, ast.FunctionDef)]
    return {function.name for function in functions if function.decorator_list}


def test_zizmor_finds_nothing(bakes: list[Bake], tmp_path: Path):
    workflows = [*(ROOT / WORKFLOW.parent).iterdir(), bakes[0].project / WORKFLOW]
    assert len(workflows) == 3
    result = run(["zizmor", "--offline", "--pedantic", "--no-progress", *workflows], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_gate_waits_for_every_other_job():
    jobs = read(ROOT)["jobs"]
    gate = jobs.pop("gate")
    assert gate["needs"] == list(jobs)
    (step,) = gate["steps"]
    assert " ".join(["success"] * len(jobs)) in step["run"]


def test_the_image_of_each_line_is_built():
    assert read(ROOT)["jobs"]["image"]["strategy"]["matrix"]["line"] == list(LINES)


def test_projects_are_checked_on_the_pythons_of_their_line(bakes: list[Bake]):
    for answers, project in bakes:
        matrix = read(project)["jobs"]["check"]["strategy"]["matrix"]
        assert matrix["python"] == LINES[answers["tfx_version"]]["pythons"]


def test_projects_have_the_sessions_that_their_workflow_runs(bakes: list[Bake]):
    for _, project in bakes:
        known = sessions(project / "noxfile.py")
        assert known.issuperset(read(project)["jobs"]["check"]["strategy"]["matrix"]["session"])


def test_java_is_asked_each_week_what_the_matrix_has_asked():
    workflow = read(ROOT, JAVA)
    # YAML takes the key `on` for a truth value.
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    minute, hour, day, month, weekday = workflow[True]["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*")
    assert all(each.isdecimal() for each in (minute, hour, weekday))
    *_, trained, asked = (
        step["run"] for step in workflow["jobs"]["java"]["steps"] if "run" in step
    )
    assert trained.startswith("nox -s matrix -- -k test_")
    test = trained.split()[-1]
    assert f"def {test}(" in (ROOT / "matrix" / "test_cell.py").read_text(encoding="utf-8")
    assert asked == "nox -s java"
    assert {"matrix", "java"} <= sessions(ROOT / "noxfile.py")


def test_the_workflows_install_the_same_pythons_and_use_the_same_actions():
    train = read(ROOT)["jobs"]["train"]["steps"]
    java = read(ROOT, JAVA)["jobs"]["java"]["steps"]
    assert [step for step in java if "uses" in step] == [step for step in train if "uses" in step]
