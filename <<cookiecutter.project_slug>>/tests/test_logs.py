from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import logs


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
