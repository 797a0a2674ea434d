"""Which unit tests are the same in several projects: what they run is, but for the project's name.

A test file runs itself, what it uses of the conftest.py of its folders, the modules of the package
that these import, at any depth, and the files that it or `settings.py`, which knows where the
project is, names. If it looks at the package as a whole, by `PACKAGE`, it runs all of it.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

SKIPPED = {".git", ".venv", ".nox", "__pycache__", "output"}


class Claims:
    """Lets each test file be run once by the projects of a session that have the same sources.

    Args:
        folder: what the session's processes share; is made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, project: Path, tests: list[Path], key: tuple[str, ...]) -> list[Path]:
        """Return the test files that nobody has taken before; from now on they are taken.

        Args:
            project: its folder.
            tests: files in its `tests`.
            key: what else the tests' result may depend on.
        """
        sources = Sources(project)
        return [test for test in tests if self._is_new(sources.digest(test, key))]

    def _is_new(self, digest: str) -> bool:
        try:
            (self._folder / digest).mkdir(parents=True)
        except FileExistsError:
            return False
        return True


class Sources:
    """The sources of a project, as they are now.

    Args:
        project: its folder.
    """

    def __init__(self, project: Path) -> None:
        self._project = project
        self._package = project.name.replace("-", "_")
        self._others = others(project)
        self._imports: dict[Path, list[Path]] = {}

    def digest(self, test: Path, key: tuple[str, ...]) -> str:
        """Hash a test file with all that it runs, and a key."""
        own = ast.parse(test.read_bytes())
        nodes: list[ast.AST] = [own]
        imported = imports(self._project, test, own)
        for folder in test.parents:
            conftest = folder / "conftest.py"
            if folder.is_relative_to(self._project / "tests") and conftest.is_file():
                used = used_of(ast.parse(conftest.read_bytes()), nodes)
                nodes += used
                for node in used:
                    imported += imports(self._project, conftest, node)
        told = " ".join(map(ast.unparse, nodes))
        dotted = re.findall(rf"\b{self._package}(?:\.\w+)+", told)
        for name in (self._package, *dotted):
            imported += _files(self._project / "src", name)
        if re.search(r"\bPACKAGE\b", told):
            imported += (self._project / "src").rglob("*.py")
        modules = self._closure(imported)
        known = [file for file in modules if file.name == "settings.py"]
        texts = [told, *(file.read_text("utf-8") for file in known)]
        named = {file for file in self._others if any(file.name in text for text in texts)}
        hashed = hashlib.sha256(repr(key).encode())
        for text in texts:
            hashed.update(self._renamed(text.encode()))
        for file in sorted(modules | named):
            place = self._renamed(str(file.relative_to(self._project)).encode())
            content = self._renamed(file.read_bytes())
            hashed.update(b"%s %d %s" % (place, len(content), content))
        return hashed.hexdigest()

    def _closure(self, modules: list[Path]) -> set[Path]:
        """List modules, and those of the package that they import, at any depth."""
        found: set[Path] = set()
        waiting = [*modules]
        while waiting:
            file = waiting.pop()
            if file not in found:
                found.add(file)
                waiting += self._imports_of(file)
        return found

    def _imports_of(self, file: Path) -> list[Path]:
        if file not in self._imports:
            self._imports[file] = imports(self._project, file, ast.parse(file.read_bytes()))
        return self._imports[file]

    def _renamed(self, content: bytes) -> bytes:
        """Call the project, its package and what its variables begin with the same."""
        for name in (self._project.name, self._package, self._package.upper()):
            content = content.replace(name.encode(), b"NAME")
        return content


def used_of(conftest: ast.Module, users: list[ast.AST]) -> list[ast.AST]:
    """List the statements of a conftest.py that define what others use, at any depth.

    What defines nothing is always run, and so is what it uses.
    """
    defining: dict[str, ast.AST] = {}
    body = [each for node in conftest.body for each in _one_by_one(node)]
    for node in body:
        defining.update(dict.fromkeys(names_bound(node), node))
    always = [node for node in body if not [*names_bound(node)]]
    found: list[ast.AST] = []
    waiting = [*users, *always]
    while waiting:
        node = waiting.pop()
        needed = [defining[name] for name in sorted(names_used(node)) if name in defining]
        for each in needed:
            if each not in found:
                found.append(each)
                waiting.append(each)
    return [node for node in body if node in found or node in always]


def _one_by_one(statement: ast.stmt) -> list[ast.stmt]:
    """Let each import be of one name."""
    if isinstance(statement, ast.ImportFrom):
        module, level = statement.module, statement.level
        return [ast.ImportFrom(module, [alias], level) for alias in statement.names]
    return [statement]


def names_bound(statement: ast.AST) -> Iterator[str]:
    """Yield the names that a statement gives to something."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def names_used(node: ast.AST) -> set[str]:
    """Name what a node mentions: variables, arguments, which may be fixtures, and texts."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.arg):
            found.add(each.arg)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
    return found


def imports(project: Path, source: Path, tree: ast.AST) -> list[Path]:
    """List the files that the imports in a module, or a part of it, may mean."""
    roots = (project / "src", project / "tests")
    found: list[Path] = []
    for node in ast.walk(tree):
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
