from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console import logs
from << cookiecutter.package_name >>.console.errors import UserError


def test_only_what_is_meant_for_the_terminal_reaches_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with logs.redirected(tmp_path) as (terminal, file):
        print("from Python")
        os.write(sys.stderr.fileno(), b"from C++\n")
        print("for the user", file=terminal)
    print("afterwards")
    assert capfd.readouterr().out == "for the user\nafterwards\n"
    assert sorted(file.read_text().splitlines()) == ["from C++", "from Python"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "output").touch()
    told = r"no log can be written to .*: Not a directory"
    with pytest.raises(UserError, match=told), logs.redirected(tmp_path / "output" / "logs"):
        pass
