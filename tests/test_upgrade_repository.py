"""Upgrades in repositories as people have them, and with git as they have set it up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import merge
import run_git
from errors import UpgradeError
from journal import Journal
from repository import Repository
from template import Template
from testing.baking import commit, git
from upgrading import TEXT, Scene, changed, write

GIT = tuple(map(int, re.findall(r"\d+", git(Path.cwd(), "--version"))))
BOTH = changed(TEXT, line_2="mine", line_18="theirs")


def edited(tmp_path: Path, place: str = "") -> Scene:
    """Make a project whose user and template have each changed a line of a file."""
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n"}, place=place)
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_18="theirs"), "new/c.txt": "c\n"})
    return scene


def test_another_project_in_the_repository_stays_as_it_is(tmp_path: Path):
    files = {name: TEXT.replace("line", name) for name in ("a.txt", "b.txt", "c.txt")}
    scene = Scene(tmp_path, files, place="one")
    write(scene.repository, {f"two/{name}": text for name, text in files.items()})
    write(scene.repository, {"a.txt": files["a.txt"]})
    commit(scene.repository)
    scene.edit(dict.fromkeys(files))
    scene.release({name: changed(text, line_2="theirs") for name, text in files.items()})
    assert scene.upgrade() == 0
    status = git(scene.repository, "status", "--porcelain").splitlines()
    assert status == ["M  one/.cookiecutter.json"]


@pytest.mark.parametrize(
    "obstacle",
    [
        {"conf/secret.env": "secret\n"},
        {"conf/deep/secret.env": "secret\n"},
    ],
    ids=str,
)
def test_an_ignored_file_in_a_folder_that_becomes_a_file(
    tmp_path: Path, obstacle: dict[str, str], capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"conf/a.txt": "a\n"})
    scene.edit({".gitignore": "*.env\n"})
    write(scene.project, obstacle)
    scene.release({"conf/a.txt": None, "conf": "now a file\n"})
    before = scene.files()
    assert scene.upgrade() == 1
    (name,) = obstacle
    assert f"move them away: {Path(*Path(name).parts[:2])}" in capsys.readouterr().err
    assert scene.files() == before


def test_a_file_behind_an_ignored_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": "a\n"})
    scene.edit({".gitignore": "data\n"})
    disk = tmp_path / "disk"
    write(disk, {"mine.csv": "mine\n"})
    (scene.project / "data").symlink_to(disk)
    scene.release({"data/new.csv": "new\n", "data/mine.csv": "theirs\n"})
    assert scene.upgrade() == 1
    assert "commit them or move them away: data\n" in capsys.readouterr().err
    assert [path.name for path in disk.iterdir()] == ["mine.csv"]


def test_a_file_that_the_user_made_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    (scene.project / "a.txt").unlink()
    write(scene.project, {"shared.txt": "shared\n"})
    (scene.project / "a.txt").symlink_to("shared.txt")
    commit(scene.repository)
    scene.release({"a.txt": changed(TEXT, line_18="theirs")})
    assert scene.upgrade() == 3
    said = capsys.readouterr().out
    assert "a.txt: yours is a link, the template's is in a.txt.template: compare" in said
    assert (scene.project / "a.txt").is_symlink()
    assert scene.files()["a.txt.template"] == changed(TEXT, line_18="theirs")


@pytest.mark.parametrize("moved", [False, True])
def test_what_the_user_deleted_and_the_template_moved_is_new(tmp_path: Path, moved: bool):
    scene = Scene(tmp_path, {"runner.py": TEXT, "a.txt": "a\n"})
    scene.edit({"runner.py": None})
    if moved:
        scene.move({"runner.py": "runners/local.py"})
    text = changed(TEXT, line_18="theirs")
    scene.release({"runner.py": None, "runners/local.py": text})
    assert scene.upgrade() == 0
    assert scene.files() == {"runners/local.py": text, "a.txt": "a\n"}


def test_an_empty_file_that_the_user_moved_and_the_template_filled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"one/__init__.py": "", "a.txt": "a\n"})
    scene.edit({"one/__init__.py": None, "two/__init__.py": ""})
    scene.release({"one/__init__.py": "FILLED = 1\n"})
    assert scene.upgrade() == 0
    said = capsys.readouterr().out
    assert "still deleted, though the template has changed them (1)" in said
    assert "\n  one/__init__.py\n" in said


SETTINGS: dict[str, Callable[[Scene], object]] = {
    "autocrlf": lambda scene: git(scene.repository, "config", "core.autocrlf", "true"),
    "safecrlf": lambda scene: git(scene.repository, "config", "core.safecrlf", "true"),
    "rerere": lambda scene: [
        git(scene.repository, "config", f"rerere.{name}", "true")
        for name in ("enabled", "autoupdate")
    ],
    "no renames": lambda scene: git(scene.repository, "config", "merge.renames", "false"),
    "split index": lambda scene: git(scene.repository, "config", "core.splitIndex", "true"),
    "marks": lambda scene: git(scene.repository, "config", "merge.conflictStyle", "diff3"),
    "hooks": lambda scene: hooks(scene),
    "filter": lambda scene: [
        git(scene.repository, "config", f"filter.shout.{way}", program)
        for way, program in (("clean", "tr A-Z a-z"), ("smudge", "tr a-z A-Z"))
    ],
    "submodule": lambda scene: submodule(scene),
    "sparse siblings": lambda scene: git(
        scene.repository, "sparse-checkout", "set", "--no-cone", "/place"
    ),
}


def hooks(scene: Scene) -> None:
    """Let each hook fail, and say so in a file."""
    folder = scene.repository.parent / "hooks"
    for name in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction"):
        write(folder, {name: f"#!/bin/sh\ntouch {folder}/called\nexit 1\n"})
        (folder / name).chmod(0o755)
    git(scene.repository, "config", "core.hooksPath", str(folder))


def submodule(scene: Scene) -> None:
    """Put another repository into the project, and change what is in it."""
    other = scene.repository.parent / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    write(other, {"x.txt": "x\n"})
    commit(other)
    add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other)]
    git(scene.project, *add, "module")
    commit(scene.repository)
    write(scene.project, {"module/x.txt": "changed\n"})


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(tmp_path: Path, name: str):
    scene = edited(tmp_path, place="place")
    write(scene.repository, {"sibling/a.txt": TEXT})
    commit(scene.repository)
    SETTINGS[name](scene)
    before = scene.state()
    submodules = git(scene.project, "ls-files", "--stage", "module")
    called = scene.repository.parent / "hooks" / "called"
    called.unlink(missing_ok=True)
    assert scene.upgrade() == 0
    assert not called.exists()
    assert git(scene.project, "ls-files", "--stage", "module") == submodules
    assert git(scene.project, "show", ":./a.txt") == BOTH
    ends = "\r\n" if name == "autocrlf" else "\n"
    assert (scene.project / "new" / "c.txt").read_bytes() == f"c{ends}".encode()
    assert " M place/a.txt" not in git(scene.repository, "status", "--porcelain")
    assert scene.upgrade("--undo") == 0
    assert scene.state() == before


def test_a_filter_that_is_required_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = edited(tmp_path)
    scene.edit({".gitattributes": "new/* filter=broken\n"})
    for setting, value in (("clean", "cat"), ("smudge", "false"), ("required", "true")):
        git(scene.repository, "config", f"filter.broken.{setting}", value)
    before, files = scene.state(), scene.files()
    assert scene.upgrade() == 1
    assert "Nothing was changed, for git failed: " in capsys.readouterr().err
    assert (scene.state(), scene.files()) == (before, files)


def test_a_filter_for_all_files_is_applied_to_the_record_too(tmp_path: Path):
    scene = edited(tmp_path)
    for way in ("clean", "smudge"):
        git(scene.repository, "config", f"filter.rot13.{way}", "tr A-Za-z N-ZA-Mn-za-m")
    scene.edit({".gitattributes": "*.txt filter=rot13\n*.json filter=rot13\n"})
    (scene.project / ".cookiecutter.json").chmod(0o755)
    git(scene.repository, "add", "--renormalize", "--all")
    git(scene.repository, "commit", "--quiet", "--message=Encrypt")
    assert "pbybe" in git(scene.repository, "show", "HEAD:.cookiecutter.json")
    assert scene.upgrade() == 0
    assert scene.recorded()["_version"] == "2.0.0"
    assert "pbybe" in git(scene.repository, "show", ":.cookiecutter.json")
    assert git(scene.repository, "ls-files", "--stage", ".cookiecutter.json").startswith("100755")
    assert git(scene.repository, "diff", "--name-only") == ""


@pytest.mark.parametrize("place", ["in the project", "in the template"])
def test_attributes_that_the_template_brings(tmp_path: Path, place: str):
    scene = Scene(tmp_path, {"a.bat": TEXT})
    attributes = {".gitattributes": "*.bat text eol=crlf\n"}
    files = {"a.bat": changed(TEXT, line_18="theirs"), "new.bat": "new\n"}
    if place == "in the template":
        write(scene.template, attributes)
    scene.release({**files, **(attributes if place == "in the project" else {})})
    # As in each clone that is made with these attributes.
    git(scene.template, "rm", "--quiet", "--cached", "-r", ".")
    git(scene.template, "reset", "--quiet", "--hard")
    assert scene.upgrade() == 0
    assert git(scene.repository, "show", ":a.bat") == files["a.bat"]
    assert git(scene.repository, "show", ":new.bat") == files["new.bat"]
    assert git(scene.repository, "diff", "--name-only") == ""


def test_attributes_of_the_repository(tmp_path: Path):
    scene = edited(tmp_path, place="place")
    git(scene.repository, "config", "filter.shout.clean", "tr A-Z a-z")
    git(scene.repository, "config", "filter.shout.smudge", "tr a-z A-Z")
    write(scene.repository, {".gitattributes": "place/*.txt filter=shout\n"})
    commit(scene.repository)
    assert scene.upgrade() == 0
    assert git(scene.project, "show", ":./a.txt") == BOTH
    assert scene.files()["a.txt"] == BOTH.upper()


def test_a_file_that_git_was_told_not_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = edited(tmp_path)
    git(scene.repository, "update-index", "--assume-unchanged", "a.txt")
    write(scene.project, {"a.txt": "local alone\n"})
    assert scene.upgrade() == 1
    assert "git update-index --no-assume-unchanged a.txt" in capsys.readouterr().err
    assert scene.files()["a.txt"] == "local alone\n"


def test_a_sparse_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = edited(tmp_path)
    git(scene.repository, "sparse-checkout", "set", "--no-cone", "/*", "!/a.txt")
    assert scene.upgrade() == 1
    assert "git sparse-checkout disable" in capsys.readouterr().err
    assert "a.txt" not in scene.files()


@pytest.mark.parametrize("under_way", ["merge", "cherry-pick", "revert"])
def test_what_git_is_in_the_middle_of_goes_on(
    tmp_path: Path, under_way: str, capsys: pytest.CaptureFixture[str]
):
    scene = edited(tmp_path)
    git(scene.repository, "branch", "side")
    scene.edit({"b.txt": "main\n"})
    if under_way == "merge":
        git(scene.repository, "merge", "--no-commit", "--strategy=ours", "--no-ff", "side~1")
        git(scene.repository, "checkout", "--quiet", "side")
        scene.edit({"side.txt": "side\n"})
        git(scene.repository, "merge", "--no-commit", "--no-ff", "--strategy=ours", "master")
    else:
        git(scene.repository, under_way, "--no-commit", "HEAD")
        head = "CHERRY_PICK_HEAD" if under_way == "cherry-pick" else "REVERT_HEAD"
        git(scene.repository, "reset", "--quiet", "--hard")
        (scene.repository / ".git" / head).write_text(git(scene.repository, "rev-parse", "HEAD"))
    before = scene.state()
    assert scene.upgrade() == 1
    assert f"a {under_way} is under way here: end it first" in capsys.readouterr().err
    assert scene.state() == before


@pytest.mark.skipif(GIT < (2, 35, 2), reason="this git takes any owner's repository")
def test_a_foreign_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scene = edited(tmp_path)
    monkeypatch.setitem(run_git._ENVIRONMENT, "GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    told = "belongs to another user.*git config --global --add safe.directory /"
    with pytest.raises(UpgradeError, match=told):
        Repository(scene.project)
    with pytest.raises(UpgradeError, match=told):
        Template(scene.template, tmp_path)


def test_a_clone_whose_remote_has_another_name(tmp_path: Path):
    scene = edited(tmp_path)
    git(scene.template, "branch", "beta")
    git(tmp_path, "clone", "--quiet", "--origin=upstream", str(scene.template), "clone")
    clone = tmp_path / "clone"
    git(clone, "config", "url.ssh://example.com/.insteadOf", f"{tmp_path}/")
    assert Template(clone, tmp_path).address == str(scene.template)
    scene.template = clone
    assert scene.upgrade("--to=beta") == 0


@pytest.mark.parametrize("kept", [True, False])
def test_a_commit_that_a_force_push_has_removed(
    tmp_path: Path, kept: bool, capsys: pytest.CaptureFixture[str]
):
    scene = edited(tmp_path)
    server = tmp_path / "server.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(scene.template), str(server))
    git(server, "config", "uploadpack.allowAnySHA1InWant", "true")
    # All of its history is another one now.
    git(scene.template, "checkout", "--quiet", "--orphan", "other")
    commit(scene.template, "Anew")
    git(scene.template, "push", "--quiet", "--force", str(server), "other:master")
    if not kept:
        git(server, "gc", "--quiet", "--prune=now")
    # A path alone would be copied, with all that is in it.
    git(tmp_path, "clone", "--quiet", f"file://{server}", "clone")
    scene.template = tmp_path / "clone"
    before = scene.state()
    if kept:
        assert scene.upgrade() == 0
        assert scene.files()["a.txt"] == BOTH
    else:
        assert scene.upgrade() == 1
        told = f"has no {scene.recorded()['_commit']}; tags: none. The project was made from it"
        assert told in capsys.readouterr().err
        assert scene.state() == before


def test_what_is_staged_while_a_question_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scene = edited(tmp_path)
    work = merge.Scratch.merge

    def staged(self: merge.Scratch, *files: object) -> object:
        write(scene.project, {"mine.txt": "mine\n"})
        git(scene.repository, "add", "mine.txt")
        return work(self, *files)

    monkeypatch.setattr("merge.Scratch.merge", staged)
    assert scene.upgrade() == 1
    assert "has uncommitted changes" in capsys.readouterr().err
    assert git(scene.repository, "status", "--porcelain") == "A  mine.txt\n"


def test_two_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scene = edited(tmp_path)
    with Journal(scene.repository, scene.repository / ".git").alone():
        assert scene.upgrade() == 1
    assert "another upgrade is running in this repository" in capsys.readouterr().err
    work = merge.Scratch.merge

    def other(self: merge.Scratch, *files: object) -> object:
        monkeypatch.setattr("merge.Scratch.merge", work)
        assert scene.upgrade() == 0
        return work(self, *files)

    monkeypatch.setattr("merge.Scratch.merge", other)
    assert scene.upgrade() == 1
    assert "Nothing was changed: " in capsys.readouterr().err
    assert scene.files() == {"a.txt": BOTH, "b.txt": "b\n", "new/c.txt": "c\n"}
    assert scene.recorded()["_version"] == "2.0.0"


def test_interrupted_at_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scene = edited(tmp_path)
    before = scene.state()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("template.Version.complete", interrupt)
    assert scene.upgrade() == 1
    assert capsys.readouterr().err == "Nothing was changed: interrupted.\n"
    assert scene.state() == before


def test_marks_that_were_committed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_2="theirs")})
    assert scene.upgrade() == 3
    commit(scene.repository)
    assert scene.upgrade() == 1
    assert "were committed with the marks of conflicts" in capsys.readouterr().err


def test_a_terminal_that_is_not_utf_8(tmp_path: Path):
    scene = Scene(tmp_path, {"größe.txt": TEXT})
    scene.release({"größe.txt": changed(TEXT, line_2="theirs")})
    program = Path(merge.__file__).with_name("upgrade.py")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(scene.template), str(clone))
    write(
        clone, {f"upgrade/{file.name}": file.read_bytes() for file in program.parent.glob("*.py")}
    )
    ended = subprocess.run(
        [sys.executable, clone / "upgrade" / "upgrade.py"],
        cwd=scene.project,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert b"gr\\xf6\\xdfe.txt" in ended.stdout
