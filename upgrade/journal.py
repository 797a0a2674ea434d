"""The journal of an upgrade: all that it writes, and all that was there before.

It lies in the git folder, with this program, from before the first file is written until the next
upgrade. So whatever ends an upgrade, it can be undone or gone on with, without the template:
`python3 .git/template-upgrade/journal.py --undo`, or `--continue`.

First the index is replaced, then file after file, each in one step. Both ways can be taken again
and again.
"""

from __future__ import annotations

import contextlib
import fcntl
import filecmp
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from errors import HalfDoneError, UpgradeError
from run_git import GitError, entries, git, has_changes

COMMAND = "nox -s upgrade --"
UNDO = f"{COMMAND} --undo"
CONTINUE = f"{COMMAND} --continue"
# The same by git alone: after an upgrade, and in the middle of one.
UNDO_BY_GIT = "git reset --merge"
UNDO_HALF_BY_GIT = "git reset --hard"

_NAME = "template-upgrade"
_PROGRAM = ("journal.py", "run_git.py", "errors.py")
_PLAN, _STATE, _LOCK, _INDEX = "plan.json", "state", "lock", "index"
# What `git commit` takes for its message.
_MESSAGE = "MERGE_MSG"
_OLD, _NEW = "old", "new"
_FOLDERS = "folders.json"
_WRITING, _WRITTEN = "writing", "written"
# A file is written under this name, beside where it goes.
_UNFINISHED = ".template-upgrade"


@dataclass(frozen=True)
class Plan:
    """What an upgrade writes; paths are in the repository.

    Attributes:
        head: the commit that it starts from.
        title: of the commit to come.
        files: what comes to each path, `MODE NAME` of a blob; None where a file is deleted.
        index: the index's entries of each path, `MODE NAME STAGE`.
        conflicts: paths that the user has to look at.
        report: what is printed at the end.
    """

    head: str
    title: str
    files: dict[str, str | None]
    index: dict[str, list[str]]
    conflicts: list[str]
    report: str

    @property
    def code(self) -> int:
        """The exit code: 3 if there are conflicts, otherwise 0."""
        return 3 if self.conflicts else 0


class Journal:
    """The journal in a repository's git folder.

    Args:
        root: the repository's folder.
        git_folder: where git keeps what is of this working tree alone.
    """

    def __init__(self, root: Path, git_folder: Path):
        self._root = root
        self._git_folder = git_folder
        self._folder = git_folder / _NAME

    @property
    def state(self) -> str:
        """Whether an upgrade is being written, or is written; empty if there is none."""
        with contextlib.suppress(FileNotFoundError):
            return (self._folder / _STATE).read_text(encoding="utf-8")
        return ""

    def prepare(self, plan: Plan) -> None:
        """Lay down all that is needed, both ways; nothing else is touched.

        Raises:
            GitError: git cannot make a file as the user's settings want it.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        for name in _PROGRAM:
            shutil.copy(Path(__file__).with_name(name), self._folder / name)
        (self._folder / _PLAN).write_text(json.dumps(asdict(plan)), encoding="utf-8")
        self._git_index("read-tree", plan.head)
        files = {path: [f"{blob} 0"] if blob else [] for path, blob in plan.files.items()}
        self._update(files)
        coming = "".join(f"{path}\0" for path, blob in plan.files.items() if blob)
        place = f"--prefix={self._folder / _NEW}/"
        self._git_index("checkout-index", "-z", "--stdin", place, input=coming)
        for path in plan.files:
            if _is_file(self._root, path):
                _put(self._root / path, self._folder / _OLD / path)
        folders = {
            str(folder)
            for path in plan.files
            for folder in (Path(path), *Path(path).parents)
            if (self._root / folder).is_dir() and not (self._root / folder).is_symlink()
        }
        (self._folder / _FOLDERS).write_text(json.dumps(sorted(folders)), encoding="utf-8")

    def write(self) -> None:
        """Do all, or what is left of it.

        Raises:
            OSError: a file cannot be written.
            GitError: the index cannot.
        """
        plan = self._plan()
        self._set_state(_WRITING)
        self._roll(plan, _NEW, plan.index)
        (self._git_folder / _MESSAGE).write_text(f"{plan.title}\n", encoding="utf-8")

    def finish(self) -> None:
        """Take note that all is written, and that git may go on."""
        self._set_state(_WRITTEN)

    def undo(self) -> None:
        """Make all as it was before, or what is left of it; then the journal is gone.

        Raises:
            OSError: a file cannot be written.
            GitError: the index cannot.
        """
        plan = self._plan()
        committed = entries(self._root, "ls-tree", "-r", "-z", plan.head)
        before: dict[str, list[str]] = {path: [] for path in plan.index}
        for entry in committed:
            description, path = entry.split("\t", 1)
            mode, _, name = description.split()
            if path in before:
                before[path] = [f"{mode} {name} 0"]
        self._roll(plan, _OLD, before)
        # Git knows no empty ones.
        for folder in json.loads((self._folder / _FOLDERS).read_text(encoding="utf-8")):
            (self._root / folder).mkdir(parents=True, exist_ok=True)
        (self._git_folder / _MESSAGE).unlink(missing_ok=True)
        self.remove()

    def remove(self) -> None:
        """Forget the upgrade."""
        # Without it, what may be left is nobody's.
        (self._folder / _STATE).unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def report(self) -> tuple[str, int]:
        """Give what is said of the upgrade, and its exit code."""
        plan = self._plan()
        return plan.report, plan.code

    def edited(self) -> list[str]:
        """Name the files without conflicts that are no longer as the upgrade has written them."""
        plan = self._plan()
        return [
            path
            for path in plan.files
            if path not in plan.conflicts and not _same(self._root, self._folder / _NEW, path)
        ]

    def pending(self) -> bool:
        """Whether the upgrade is neither committed nor undone by git."""
        if git(self._root, "rev-parse", "HEAD").strip() != self._plan().head:
            return False
        return self.state == _WRITING or has_changes(self._root)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other upgrade run in the repository.

        Raises:
            UpgradeError: one does.
        """
        with (self._git_folder / f"{_NAME}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UpgradeError("another upgrade is running in this repository.") from None
            self._unlock()
            yield

    @contextlib.contextmanager
    def index_locked(self) -> Iterator[None]:
        """Keep git from changing the index.

        Raises:
            UpgradeError: git is at work.
        """
        lock = self._git_folder / "index.lock"
        mark = self._folder / _LOCK
        mark.write_text(_NAME, encoding="utf-8")
        try:
            os.link(mark, lock)
        except FileExistsError:
            raise UpgradeError(
                f"git is at work in this repository; if it is not: rm {lock}"
            ) from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)

    def _roll(self, plan: Plan, side: str, index: dict[str, list[str]]) -> None:
        """Bring index and files to one of both sides."""
        with contextlib.ExitStack() as stack:
            if not self._holds_lock():
                stack.enter_context(self.index_locked())
            with self._new_index():
                self._update(index)
            source = self._folder / side
            gone = [path for path in plan.files if not _is_file(source, path)]
            for path in plan.files:
                unfinished = str(Path(path).with_name(_UNFINISHED))
                if _is_file(self._root, unfinished):
                    (self._root / unfinished).unlink()
            for path in gone:
                _remove(self._root, path)
            for path in plan.files:
                if path not in gone and not _same(self._root, source, path):
                    _put(source / path, self._root / path)
            with self._new_index():
                # Git takes files for changed whose times it does not know.
                self._git_index("update-index", "-q", "--unmerged", "--refresh")

    @contextlib.contextmanager
    def _new_index(self) -> Iterator[None]:
        """Let a copy of the index be changed, and put it in the index's place."""
        shutil.copy(self._git_folder / "index", self._folder / _INDEX)
        yield
        os.replace(self._folder / _INDEX, self._git_folder / "index")

    def _update(self, index: dict[str, list[str]]) -> None:
        """Replace entries of the journal's copy of the index."""
        nothing = "0" * len(self._plan().head)
        removals = [f"0 {nothing}\t{path}\0" for path in index]
        lines = [f"{description}\t{path}\0" for path, each in index.items() for description in each]
        self._git_index("update-index", "-z", "--index-info", input="".join(removals + lines))

    def _git_index(self, *arguments: str, input: str = "") -> None:
        """Run git on the journal's copy of the index."""
        index = {"GIT_INDEX_FILE": self._folder / _INDEX}
        git(self._root, *arguments, input=input, environment=index)

    def _plan(self) -> Plan:
        return Plan(**json.loads((self._folder / _PLAN).read_text(encoding="utf-8")))

    def _set_state(self, state: str) -> None:
        new = self._folder / f"{_STATE}.new"
        new.write_text(state, encoding="utf-8")
        new.replace(self._folder / _STATE)

    def _holds_lock(self) -> bool:
        """Whether git's lock is that of an upgrade, as it tells itself."""
        lock = self._git_folder / "index.lock"
        return lock.is_file() and lock.read_bytes() == _NAME.encode()

    def _unlock(self) -> None:
        """Remove the lock that a killed upgrade has left."""
        if self._holds_lock():
            (self._git_folder / "index.lock").unlink()


def require_none(git_folder: Path) -> None:
    """Make sure that no upgrade was interrupted.

    Raises:
        UpgradeError: one was.
    """
    if Journal(git_folder, git_folder).state == _WRITING:
        raise UpgradeError(
            f"an upgrade was interrupted here: {CONTINUE}, or {UNDO}; or, which undoes it as well "
            f"and loses what is not committed: {UNDO_HALF_BY_GIT}"
        )


def recover(project: Path, undo: bool) -> int:
    """Undo the upgrade before this one, or go on with it if it was interrupted.

    Args:
        project: a folder in the repository.
        undo: or go on.

    Returns:
        The exit code.

    Raises:
        UpgradeError: there is nothing to do, or edits would be lost.
        HalfDoneError: it is not possible.
    """
    root, git_folder = (
        Path(git(project, "rev-parse", what).rstrip("\n"))
        for what in ("--show-toplevel", "--absolute-git-dir")
    )
    journal = Journal(root, git_folder)
    with journal.alone():
        state = journal.state
        if not state or not journal.pending():
            raise UpgradeError(
                "there is no upgrade here that is not committed yet; one that is, is undone by "
                "git revert"
            )
        if undo and state == _WRITTEN and (edited := journal.edited()):
            raise UpgradeError(
                "these were changed since the upgrade, which would be lost; commit all, or take "
                f"them back with git restore: {', '.join(edited)}"
            )
        if not undo and state == _WRITTEN:
            raise UpgradeError("the upgrade is written already; look at it: git status")
        try:
            if undo:
                journal.undo()
                print("All is as it was before the upgrade.")
                return 0
            journal.write()
            journal.finish()
        except (OSError, GitError) as error:
            raise half_done(error) from None
        report, code = journal.report()
        print(report)
        return code


def half_done(error: Exception) -> HalfDoneError:
    """Say how to go on where a file can be neither written nor taken back."""
    return HalfDoneError(
        f"{error}. A part of the upgrade is written. When that is mended: {CONTINUE}, or {UNDO}; "
        f"or, which undoes it as well and loses what is not committed: {UNDO_HALF_BY_GIT}"
    )


def _put(source: Path, target: Path) -> None:
    """Copy a file or a link to a place, in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(_UNFINISHED)
    shutil.copy(source, new, follow_symlinks=False)
    if target.is_dir() and not target.is_symlink():
        target.rmdir()
    new.replace(target)


def _remove(root: Path, path: str) -> None:
    """Delete a file, and the folders that are empty without it."""
    if _behind_a_link(root, path):
        return
    if _is_file(root, path):
        (root / path).unlink()
    for folder in (root / path).parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def _same(one: Path, other: Path, path: str) -> bool:
    """Whether a path is the same in two folders: no file, the same link, or the same content."""
    if not _is_file(one, path) or not _is_file(other, path):
        return _is_file(one, path) == _is_file(other, path)
    files = (one / path, other / path)
    if any(file.is_symlink() for file in files):
        return all(file.is_symlink() for file in files) and len({*map(os.readlink, files)}) == 1
    executable = {os.access(file, os.X_OK) for file in files}
    return len(executable) == 1 and filecmp.cmp(*files, shallow=False)


def _is_file(root: Path, path: str) -> bool:
    """Whether there is a file or a link, and no folder."""
    file = root / path
    return not _behind_a_link(root, path) and (file.is_symlink() or file.is_file())


def _behind_a_link(root: Path, path: str) -> bool:
    """Whether a path leads elsewhere: what is there is somebody else's."""
    return any((root / parent).is_symlink() for parent in Path(path).parents if parent.name)


if __name__ == "__main__":
    if sys.argv[1:] not in (["--undo"], ["--continue"]):
        sys.exit("either --undo or --continue")
    try:
        sys.exit(recover(Path.cwd(), undo=sys.argv[1] == "--undo"))
    except UpgradeError as refused:
        sys.exit(f"Nothing was changed: {refused}")
    except (HalfDoneError, GitError) as failed:
        sys.exit(str(failed))
