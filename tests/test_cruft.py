"""A project can follow the template with cruft."""

from __future__ import annotations

import json
from pathlib import Path

from testing.baking import bake, commit, contents, git, run, template_repository


def test_cruft_creates_checks_compares_and_updates(tmp_path: Path):
    template = template_repository(tmp_path)
    created = run(["cruft", "create", template, "--no-input", "--default-config"], tmp_path)
    assert created.returncode == 0, created.stdout + created.stderr
    project = tmp_path / "my-pipeline"
    files = contents(project)
    record = json.loads(files.pop(".cookiecutter.json"))
    del files[".cruft.json"]
    expected = contents(bake(tmp_path))
    del expected[".cookiecutter.json"]
    assert files == expected
    assert record["_commit"] == git(template, "rev-parse", "HEAD").strip()
    assert "_unknown" not in record

    git(project, "init", "--quiet")
    commit(project)
    assert run(["cruft", "check"], project).returncode == 0
    compared = run(["cruft", "diff", "--exit-code"], project)
    assert compared.returncode == 0, compared.stdout

    settings = project / "src" / "my_pipeline" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + "# Mine.\n", encoding="utf-8")
    commit(project)
    assert "-# Mine." in run(["cruft", "diff"], project).stdout
    source = template / "<<cookiecutter.project_slug>>" / "README.md"
    source.write_text(source.read_text(encoding="utf-8") + "A new line.\n", encoding="utf-8")
    newest = commit(template)
    assert run(["cruft", "check"], project).returncode == 1
    updated = run(["cruft", "update", "--skip-apply-ask"], project)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert (project / "README.md").read_text(encoding="utf-8").endswith("A new line.\n")
    assert settings.read_text(encoding="utf-8").endswith("# Mine.\n")
    record = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert record["_commit"] == newest
