"""Merges what changed between two rendered projects into the user's, by git."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import record
from errors import UpgradeError
from run_git import GitError, entries, git

UNDO = "git reset --merge"

# What was rendered is committed as it is.
_AS_IT_IS = ["-c", "core.autocrlf=false", "-c", "core.fileMode=true"]
# A new file goes where the template says, even if the user has moved the files beside it.
_RENAMES = ["-c", "merge.renames=true", "-c", "merge.directoryRenames=false"]
_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "template"), ("EMAIL", "template@localhost"))
}


@dataclass(frozen=True)
class Outcome:
    """What a merge did: paths in the repository, sorted.

    Attributes:
        updated: changed files; `OLD -> NEW` for those that moved.
        added: new files.
        removed: files that are gone.
        kept: files that the template has changed, and the user too, whose version (or deletion)
            stands.
        conflicts: files that the user has to look at.
    """

    updated: list[str]
    added: list[str]
    removed: list[str]
    kept: list[str]
    conflicts: list[str]


class Repository:
    """The user's git repository.

    Args:
        project: the project's folder: the repository's own, or one inside it.

    Raises:
        UpgradeError: there is no repository, or there is work that is not committed.
    """

    def __init__(self, project: Path):
        self._project = project
        try:
            self.root = Path(git(project, "rev-parse", "--show-toplevel").rstrip("\n"))
        except GitError:
            raise UpgradeError(
                f"{project} is in no git repository, without which edits could get lost: "
                "git init && git add --all && git commit"
            ) from None
        self._prefix = git(project, "rev-parse", "--show-prefix").rstrip("\n")
        if entries(self.root, "ls-files", "--unmerged", "-z"):
            raise UpgradeError(
                "there are conflicts from before: mend them, then git commit --all; "
                f"or undo it all: {UNDO}"
            )
        if git(self.root, "status", "--porcelain", "--untracked-files=no"):
            raise UpgradeError(
                f"{self.root} has uncommitted changes: git commit --all, or git stash."
            )
        try:
            git(self.root, "cat-file", "-e", f"HEAD:{self._prefix}{record.NAME}")
        except GitError:
            raise UpgradeError(
                f"{record.NAME} is not committed: git add --force {record.NAME} && git commit"
            ) from None

    def commit(self, rendered: Path, message: str, *parents: str) -> str:
        """Make a commit, of no branch, that holds a rendered project and nothing else.

        Text files get the line ends of the user's file of that name.

        Args:
            rendered: the project's folder; it is moved.
            message: of the commit.
            parents: of the commit.
        """
        stage = rendered.parent / "stage"
        target = stage / self._prefix
        target.parent.mkdir(parents=True, exist_ok=True)
        rendered.rename(target)
        for name in self._with_crlf():
            file = stage / name
            if file.is_file():
                content = file.read_bytes().replace(b"\r\n", b"\n")
                file.write_bytes(content.replace(b"\n", b"\r\n"))
        place = {
            "GIT_DIR": git(self.root, "rev-parse", "--absolute-git-dir").rstrip("\n"),
            "GIT_WORK_TREE": str(stage),
            "GIT_INDEX_FILE": str(rendered.parent / "index"),
        }
        git(stage, *_AS_IT_IS, "add", "--all", "--force", ".", **place)
        tree = git(stage, "write-tree", **place).strip()
        options = [option for parent in parents for option in ("-p", parent)]
        return git(self.root, "commit-tree", tree, *options, "-m", message, **_IDENTITY).strip()

    def refuse_obstacles(self, old: str, new: str) -> None:
        """Make sure that no file that git does not know would be overwritten.

        Raises:
            UpgradeError: there are such files.
        """
        before, after, mine = (self._blobs(commit) for commit in (old, new, "HEAD"))
        coming = {name for name in after if after[name] != before.get(name)}
        known = {*mine, *_folders(mine)}
        found = [name for name in coming - known if os.path.lexists(self.root / name)]
        found += [name for name in _folders(coming) - known if (self.root / name).is_file()]
        if found:
            raise UpgradeError(
                "the template has files of the same names as these, which git does not know; "
                f"commit them or move them away: {', '.join(sorted(found))}"
            )

    def merge(self, old: str, new: str, recorded: bytes) -> Outcome:
        """Do to the working tree and the index what leads from one commit to the other.

        If that fails or is interrupted, all is as it was before.

        Args:
            old: what the template's old version makes.
            new: its child, what the new version makes.
            recorded: the new record's content.
        """
        try:
            self._cherry_pick(new)
            (self._project / record.NAME).write_bytes(recorded)
            git(self._project, "add", "--force", record.NAME)
            return self._outcome(old, new)
        except BaseException:
            git(self.root, "reset", "--quiet", "--merge")
            raise

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Repository]:
        """Check HEAD out in another folder, for the time of the context."""
        add = ["-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--quiet", "--detach"]
        git(self.root, *add, folder, "HEAD")
        try:
            yield Repository(folder / self._prefix)
        finally:
            git(self.root, "worktree", "remove", "--force", folder)

    def _cherry_pick(self, commit: str) -> None:
        try:
            git(self.root, *_RENAMES, "cherry-pick", "--no-commit", commit)
        except GitError:
            if not self._stages():
                raise
        # What the user has deleted, and the template has changed, stays deleted.
        deleted = [name for name, stages in self._stages().items() if stages == {"1", "3"}]
        if deleted:
            git(self.root, "rm", "--quiet", "--force", "--", *deleted)

    def _outcome(self, old: str, new: str) -> Outcome:
        changes: dict[str, list[str]] = defaultdict(list)
        conflicts = set(self._stages())
        seen = set(conflicts)
        compare = ["--name-status", "--find-renames", "-z"]
        listed = iter(entries(self.root, "diff", "--cached", "--diff-filter=u", *compare, "HEAD"))
        for status in listed:
            names = [next(listed) for _ in range(2 if status.startswith("R") else 1)]
            changes[status[0]].append(" -> ".join(names))
            seen.update(names)
        moves = ["diff-tree", "-r", "--diff-filter=R", *compare, old, "HEAD"]
        seen.update(entries(self.root, *moves)[1::3])
        before, after, mine = (self._blobs(commit) for commit in (old, new, "HEAD"))
        kept = [
            name
            for name in {*before, *after} - seen
            if len({blobs.get(name) for blobs in (before, after, mine)}) == 3
        ]
        return Outcome(
            updated=sorted(changes["M"] + changes["R"] + changes["T"]),
            added=sorted(changes["A"]),
            removed=sorted(changes["D"]),
            kept=sorted(kept),
            conflicts=sorted(conflicts),
        )

    def _stages(self) -> dict[str, set[str]]:
        """Tell of each unmerged path which versions there are: 1 is old, 2 mine, 3 new."""
        stages: dict[str, set[str]] = defaultdict(set)
        for entry in entries(self.root, "ls-files", "--unmerged", "-z"):
            description, name = entry.split("\t", 1)
            stages[name].add(description.split()[2])
        return stages

    def _with_crlf(self) -> list[str]:
        """Name the project's files that are committed with the line ends of Windows."""
        listed = entries(self._project, "ls-files", "--full-name", "--eol", "-z")
        return [entry.split("\t", 1)[1] for entry in listed if entry.startswith("i/crlf")]

    def _blobs(self, commit: str) -> dict[str, str]:
        """Map a commit's paths to their modes and contents' names."""
        listed = entries(self.root, "ls-tree", "-r", "-z", "--full-tree", commit)
        return {name: blob for blob, name in (entry.split("\t", 1) for entry in listed)}


def _folders(names: set[str] | dict[str, str]) -> set[str]:
    """Name the folders, the folders' folders and so on, of the paths."""
    return {str(folder) for name in names for folder in Path(name).parents} - {"."}
