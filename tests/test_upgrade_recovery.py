"""An upgrade can be undone, and one that was killed be gone on with, at any moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import journal
import killing
from baking import ROOT, commit, git
from upgrading import TEXT, Scene, write

MINE, THEIRS = (TEXT.replace("line 2\n", f"{who}\n") for who in ("mine", "theirs"))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Make an upgrade that changes, adds, moves and deletes, and has a conflict."""
    first = {"a.txt": TEXT, "b.txt": TEXT + "b\n", "gone/c.txt": "c\n", "folder/d.txt": "d\n"}
    made = Scene(tmp_path, first, place="place")
    write(made.repository, {"sibling/a.txt": TEXT, "sibling/gone/c.txt": "c\n"})
    made.edit({"a.txt": MINE, "mine.txt": "mine\n", ".gitignore": "*.log\n"})
    write(made.project, {"run.log": "ignored\n"})
    made.release(
        {
            "a.txt": THEIRS,
            "b.txt": TEXT + "new\n",
            "gone/c.txt": None,
            "folder/d.txt": None,
            "folder": "now a file\n",
            "new/e.txt": "e\n",
        }
    )
    return made


def everything(scene: Scene) -> dict[str, object]:
    """Read all that a user sees, the index and git's locks."""
    files = {
        str(path.relative_to(scene.repository)): path.read_bytes()
        for path in scene.repository.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    left = [path.name for path in (scene.repository / ".git").iterdir()]
    return {
        "files": files,
        "state": scene.state(),
        "index": git(scene.repository, "ls-files", "--stage"),
        "left": [name for name in left if name in {"index.lock", "MERGE_MSG"}],
    }


def recover(scene: Scene, way: str) -> subprocess.CompletedProcess[str]:
    """Call the program that the upgrade has left, without the template."""
    program = scene.repository / ".git" / "template-upgrade" / "journal.py"
    return subprocess.run(
        [sys.executable, program, way], cwd=scene.project, capture_output=True, text=True
    )


def killed(scene: Scene, number: int) -> bool:
    """Upgrade, and be killed before the thing of this number is done; else be done."""
    command = [sys.executable, Path(killing.__file__), ROOT / "upgrade", str(number)]
    ended = subprocess.run([*command, scene.template], cwd=scene.project, capture_output=True)
    assert ended.returncode in (killing.KILLED, 3), ended.stderr
    return ended.returncode == killing.KILLED


def test_undo_by_the_command_and_by_git(scene: Scene):
    before = everything(scene)
    for undo in (
        lambda: scene.upgrade("--undo"),
        lambda: recover(scene, "--undo").returncode,
        lambda: git(scene.repository, "reset", "--merge") and None,
    ):
        assert scene.upgrade() == 3
        assert everything(scene) != before
        assert (scene.repository / ".git" / "MERGE_MSG").read_text().startswith("Template 1.0.0 (")
        assert not undo()
        assert everything(scene) == before


def test_nothing_to_undo_is_told(scene: Scene, capsys: pytest.CaptureFixture[str]):
    for prepare in (
        lambda: None,
        lambda: (scene.upgrade(), git(scene.repository, "reset", "--merge")),
        lambda: (scene.upgrade(), write(scene.project, {"a.txt": "x\n"}), commit(scene.repository)),
    ):
        prepare()
        before = everything(scene)
        for way in ("--undo", "--continue"):
            assert scene.upgrade(way) == 1
            assert "there is no upgrade here that is not committed yet" in capsys.readouterr().err
        assert everything(scene) == before


def test_what_was_edited_since_is_not_undone(scene: Scene, capsys: pytest.CaptureFixture[str]):
    before = everything(scene)
    assert scene.upgrade() == 3
    write(scene.project, {"b.txt": "edited\n"})
    after = everything(scene)
    assert scene.upgrade("--undo") == 1
    assert "were changed since the upgrade, which would be lost" in capsys.readouterr().err
    assert everything(scene) == after
    git(scene.project, "restore", "b.txt")
    write(scene.project, {"a.txt": "half resolved\n"})
    assert scene.upgrade("--undo") == 0
    assert everything(scene) == before


def test_what_is_staged_elsewhere_outlives_the_undo(scene: Scene):
    assert scene.upgrade() == 3
    write(scene.repository, {"sibling/new.txt": "new\n"})
    git(scene.repository, "add", "sibling")
    assert scene.upgrade("--undo") == 0
    assert git(scene.repository, "status", "--porcelain") == "A  sibling/new.txt\n"


def test_a_failed_write_is_taken_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before = everything(scene)
    put = journal._put

    def refused(source: Path, target: Path) -> None:
        if target == scene.project / "new" / "e.txt":
            raise PermissionError(13, "Permission denied", str(target))
        put(source, target)

    monkeypatch.setattr("journal._put", refused)
    assert scene.upgrade() == 1
    assert "Nothing was changed: [Errno 13] Permission denied" in capsys.readouterr().err
    monkeypatch.undo()
    assert everything(scene) == before
    assert scene.upgrade() == 3


# By hand, and to be told: TFX_TEMPLATE_KILLS=all.
EACH = 1 if os.environ.get("TFX_TEMPLATE_KILLS") == "all" else 11


def test_killed_at_any_moment(scene: Scene, tmp_path: Path):
    before = everything(scene)
    copies = {name: tmp_path / name for name in ("before", "killed")}
    shutil.copytree(scene.repository, copies["before"], symlinks=True)
    assert scene.upgrade() == 3
    after = everything(scene)
    number, kills, written = 1, 0, 0
    while True:
        shutil.rmtree(scene.repository)
        shutil.copytree(copies["before"], scene.repository, symlinks=True)
        if not killed(scene, number):
            break
        kills += 1
        half = journal.Journal(scene.repository, scene.repository / ".git").state
        if half == "writing":
            written += 1
            shutil.rmtree(copies["killed"], ignore_errors=True)
            shutil.copytree(scene.repository, copies["killed"], symlinks=True)
            refused = scene.upgrade()
            assert refused == 1
            undone = recover(scene, "--undo")
            assert (undone.returncode, undone.stderr) == (0, "")
            assert everything(scene) == before, number
            shutil.rmtree(scene.repository)
            shutil.copytree(copies["killed"], scene.repository, symlinks=True)
            gone_on = recover(scene, "--continue")
            assert (gone_on.returncode, gone_on.stderr) == (3, "")
            assert "conflicts (1):" in gone_on.stdout
        elif half == "written":
            assert everything(scene) == after, number
        else:
            assert scene.upgrade() == 3
        assert everything(scene) == after, number
        number += EACH
    print(f"{kills} kills, {written} of them in the middle of writing")
    assert written >= 3
