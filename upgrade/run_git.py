"""Git, run in a folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# Whoever calls from a hook of git has these set for another repository.
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}
}


class GitError(Exception):
    """A git command failed; the message is git's own."""


def git(folder: Path, *arguments: str | Path, **environment: str) -> str:
    """Run git in a folder, and return what it prints.

    Args:
        folder: where.
        arguments: of git.
        environment: variables to set.

    Raises:
        GitError: git failed.
    """
    result = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**_ENVIRONMENT, **environment},
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    if result.returncode:
        raise GitError((result.stderr or result.stdout).strip())
    return result.stdout


def entries(folder: Path, *arguments: str | Path, **environment: str) -> list[str]:
    """Run a git command that ends each entry with a NUL (`-z`), and return the entries."""
    return git(folder, *arguments, **environment).split("\0")[:-1]
