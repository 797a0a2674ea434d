"""One environment for all projects with the same lock and Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import findpython
from filelock import FileLock
from uv import find_uv_bin

# What Python compiles gets its name when it is complete.
HALF_WRITTEN = shutil.ignore_patterns("*.pyc.*")


class NoPythonError(Exception):
    """No suitable Python was found, and uv could not install one."""


class InstallError(Exception):
    """uv could not install a lock; the message is uv's."""


def shared_environment(project: Path, version: str, folder: Path) -> Path:
    """Install a project's lock, unless that was done before; see `environment_of`.

    What Kubeflow takes besides is added to a copy of what all projects have.
    """
    files = [project / "requirements.txt", project / "requirements-dev.txt"]
    environment = environment_of(files, version, folder)
    kubeflow = project / "requirements-kubeflow.txt"
    if not kubeflow.is_file():
        return environment
    return environment_of([*files, kubeflow], version, folder, given=environment)


def environment_of(
    files: list[Path], version: str, folder: Path, given: Path | None = None
) -> Path:
    """Install requirements files, unless that was done before.

    The stamp is the one that a project's noxfile.py looks for.

    Args:
        files: they name all packages, with hashes.
        version: of Python, for example 3.10.
        folder: where the environments are.
        given: an environment of all files but the last.

    Raises:
        NoPythonError: says which Python to install.
        InstallError: uv could not install the lock.
    """
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    environment = folder / f"{version}-{digest[:12]}"
    stamp = environment / ".requirements-sha256"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{environment}.lock"):
        if not stamp.is_file():
            if given:
                shutil.rmtree(environment, ignore_errors=True)
                shutil.copytree(
                    given, environment, symlinks=True, ignore=HALF_WRITTEN, copy_function=_link
                )
                stamp.unlink()
                _install(environment, files[-1:])
            else:
                python = find_python(version)
                options = ["-q", "--clear", "--relocatable", "-p", python]
                subprocess.run([find_uv_bin(), "venv", *options, environment], check=True)
                _install(environment, files)
            stamp.write_text(digest + "\n", encoding="utf-8")
    return environment


def _install(environment: Path, files: list[Path]) -> None:
    installed = subprocess.run(
        [
            *(find_uv_bin(), "pip", "install", "-q", "-p", environment),
            *("--no-deps", "--require-hashes", *(f"-r{file}" for file in files)),
        ],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise InstallError(installed.stderr)


def _link(source: str, target: str) -> None:
    """Let both names be the same file: what replaces one of them leaves the other as it is."""
    os.link(source, target, follow_symlinks=False)


def find_python(version: str) -> str:
    """Find a Python on PATH, in pyenv or by uv, and let uv fetch it if there is none.

    Raises:
        NoPythonError: says which Python to install.
    """
    if found := findpython.find(version):
        return str(found.executable)
    if subprocess.run([find_uv_bin(), "python", "install", "-q", version], check=False).returncode:
        raise NoPythonError(f"install Python {version}: TFX does not run on the ones found here")
    return version
