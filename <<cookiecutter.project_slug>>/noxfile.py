"""What there is to do, each with `nox -s NAME`; requires only nox."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import nox

# No dependencies for nox to install: for them it makes an environment, which keeps the Python that
# ran nox at that time.
try:
    from uv import find_uv_bin
except ImportError:
    find_uv_bin = None

nox.needs_version = ">=2025.2.9"

PACKAGE = "<< cookiecutter.package_name >>"
TFX = "<< cookiecutter.tfx_version >>"
# The newest one first.
PYTHONS = ("<< cookiecutter._lines[cookiecutter.tfx_version].pythons | reverse | join('", "') >>")
GROUPS = << cookiecutter.__groups >>
REQUIREMENTS = (Path("requirements.txt"), *(Path(f"requirements-{name}.txt") for name in GROUPS))
# TFX takes 3 GB, so the sessions that need it share one environment.
ENVIRONMENT = Path(".venv").absolute()
STAMP = ENVIRONMENT / ".requirements-sha256"
RUNNING = "{}.{}".format(*sys.version_info)
# uv does not look into pyenv's folder, and pyenv itself offers its current version alone.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
SEARCHED = {"PATH": os.pathsep.join([os.environ["PATH"], *map(str, PYENV.glob("*/bin"))])}
# As cookiecutter abbreviates addresses.
HOSTS = {"gh": "github.com", "gl": "gitlab.com", "bb": "bitbucket.org"}


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Check style and types; needs no TFX, and runs on any Python."""
    folder = Path(".nox", "lint").absolute()
    _make_environment(session, folder, session.python or RUNNING)
    # uv checks the hashes of the file. What runs the notebook is not installed: there are no
    # wheels of it for each Python that may run nox.
    install = ["pip", "install", "--quiet", "--python", folder]
    _uv(session, *install, "--constraint=requirements-dev.txt", "mypy", "ruff")
    for tool, *options in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        session.run(folder / "bin" / tool, *options, external=True)


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
    """Write the requirements files anew; versions stay as far as possible, or `-- --upgrade`."""
    if {*session.posargs} - {"--upgrade"}:
        session.error(f"lock knows --upgrade alone, and not {' '.join(session.posargs)}")
    python = _interpreter(_version(session, _installed()))
    copy = Path(session.create_tmp())
    shutil.copy("pyproject.toml", copy)
    (copy / "uv.lock").write_text(_as_uv_lock(REQUIREMENTS), encoding="utf-8")
    _uv(session, "lock", "--quiet", *session.posargs, "--python", python, "--project", copy)
    export = ["export", "--quiet", "--frozen", "--project", copy]
    export += ["--no-emit-project", "--no-header", "--no-annotate", "--format=requirements-txt"]
    selections = ("--no-dev", *(f"--only-group={name}" for name in GROUPS))
    for file, selection in zip(REQUIREMENTS, selections):
        _uv(session, *export, selection, "--output-file", file.absolute())


@nox.session(venv_backend="none", default=False)
def audit(session: nox.Session) -> None:
    """List the known vulnerabilities of what is locked; fail if they cannot be learned."""
    python = _interpreter(_version(session, _installed()))
    report = Path(session.create_tmp(), "audit.json").absolute()
    audit = ["tool", "run", "--quiet", "--python", python, "pip-audit==2.9.0", "--disable-pip"]
    audit += ["--require-hashes", "--progress-spinner=off", "--format=json", f"--output={report}"]
    for file in sorted(Path().glob("requirements*.txt")):
        # 1 says that there are findings. There are some in each line of TFX, which pins much.
        requirements = f"--requirement={file}"
        said = _uv(session, *audit, requirements, success_codes=[0, 1], silent=True)
        if not report.is_file():
            session.error(f"{file}: pip-audit has failed: {said}")
        packages = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
        report.unlink()
        if unknown := [each["name"] for each in packages if "skip_reason" in each]:
            session.error(
                f"{file}: nothing could be learned about {len(unknown)} of {len(packages)} packages"
            )
        for package in packages:
            for each in package["vulns"]:
                found = f"{file}: {package['name']} {package['version']}: {each['id']}"
                print(f"{found}, fixed in {', '.join(each['fix_versions']) or 'no version'}")


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
        script = f"{clone}/upgrade/upgrade.py"
        _exit_as(_find_uv(session), "run", "--quiet", "--script", script, *others)


def _as_uv_lock(files: Iterable[Path]) -> str:
    """Write requirements as uv's own lock, from which it takes versions that it may keep."""
    lines = "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    pattern = r"^([\w.-]+)==([^ \\\n]+)(?: ; ([^\\\n]+?))? *\\?$"
    where: dict[tuple[str, str], set[str]] = {}
    for name, version, marker in re.findall(pattern, lines, re.MULTILINE):
        where.setdefault((name, version), set()).add(marker)
    packages = (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "." }}\n'
        f"resolution-markers = {json.dumps([] if '' in markers else sorted(markers))}\n"
        for (name, version), markers in where.items()
    )
    return "\n".join(["version = 1", f'requires-python = ">={PYTHONS[-1]}"', *packages])


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
    installed = _installed()
    version = _version(session, installed)
    locked = STAMP.is_file() and STAMP.read_text(encoding="utf-8").strip() == digest
    if version != installed or not locked:
        _install(session, version)
        STAMP.write_text(digest + "\n", encoding="utf-8")
    session.log(f"Python {version} of {ENVIRONMENT.name}")
    python = ENVIRONMENT / "bin" / "python"
    session.run(python, "-m", module, *arguments, env={"PYTHONPATH": "src"}, external=True)


def _installed() -> str | None:
    """Return the version of the Python in .venv; None if there is none that runs."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        return None
    ask = [python, "-IS", "-c", "import sys; print('{}.{}'.format(*sys.version_info))"]
    return subprocess.run(ask, check=False, stdout=subprocess.PIPE, text=True).stdout.strip()


def _version(session: nox.Session, installed: str | None) -> str:
    """Return the version that `nox -P` asks for, else that of .venv, else that which runs nox."""
    if session.python in PYTHONS:
        return session.python
    if not session.python and installed in PYTHONS:
        return installed
    if not session.python and RUNNING in PYTHONS:
        return RUNNING
    others = f"{', '.join(PYTHONS[:-1])} and {PYTHONS[-1]}"
    found = f"-P asks for {session.python}" if session.python else f"nox on {RUNNING}"
    name = session.name.partition("-")[0]
    session.error(
        f"TFX {TFX} runs on Python {others}, and {found}: "
        f"name one, as in `nox -P {PYTHONS[0]} -s {name}`"
    )


def _interpreter(version: str) -> str:
    """Return the Python that runs nox, if it has the version; else uv finds or fetches one."""
    return sys.executable if version == RUNNING else version


def _install(session: nox.Session, version: str) -> None:
    if ENVIRONMENT.is_symlink():
        # uv would empty the folder behind it.
        ENVIRONMENT.unlink()
    _make_environment(session, ENVIRONMENT, version)
    _uv(
        session,
        *("pip", "install", "--python", ENVIRONMENT, "--no-deps", "--require-hashes"),
        *(f"--requirements={file}" for file in REQUIREMENTS),
        env={"UV_COMPILE_BYTECODE": "1"},
    )


def _make_environment(session: nox.Session, folder: Path, version: str) -> None:
    make = [_find_uv(session), "venv", "--quiet", "--clear", "--python", _interpreter(version)]
    if subprocess.run([*make, folder], check=False, env={**os.environ, **SEARCHED}).returncode:
        session.error(
            f"uv could not make {folder.name} with Python {version}, and says why above; "
            f"if there is no Python {version} here, install it or name another with `nox -P`"
        )


def _uv(session: nox.Session, *arguments: str | Path, env: dict | None = None, **options) -> object:
    command = [_find_uv(session), *arguments]
    return session.run(*command, env={**SEARCHED, **(env or {})}, external=True, **options)


def _find_uv(session: nox.Session) -> str:
    """Return the uv that is installed beside nox, or install one for this project."""
    if find_uv_bin:
        return find_uv_bin()
    folder = Path(".nox", "uv").absolute()
    uv = folder / "bin" / "uv"
    if not uv.is_file():
        session.run(sys.executable, "-m", "virtualenv", "--quiet", folder, external=True)
        session.run(folder / "bin" / "pip", "install", "--quiet", "uv>=0.8", external=True)
    return str(uv)
