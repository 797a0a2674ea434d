"""The workflows of this repository and of the projects it generates."""

from __future__ import annotations

import ast
from pathlib import Path

import yaml

from baking import LINES, ROOT, Bake, run

WORKFLOW = Path(".github/workflows/ci.yml")


def read(folder: Path) -> dict:
    return yaml.safe_load((folder / WORKFLOW).read_text(encoding="utf-8"))


def test_zizmor_finds_nothing(bakes: list[Bake], tmp_path: Path):
    workflows = [folder / WORKFLOW for folder in (ROOT, bakes[0].project)]
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
        noxfile = ast.parse((project / "noxfile.py").read_text(encoding="utf-8"))
        sessions = {
            node.name
            for node in noxfile.body
            if isinstance(node, ast.FunctionDef) and node.decorator_list
        }
        assert sessions.issuperset(read(project)["jobs"]["check"]["strategy"]["matrix"]["session"])
