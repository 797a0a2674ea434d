"""Projects work after an upgrade: from older versions, and on the way to current TensorFlow."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import upgrade
from baking import commit, generate, git, template_repository
from cells import LINES, TEMPLATE
from conftest import PROBE, call, link_environment

RELEASES = re.findall(
    r"^## \S+ \(.*commit (\w+)\)", (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
)
# From what docs/migrating.md starts on each TFX line, and its steps.
START = {
    "1.15": {"model_api": "estimator", "tfx_version": "1.15"},
    "1.21": {"model_api": "keras", "tfx_version": "1.15"},
}
STEPS = {
    "1.15": [[], ["model_api=model_to_estimator"], ["model_api=keras"]],
    "1.21": [["tfx_version=1.21"]],
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_repository(tmp_path_factory.mktemp("template"))


@pytest.fixture
def folder(request: pytest.FixtureRequest, work: Path) -> Path:
    """Give an empty folder in that of the session, so that a failed project can be looked at."""
    folder = work / "upgrades" / re.sub(r"\W+", "-", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def check(project: Path) -> None:
    """Run the project's lint and unit tests."""
    result = call([sys.executable, "-m", "nox", "-s", "lint", "tests"], project)
    assert result.returncode == 0, result.stdout + result.stderr
    passed = re.search(r"(\d+) passed", result.stdout)
    assert passed, result.stdout
    assert int(passed[1]) > 20


def run(project: Path, environment: Path) -> subprocess.CompletedProcess[str]:
    python = environment / "bin" / "python"
    return call([python, "-m", "my_pipeline", "run"], project, {"PYTHONPATH": "src"})


def facts(project: Path, environment: Path) -> dict[str, Any]:
    command = [environment / "bin" / "python", PROBE, project / "output"]
    answer = call([*command, "SparseCategoricalAccuracy"], project)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_each_step_to_current_tensorflow_ends_in_a_blessed_model(
    template: Path, folder: Path, work: Path, line: str
) -> None:
    project = generate(template, folder, **START[line])
    settings = project / "src" / "my_pipeline" / "settings.py"
    edited = settings.read_text(encoding="utf-8").replace("= 300\n", "= 400\n")
    assert edited.count("= 400\n") == 1
    settings.write_text(edited, encoding="utf-8")
    commit(project, "Train longer")
    for count, step in enumerate(STEPS[line], start=1):
        if step:
            assert upgrade.main(step, project, template) == 0
            git(project, "commit", "--quiet", "--all", "--no-edit")
        environment = link_environment(project, LINES[line]["pythons"][-1], work)
        check(project)
        result = run(project, environment)
        assert result.returncode == 0, result.stdout + result.stderr
        known = facts(project, environment)
        assert set(list(known["runs"].values())[-1].values()) <= {"COMPLETE", "CACHED"}
        assert len(known["pushed"]) == count
        assert known["recorded"] > 0.9
        assert f"{known['keras']}.".startswith(f"{LINES[line]['keras']}.")
    assert settings.read_text(encoding="utf-8") == edited


@pytest.mark.parametrize("released", RELEASES)
def test_a_project_of_a_release_passes_its_tests_as_one_of_this_version(
    template: Path, folder: Path, work: Path, line: str, released: str
) -> None:
    if line != "1.15":
        pytest.skip("the first release has this line alone")
    project = generate(template, folder, released, model_api="keras", tfx_version="1.15")
    (project / "src" / "my_pipeline" / "mine.py").write_text('"""Mine."""\n', encoding="utf-8")
    commit(project, "Edit")
    assert upgrade.main([f"--from={released}"], project, template) == 0
    link_environment(project, "3.10", work)
    check(project)
    assert (project / "src" / "my_pipeline" / "mine.py").is_file()
