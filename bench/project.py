"""The project that a benchmark runs, and what a process costs."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import os
import random
import shutil
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


class CommandError(RuntimeError):
    """A command failed; the message is the end of what it printed.

    Attributes:
        code: its exit code.
        seconds: how long it took.
    """

    def __init__(self, command: list[str | Path], code: int, seconds: float, log: Path) -> None:
        super().__init__(f"{command} failed:\n{log.read_text(errors='replace')[-2000:]}")
        self.code = code
        self.seconds = seconds


def measure(
    command: list[str | Path],
    folder: Path,
    variables: dict[str, str],
    answer: Path | None = None,
) -> Cost:
    """Run a command to its end; what it prints goes to bench.log in the folder.

    Args:
        command: with its arguments.
        folder: where it runs.
        variables: what the environment has besides this process's.
        answer: the file for standard output, where that is not for bench.log.

    Raises:
        CommandError: it failed.
    """
    log = folder / "bench.log"
    for file in (log, answer or log):
        file.write_bytes(b"")
    peak = 0
    started = time.monotonic()
    with log.open("ab") as errors, (answer or log).open("ab") as output:
        process = psutil.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=output,
            stderr=errors,
        )
        code = None
        while code is None:
            try:
                code = process.wait(INTERVAL)
            except psutil.TimeoutExpired:
                peak = max(peak, _resident(process))
    seconds = time.monotonic() - started
    if code:
        raise CommandError(command, code, seconds, log)
    return Cost(seconds, peak / 2**20)


def _resident(process: psutil.Process) -> int:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += each.memory_full_info().pss
    return total


class Project:
    """A project (by default taxi, keras, Transform, OneDeviceStrategy) in a folder of its own.

    Attributes:
        folder: where it is.
        environment: what its lock names, installed.
    """

    def __init__(self, work: Path, line: str, slug: str = SLUG, **answers: str) -> None:
        self._work = work
        self._package = slug.replace("-", "_")
        self._answers = {
            "project_name": slug,
            "example": "taxi",
            "tfx_version": line,
            **answers,
        }
        self.folder = work / slug
        self.generate()
        python = LINES[line]["pythons"][-1]
        self.environment = shared_environment(self.folder, python, work / "environments")

    @property
    def data(self) -> Path:
        """The CSV file of the example taxi."""
        return self.folder / "data" / "taxi" / "taxi.csv"

    @property
    def digest(self) -> str:
        """What tells the project's code and lock from others."""
        files = [*self.folder.glob("src/**/*.py"), *self.folder.glob("requirements*.txt")]
        content = hashlib.sha256()
        for file in sorted(files):
            content.update(file.read_bytes())
        return content.hexdigest()[:12]

    def generate(self) -> Cost:
        """Generate the project anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        command = [Path(sys.executable).with_name("cookiecutter"), str(ROOT), "--no-input"]
        answers = [f"{name}={value}" for name, value in self._answers.items()]
        return measure([*command, f"--output-dir={self._work}", *answers], self._work, {})

    def copy_to(self, folder: Path) -> Project:
        """Copy it, as it is, to another folder."""
        copied = copy.copy(self)
        copied.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True)
        return copied

    def call(
        self,
        *arguments: str | Path,
        settings: dict[str, str] | None = None,
        answer: Path | None = None,
    ) -> Cost:
        """Call the project's command line, which prints to bench.log.

        Args:
            arguments: of the command line.
            settings: those that variables of the environment set, by their names.
            answer: the file for standard output, where that is not for bench.log.
        """
        command = [self.environment / "bin" / "python", "-m", self._package]
        prefix = self._package.upper()
        variables = {f"{prefix}_{name.upper()}": each for name, each in (settings or {}).items()}
        variables["PYTHONPATH"] = "src"
        return measure([*command, *arguments], self.folder, variables, answer)

    def multiply(self, times: int) -> None:
        """Draw more rows with replacement from the real ones, by a fixed seed."""
        header, *rows = self.data.read_text(encoding="utf-8").splitlines()
        drawn = random.Random(1).choices(rows, k=times * len(rows))
        self.data.write_text("\n".join([header, *drawn]) + "\n", encoding="utf-8")
