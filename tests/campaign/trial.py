"""A repository with a project that is upgraded, and all that a user could miss in it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import moves
import record
import upgrade
from testing.baking import commit, git
from upgrading import SLUG

from .case import Case
from .sides import FIRST, LINK, TEMPLATE, Node, Side, first

# What the upgrade may leave in the git folder.
LEFT = {"template-upgrade.lock"}
# Writes the record, without a Python of its own.
HOOK = f"""#!/bin/sh
cat > {record.NAME} <<'END'
{{"project_slug": "project", "_version": "{{{{ cookiecutter._version }}}}",
"_commit": "{{{{ cookiecutter._commit }}}}"}}
END
"""


def put(folder: Path, files: dict[str, Node | None]) -> None:
    """Write files and links; None is an empty folder."""
    for name, node in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if node is None:
            path.mkdir(exist_ok=True)
        elif node.kind == LINK:
            path.symlink_to(node.lines[0])
        else:
            path.write_bytes(node.content)
            path.chmod(node.mode)


@dataclass(frozen=True)
class Seen:
    """All that a user could miss.

    Attributes:
        disk: each file, folder and link around the project, with its permissions, by its path.
        index: what git lists.
        status: what git says of it, the commit included.
        left: what lies in the git folder.
    """

    disk: dict[str, tuple[str, int, bytes]]
    index: str
    status: str
    left: set[str]


def call(project: Path, template: Path, *arguments: str) -> tuple[int, str, str]:
    """Upgrade a project; give the exit code and what is printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = upgrade.main(list(arguments), project, template)
    return code, out.getvalue(), err.getvalue()


def look(folder: Path, repository: Path) -> Seen:
    """Look at all there is in a folder, in which the repository is, but for the template."""
    disk = {path: found for path, found in everything(folder) if not path.startswith(TEMPLATE)}
    status = git(repository, "status", "--porcelain", "--ignored", "--branch")
    head = git(repository, "rev-parse", "HEAD")
    index = git(repository, "ls-files", "--stage", "-z")
    left = {path.name for path in (repository / ".git").iterdir()}
    return Seen(disk, index, head + status, left - LEFT)


class Trial:
    """A template of two versions, and a repository with a project of the first one.

    Args:
        folder: an empty one.
        case: what both sides have done.
        random: decides what is around the project.
        monorepo: whether there are other projects in the repository.
    """

    def __init__(self, folder: Path, case: Case, random: Random, monorepo: bool):
        self.folder = folder
        self.template = folder / "template"
        self.repository = folder / "repository"
        self.place = "services/project" if monorepo else ""
        self.project = self.repository / self.place
        self.case = case
        self._make_template()
        self._make_outside(random, monorepo)
        self._make_project()

    def upgrade(self, *arguments: str) -> tuple[int, str, str]:
        """Upgrade the project; give the exit code and what is printed."""
        return call(self.project, self.template, *arguments)

    def look(self) -> Seen:
        """Look at all there is."""
        return look(self.folder, self.repository)

    def unmerged(self) -> dict[str, str]:
        """Read all versions of each file that is in conflict, by its path in the project."""
        found: dict[str, str] = {}
        for entry in git(self.project, "ls-files", "--unmerged", "-z").split("\0")[:-1]:
            description, path = entry.split("\t", 1)
            found[path] = found.get(path, "") + self.show(description.split()[1])
        return found

    def unstaged(self) -> set[str]:
        """List the project's files that are not as the index says."""
        return set(git(self.project, "diff", "--name-only", "--relative", "-z").split("\0")) - {""}

    def show(self, name: str) -> str:
        """Read one of git's objects."""
        return git(self.repository, "cat-file", "blob", name)

    def _make_template(self) -> None:
        self.template.mkdir()
        git(self.template, "init", "--quiet")
        sources = self.template / SLUG
        put(self.template, {"hooks/post_gen_project": Node(None, tuple(HOOK.splitlines()))})
        self.commits = []
        for version, tree in (("1.0.0", first()), ("2.0.0", self.case.theirs)):
            shutil.rmtree(sources, ignore_errors=True)
            put(sources, dict(tree))
            context = {"project_slug": "project", "_version": version, "_commit": ""}
            (self.template / "cookiecutter.json").write_text(json.dumps(context))
            if self.case.listed and version == "2.0.0":
                (self.template / moves.FILE).parent.mkdir()
                (self.template / moves.FILE).write_text(json.dumps(self.case.listed))
            self.commits.append(commit(self.template, version))

    def _make_outside(self, random: Random, monorepo: bool) -> None:
        """Put files around the project: those where links lead to, and other projects."""
        self.project.mkdir(parents=True)
        outside = {f"outside/{name}": node for name, node in first().items()}
        outside["outside/file.txt"] = Node(None, ("# Outside.",))
        put(self.project.parent, dict(outside))
        git(self.repository, "init", "--quiet")
        for name, value in self.case.settings.items():
            git(self.repository, "config", name, value)
        if monorepo:
            sibling = Side("sibling", random)
            sibling.change(["insert", "delete", "delete", "move"], 3)
            put(self.repository / "services" / "sibling", dict(sibling.tree))
            root = random.sample(sorted(FIRST), 4)
            put(self.repository, {name: first()[name] for name in root})
            put(self.repository, {".gitignore": Node(None, ("*.ignored",))})
            put(self.repository, {"services/x.ignored": Node(None, ("# The user keeps it.",))})

    def _make_project(self) -> None:
        put(self.project, dict(self.case.mine))
        known = {"project_slug": "project", "_version": "1.0.0", "_commit": self.commits[0]}
        (self.project / record.NAME).write_text(json.dumps(known))
        commit(self.repository, "Generate and edit")
        put(self.project, self.case.loose)


def everything(folder: Path) -> Iterator[tuple[str, tuple[str, int, bytes]]]:
    """Read all that is in a folder, but for what is git's."""
    for path, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in [*folders, *files]:
            place = Path(path, name)
            told = place.relative_to(folder).as_posix()
            if place.is_symlink():
                yield told, (LINK, 0, os.readlink(place).encode())
            elif place.is_dir():
                yield told, ("folder", place.stat().st_mode, b"")
            else:
                yield told, ("file", place.stat().st_mode, place.read_bytes())


def differences(one: Seen, other: Seen) -> Iterator[str]:
    """Return what is not the same."""
    for path in sorted({*one.disk, *other.disk}):
        if one.disk.get(path) != other.disk.get(path):
            yield f"{path}: {one.disk.get(path)} != {other.disk.get(path)}"
    for name in ("index", "status", "left"):
        if getattr(one, name) != getattr(other, name):
            yield f"{name}: {getattr(one, name)} != {getattr(other, name)}"
