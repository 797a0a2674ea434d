"""A hash of the code that a component runs, so that TFX's cache notices an edit."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from .columns import SCHEMA_FILE

PACKAGE = Path(__file__).parent


def fingerprint(module: str) -> str:
    """Hash a module of this package, all that it imports from the package, and what all run on.

    These are the schema and Keras' configuration.

    Args:
        module: its name within the package, for example 'trainer'.
    """
    of_all = (SCHEMA_FILE, PACKAGE / "__init__.py", PACKAGE / "keras_home" / "keras.json")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in of_all))
    for source in sorted(_closure(PACKAGE / f"{module}.py", set())):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()


def _closure(source: Path, seen: set[Path]) -> set[Path]:
    if source not in seen and source.is_file():
        seen.add(source)
        for imported in _imports(source):
            _closure(imported, seen)
    return seen


def _imports(source: Path) -> list[Path]:
    """List the files that a module's relative imports may mean."""
    files = []
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            files += [PACKAGE / f"{name}.py" for name in names]
    return files
