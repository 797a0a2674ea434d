"""The taxi project that the benchmarks run, and what a process costs."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from testing.environments import shared_environment
from testing.template import LINES, ROOT

STEPS = "1000"
INTERVAL = 0.5  # seconds
SLUG = "bench-taxi"


@dataclass(frozen=True)
class Cost:
    """Of a process and those that it starts: wall seconds, and peak memory in MiB.

    Memory is the sum of what is resident of each, pages that several share counted once (PSS),
    looked at twice a second.
    """

    seconds: float
    mebibytes: float


def measure(command: list[str | Path], folder: Path, variables: dict[str, str]) -> Cost:
    """Run a command to its end; what it prints goes to bench.log in the folder.

    Raises:
        RuntimeError: it failed; the message is the end of what it printed.
    """
    log = folder / "bench.log"
    peak = 0
    started = time.monotonic()
    with log.open("wb") as output:
        process = psutil.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        code = None
        while code is None:
            try:
                code = process.wait(INTERVAL)
            except psutil.TimeoutExpired:
                peak = max(peak, _resident(process))
    seconds = time.monotonic() - started
    if code:
        raise RuntimeError(f"{command} failed:\n{log.read_text(errors='replace')[-2000:]}")
    return Cost(seconds, peak / 2**20)


def _resident(process: psutil.Process) -> int:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += each.memory_full_info().pss
    return total


class Project:
    """The taxi project (keras, Transform, OneDeviceStrategy) in a folder of its own.

    Attributes:
        folder: where it is.
        data: its CSV file.
        environment: what its lock names, installed.
    """

    def __init__(self, work: Path, line: str, orchestrator: str) -> None:
        self._work = work
        self._answers = {
            "project_name": SLUG,
            "example": "taxi",
            "tfx_version": line,
            "orchestrator": orchestrator,
        }
        self.folder = work / SLUG
        self.data = self.folder / "data" / "taxi" / "taxi.csv"
        self.generate()
        python = LINES[line]["pythons"][-1]
        self.environment = shared_environment(self.folder, python, work / "environments")

    def generate(self) -> Cost:
        """Generate the project anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        command = [Path(sys.executable).with_name("cookiecutter"), str(ROOT), "--no-input"]
        answers = [f"{name}={value}" for name, value in self._answers.items()]
        return measure([*command, f"--output-dir={self._work}", *answers], self._work, {})

    def call(self, *arguments: str) -> Cost:
        """Call the project's command line, which prints to bench.log."""
        command = [self.environment / "bin" / "python", "-m", SLUG.replace("-", "_")]
        return measure([*command, *arguments], self.folder, {"PYTHONPATH": "src"})

    def multiply(self, times: int) -> None:
        """Draw more rows with replacement from the real ones, by a fixed seed."""
        header, *rows = self.data.read_text(encoding="utf-8").splitlines()
        drawn = random.Random(1).choices(rows, k=times * len(rows))
        self.data.write_text("\n".join([header, *drawn]) + "\n", encoding="utf-8")
