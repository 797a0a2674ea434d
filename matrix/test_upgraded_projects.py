"""Projects work after an upgrade: from older versions, and on the way to current TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import upgrade
from projects import call, last_lines, link_environment, probe, unit_tests
from sources import Claims
from testing.baking import commit, generate, git
from testing.cells import every_cell
from testing.template import LINES, RELEASES

# From what docs/migrating.md starts on each TFX line, and its steps.
START = {
    "1.15": {"model_api": "estimator", "tfx_version": "1.15"},
    "1.21": {"model_api": "keras", "tfx_version": "1.15"},
}
STEPS = {
    "1.15": [[], ["model_api=model_to_estimator"], ["model_api=keras"]],
    "1.21": [["tfx_version=1.21"]],
}


def python_of(line: str, project: Path) -> str:
    """Name the Python of the first cell of a line with a project's model API.

    The cell has its other answers, too, but for the example: most unit tests are the same.
    """
    model_api = json.loads((project / ".cookiecutter.json").read_text("utf-8"))["model_api"]
    cells = (cell for cell in every_cell() if cell.tfx_version == line)
    return next(cell.python for cell in cells if cell.model_api == model_api)


def run(project: Path, python: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return call([python, "-m", "my_pipeline", "run", *options], project, {"PYTHONPATH": "src"})


def test_each_step_to_current_tensorflow_ends_in_a_blessed_model(
    template: Path, folder: Path, work: Path, line: str
) -> None:
    # tests/test_upgrade_versions.py compares such projects with new ones, whose unit tests the
    # cells run.
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
        version = python_of(line, project)
        python = link_environment(project, version, work) / "bin" / "python"
        result = run(project, python)
        assert result.returncode == 0, last_lines(result)
        known = probe(python, project, "SparseCategoricalAccuracy")
        last = known["runs"][-1]
        assert {*last["states"].values()} <= {"COMPLETE", "CACHED"}
        assert len(known["models"]) == count
        assert last["recorded"] > 0.9
        keras = known["models"][last["pushed"]]["keras"]
        assert f"{keras}.".startswith(f"{LINES[line]['keras']}.")
    assert settings.read_text(encoding="utf-8") == edited


# What users have changed: a layer and a setting; in newer releases a threshold and a column.
Edits = Mapping[str, list[tuple[str, str]]]


def _layer(importing: str) -> list[tuple[str, str]]:
    """Let model.py use the module mine.py, which it imports so."""
    return [
        ("    rows = [", f"    {importing}\n\n    rows = ["),
        ("[column + int(first) for", "[mine.shift(column, int(first)) for"),
    ]


OLDER: Edits = {
    "model.py": _layer("from . import mine"),
    "settings.py": [("    seed: int = 1\n", "    seed: int = 2\n")],
}
NEWER: Edits = {
    "training/model.py": _layer("from .. import mine"),
    "settings.py": [("threshold: float = 0.9\n", "threshold: float = 0.8\n")],
    "features/special.py": [
        ("import Treatment\n", "import Hashed, Treatment\n"),
        ("Treatment] = {}", 'Treatment] = {"island": Hashed(buckets=8)}'),
    ],
}
MINE = '''"""Mine."""

from __future__ import annotations

import tensorflow as tf


def shift(ids: tf.Tensor, by: int) -> tf.Tensor:
    """Add a number to ids."""
    return ids + by
'''


def edit(project: Path, edits: Edits) -> None:
    """Change a project as its user would, with a module of their own."""
    sources = project / "src" / "my_pipeline"
    for name, changes in edits.items():
        text = (sources / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        (sources / name).write_text(text, encoding="utf-8")
    (sources / "mine.py").write_text(MINE, encoding="utf-8")
    commit(project, "Edit")


def edit_what_is_named(project: Path) -> None:
    """Do by hand what the upgrade asks for: model.py has moved, and mine.py has not."""
    model = project / "src" / "my_pipeline" / "training" / "model.py"
    text = model.read_text(encoding="utf-8")
    assert text.count("from . import mine\n") == 1
    model.write_text(text.replace("from . import mine", "from .. import mine"), encoding="utf-8")


def test_an_edited_project_of_the_first_release_is_one_of_this_version(
    template: Path, folder: Path, work: Path, claims: Claims, line: str
) -> None:
    if line != "1.15":
        pytest.skip("the first release has this line alone")
    # tests/test_upgrade_versions.py compares the projects of all releases with a new one.
    *_, released = RELEASES.values()
    answers = {"model_api": "keras", "tfx_version": "1.15"}
    new = generate(template, folder / "new", **answers)
    version = python_of(line, new)
    environment = link_environment(new, version, work)
    project = generate(template, folder, released, **answers)
    edit(project, OLDER)
    before = run(project, environment / "bin" / "python")
    assert before.returncode == 0, last_lines(before)
    assert upgrade.main([f"--from={released}"], project, template) == 0
    edit_what_is_named(project)
    python = link_environment(project, version, work) / "bin" / "python"
    lint = call([sys.executable, "-m", "nox", "-s", "lint"], project)
    assert lint.returncode == 0, last_lines(lint)
    _, tests = unit_tests(project, claims, line, version)
    assert not tests or tests.returncode == 0, last_lines(tests)
    result = run(project, python)
    assert result.returncode == 0, last_lines(result)
    assert "not compared with the last blessed model, output/artifacts/Trainer/" in result.stdout
    assert "blessed and pushed to" in result.stdout
    known = probe(python, project, "SparseCategoricalAccuracy")
    assert len(known["models"]) == 2


def test_the_models_of_the_last_release_go_on(
    template: Path, folder: Path, work: Path, line: str
) -> None:
    released, *_ = RELEASES.values()
    python = LINES[line]["pythons"][-1]
    project = generate(template, folder, released, model_api="keras", tfx_version=line)
    edit(project, NEWER)
    environment = link_environment(project, python, work)
    before = run(project, environment / "bin" / "python")
    assert before.returncode == 0, last_lines(before)
    assert upgrade.main([], project, template) == 0
    git(project, "commit", "--quiet", "--all", "--no-edit")
    environment = link_environment(project, python, work)
    after = run(project, environment / "bin" / "python", "--train-steps=400")
    assert after.returncode == 0, last_lines(after)
    assert "≥ 0.8 (threshold)" in after.stdout
    known = probe(environment / "bin" / "python", project, "SparseCategoricalAccuracy")
    assert len(known["models"]) == 2
    assert Path(known["runs"][-1]["baseline"]).is_relative_to(project / "output")
