"""Projects work after an upgrade: from older versions, and on the way to current TensorFlow."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import upgrade
from baking import RELEASES, commit, generate, git
from cells import LINES
from conftest import assert_own_checks_pass, call, link_environment, probe

# From what docs/migrating.md starts on each TFX line, and its steps.
START = {
    "1.15": {"model_api": "estimator", "tfx_version": "1.15"},
    "1.21": {"model_api": "keras", "tfx_version": "1.15"},
}
STEPS = {
    "1.15": [[], ["model_api=model_to_estimator"], ["model_api=keras"]],
    "1.21": [["tfx_version=1.21"]],
}


def run(project: Path, python: Path) -> subprocess.CompletedProcess[str]:
    return call([python, "-m", "my_pipeline", "run"], project, {"PYTHONPATH": "src"})


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
        python = link_environment(project, LINES[line]["pythons"][-1], work) / "bin" / "python"
        assert_own_checks_pass(project)
        result = run(project, python)
        assert result.returncode == 0, result.stdout + result.stderr
        known = probe(python, project, "SparseCategoricalAccuracy")
        assert set(list(known["runs"].values())[-1].values()) <= {"COMPLETE", "CACHED"}
        assert len(known["pushed"]) == count
        assert known["recorded"] > 0.9
        assert f"{known['keras']}.".startswith(f"{LINES[line]['keras']}.")
    assert settings.read_text(encoding="utf-8") == edited


def test_a_project_of_the_first_release_passes_its_tests_as_one_of_this_version(
    template: Path, folder: Path, work: Path, line: str
) -> None:
    if line != "1.15":
        pytest.skip("the first release has this line alone")
    # tests/test_upgrade_versions.py compares the projects of all releases with a new one.
    *_, released = RELEASES.values()
    project = generate(template, folder, released, model_api="keras", tfx_version="1.15")
    (project / "src" / "my_pipeline" / "mine.py").write_text('"""Mine."""\n', encoding="utf-8")
    commit(project, "Edit")
    assert upgrade.main([f"--from={released}"], project, template) == 0
    link_environment(project, "3.10", work)
    assert_own_checks_pass(project)
    assert (project / "src" / "my_pipeline" / "mine.py").is_file()
