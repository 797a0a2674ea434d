"""An upgrade can be undone, and one that was killed be gone on with, at any moment."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import findpython
import pytest

import journal
import killing
from testing.baking import commit, git
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
    program = scene.repository / ".git" / "template-upgrade" / "recover.py"
    return subprocess.run(
        [sys.executable, program, way], cwd=scene.project, capture_output=True, text=True
    )


def killed(scene: Scene, number: int, *way: str) -> bool:
    """Upgrade, or undo it, and be killed before the thing of this number is done; else be done."""
    code = killing.killed(number, "undo" if way else "prepare", lambda: scene.upgrade(*way))
    assert code in (killing.KILLED, 0 if way else 3)
    return code == killing.KILLED


def killed_in_the_middle(scene: Scene) -> None:
    """Be killed when about half of the files are written."""
    place = scene.project / "b.txt"
    assert killing.killed_at(place, scene.upgrade) == killing.KILLED
    assert (scene.project / "a.txt").read_text() != MINE
    assert (scene.project / "b.txt").read_text() == TEXT + "b\n"


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


@pytest.mark.skipif(not findpython.find("3.9"), reason="there is no Python 3.9 here")
def test_with_the_oldest_python(scene: Scene):
    before = everything(scene)
    assert scene.upgrade() == 3
    program = scene.repository / ".git" / "template-upgrade" / "recover.py"
    oldest = findpython.find("3.9").executable
    subprocess.run([oldest, program, "--undo"], cwd=scene.project, check=True)
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
    put = journal.Journal._put

    def refused(self: journal.Journal, source: Path, target: Path) -> None:
        if target == scene.project / "new" / "e.txt":
            raise PermissionError(13, "Permission denied", str(target))
        put(self, source, target)

    monkeypatch.setattr("journal.Journal._put", refused)
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
            # Before the index is replaced, nothing is to be seen of it.
            begun = bool(git(scene.repository, "status", "--porcelain"))
            assert scene.upgrade() == (1 if begun else 3)
            shutil.rmtree(scene.repository)
            shutil.copytree(copies["killed"], scene.repository, symlinks=True)
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


def test_an_undo_that_is_killed_can_be_repeated(scene: Scene, tmp_path: Path):
    before = everything(scene)
    assert scene.upgrade() == 3
    write(scene.project, {"a.txt": "half resolved\n"})
    shutil.copytree(scene.repository, tmp_path / "copy", symlinks=True)
    number, kills, undoing = 1, 0, 0
    while killed(scene, number, "--undo"):
        kills += 1
        if journal.Journal(scene.repository, scene.repository / ".git").state:
            undoing += 1
            undone = recover(scene, "--undo")
            assert (undone.returncode, undone.stderr) == (0, ""), number
        assert everything(scene) == before, number
        shutil.rmtree(scene.repository)
        shutil.copytree(tmp_path / "copy", scene.repository, symlinks=True)
        number += EACH
    print(f"{kills} kills, {undoing} of them in the middle of undoing")
    assert undoing >= 3
    assert everything(scene) == before


def test_interrupted_again_and_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before = everything(scene)
    put = journal.Journal._put

    def interrupt_at(name: str) -> None:
        def interrupt(self: journal.Journal, source: Path, target: Path) -> None:
            if target == scene.project / name:
                raise KeyboardInterrupt
            put(self, source, target)

        monkeypatch.setattr("journal.Journal._put", interrupt)

    interrupt_at("b.txt")
    assert scene.upgrade() == 1
    assert "Nothing was changed: interrupted" in capsys.readouterr().err
    assert everything(scene) == before
    monkeypatch.undo()
    assert scene.upgrade() == 3
    after = everything(scene)
    for way, name in (("--undo", "b.txt"), ("--continue", "a.txt"), ("--undo", "b.txt")):
        interrupt_at(name)
        capsys.readouterr()
        assert scene.upgrade(way) == 1
        assert capsys.readouterr().err.startswith("interrupted. A part of the upgrade is written.")
    monkeypatch.undo()
    assert scene.upgrade("--continue") == 3
    assert everything(scene) == after
    assert scene.upgrade("--undo") == 0
    assert everything(scene) == before


def test_what_is_edited_after_a_kill_is_not_lost(scene: Scene, capsys: pytest.CaptureFixture[str]):
    before = everything(scene)
    killed_in_the_middle(scene)
    write(scene.project, {"b.txt": "edited after the kill\n"})
    half = {**everything(scene), "left": []}
    for way in ("--undo", "--continue"):
        assert scene.upgrade(way) == 1
        assert "these were changed since" in capsys.readouterr().err
        assert {**everything(scene), "left": []} == half
    (scene.project / "b.txt").unlink()
    assert scene.upgrade("--undo") == 0
    assert everything(scene) == before


def test_what_has_come_into_the_way_of_the_undo(scene: Scene, capsys: pytest.CaptureFixture[str]):
    before = everything(scene)
    assert scene.upgrade() == 3
    (scene.project / "folder").unlink()
    write(scene.project, {"folder/mine.txt": "mine\n", "gone": "a file now\n"})
    half = everything(scene)
    assert scene.upgrade("--undo") == 1
    assert "in the way, move them away: place/gone\n" in capsys.readouterr().err
    assert everything(scene) == half
    (scene.project / "gone").unlink()
    assert scene.upgrade("--undo") == 0
    write(scene.project, {"folder/mine.txt": None})
    assert everything(scene) == before


def test_the_ways_by_git_after_a_kill(scene: Scene, capsys: pytest.CaptureFixture[str]):
    before = everything(scene)
    killed_in_the_middle(scene)
    assert scene.upgrade() == 1
    told = capsys.readouterr().err
    by_git = told.strip().rpartition("is not committed: ")[2]
    assert by_git.endswith("/.git/index.lock && git reset --hard")
    subprocess.run(by_git, shell=True, cwd=scene.repository, check=True, capture_output=True)
    git(scene.repository, "commit", "--quiet", "--allow-empty", "--message=Something else")
    assert scene.upgrade() == 3
    assert scene.upgrade("--undo") == 0
    git(scene.repository, "reset", "--quiet", "--hard", "HEAD~")
    assert {**everything(scene), "left": []} == before


def test_a_half_that_was_committed(scene: Scene, capsys: pytest.CaptureFixture[str]):
    before = everything(scene)
    killed_in_the_middle(scene)
    (scene.repository / ".git" / "index.lock").unlink(missing_ok=True)
    git(scene.repository, "commit", "--quiet", "--all", "--message=By mistake")
    assert scene.upgrade() == 1
    told = capsys.readouterr().err
    assert "a half of it seems to be committed: git reset --soft" in told
    command = told.partition("be committed: ")[2].partition(",")[0]
    subprocess.run(command.split(), cwd=scene.repository, check=True)
    assert scene.upgrade("--undo") == 0
    after = everything(scene)
    assert {**after, "state": before["state"]} == before


def test_a_journal_that_cannot_be_written(scene: Scene, capsys: pytest.CaptureFixture[str]):
    before = everything(scene)
    for name in ("template-upgrade", "template-upgrade.lock"):
        place = scene.repository / ".git" / name
        if name.endswith("lock"):
            place.mkdir()
        else:
            place.write_text("", encoding="utf-8")
        assert scene.upgrade() == 1
        assert "Nothing was changed: [Errno" in capsys.readouterr().err
        assert everything(scene) == before
        place.rmdir() if name.endswith("lock") else place.unlink()
        (scene.repository / ".git" / "template-upgrade.lock").unlink(missing_ok=True)


def test_a_file_system_without_hard_links(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    assert scene.upgrade() == 3
    assert not (scene.repository / ".git" / "index.lock").exists()


def test_a_git_folder_on_another_file_system(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    before = everything(scene)
    replace = Path.replace

    def from_elsewhere(self: Path, target: Path) -> Path:
        if self.name == "unfinished" and ".git" not in target.parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", from_elsewhere)
    assert scene.upgrade() == 3
    assert (scene.project / "new" / "e.txt").read_text() == "e\n"
    assert scene.upgrade("--undo") == 0
    assert everything(scene) == before


def test_a_conflict_in_the_noxfile(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"noxfile.py": TEXT})
    scene.edit({"noxfile.py": MINE})
    scene.release({"noxfile.py": THEIRS})
    before = everything(scene)
    assert scene.upgrade() == 3
    told = re.search(r"^Undo it, as nox cannot .* now: (.*) \(git", capsys.readouterr().out, re.M)
    assert told
    subprocess.run(told[1], shell=True, cwd=scene.project, check=True)
    assert everything(scene) == before


def undone_by_git(scene: Scene) -> None:
    killed_in_the_middle(scene)
    (scene.repository / ".git" / "index.lock").unlink(missing_ok=True)
    git(scene.repository, "reset", "--quiet", "--hard")


def test_what_comes_after_an_upgrade_that_git_has_undone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    undone_by_git(scene)
    write(scene.project, {"mine.txt": "not committed\n"})
    before = everything(scene)
    for way, told in (
        ("--undo", "there is no upgrade here"),
        ("--continue", "there is no upgrade here"),
        ("--to=HEAD", "has uncommitted changes"),
    ):
        assert scene.upgrade(way) == 1
        assert told in capsys.readouterr().err
        assert everything(scene) == before
    write(scene.project, {"b.txt": "more work\n"})
    git(scene.repository, "commit", "--quiet", "--all", "--message=More work")
    before = everything(scene)
    sweep = journal.Journal._sweep

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("journal.Journal._sweep", interrupt)
    assert scene.upgrade() == 1
    assert everything(scene) == before
    monkeypatch.setattr("journal.Journal._sweep", sweep)
    assert scene.upgrade() == 3


@pytest.mark.parametrize("same", [{"b.txt": TEXT + "new\n"}, {"gone/c.txt": None}])
def test_a_commit_of_the_users_that_does_as_the_template(scene: Scene, same: dict[str, str | None]):
    undone_by_git(scene)
    write(scene.project, same)
    git(scene.repository, "commit", "--quiet", "--all", "--message=The same")
    assert scene.upgrade() == 3


def test_a_start_that_git_has_forgotten(scene: Scene):
    undone_by_git(scene)
    git(scene.repository, "commit", "--quiet", "--amend", "--message=Other words")
    git(scene.repository, "reflog", "expire", "--expire=now", "--all")
    git(scene.repository, "gc", "--quiet", "--prune=now")
    assert scene.upgrade() == 3


def test_what_the_user_has_put_in_a_files_place_is_not_lost(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert scene.upgrade() == 3
    (scene.project / "b.txt").unlink()
    (scene.project / "b.txt").symlink_to(tmp_path)
    assert scene.upgrade("--undo") == 1
    assert "move them away: place/b.txt" in capsys.readouterr().err
    assert (scene.project / "b.txt").is_symlink()


def test_what_is_resolved_after_an_undo_was_killed_is_not_lost(scene: Scene):
    assert scene.upgrade() == 3
    killing.killed_at(scene.project / "b.txt", lambda: scene.upgrade("--undo"))
    assert (scene.project / "a.txt").read_text() == MINE
    write(scene.project, {"a.txt": "edited since\n"})
    assert scene.upgrade("--undo") == 1
    assert (scene.project / "a.txt").read_text() == "edited since\n"


def test_an_undo_after_the_user_has_taken_files_back(scene: Scene):
    before = everything(scene)
    folders = [scene.project / "gone", scene.project / "folder"]
    for folder in folders:
        folder.chmod(0o700)
    assert scene.upgrade() == 3
    git(scene.project, "checkout", "HEAD", "--", "b.txt", "gone/c.txt")
    (scene.project / "new" / "e.txt").unlink()
    (scene.project / "new" / "e.txt").mkdir()
    (scene.project / "new" / "e.txt" / "empty").mkdir()
    assert scene.upgrade("--undo") == 0
    assert everything(scene) == before
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]
