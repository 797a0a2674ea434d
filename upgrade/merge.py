"""Merges what changed between two rendered projects into the user's, in a repository aside."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import imports
from repository import LINK, Blob, Files, Repository
from run_git import GitError, entries, git

# What the user's own settings do to files, they do when these are written; here all stay as they
# are stored.
_ATTRIBUTES = "* -text !eol -ident -filter -working-tree-encoding\n"
_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "template"),
        ("EMAIL", "template@localhost"),
        ("DATE", "@0 +0000"),
    )
}
# The name in git's marks, and what git appends to a file's name where both versions stay.
_SIDE = "template"
_BESIDE = re.compile(rf"~(?:HEAD|\w+ \({_SIDE}\))(_\d+)?$")
# A new file goes where the template says, even if the user has moved the files beside it.
_RENAMES = ["-c", "merge.directoryRenames=false", "-c", "merge.renames=true"]


@dataclass
class Merged:
    """The project after a merge; paths are in it.

    Attributes:
        files: what each file holds, with git's marks where both have changed the same lines.
        stages: of each path that the user has to look at, by version: 1 is the template's old one,
            2 the user's, 3 the template's new one.
        deleted: what the user had deleted, and the template has changed: it stays so.
        theirs: by the path of the user's file, where the template's is, if both stay.
    """

    files: Files
    stages: dict[str, dict[str, Blob]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    theirs: dict[str, str] = field(default_factory=dict)


class Scratch:
    """A repository aside, with the user's objects, of which the user's own knows nothing.

    Args:
        folder: an empty one.
        repository: the user's.
    """

    def __init__(self, folder: Path, repository: Repository):
        self._folder = folder
        objects = git(repository.root, "rev-parse", "--git-path", "objects").rstrip("\n")
        self._environment: dict[str, str | Path] = {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "0",
            **_IDENTITY,
        }
        kind = git(repository.root, "rev-parse", "--show-object-format").strip()
        folder.mkdir()
        self._git("init", "--quiet", f"--object-format={kind}", "--template=")
        self._environment["GIT_OBJECT_DIRECTORY"] = repository.root / objects
        (folder / ".git" / "info").mkdir()
        (folder / ".git" / "info" / "attributes").write_text(_ATTRIBUTES, encoding="utf-8")
        try:
            style = git(repository.root, "config", "--get", "merge.conflictStyle").strip()
        except GitError:
            style = "merge"
        self._style = ["-c", f"merge.conflictStyle={style}"]

    def merge(self, old: Files, mine: Files, new: Files) -> Merged:
        """Do to the user's files what leads from the template's old ones to its new ones."""
        commit = self.commit(new, self.commit(old))
        self._git("update-ref", "HEAD", self.commit(mine))
        self._git("reset", "--quiet", "--hard")
        try:
            self._git(*_RENAMES, *self._style, "cherry-pick", "--no-commit", commit)
        except GitError:
            if not self._unmerged():
                raise
        return self._result(old)

    def sources(self) -> dict[str, str]:
        """Read the Python files of what was merged last."""
        return imports.read(self._folder, self._entries("ls-files", "-z"))

    def difference(self, one: Files, other: Files) -> str:
        """Show what changes between two versions, as `git diff` does."""
        return self._git("diff", "--find-renames", self._tree(one), self._tree(other))

    def commit(self, files: Files, *parents: str) -> str:
        """Make a commit of no branch, which git forgets after some weeks."""
        options = [option for parent in parents for option in ("-p", parent)]
        return self._git("commit-tree", self._tree(files), *options, "-m", _SIDE).strip()

    def renames(self, one: Files, other: Files, alike: str = "50%") -> dict[str, str]:
        """Map paths that are gone in another version to new ones that hold most of it there.

        Args:
            one: a version's files.
            other: those of the other.
            alike: how much of a file counts as most of it.
        """
        find = f"--find-renames={alike}"
        options = ["diff-tree", "-r", "-z", find, "--diff-filter=R", "--name-status"]
        listed = self._entries(*options, self._tree(one), self._tree(other))
        return {listed[at + 1]: listed[at + 2] for at in range(0, len(listed), 3)}

    def _result(self, old: Files) -> Merged:
        unmerged = self._unmerged()
        staged = self._entries("ls-files", "--stage", "-z")
        merged = Merged({})
        for entry in staged:
            description, path = entry.split("\t", 1)
            mode, name, stage = description.split()
            if stage == "0":
                merged.files[path] = Blob(mode, name)
        for path, stages in unmerged.items():
            if set(stages) == {"1", "3"} and not _BESIDE.search(path):
                # Deleted by the user; if the template has moved it, the new place is a new file.
                if path in old:
                    merged.deleted.append(path)
                else:
                    merged.files[path] = stages["3"]
                continue
            place = self._beside(path, merged, unmerged)
            merged.stages[place] = stages
            if os.path.lexists(self._folder / path):
                merged.files[place] = self._store(path)
        merged.deleted.sort()
        return merged

    def _beside(self, path: str, merged: Merged, unmerged: Mapping[str, object]) -> str:
        """Name whose version a file is that git has put beside another of its name."""
        original = _BESIDE.sub("", path)
        if original == path:
            return path
        side = "mine" if "~HEAD" in path[len(original) :] else _SIDE
        place = f"{original}.{side}"
        while place in merged.files or place in unmerged:
            place += "_"
        if side == _SIDE:
            merged.theirs[original] = place
        return place

    def _store(self, path: str) -> Blob:
        """Store a file as it lies here, with git's marks."""
        file = self._folder / path
        if file.is_symlink():
            text = os.readlink(file)
            return Blob(LINK, self._git("hash-object", "-w", "--stdin", input=text).strip())
        mode = "100755" if os.access(file, os.X_OK) else "100644"
        return Blob(mode, self._git("hash-object", "-w", "--no-filters", "--", path).strip())

    def _unmerged(self) -> dict[str, dict[str, Blob]]:
        stages: dict[str, dict[str, Blob]] = defaultdict(dict)
        for entry in self._entries("ls-files", "--unmerged", "-z"):
            description, path = entry.split("\t", 1)
            mode, name, stage = description.split()
            stages[path][stage] = Blob(mode, name)
        return stages

    def _tree(self, files: Files) -> str:
        lines = "".join(f"{mode} {name} 0\t{path}\0" for path, (mode, name) in files.items())
        index = self._folder / ".git" / "files"
        self._git("read-tree", "--empty", index=index)
        self._git("update-index", "-z", "--index-info", input=lines, index=index)
        return self._git("write-tree", index=index).strip()

    def _git(self, *arguments: str, input: str = "", index: Path | None = None) -> str:
        place = {"GIT_INDEX_FILE": index} if index else {}
        environment = {**self._environment, **place}
        return git(self._folder, *arguments, input=input, environment=environment)

    def _entries(self, *arguments: str) -> list[str]:
        return entries(self._folder, *arguments, environment=self._environment)
