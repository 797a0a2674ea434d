from __future__ import annotations

import contextlib
import os

import pytest

from << cookiecutter.package_name >>.console.environment import (
    variables,
)


def test_variables_are_set_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY", "before")
    monkeypatch.delenv("OTHER_TOY", raising=False)
    with contextlib.suppress(ZeroDivisionError), variables({"TOY": "1", "OTHER_TOY": "2"}):
        assert (os.environ["TOY"], os.environ["OTHER_TOY"]) == ("1", "2")
        raise ZeroDivisionError
    assert os.environ["TOY"] == "before"
    assert "OTHER_TOY" not in os.environ
