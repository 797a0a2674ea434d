"""Makes projects from the template, of the files as they are now or of a version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cookiecutter.main import cookiecutter

from .cells import every_cell
from .template import ROOT


class Bake(NamedTuple):
    """A project, and the answers it was made from."""

    answers: dict[str, str]
    project: Path


class Bakes(NamedTuple):
    """One project for each combination of answers, and the template's files they are made from."""

    bakes: list[Bake]
    sources: set[str]


def combinations() -> Iterator[dict[str, str]]:
    """Yield the answers of every cell of the matrix, but for the project's name."""
    for cell in every_cell():
        answers = cell.answers
        del answers["project_name"]
        yield answers


def configuration(folder: Path) -> Path:
    """Write a cookiecutter configuration that keeps its records in the folder's home."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    path = home / "cookiecutter.yaml"
    records = {name: str(home / name) for name in ("cookiecutters_dir", "replay_dir")}
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def bake(folder: Path, **answers: str) -> Path:
    """Make a project in a folder's `projects`, in this process.

    Args:
        folder: of this project alone.
        answers: where they differ from the defaults; for the example csv a file is made.

    Raises:
        FailedHookException: the answers are refused.
    """
    if answers.get("example") == "csv":
        answers = {**csv_answers(folder), **answers}
    project = cookiecutter(
        str(ROOT),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder / "projects"),
        config_file=str(configuration(folder)),
    )
    return Path(project)


def csv_answers(folder: Path) -> dict[str, str]:
    """Write a CSV file, and give the answers that name it."""
    file = folder / "csv.csv"
    file.write_text("price,note,kind\n1.5,new,ball\n2.5,old,car\n", encoding="utf-8")
    return {"csv_path": str(file), "label_column": "kind", "ignored_columns": "note"}


def git(folder: Path, *arguments: str) -> str:
    """Run git, as somebody who has a name."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def commit(folder: Path, message: str = "Change") -> str:
    """Commit all that there is."""
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD").strip()


def template_repository(folder: Path) -> Path:
    """Clone this repository, with all its commits, and commit the files as they are now.

    Returns:
        The clone's folder, which knows no other address.
    """
    clone = folder / "template"
    git(folder, "clone", "--quiet", str(ROOT), str(clone))
    git(clone, "remote", "remove", "origin")
    git(clone, "rm", "--quiet", "-r", ".")
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in set(names.strip("\0").split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    commit(clone, "As it is now")
    return clone


def generate(template: Path, folder: Path, version: str = "HEAD", **answers: str) -> Path:
    """Make a project from a version of the template, and commit it.

    Args:
        template: its repository.
        folder: where the project's folder comes to.
        version: a commit of the template.
        answers: where they differ from the defaults.
    """
    folder.mkdir(exist_ok=True)
    git(template, "worktree", "add", "--quiet", "--detach", str(folder / "sources"), version)
    made = cookiecutter(
        str(folder / "sources"),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder),
        config_file=str(configuration(folder)),
    )
    git(Path(made), "init", "--quiet")
    git(Path(made), "config", "user.name", "User")
    git(Path(made), "config", "user.email", "user@example.com")
    commit(Path(made))
    return Path(made)


def run(
    arguments: list[str | Path], folder: Path, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a tool of this Python environment in the folder, whose `home` is its home."""
    tool = Path(sys.executable).with_name(arguments[0])
    environment = {
        **os.environ,
        "HOME": str(folder / "home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PWD": str(folder),
    }
    return subprocess.run(
        [tool, *arguments[1:]],
        cwd=folder,
        env=environment,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
