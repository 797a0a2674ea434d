"""Imports that an upgrade has broken: of modules that have moved, or in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

# Where packages begin.
_SOURCES = "src"


def read(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Read the Python files among some paths in a folder."""
    return {
        name: (folder / name).read_text(encoding="utf-8", errors="replace")
        for name in names
        if name.endswith(".py") and (folder / name).is_file()
    }


def broken(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Find the lines that import from the project's own packages what is not there any more.

    Args:
        before: Python files by their paths.
        after: the same for the time after the upgrade.

    Returns:
        `PATH:LINE: the line`, without those that were wrong before.
    """
    wrong = {(path, line) for path, _, line in _missing(before)}
    return [
        f"{path}:{number}: {line}"
        for path, number, line in _missing(after)
        if (path, line) not in wrong
    ]


def _missing(files: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    modules = {name for path in files for name in _with_packages(_module(path))}
    packages = {name.partition(".")[0] for name in modules}
    inits = {_module(path): text for path, text in files.items() if path.endswith("/__init__.py")}
    for path, text in sorted(files.items()):
        try:
            nodes = list(ast.walk(ast.parse(text)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # It has git's marks, was no Python before, or is nested too deeply for the parser.
            continue
        for node in nodes:
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            for module, name in _imported(node, path):
                if module.partition(".")[0] not in packages:
                    continue
                known = module in modules and (
                    not name
                    or f"{module}.{name}" in modules
                    or (module in inits and re.search(rf"\b{name}\b", inits[module]))
                    or (module not in inits and _is_file(module, files))
                )
                if not known:
                    yield path, node.lineno, text.splitlines()[node.lineno - 1].strip()
                    break


def _imported(node: ast.Import | ast.ImportFrom, path: str) -> Iterator[tuple[str, str]]:
    """Return the modules that a statement imports, and what it imports of them, if that is said."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
    else:
        package = _package(path).split(".")
        base = package[: len(package) - node.level + 1] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        names = [alias.name for alias in node.names if alias.name != "*"]
        yield from ((module, name) for name in names or [""])


def _is_file(module: str, files: Mapping[str, str]) -> bool:
    """Whether a module is a file, of whose names nothing is known here."""
    path = module.replace(".", "/")
    return f"{path}.py" in files or f"{_SOURCES}/{path}.py" in files


def _module(path: str) -> str:
    """Name a file's module, as it is imported."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[0] == _SOURCES:
        del parts[0]
    if parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts)


def _package(path: str) -> str:
    """Name the package that a file's relative imports begin at."""
    module = _module(path)
    return module if path.endswith("/__init__.py") else module.rpartition(".")[0]


def _with_packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
