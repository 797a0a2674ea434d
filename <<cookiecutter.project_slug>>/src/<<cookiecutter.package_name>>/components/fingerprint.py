"""A hash of the code that a component runs, so that TFX's cache notices an edit."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..features.columns import SCHEMA_FILE

PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint(module: str) -> str:
    """Hash a module of this package, all that it imports from the package, and what all run on.

    These are the schema and Keras' configuration.

    Args:
        module: its name within the package, for example 'training.trainer'.
    """
    of_all = (SCHEMA_FILE, PACKAGE / "keras_home" / "keras.json")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in of_all))
    for source in sorted(_closure(_run_to_import(module.split(".")))):
        name = source.relative_to(PACKAGE).as_posix()
        digest.update(name.encode() + source.read_bytes())
    return digest.hexdigest()


def imports(source: Path) -> Iterator[list[str]]:
    """Yield what a module imports from this package, wherever the import stands in it.

    Yields:
        The parts of a name within the package: of a module, or of what a module defines.
    """
    package = [PACKAGE.name, *source.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(source.read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [[*base, alias.name] for alias in node.names]
        yield from (rest for first, *rest in names if first == PACKAGE.name)


def file_of(name: Sequence[str]) -> Path | None:
    """Find the file of a module or a package, by the parts of its name within this package."""
    path = PACKAGE.joinpath(*name)
    found = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    return found[0] if found else None


def _closure(sources: list[Path]) -> set[Path]:
    seen: set[Path] = set()
    while sources:
        source = sources.pop()
        if source not in seen:
            seen.add(source)
            sources += [file for name in imports(source) for file in _run_to_import(name)]
    return seen


def _run_to_import(name: Sequence[str]) -> list[Path]:
    """List the files that are run to import a name: of its packages, too."""
    found = [file_of(name[:count]) for count in range(len(name) + 1)]
    return [file for file in found if file]
