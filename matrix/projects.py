"""What the tests of the matrix do with a project: install it, call it, ask what it has made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from sources import Claims
from testing.environments import shared_environment

PROBE = Path(__file__).with_name("probe.py")
# So many lines of what a command has printed are shown if it fails: a report may cut a longer text.
SHOWN = 100


def link_environment(project: Path, version: str, work: Path) -> Path:
    """Make the shared environment of a project's lock and a Python the project's own."""
    environment = shared_environment(project, version, work / "environments")
    link = project / ".venv"
    link.unlink(missing_ok=True)
    link.symlink_to(environment, target_is_directory=True)
    return environment


def call(
    command: list[Path | str], folder: Path, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command; TensorFlow's own messages go to its standard error."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(variables or {})},
        text=True,
        capture_output=True,
    )


def last_lines(result: subprocess.CompletedProcess[str]) -> str:
    """Return the last lines of what a command has printed, and of its errors."""
    return "\n".join([*result.stdout.splitlines()[-SHOWN:], *result.stderr.splitlines()[-SHOWN:]])


def probe(python: Path, project: Path, metric: str, *options: str) -> dict[str, Any]:
    """Ask ML Metadata and the pushed models; matrix/probe.py tells what."""
    answer = call([python, PROBE, project / "output", metric, *options], project)
    assert answer.returncode == 0, last_lines(answer)
    return json.loads(answer.stdout.splitlines()[-1])


def replicas(project: Path, count: int) -> dict[str, str]:
    """Return the environment variable that splits the CPU into so many devices."""
    return {f"{project.name.replace('-', '_').upper()}_LOGICAL_CPUS": str(count)}


def unit_tests(
    project: Path, claims: Claims, line: str, python: str, devices: int = 1
) -> tuple[list[str], subprocess.CompletedProcess[str] | None]:
    """Run the files of a project's unit tests that no other project has run, if there are any.

    Args:
        project: it has its environment.
        claims: those of the session.
        line: of TFX.
        python: the version of the environment's.
        devices: how many the CPU is split into.

    Returns:
        The files, and exit code and output of the project's session `tests`.
    """
    found = sorted(project.glob("tests/**/test_*.py"))
    unit_tests = [file for file in found if file.name != "test_e2e.py"]
    taken = claims.take(project, unit_tests, (line, python, str(devices)))
    files = [str(file.relative_to(project)) for file in taken]
    if not files:
        return [], None
    command = [sys.executable, "-m", "nox", "-s", "tests", "--", *files]
    return files, call(command, project, replicas(project, devices))
