"""A project can follow the template with cruft."""

from __future__ import annotations

import subprocess
from pathlib import Path

from baking import ROOT, bake, contents, run


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def commit_template(folder: Path) -> None:
    """Commit a copy of this repository's files to a new one."""
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in names.strip("\0").split("\0"):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "Copy")


def test_cruft_makes_the_same_project_and_can_check_it(tmp_path: Path):
    template = tmp_path / "template"
    template.mkdir()
    commit_template(template)
    created = run(["cruft", "create", template, "--no-input", "--default-config"], tmp_path)
    assert created.returncode == 0, created.stdout + created.stderr
    project = tmp_path / "my-pipeline"
    files = contents(project)
    del files[".cruft.json"]
    assert files == contents(bake(tmp_path))
    checked = run(["cruft", "check"], project)
    assert checked.returncode == 0, checked.stdout + checked.stderr
