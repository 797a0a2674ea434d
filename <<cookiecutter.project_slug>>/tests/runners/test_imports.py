"""TFX reads the annotations of components, so they are not postponed."""

import sys
from pathlib import Path
from typing import Callable

import pytest
from tfx.dsl.component.experimental.annotations import Parameter
from tfx.dsl.component.experimental.decorators import component

from << cookiecutter.package_name >>.components import fingerprint
from << cookiecutter.package_name >>.console.errors import (
    UnexpectedError,
    UserError,
)
from << cookiecutter.package_name >>.runners import imports

Require = Callable[[str], None]


@component
def Calls(run_fn: Parameter[str]) -> None:  # noqa: N802 (the function becomes a class)
    """Call a function, as the Trainer does."""


@pytest.fixture
def require(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Require:
    """Require that what a component calls can be imported, in a process of its own."""
    package = tmp_path / "toys"
    package.mkdir()
    for name, code in {
        "__init__": "",
        "whole": "def run_fn(): ...",
        "broken": "import nowhere_at_all",
        "ended": "raise SystemExit(5)",
    }.items():
        (package / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in (fingerprint, imports):
        monkeypatch.setattr(module, "PACKAGE", package)
    return lambda path: imports.require_importable([Calls(run_fn=path)], apart=True)


def test_what_can_be_imported_is_so_elsewhere(require: Require) -> None:
    require("toys.whole.run_fn")
    assert "toys.whole" not in sys.modules


@pytest.mark.parametrize(
    "path", ["toys.whole.run", "toys.hole.run_fn", "nowhere.run_fn", "run_fn", "toys.whole."]
)
def test_what_is_not_there_is_told(require: Require, path: str) -> None:
    with pytest.raises(UserError, match=rf"^Calls: run_fn is '{path}' in pipeline.py, which is n"):
        require(path)


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("broken", "code failed: .*No module named 'nowhere_at_all'"),
        ("ended", "code failed: .*SystemExit: 5"),
    ],
)
def test_what_cannot_be_imported_is_told(require: Require, module: str, told: str) -> None:
    with pytest.raises(UnexpectedError, match=told):
        require(f"toys.{module}.run_fn")
