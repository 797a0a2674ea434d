"""The README's first command, up to where the project's own begins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from testing.baking import template_repository

STAND_IN = """

@nox.session(venv_backend="none")
def train(session: nox.Session) -> None:
    session.log("the pipeline would run")
"""


def test_the_demo_trains_if_nox_made_an_environment_for_itself(tmp_path: Path) -> None:
    template = template_repository(tmp_path)
    noxfile = template / "<<cookiecutter.project_slug>>" / "noxfile.py"
    source, main, end = noxfile.read_text(encoding="utf-8").partition("\n\nif __name__ == ")
    noxfile.write_text(source + STAND_IN + main + end, encoding="utf-8")
    # So nox calls itself from that environment, where uv was not there before.
    variables = {**os.environ, "NOX_SCRIPT_MODE": "none"}
    command = [sys.executable, "-m", "nox", "-s", "demo"]
    result = subprocess.run(command, cwd=template, env=variables, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the pipeline would run" in result.stdout
