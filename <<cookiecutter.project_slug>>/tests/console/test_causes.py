from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console import (
    causes,
    errors,
)

Raise = Callable[[str], str]

# Of a library, as those that TFX wraps errors in.
WRAP = """
def wrap(function):
    try:
        function()
    except Exception as error:
        raise RuntimeError("a component failed") from error

def look_up(table, key):
    return table[key]
"""
OF_AUTOGRAPH = """in user code:

    File "{file}", line 5, in preprocessing_fn  *
        x = 1 + foo
    File "/lib/tensorflow.py", line 9, in add
        return x

    NameError: name 'foo' is not defined
"""
OF_BEAM = """Traceback (most recent call last):
  File "apache_beam/runners/common.py", line 1423, in apache_beam.runners.common.process
  File "{file}", line 7, in process
    raise ValueError("bad\\n row")
ValueError: bad
 row [while running 'Map']

During handling of the above exception, another exception occurred:
"""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Raise:
    """Run a module of the project, and return what is said of the error that it raises."""
    (tmp_path / "wrapping.py").write_text(WRAP, encoding="utf-8")
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(causes, "PACKAGE", package)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(package))

    def run(code: str) -> str:
        file = package / "model.py"
        file.write_text(code.replace("FILE", str(file)), encoding="utf-8")
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, "model", raising=False)
        try:
            importlib.import_module("model")
        except Exception as error:
            return causes.in_a_line(error).replace(str(file), "model.py")
        return "nothing is raised"

    return run


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("\nx = (1,\n)))", "model.py, line 3: SyntaxError: unmatched ')'"),
        ("if True:\nx = 1", "model.py, line 2: IndentationError: expected an indented block"),
        ("if True:\n\tx = 1\n        y = 2", "model.py, line 3: TabError: inconsistent use"),
        ("import nowhere_at_all", "model.py, line 1: ModuleNotFoundError: No module named 'nowh"),
        ("from sys import nothing", "model.py, line 1: ImportError: cannot import name 'nothing'"),
        ("\n\n1 / 0", "model.py, line 3: ZeroDivisionError: division by zero"),
        ("{}['x']", "model.py, line 1: KeyError: 'x'"),
        (
            "raise ValueError('\\x1b[1mbad\\x1b[0m units')",
            "model.py, line 1: ValueError: bad units",
        ),
        (
            "import wrapping\nwrapping.look_up({}, 'x')",
            "model.py, line 2: KeyError: 'x'",
        ),
        (
            "import wrapping\n\ndef fail():\n    raise ValueError('bad\\n units')\n"
            "wrapping.wrap(fail)",
            "model.py, line 4: ValueError: bad units",
        ),
        (
            "import wrapping\nwrapping.wrap(lambda: wrapping.look_up({}, 'x'))",
            "model.py, line 2: KeyError: 'x'",
        ),
        (
            "try:\n    {}['x']\nexcept KeyError:\n    raise ValueError('no column x')",
            "model.py, line 4: ValueError: no column x",
        ),
        (
            f"text = '''{OF_AUTOGRAPH.format(file='FILE')}'''\nimport wrapping\n"
            "def fail():\n    raise NameError(text) from None\nwrapping.wrap(fail)",
            "model.py, line 5: NameError: name 'foo' is not defined",
        ),
        (
            f"text = '''{OF_BEAM.format(file='FILE')}'''\nraise RuntimeError(text)",
            "model.py, line 7: ValueError: bad row",
        ),
    ],
)
def test_the_place_and_the_cause_are_told(said: Raise, code: str, told: str) -> None:
    assert said(code).startswith(told)


def test_what_is_long_is_cut(said: Raise) -> None:
    assert len(said("raise ValueError('many words ' * 1000)")) < causes.LONGEST + 100


def test_an_error_of_a_library_alone_has_no_place() -> None:
    assert causes.in_a_line(OSError("what is this")) == "OSError: what is this"


@pytest.mark.parametrize("made", [True, False])
def test_the_environment_is_named_outside_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: bool
) -> None:
    monkeypatch.setattr(causes, "PACKAGE", tmp_path / "src" / "package")
    activate = tmp_path / ".venv" / "bin" / "activate"
    if made:
        activate.parent.mkdir(parents=True)
        activate.touch()
    error = ModuleNotFoundError("No module named 'pydantic'", name="pydantic")
    assert causes.missing_environment(error) == ""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    told = errors.in_other_words(error, [])
    assert told.exit_code == 2
    assert sys.executable in str(told)
    assert (str(activate) if made else "`nox -s train` makes it") in str(told)
    assert causes.missing_environment(ValueError("no module")) == ""
