"""Which package may import which: each only those below it.

Every import counts, in functions and for type checkers too: what a module names, it depends on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.components.fingerprint import (
    PACKAGE,
    file_of,
    imports,
)

# From the bottom to the top; those of one line do not know each other.
LAYERS = [
    {"project"},
    {"settings"},
    {"console"},
    {"files", "metrics", "services"},
    {"features"},
    {"new_data", "training"},
    {"serving"},
    {"components", "evaluation"},
    {"pipeline"},
    {"runners"},
    {"cli"},
    {"__main__"},
]
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
# Of your own beside them: they may import, and be imported, as you like.
LOWEST, HIGHEST = -1, len(LAYERS)
# Whether a model is trained anew is decided by the code of these: no other setting, and no metric,
# may be part of it.
TRAINED = {"features", "training"}
UNKNOWN_TO_THEM = {"settings", "evaluation"}

MODULES = [file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py"]


def name_of(file: Path) -> str:
    """Name a module as it is imported within the package."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


def room(file: Path) -> str:
    """Name the package that a module is in, or the module itself if it is in none."""
    return name_of(file).partition(".")[0]


def names_in(file: Path) -> Iterator[list[str]]:
    """Yield what a module imports from this package, as the parts of names within it."""
    names = imports(file, ast.parse(file.read_bytes()))
    return (name for first, *name in names if first == PACKAGE.name)


def imported(file: Path) -> set[Path]:
    """List the modules that a module imports, or imports something from."""
    found = {file_of(name) or file_of(name[:-1]) for name in names_in(file)}
    assert None not in found, f"{name_of(file)} imports what is not there"
    return found - {file, PACKAGE / "__init__.py"}


def defined(file: Path) -> set[str]:
    """Name what a module defines itself."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(each.id for each in targets if isinstance(each, ast.Name))
    return names


def test_every_level_is_there() -> None:
    assert LEVELS.keys() <= {room(file) for file in MODULES}


def test_a_package_imports_only_those_below_it() -> None:
    forbidden = [
        f"{name_of(file)} must not import {name_of(other)}"
        for file in MODULES
        for other in imported(file)
        if room(other) != room(file)
        and LEVELS.get(room(other), LOWEST) >= LEVELS.get(room(file), HIGHEST)
    ]
    assert not forbidden, "\n".join(sorted(forbidden))


@pytest.mark.parametrize("start", [file for file in MODULES if room(file) in TRAINED], ids=name_of)
def test_what_is_trained_knows_neither_settings_nor_metrics(start: Path) -> None:
    ways = {start: name_of(start)}
    waiting = [start]
    while waiting:
        file = waiting.pop()
        for other in imported(file) - ways.keys():
            ways[other] = f"{ways[file]} -> {name_of(other)}"
            assert room(other) not in UNKNOWN_TO_THEM, f"take it as an argument: {ways[other]}"
            waiting.append(other)


def test_no_module_hands_on_what_another_defines() -> None:
    handed_on = [
        f"{name_of(file)} takes {name[-1]} from {name_of(source)}, which does not define it"
        for file in MODULES
        for name in names_in(file)
        for source in [file_of(name[:-1])]
        if not file_of(name) and source and name[-1] not in defined(source)
    ]
    assert not handed_on, "\n".join(sorted(handed_on))
