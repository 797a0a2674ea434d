"""What a project records of the template that it was made from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cookiecutter.hooks import run_script_with_context

from test_hooks import ANSWERS
from testing.baking import commit, configuration, git, run, template_repository
from testing.template import ROOT

ADDRESS = "https://example.com/owner/template.git"
NOT_CLONED = "the commit, for the template was in no git repository"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_repository(tmp_path_factory.mktemp("template"))


def recorded(project: Path) -> dict[str, str]:
    content = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    return {
        name.strip("_"): content[name]
        for name in ("_template", "_commit", "_unknown")
        if name in content
    }


def generate(folder: Path, template: str, *options: str) -> dict[str, str]:
    command = ["cookiecutter", "--config-file", configuration(folder), template, "--no-input"]
    made = run([*command, *options], folder)
    assert made.returncode == 0, made.stderr
    return recorded(folder / "my-pipeline")


def test_a_clone_with_an_address(template: Path, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", str(template), "clone")
    git(tmp_path / "clone", "remote", "set-url", "origin", ADDRESS)
    head = git(template, "rev-parse", "HEAD").strip()
    for path in ("clone", str(tmp_path / "clone")):
        assert generate(tmp_path, path) == {"template": ADDRESS, "commit": head}
        shutil.rmtree(tmp_path / "my-pipeline")


def test_a_clone_without_an_address(template: Path, tmp_path: Path):
    head = git(template, "rev-parse", "HEAD").strip()
    assert generate(tmp_path, str(template)) == {"template": str(template), "commit": head}


def test_a_remote_repository(template: Path, tmp_path: Path):
    head = git(template, "rev-parse", "HEAD").strip()
    address = f"git+file://{template}"
    assert generate(tmp_path, address) == {"template": address[4:], "commit": head}


def test_an_older_version(template: Path, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", str(template), "clone")
    older = git(tmp_path / "clone", "rev-parse", "HEAD").strip()
    commit(tmp_path / "clone", "Newer")
    address = f"git+file://{tmp_path}/clone"
    known = generate(tmp_path, address, f"--checkout={older}")
    assert known == {"template": address[4:], "commit": older}


def test_a_template_with_uncommitted_changes(template: Path, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", str(template), "clone")
    head = git(template, "rev-parse", "HEAD").strip()
    with (tmp_path / "clone" / "README.md").open("a") as readme:
        readme.write("more")
    assert generate(tmp_path, "clone") == {
        "template": str(template),
        "commit": head,
        "unknown": "all of the template, for it had uncommitted changes",
    }


def test_a_template_in_no_repository(template: Path, tmp_path: Path):
    shutil.copytree(template, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    known = {"template": "copy", "commit": "", "unknown": NOT_CLONED}
    assert generate(tmp_path, "copy") == known


def test_a_zip_file(template: Path, tmp_path: Path):
    shutil.copytree(template, tmp_path / "a" / "copy", ignore=shutil.ignore_patterns(".git"))
    shutil.make_archive(str(tmp_path / "copy"), "zip", tmp_path / "a", "copy")
    known = {"template": "copy.zip", "commit": "", "unknown": NOT_CLONED}
    assert generate(tmp_path, "copy.zip") == known


def test_without_git(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert generate(tmp_path, str(template))["commit"] == ""


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("git@example.com:owner/template.git", "git@example.com:owner/template.git"),
        ("https://example.com/template.git", "https://example.com/template.git"),
        ("https://name:secret@example.com/template", "https://example.com/template"),
        ("https://secret@example.com/template", "https://example.com/template"),
    ],
)
def test_cruft_names_the_commit(tmp_path: Path, template: str, address: str):
    context = {"cookiecutter": {**ANSWERS, "_template": template, "_commit": "abc"}}
    run_script_with_context(ROOT / "hooks" / "post_gen_project.py", tmp_path, context)
    assert recorded(tmp_path) == {"template": address, "commit": "abc"}


def test_a_copied_file_is_recorded_by_its_place_in_the_project(template: Path, tmp_path: Path):
    (tmp_path / "my data.csv").write_text("kind,size\na,1\n", encoding="utf-8")
    answers = [f"csv_path={tmp_path}/my data.csv", "example=csv", "label_column=kind"]
    generate(tmp_path, str(template), *answers)
    text = (tmp_path / "my-pipeline" / ".cookiecutter.json").read_text(encoding="utf-8")
    assert json.loads(text)["csv_path"] == "data/csv/my data.csv"
    assert str(tmp_path) not in text.replace(str(template), "")
