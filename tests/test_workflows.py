"""The workflows of this repository and of the projects it generates."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from testing.baking import Bake, run
from testing.template import LINES, ROOT

WORKFLOW = Path(".github/workflows/ci.yml")
IMAGE = Path(".github/workflows/image.yml")
JAVA = Path(".github/workflows/java.yml")
LOCK = Path(".github/workflows/lock.yml")
WEEKLY = ("lock", "audit", "check", "train", "engines")
AIRFLOW = ROOT / "templates" / "airflow" / "requirements.txt"


def read(folder: Path, workflow: Path = WORKFLOW) -> dict:
    return yaml.safe_load((folder / workflow).read_text(encoding="utf-8"))


def assert_weekly(workflow: dict) -> None:
    """Check that a workflow runs each week or on demand, and may change nothing."""
    # YAML takes the key `on` for a truth value.
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    minute, hour, day, month, weekday = workflow[True]["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*")
    assert all(each.isdecimal() for each in (minute, hour, weekday))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}


def commands_of(job: dict) -> list[str]:
    """List the lines of a job's scripts."""
    return "\n".join(step["run"] for step in job["steps"] if "run" in step).splitlines()


def artifacts(job: dict, way: str) -> list[dict]:
    """List what a job uploads or downloads."""
    action = f"actions/{way}-artifact@"
    return [step["with"] for step in job["steps"] if step.get("uses", "").startswith(action)]


def sessions(noxfile: Path) -> set[str]:
    """List the sessions of a noxfile that are called as their functions are."""
    source = ast.parse(noxfile.read_text(encoding="utf-8"))
    functions = [node for node in source.body if isinstance(node, ast.FunctionDef)]
    return {function.name for function in functions if function.decorator_list}


def test_zizmor_finds_nothing(bakes: list[Bake], tmp_path: Path):
    folders = (ROOT / WORKFLOW.parent, bakes[0].project / WORKFLOW.parent)
    workflows = [workflow for folder in folders for workflow in folder.iterdir()]
    assert len(workflows) == 6
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


def test_each_week_the_image_of_each_line_is_run():
    workflow = read(ROOT, IMAGE)
    assert_weekly(workflow)
    job = workflow["jobs"]["image"]
    assert job["strategy"]["matrix"]["line"] == list(LINES)
    *_, command = commands_of(job)
    assert command == 'sudo "$(command -v nox)" -s image -- "--line=$LINE"'
    assert "image" in sessions(ROOT / "noxfile.py")


@pytest.mark.parametrize("workflow", [WORKFLOW, LOCK])
def test_projects_are_checked_on_the_pythons_of_their_line(bakes: list[Bake], workflow: Path):
    for answers, project in bakes:
        job = read(project, workflow)["jobs"]["check"]
        pythons = LINES[answers["tfx_version"]]["pythons"]
        assert job["strategy"]["matrix"]["python"] == pythons
        (setup,) = (
            step["with"] for step in job["steps"] if "python-version" in step.get("with", "")
        )
        assert setup["python-version"] == "${{ matrix.python }}"
        commands = [each for each in commands_of(job) if each.startswith("nox ")]
        assert commands
        assert all(each.startswith('nox -P "$PYTHON" -s ') for each in commands)


def test_the_image_of_projects_has_the_newest_python_of_their_line():
    for line in LINES.values():
        assert line["image"].startswith(f"python:{line['pythons'][-1]}-")


def test_projects_have_the_sessions_that_their_workflow_runs(bakes: list[Bake]):
    for _, project in bakes:
        known = sessions(project / "noxfile.py")
        assert known.issuperset(read(project)["jobs"]["check"]["strategy"]["matrix"]["session"])


def test_each_week_the_newest_packages_are_locked_audited_and_tested(bakes: list[Bake]):
    for answers, project in bakes:
        workflow = read(project, LOCK)
        assert_weekly(workflow)
        lock, check = workflow["jobs"]["lock"], workflow["jobs"]["check"]
        newest = LINES[answers["tfx_version"]]["pythons"][-1]
        assert f"nox -P {newest} -s lock -- --upgrade" in commands_of(lock)
        assert check["needs"] == "lock"
        for wanted in ("-s lint tests", "-s tests -- -m e2e", "-s audit > audit.txt"):
            assert f'nox -P "$PYTHON" {wanted}' in commands_of(check)
        assert {"lock", "audit", "lint", "tests"} <= sessions(project / "noxfile.py")
        (kept,) = artifacts(lock, "upload")
        files = {file.name for file in project.glob(kept["path"])}
        assert {"requirements.txt", "requirements-dev.txt"} <= files
        # Where it was taken from.
        assert artifacts(check, "download") == [{"name": kept["name"]}]


def test_java_is_asked_each_week_what_the_matrix_has_asked():
    workflow = read(ROOT, JAVA)
    assert_weekly(workflow)
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


def test_each_week_the_template_locks_and_does_all_that_its_ci_does():
    workflow = read(ROOT, LOCK)
    assert_weekly(workflow)
    lock, audit, *others = (workflow["jobs"][name] for name in WEEKLY)
    assert "nox -s lock -- --upgrade" in commands_of(lock)
    assert "nox -s audit > audit.txt" in commands_of(audit)
    (kept,) = artifacts(lock, "upload")
    locks = {file for pattern in kept["path"].split() for file in ROOT.glob(pattern)}
    assert locks == {*ROOT.glob("templates/**/requirements*/*.txt"), AIRFLOW}
    ci = read(ROOT)["jobs"]
    assert lock["steps"][-1] == ci["cells"]["steps"][-1]
    for name, job in zip(("check", "train", "engines"), others, strict=True):
        assert job["needs"] == "lock"
        assert artifacts(job, "download") == [{"name": "lock", "path": "templates"}]
        assert commands_of(job) == commands_of(ci[name])
    assert artifacts(audit, "download") == artifacts(others[0], "download")


def test_the_default_project_is_trained_on_macos_with_the_new_lock():
    job = read(ROOT, LOCK)["jobs"]["macos"]
    assert job["runs-on"] == "macos-15"
    assert artifacts(job, "download") == [{"name": "lock", "path": "templates"}]
    assert commands_of(job) == ["python -m pip install nox", "nox -s demo"]
    newest, *_ = LINES
    python = job["steps"][-3]["with"]["python-version"]
    assert (python, LINES[newest]["macos"]) == (LINES[newest]["pythons"][-1], "arm64")
