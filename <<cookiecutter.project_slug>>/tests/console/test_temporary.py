from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console import temporary

LEAVE = "import tempfile; print(tempfile.mkstemp()[1])"


def test_what_anyone_leaves_behind_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with contextlib.suppress(ZeroDivisionError), temporary.own_folder():
        here = Path(tempfile.mkstemp()[1])
        there = Path(subprocess.check_output([sys.executable, "-c", LEAVE], text=True).strip())
        assert here.parent == there.parent != tmp_path
        raise ZeroDivisionError
    assert [*tmp_path.iterdir()] == []
    assert os.environ["TMPDIR"] == tempfile.gettempdir() == str(tmp_path)


def test_without_a_place_for_them_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    with temporary.own_folder():
        assert tempfile.gettempdir() == os.curdir
