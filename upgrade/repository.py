"""The user's git repository: whether it can be upgraded, and what is committed there."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import disk
import record
import recover
from errors import UpgradeError
from journal import UNDO
from run_git import GitError, entries, foreign_owner, git, git_bytes, has_changes, tree

LINK = "120000"
SUBMODULE = "160000"
# What is in the git folder while git is in the middle of something, and how that is called.
_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}


class Blob(NamedTuple):
    """A file as git knows it."""

    mode: str
    name: str


Files = dict[str, Blob]


class Repository:
    """The repository of a project, none of which is changed here.

    Args:
        project: the project's folder: the repository's own, or one inside it.

    Raises:
        UpgradeError: it cannot be upgraded as it is; the message tells what to do.

    Attributes:
        root: the repository's folder.
        prefix: the project's path in it, with a slash at the end; empty if it is the root.
        head: the commit that is checked out.
        files: what it has of the project, by paths in it; without submodules, which stay.
        folder: where git keeps what is of this working tree alone.
    """

    def __init__(self, project: Path):
        self.project = project
        try:
            self.root = Path(git(project, "rev-parse", "--show-toplevel").rstrip("\n"))
        except GitError as error:
            if foreign := foreign_owner(error):
                raise UpgradeError(f"{project} {foreign}") from None
            raise UpgradeError(
                f"{project} is in no git repository, without which edits could get lost: "
                "git init && git add --all && git commit"
            ) from None
        self.prefix = git(project, "rev-parse", "--show-prefix").rstrip("\n")
        self.folder = Path(git(project, "rev-parse", "--absolute-git-dir").rstrip("\n"))
        recover.require_none(self.root, self.folder)
        self.require_clean()
        try:
            self.head = git(self.root, "rev-parse", "HEAD").strip()
            committed = tree(self.root, f"{self.head}:{self.prefix}".rstrip("/"))
        except GitError:
            committed = {}
        if not committed:
            raise UpgradeError(f"{project} is not committed yet: git add --all && git commit")
        if record.NAME not in committed:
            raise UpgradeError(
                f"{record.NAME} is not committed: git add --force {record.NAME} && git commit"
            )
        described = {name: Blob(*text.split()) for name, text in committed.items()}
        self.files = {name: blob for name, blob in described.items() if blob.mode != SUBMODULE}
        self._submodules = described.keys() - self.files.keys()
        if self.files[record.NAME].mode == LINK:
            raise UpgradeError(f"{record.NAME} is a link: put the file itself there, and commit.")
        self._refuse_conflict_marks()

    def require_clean(self) -> None:
        """Make sure that git is in the middle of nothing, and that all is committed.

        Raises:
            UpgradeError: it is not so.
        """
        for name, called in _UNDER_WAY.items():
            if (self.folder / name).exists():
                raise UpgradeError(f"a {called} is under way here: end it first (git status)")
        if unmerged := entries(self.root, "diff", "--name-only", "--diff-filter=U", "-z"):
            raise UpgradeError(
                "there are conflicts from before: fix them, then git add and git commit; or undo "
                f"it all: {UNDO}. They are in: {', '.join(unmerged)}"
            )
        if has_changes(self.root):
            raise UpgradeError(
                f"{self.root} has uncommitted changes: git commit --all, or git stash."
            )

    def require_unchanged(self) -> None:
        """Make sure that all is as it was at first.

        Raises:
            UpgradeError: it is not.
        """
        if git(self.root, "rev-parse", "HEAD").strip() != self.head:
            raise UpgradeError("there is a new commit meanwhile: upgrade again.")
        self.require_clean()

    def with_crlf(self) -> set[str]:
        """Name the project's files that are committed with the line ends of Windows."""
        listed = entries(self.project, "ls-files", "--eol", "-z")
        return {entry.split("\t", 1)[1] for entry in listed if entry.startswith("i/crlf")}

    def store(self, rendered: Path) -> Files:
        """Store a rendered project's files as the user's git would, by its attributes and filters.

        Text files get the line ends of the user's file of that name.

        Args:
            rendered: the folder; its parent belongs to this call alone. It is moved.
        """
        stage = rendered.parent / "stage"
        target = stage / self.prefix
        target.parent.mkdir(parents=True, exist_ok=True)
        rendered.rename(target)
        names = {str(file.relative_to(target)) for file in target.rglob("*") if _leaf(file)}
        for name in self.with_crlf().intersection(names):
            if not (target / name).is_symlink():
                content = (target / name).read_bytes().replace(b"\r\n", b"\n")
                (target / name).write_bytes(content.replace(b"\n", b"\r\n"))
        index = {"GIT_INDEX_FILE": rendered.parent / "index"}
        git(self.root, "read-tree", self.head, environment=index)
        # What is in the index counts only where no file of that name is.
        attributes = {name for name in names if Path(name).name == ".gitattributes"}
        aside = {
            name: (target / name).rename(rendered.parent / f"aside-{number}")
            for number, name in enumerate(attributes)
        }
        place = {**index, "GIT_DIR": self.folder, "GIT_WORK_TREE": stage}
        self._add(stage, names - attributes, place)
        for name, file in aside.items():
            file.rename(target / name)
        self._add(stage, attributes, place)
        stored = {}
        for entry in entries(self.root, "ls-files", "--stage", "-z", environment=index):
            description, path = entry.split("\t", 1)
            name = path[len(self.prefix) :]
            if path.startswith(self.prefix) and name in names:
                mode, blob, _ = description.split()
                stored[name] = Blob(mode, blob)
        return stored

    def _add(self, stage: Path, names: set[str], place: Mapping[str, str | Path]) -> None:
        """Add a rendered project's files to an index."""
        as_it_is = ["-c", "core.fileMode=true", "-c", "core.symlinks=true"]
        command = [*as_it_is, "update-index", "--add", "--replace", "-z", "--stdin"]
        paths = "".join(f"{self.prefix}{name}\0" for name in sorted(names))
        git(stage, *command, input=paths, environment=place)

    def store_record(self, content: bytes) -> Blob:
        """Store the record, by the user's filters, and with the permissions that it has."""
        command = ["hash-object", "-w", "--stdin", f"--path={self.prefix}{record.NAME}"]
        name = git_bytes(self.root, *command, input=content).decode().strip()
        return Blob(self.files[record.NAME].mode, name)

    def refuse_obstacles(self, gone: Iterable[str], coming: Iterable[str]) -> None:
        """Make sure that nothing that git does not know is in the way.

        Args:
            gone: paths in the project that are deleted.
            coming: paths that are written.

        Raises:
            UpgradeError: there is something.
        """
        mine = set(self.files)
        left = mine - set(gone)
        found = set()
        for name in coming:
            path = self.project / name
            for parent in disk.parents(name):
                place = self.project / parent
                in_the_way = disk.blocks(place) and parent not in mine - left
                if in_the_way or (place / ".git").exists():
                    found.add(parent)
            found.update(each for each in self._submodules if _clash(each, name))
            if name in mine:
                continue
            if disk.is_folder(path):
                inside = {str(each.relative_to(self.project)) for each in path.rglob("*")}
                folders = {parent for each in mine for parent in disk.parents(each)}
                found.update(inside - mine - folders)
            elif os.path.lexists(path) and found.isdisjoint(disk.parents(name)):
                found.add(name)
        if found:
            raise UpgradeError(
                "the template has files of the same names as these, which git does not know; "
                f"commit them or move them away: {', '.join(sorted(found))}"
            )
        self._refuse_hidden({*gone, *coming})

    def _refuse_hidden(self, names: set[str]) -> None:
        """Refuse to write what git was told not to look at, or not to have here."""
        flagged = {"h": "--no-assume-unchanged", "S": "--no-skip-worktree"}
        for entry in entries(self.project, "ls-files", "-v", "-z"):
            flag, name = entry.split(" ", 1)
            if name in names and flag in {*flagged, "s"}:
                option = flagged.get(flag, flagged["S"])
                command = f"git update-index {option} {shlex.quote(name)}"
                raise UpgradeError(
                    f"git does not look at {name}, which the template changes: {command}; or, if "
                    "the checkout is sparse: git sparse-checkout disable"
                )

    def _refuse_conflict_marks(self) -> None:
        """Refuse to go on from an upgrade that was committed with git's marks."""
        search = ["grep", "--cached", "-z", "-I", "--name-only"]
        marked = []
        for mark in ("^<<<<<<<<* ", "^>>>>>>>>* .*[Tt]emplate"):
            try:
                marked.append(set(entries(self.project, *search, mark, "--", ".")))
            except GitError:
                # Git calls it a failure that there is none.
                return
        if both := set.intersection(*marked):
            raise UpgradeError(
                "these were committed with the marks of conflicts; fix them and commit: "
                f"{', '.join(sorted(both))}"
            )


def _leaf(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _clash(one: str, other: str) -> bool:
    """Whether one of two paths is the other, or in it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
