# /// script
# dependencies = ["findpython", "nox>=2025.2.9", "uv"]
# ///
"""What there is to do, each with `nox -s NAME`; only nox itself must be installed."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import findpython
import nox
from uv import find_uv_bin

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv"

PACKAGE = "<< cookiecutter.package_name >>"
PYTHONS = ("<< cookiecutter._lines[cookiecutter.tfx_version].pythons | reverse | join('", "') >>")
GROUPS = ("dev",<< ' "kubeflow"' if cookiecutter.__kubeflow >>)
REQUIREMENTS = (Path("requirements.txt"), *(Path(f"requirements-{name}.txt") for name in GROUPS))
# TFX takes 3 GB, so the sessions that need it share one environment.
ENVIRONMENT = Path(".venv").absolute()
STAMP = ENVIRONMENT / ".requirements-sha256"
UV = find_uv_bin()
# As cookiecutter abbreviates addresses.
HOSTS = {"gh": "github.com", "gl": "gitlab.com", "bb": "bitbucket.org"}

logging.getLogger("findpython").setLevel(logging.WARNING)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types; needs no TFX."""
    # uv checks the hashes of the file. What runs the notebook is not installed: there are no
    # wheels of it for each Python that may run nox.
    session.install("--constraint=requirements-dev.txt", "mypy", "ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run the unit tests, or with `-- -m e2e` those that run the whole pipeline."""
    _run_module(session, "pytest", *session.posargs)


@nox.session(venv_backend="none", default=False)
def train(session: nox.Session) -> None:
    """Run the pipeline, with the options after `--`."""
    _run_module(session, PACKAGE, "run", *session.posargs)


@nox.session(venv_backend="none", default=False)
def lock(session: nox.Session) -> None:
    """Write the requirements files anew, with the newest versions that pyproject.toml allows."""
    copy = session.create_tmp()
    shutil.copy("pyproject.toml", copy)
    lock = [UV, "lock", "--quiet", "--upgrade", "--python", _python(session)]
    session.run(*lock, "--project", copy, external=True)
    export = [UV, "export", "--quiet", "--frozen", "--project", copy]
    export += ["--no-emit-project", "--no-header", "--no-annotate", "--format=requirements-txt"]
    selections = ("--no-dev", *(f"--only-group={name}" for name in GROUPS))
    for file, selection in zip(REQUIREMENTS, selections):
        session.run(*export, selection, "--output-file", str(file.absolute()), external=True)


@nox.session(venv_backend="none", default=False)
def upgrade(session: nox.Session) -> None:
    """Merge a newer template, or other answers (`-- --help`); exit with 3 on conflicts."""
    if {"--undo", "--continue"}.intersection(session.posargs):
        _exit_as(sys.executable, _recovery(session), *session.posargs)
        return
    try:
        record = json.loads(Path(".cookiecutter.json").read_text(encoding="utf-8"))
        address = record["_template"]
    except (OSError, ValueError, KeyError, TypeError):
        address = None
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--template", default=address)
    options, others = parser.parse_known_args(session.posargs)
    if not options.template:
        session.error(
            ".cookiecutter.json names no template; name it: nox -s upgrade -- --template=ADDRESS"
        )
    host, _, name = options.template.partition(":")
    if host in HOSTS:
        options.template = f"https://{HOSTS[host]}/{name}.git"
    with tempfile.TemporaryDirectory() as clone:
        fetch = ["git", "clone", "--quiet", options.template, clone]
        if subprocess.run(fetch, check=False).returncode:
            session.error(
                f"{options.template} does not answer; name another: "
                "nox -s upgrade -- --template=ADDRESS"
            )
        # The newest template brings the newest code for upgrades, too.
        _exit_as(UV, "run", "--quiet", "--script", f"{clone}/upgrade/upgrade.py", *others)


def _recovery(session: nox.Session) -> Path:
    """Find the program that the last upgrade has left, which needs no template."""
    command = ["git", "rev-parse", "--absolute-git-dir"]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    program = Path(found.stdout.strip(), "template-upgrade", "recover.py")
    if found.returncode or not program.is_file():
        session.error("there is no upgrade here to undo or to go on with")
    return program


def _exit_as(*command: str | Path) -> None:
    """Run a program that has told all there is to tell; if it fails, exit with its code."""
    if code := subprocess.run(command, check=False).returncode:
        raise SystemExit(code)


def _run_module(session: nox.Session, module: str, *arguments: str) -> None:
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in REQUIREMENTS)).hexdigest()
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8").strip() != digest:
        _make_environment(session)
        STAMP.write_text(digest + "\n", encoding="utf-8")
    python = str(ENVIRONMENT / "bin" / "python")
    session.run(python, "-m", module, *arguments, env={"PYTHONPATH": "src"}, external=True)


def _make_environment(session: nox.Session) -> None:
    session.run(UV, "venv", "--clear", "--python", _python(session), ENVIRONMENT, external=True)
    session.run(
        *(UV, "pip", "install", "--python", ENVIRONMENT, "--no-deps", "--require-hashes"),
        *(f"--requirements={file}" for file in REQUIREMENTS),
        env={"UV_COMPILE_BYTECODE": "1"},
        external=True,
    )


def _python(session: nox.Session) -> str:
    """Find the newest Python that TFX runs on; let uv fetch it if there is none."""
    for version in PYTHONS:
        if found := findpython.find(version):
            return str(found.executable)
    if subprocess.run([UV, "python", "install", PYTHONS[0]], check=False).returncode:
        session.error(f"install Python {' or '.join(PYTHONS)}, the versions that TFX runs on")
    return PYTHONS[0]


if __name__ == "__main__":
    nox.main()
