"""One environment for all projects with the same lock and Python."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import findpython
from filelock import FileLock
from uv import find_uv_bin


class NoPythonError(Exception):
    """No suitable Python was found, and uv could not install one."""


class InstallError(Exception):
    """uv could not install a lock; the message is uv's."""


def shared_environment(project: Path, version: str, folder: Path) -> Path:
    """Install a project's lock, unless that was done before; see `environment_of`."""
    names = ("requirements.txt", "requirements-dev.txt", "requirements-kubeflow.txt")
    files = [project / name for name in names if (project / name).is_file()]
    return environment_of(files, version, folder)


def environment_of(files: list[Path], version: str, folder: Path) -> Path:
    """Install requirements files, unless that was done before.

    The stamp is the one that a project's noxfile.py looks for.

    Args:
        files: they name all packages, with hashes.
        version: of Python, for example 3.10.
        folder: where the environments are.

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
            uv = find_uv_bin()
            python = find_python(version)
            subprocess.run([uv, "venv", "-q", "--clear", "-p", python, environment], check=True)
            install = [uv, "pip", "install", "-q", "-p", environment]
            installed = subprocess.run(
                [*install, "--no-deps", "--require-hashes", *(f"-r{file}" for file in files)],
                env={**os.environ, "UV_COMPILE_BYTECODE": "1"},
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
            if installed.returncode:
                raise InstallError(installed.stderr)
            stamp.write_text(digest + "\n", encoding="utf-8")
    return environment


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
