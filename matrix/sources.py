"""Which unit tests are the same in several projects: what they run is, but for the project's name.

A test file runs itself, the conftest.py of its folders, the modules of the package that these
import, at any depth, and whatever else of the project's files the source of one of them names.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

SKIPPED = {".git", ".venv", ".nox", "__pycache__", "output"}


class Claims:
    """Lets each test file be run once by the cells of a session that have the same sources.

    Args:
        folder: what the session's processes share; is made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, test: Path, key: tuple[str, ...]) -> bool:
        """Whether nobody has taken it before; from now on it is taken.

        Args:
            test: a file in the `tests` of a project.
            key: what else the tests' result may depend on.
        """
        claim = self._folder / digest(test, key)
        try:
            claim.mkdir(parents=True)
        except FileExistsError:
            return False
        return True


def digest(test: Path, key: tuple[str, ...]) -> str:
    """Hash a test file with all that it runs, and a key."""
    folders = [*itertools.takewhile(lambda each: each.name != "tests", test.parents)]
    tests = test.parents[len(folders)]
    project = tests.parent
    package = project.name.replace("-", "_")
    fixtures = [each / "conftest.py" for each in (tests, *folders)]
    sources = closure(project, test, *filter(Path.is_file, fixtures))
    texts = {file: file.read_text(encoding="utf-8") for file in sources}
    named = {file for file in others(project) if any(file.name in text for text in texts.values())}
    hashed = hashlib.sha256(repr(key).encode())
    for file in sorted(sources | named):
        place = str(file.relative_to(project)).replace(package, "PACKAGE")
        content = file.read_bytes().replace(package.encode(), b"PACKAGE")
        content = content.replace(package.upper().encode(), b"PACKAGE")
        hashed.update(f"{place} {len(content)} ".encode() + content)
    return hashed.hexdigest()


def closure(project: Path, *modules: Path) -> set[Path]:
    """List the files of modules, and of those of the package that they import, at any depth."""
    found: set[Path] = set()
    waiting = [*modules]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += imports(project, file)
    return found


@functools.cache
def imports(project: Path, source: Path) -> list[Path]:
    """List the files of the package that a module's imports may mean, and those of the packages."""
    roots = (project / "src", project / "tests")
    found: list[Path] = []
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            dotted = [alias.name for alias in node.names]
            bases = roots
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            dotted = [module, *(f"{module}.{alias.name}".lstrip(".") for alias in node.names)]
            bases = (source.parents[node.level - 1],) if node.level else roots
        else:
            continue
        for base in bases:
            for name in dotted:
                found += _files(base, name)
    return found


@functools.cache
def others(project: Path) -> list[Path]:
    """List the files of a project that are no modules of its package or its tests."""
    return [
        file
        for file in _walk(project)
        if file.suffix != ".py" or not {"src", "tests"} & {*file.relative_to(project).parts}
    ]


def _walk(folder: Path) -> Iterator[Path]:
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink() and each.name not in SKIPPED:
            yield from _walk(each)
        elif each.is_file():
            yield each


def _files(base: Path, dotted: str) -> Iterator[Path]:
    """Find a module, and the packages that it is in."""
    path = base
    for part in filter(None, dotted.split(".")):
        path /= part
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                yield file
