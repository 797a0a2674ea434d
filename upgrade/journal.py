"""The journal of an upgrade: all that it writes, and all that was there before.

It lies in the git folder, with this program, from before the first file is written until the next
upgrade. So whatever ends an upgrade, it can be undone or gone on with, without the template:
`python3 .git/template-upgrade/recover.py --undo`, or `--continue`.

First the index is replaced, then file after file, each in one step. Both ways can be taken again
and again.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import disk
from errors import UpgradeError
from run_git import GitError, changed_files, git, has_changes, tree

COMMAND = "nox -s upgrade --"
UNDO = f"{COMMAND} --undo"
CONTINUE = f"{COMMAND} --continue"
# The same by git alone.
UNDO_BY_GIT = "git reset --merge"

_NAME = "template-upgrade"
_PROGRAM = ("recover.py", "journal.py", "disk.py", "run_git.py", "errors.py")
_PLAN, _STATE, _LOCK, _INDEX = "plan.json", "state", "lock", "index"
# What `git commit` takes for its message.
_MESSAGE = "MERGE_MSG"
_OLD, _NEW, _RESOLVED = "old", "new", "resolved"
_FOLDERS = "folders.json"
_WRITING, _WRITTEN, _UNDOING = "writing", "written", "undoing"
# A file is written here, and beside where it goes only if that is on another file system.
_UNFINISHED = "unfinished"


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

    @property
    def unfinished(self) -> str:
        """The name under which a file may be written, beside where it goes."""
        return f".{_NAME}-{self.head}"


class Journal:
    """The journal in a repository's git folder.

    Args:
        root: the repository's folder.
        git_folder: where git keeps what is of this working tree alone.

    Attributes:
        begun: whether this process has begun to write.
    """

    def __init__(self, root: Path, git_folder: Path):
        self._root = root
        self._git_folder = git_folder
        self._folder = git_folder / _NAME
        self.begun = False

    @property
    def state(self) -> str:
        """Whether an upgrade is being written, is written, or undone; empty if there is none."""
        with contextlib.suppress(OSError):
            if (self._folder / _PLAN).is_file():
                return (self._folder / _STATE).read_text(encoding="utf-8")
        return ""

    @property
    def head(self) -> str:
        """The commit that the upgrade starts from."""
        return self._plan().head

    @property
    def place(self) -> str:
        """The journal's folder, as a shell takes it."""
        return shlex.quote(str(self._folder))

    @property
    def undo_by_program(self) -> str:
        """What undoes an upgrade where nox does not run."""
        return f"python3 {shlex.quote(str(self._folder / _PROGRAM[0]))} --undo"

    @property
    def undo_by_git(self) -> str:
        """What undoes by git alone an upgrade that was interrupted."""
        lock = shlex.quote(str(self._git_folder / "index.lock"))
        return f"rm -f {lock} && git reset --hard"

    def prepare(self, plan: Plan) -> None:
        """Lay down all that is needed, both ways; nothing else is touched.

        Raises:
            GitError: git cannot make a file as the user's settings want it.
        """
        if self.state:
            self._sweep(self._plan())
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
            if disk.is_file(self._root, path):
                self._put(self._root / path, self._folder / _OLD / path)
        folders = {
            str(folder): stat.S_IMODE((self._root / folder).stat().st_mode)
            for path in plan.files
            for folder in (Path(path), *Path(path).parents)
            if disk.is_folder(self._root / folder)
        }
        text = json.dumps(folders, sort_keys=True)
        (self._folder / _FOLDERS).write_text(text, encoding="utf-8")

    def write(self) -> None:
        """Do all, or what is left of it.

        Raises:
            OSError: a file cannot be written.
            GitError: the index cannot.
        """
        plan = self._plan()
        self.begun = True
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
        if self.state == _WRITTEN:
            for path in plan.conflicts:
                if disk.is_file(self._root, path):
                    self._put(self._root / path, self._folder / _RESOLVED / path)
        self._set_state(_UNDOING)
        committed = tree(self._root, plan.head)
        before = {
            path: [f"{committed[path]} 0"] if path in committed else [] for path in plan.index
        }
        self._roll(plan, _OLD, before)
        # Git knows no empty ones.
        folders = json.loads((self._folder / _FOLDERS).read_text(encoding="utf-8"))
        for folder, mode in folders.items():
            place = self._root / folder
            if not os.path.lexists(place):
                place.mkdir(parents=True)
            if place.is_dir() and stat.S_IMODE(place.stat().st_mode) != mode:
                place.chmod(mode)
        (self._git_folder / _MESSAGE).unlink(missing_ok=True)
        self.remove()

    def remove(self) -> None:
        """Forget the upgrade."""
        # Without it, what may be left is nobody's.
        with contextlib.suppress(OSError):
            (self._folder / _STATE).unlink()
        shutil.rmtree(self._folder, ignore_errors=True)

    def report(self) -> tuple[str, int]:
        """Return what is said of the upgrade, and its exit code."""
        plan = self._plan()
        return plan.report, plan.code

    def edited(self) -> list[str]:
        """Name the files that are neither as the upgrade writes them nor as they were before.

        In an upgrade that was written, those with conflicts are the user's to edit.
        """
        plan = self._plan()
        sides = [self._folder / side for side in (_OLD, _NEW, _RESOLVED)]
        users = plan.conflicts if self.state == _WRITTEN else []
        return [
            path
            for path in plan.files
            if path not in users
            and disk.blocks(self._root / path)
            and not any(disk.same(self._root, side, path) for side in sides)
        ]

    def obstacles(self, undo: bool) -> list[str]:
        """Name what has come into the way since."""
        plan = self._plan()
        side = self._folder / (_OLD if undo else _NEW)
        found = set()
        for path in filter(lambda path: disk.is_file(side, path), plan.files):
            for parent in disk.parents(path):
                if disk.blocks(self._root / parent) and parent not in plan.files:
                    found.add(parent)
            place = self._root / path
            if disk.is_folder(place):
                found.update(str(each.relative_to(self._root)) for each in disk.leaves(place))
        found -= plan.files.keys()
        return sorted(name for name in found if Path(name).name != plan.unfinished)

    def pending(self) -> bool:
        """Whether the upgrade is neither committed nor undone by git."""
        if git(self._root, "rev-parse", "HEAD").strip() != self._plan().head:
            return False
        return self.visible() or (self.interrupted() and not has_changes(self._root))

    def visible(self) -> bool:
        """Whether anything that the upgrade writes is not as it is committed."""
        plan = self._plan()
        return not changed_files(self._root).isdisjoint({*plan.files, *plan.index})

    def interrupted(self) -> bool:
        """Whether an upgrade was begun, or its undoing, and not ended."""
        return self.state in (_WRITING, _UNDOING)

    def half_committed(self) -> bool:
        """Whether the newest commit seems to hold some of what the upgrade writes, and not all.

        In the order in which it is written, in which the record comes first.
        """
        plan = self._plan()
        try:
            if git(self._root, "rev-parse", "--verify", "--quiet", "HEAD~").strip() != plan.head:
                return False
        except GitError:
            return False
        before, now = tree(self._root, plan.head), tree(self._root, "HEAD")
        first, *others = plan.files
        return now.get(first) == plan.files[first] and any(
            now.get(path) == before.get(path) != plan.files[path] for path in others
        )

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other upgrade run in the repository.

        Raises:
            UpgradeError: one does.
        """
        try:
            file = (self._git_folder / f"{_NAME}.lock").open("w")
        except OSError as error:
            raise UpgradeError(f"{error}.") from None
        with file:
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
            disk.link(mark, lock)
        except FileExistsError:
            raise UpgradeError(
                f"git is at work in this repository; if it is not: rm {shlex.quote(str(lock))}"
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
            gone = [path for path in plan.files if not disk.is_file(source, path)]
            self._sweep(plan)
            for path in gone:
                disk.remove(self._root, path)
            for path in plan.files:
                if path not in gone and not disk.same(self._root, source, path):
                    self._put(source / path, self._root / path)
            with self._new_index():
                # Git takes files for changed whose times it does not know.
                self._git_index("update-index", "-q", "--unmerged", "--refresh")

    def _put(self, source: Path, target: Path) -> None:
        """Copy a file or a link to a place, in one step."""
        target.parent.mkdir(parents=True, exist_ok=True)
        new = self._folder / _UNFINISHED
        new.unlink(missing_ok=True)
        shutil.copy(source, new, follow_symlinks=False)
        if disk.is_folder(target):
            for folder, _, _ in os.walk(target, topdown=False):
                os.rmdir(folder)
        try:
            new.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = target.with_name(self._plan().unfinished)
            shutil.copy(source, beside, follow_symlinks=False)
            beside.replace(target)

    def _sweep(self, plan: Plan) -> None:
        """Remove what was not written to its end."""
        for path in plan.files:
            unfinished = str(Path(path).with_name(plan.unfinished))
            if disk.is_file(self._root, unfinished):
                (self._root / unfinished).unlink()

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
