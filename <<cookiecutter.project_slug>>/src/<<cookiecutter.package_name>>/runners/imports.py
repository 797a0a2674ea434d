"""Imports what the components are going to call, before any of them runs."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_node import BaseNode

from ..components.fingerprint import PACKAGE, file_of, names_in
from ..console.errors import UserError
from .processes import Call


def require_importable(nodes: Iterable[BaseNode], apart: bool) -> None:
    """Import what components name, of this package or as a function, by dotted paths.

    Args:
        nodes: of the pipeline.
        apart: whether to do so in a process of its own: what is imported may make TensorFlow start
            threads, which must not be at work where others are forked.

    Raises:
        UserError: there is no such module or function.
        UnexpectedError: a module cannot be imported.
    """
    components = [node for node in nodes if isinstance(node, BaseComponent)]
    if apart:
        Call("the import of the project's code", _import, components).result()
    else:
        _import(components)


def _import(components: Iterable[BaseComponent]) -> None:
    for component in components:
        for name in names_in(component):
            module = next(
                name[:count] for count in range(len(name), -1, -1) if file_of(name[:count])
            )
            importlib.import_module(".".join([PACKAGE.name, *module]))
        for key, path in component.exec_properties.items():
            if key.endswith("_fn") and isinstance(path, str) and path:
                _require_function(f"{component.id}: {key}", path)


def _require_function(what: str, path: str) -> None:
    module, _, function = path.rpartition(".")
    missing = UserError(f"{what} is {path!r} in pipeline.py, which is not there")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if f"{module}.".startswith(f"{error.name}."):
            raise missing from error
        raise
    except ValueError as error:
        raise missing from error
    if not hasattr(found, function):
        raise missing
