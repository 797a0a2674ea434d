"""Git, run in a folder."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from errors import UpgradeError

# Whoever calls from a hook of git has these set for another repository.
_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{name: value for name, value in os.environ.items() if name.startswith("GIT_CONFIG")},
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
# No hook has anything to do with what happens here.
_OPTIONS = ["-c", f"core.hooksPath={os.devnull}", "-c", "core.safecrlf=false"]


class GitError(Exception):
    """A git command failed; the message is git's own."""


def git(
    folder: Path,
    *arguments: str | Path,
    input: str = "",
    environment: Mapping[str, str | Path] = MappingProxyType({}),
) -> str:
    """Run git in a folder, and return what it prints.

    Args:
        folder: where.
        arguments: of git.
        input: what git reads.
        environment: variables to set.

    Raises:
        GitError: git failed.
        UpgradeError: there is no git.
    """
    content = input.encode("utf-8", "surrogateescape")
    output = git_bytes(folder, *arguments, input=content, environment=environment)
    return output.decode("utf-8", "surrogateescape")


def git_bytes(
    folder: Path,
    *arguments: str | Path,
    input: bytes = b"",
    environment: Mapping[str, str | Path] = MappingProxyType({}),
) -> bytes:
    """Run git as `git` does; what it reads and prints is no text."""
    try:
        result = subprocess.run(
            ["git", *_OPTIONS, *arguments],
            cwd=folder,
            env={**_ENVIRONMENT, **environment},
            input=input,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise UpgradeError("there is no git: install it.") from None
    if result.returncode:
        told = (result.stderr or result.stdout).decode("utf-8", "surrogateescape").strip()
        raise GitError(told or f"git {arguments[0]} ended with {result.returncode}")
    return result.stdout


def entries(
    folder: Path,
    *arguments: str | Path,
    input: str = "",
    environment: Mapping[str, str | Path] = MappingProxyType({}),
) -> list[str]:
    """Run a git command that ends each entry with a NUL (`-z`), and return the entries."""
    return git(folder, *arguments, input=input, environment=environment).split("\0")[:-1]


def tree(folder: Path, name: str) -> dict[str, str]:
    """List the files of a commit, or of a folder in it (COMMIT:FOLDER): `MODE NAME` by path."""
    files = {}
    for entry in entries(folder, "ls-tree", "-r", "-z", name):
        description, path = entry.split("\t", 1)
        mode, _, blob = description.split()
        files[path] = f"{mode} {blob}"
    return files


def has_changes(folder: Path) -> bool:
    """Whether a repository has what is not committed, of the files that git knows."""
    staged = git(folder, "diff", "--cached", "--name-only", "--ignore-submodules=none")
    return bool(staged or changed_files(folder))


def changed_files(folder: Path) -> set[str]:
    """Name the files that git knows and that are not as they are committed; no submodules."""
    options = ["--porcelain", "-z", "--no-renames", "--untracked-files=no"]
    listed = entries(folder, "status", *options, "--ignore-submodules=all")
    return {entry[3:] for entry in listed}


def foreign_owner(error: GitError) -> str:
    """Return what to do if git does not touch a repository because it is another user's."""
    found = re.search(r"safe\.directory '?([^'\n]+)'?", str(error))
    if not found:
        return ""
    return (
        "belongs to another user, so git does not touch it; if you trust it: "
        f"git config --global --add safe.directory {found.group(1)}"
    )
