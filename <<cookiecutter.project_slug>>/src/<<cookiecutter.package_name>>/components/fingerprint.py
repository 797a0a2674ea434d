"""What a component runs on, as a property of it: the key of TFX's cache has no code, no version."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_node import BaseNode

from ..console.errors import UserError

PACKAGE = Path(__file__).resolve().parents[1]
PROPERTY = "fingerprint"
# What TFX's own components run on, as Python imports it.
TFX = {
    "apache_beam",
    "keras",
    "tensorflow",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tfx",
    "tfx_bsl",
}


def add_fingerprints(components: Sequence[BaseNode]) -> None:
    """Let TFX run each component anew if its code is edited, or what it runs on is another version.

    Its code is that of the modules of this package that its executor or its properties name, and of
    those that they import, at any depth. Comments and docstrings do not count.

    Raises:
        UserError: a module imports from this package what is not there.
    """
    code = Code()
    for component in components:
        if isinstance(component, BaseComponent):
            component.exec_properties[PROPERTY] = code.fingerprint(names_in(component))


def names_in(component: BaseComponent) -> list[list[str]]:
    """List what a component is told of this package: its executor's class, a run_fn, a metric, ….

    Returns:
        The parts of each name within the package.
    """
    told = [component.executor_spec.class_path, *map(str, component.exec_properties.values())]
    pattern = rf"\b{re.escape(PACKAGE.name)}((?:\.\w+)+)"
    return [name.split(".")[1:] for text in told for name in re.findall(pattern, text)]


class Code:
    """The package's code and the installed versions, as they are when this is made."""

    def __init__(self) -> None:
        self._modules: dict[Path, tuple[str, list[list[str]]]] = {}
        self._versions = installed_versions()

    def fingerprint(self, names: Iterable[Sequence[str]]) -> str:
        """Hash modules, all that they import, and Keras' configuration.

        Args:
            names: the parts of names within this package; if there are none, only the versions of
                what TFX runs on are hashed.

        Raises:
            UserError: a module imports from this package what is not there.
        """
        digest = hashlib.sha256()
        packages = set(TFX)
        files = self._closure([file for name in names for file in files_of(name)])
        for file in sorted(files):
            code, imported = self._module(file)
            packages.update(first for first, *_ in imported)
            digest.update(f"{file.relative_to(PACKAGE)} {code}".encode())
        if files:
            digest.update((PACKAGE / "keras_home" / "keras.json").read_bytes())
        for package in sorted(packages):
            digest.update(f" {self._versions.get(package)}".encode())
        return digest.hexdigest()

    def _closure(self, files: list[Path]) -> set[Path]:
        seen: set[Path] = set()
        while files:
            file = files.pop()
            if file not in seen:
                seen.add(file)
                for first, *name in self._module(file)[1]:
                    if first == PACKAGE.name:
                        require(name, file)
                        files += files_of(name)
        return seen

    def _module(self, file: Path) -> tuple[str, list[list[str]]]:
        """Return a module's code, as a syntax tree, and the names that it imports."""
        if file not in self._modules:
            tree = parsed(file)
            code = ast.dump(without_docstrings(tree))
            self._modules[file] = code, [*imports(file, tree)]
        return self._modules[file]


def parsed(file: Path) -> ast.Module:
    """Parse a module.

    Raises:
        SyntaxError: it is no Python; it names the file.
    """
    try:
        return ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        if isinstance(error, SyntaxError) and error.filename:
            raise
        # Of null bytes.
        raise SyntaxError(str(error), (str(file), 1, 1, "")) from error


def imports(file: Path, tree: ast.Module) -> Iterator[list[str]]:
    """Yield the parts of each name that a module of this package imports, wherever it does so."""
    package = [PACKAGE.name, *file.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            yield from ([*base, alias.name] for alias in node.names)


def file_of(name: Sequence[str]) -> Path | None:
    """Find the file of a module or a package, by the parts of its name within this package."""
    path = PACKAGE.joinpath(*name)
    found = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    return found[0] if found else None


def files_of(name: Sequence[str]) -> list[Path]:
    """List the files that are run to import a name: of its packages, too."""
    found = [file_of(name[:count]) for count in range(len(name) + 1)]
    return [file for file in found if file]


def require(name: Sequence[str], importer: Path) -> None:
    """Require that a name is a module, or may be in one.

    Raises:
        UserError: it is not.
    """
    if not file_of(name) and not file_of(name[:-1]):
        raise UserError(
            f"{importer} imports {'.'.join([PACKAGE.name, *name])}, which is not there: no edit of "
            "it could be noticed"
        )


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Take the docstrings out of a module."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node):
            del node.body[0]
    return tree


def installed_versions() -> dict[str, list[str]]:
    """Return the names and versions of what is installed, by what Python imports of it."""
    found: dict[str, list[str]] = {}
    for folder in map(Path, sys.path):
        # What importlib.metadata takes from a file in it stands in the folder's name, too.
        for installed in sorted(folder.glob("*.dist-info")):
            name, _, _ = installed.stem.partition("-")
            tops = installed / "top_level.txt"
            for top in tops.read_text("utf-8").split() if tops.is_file() else [name]:
                found.setdefault(top, []).append(installed.stem)
    return found
