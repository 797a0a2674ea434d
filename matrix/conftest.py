"""Generates and trains each cell once, whatever is then asserted of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.main import cookiecutter

import csv_data
from baking import template_repository
from cells import (
    LINES,
    QUESTIONS,
    TEMPLATE,
    Cell,
    ci_cells,
    every_cell,
    lines_of_other_hosts,
    lines_of_this_host,
)
from environments import shared_environment

PROBE = Path(__file__).with_name("probe.py")
NOTEBOOK = ["tests", "--", "-m", "e2e", "tests/test_notebook.py"]
CONVERSION = ["tests", "--", "-m", "e2e", "tests/test_conversion.py"]


@dataclass(frozen=True)
class Trained:
    """A cell that was generated, checked and run three times.

    Attributes:
        checks: exit code and output of the project's own nox sessions: `lint` where `runs_lint`,
            the notebook where `runs_notebook`, and the training of Keras models as Estimators
            without Transform.
        first, second, edited: exit code and output of `run`: from nothing, unchanged, and
            after an edit in trainer.py.
        metric, threshold: what the project asks for.
        facts: what matrix/probe.py read after the first run.
        later: what it read after the last.
        seconds: the wall time of the first run.
        project: where it was generated.
    """

    cell: Cell
    project: Path
    metric: str
    threshold: float
    checks: dict[str, subprocess.CompletedProcess[str]]
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    edited: subprocess.CompletedProcess[str]
    facts: dict[str, Any]
    later: dict[str, Any]
    seconds: float


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cells", choices=("ci", "all"), default="ci")
    parser.addoption("--cell", help="one cell, by its id")
    parser.addoption(
        "--line",
        action="append",
        choices=list(LINES),
        help="a TFX line; all that run on this computer, if none is given",
    )
    parser.addoption("--work", type=Path, required=True, help="folder for environments and cells")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wanted = metafunc.config.getoption("cell")
    lines = metafunc.config.getoption("line") or lines_of_this_host()
    if "line" in metafunc.fixturenames:
        metafunc.parametrize("line", [] if wanted else lines)
    if "trained" in metafunc.fixturenames:
        _parametrize_cells(metafunc, wanted, lines)


def _parametrize_cells(metafunc: pytest.Metafunc, wanted: str | None, lines: list[str]) -> None:
    cells = every_cell() if metafunc.config.getoption("cells") == "all" else ci_cells()
    cells = [cell for cell in cells if cell.tfx_version in lines]
    if wanted:
        cells = [cell for cell in every_cell() if cell.id == wanted]
    metafunc.parametrize(
        "trained",
        [pytest.param(cell, id=cell.id, marks=pytest.mark.xdist_group(cell.id)) for cell in cells],
        indirect=True,
        scope="session",
    )


@pytest.fixture(scope="session")
def work(request: pytest.FixtureRequest) -> Path:
    """Give the folder for environments and projects."""
    return request.config.getoption("work").resolve()


@pytest.fixture
def folder(request: pytest.FixtureRequest, work: Path) -> Path:
    """Give an empty folder that stays, so that a failed project can be looked at."""
    folder = work / "folders" / re.sub(r"\W+", "-", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository of the template as it is now, with all its commits."""
    return template_repository(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def trained(request: pytest.FixtureRequest, work: Path) -> Trained:
    cell: Cell = request.param
    projects = work / "projects"
    shutil.rmtree(projects / cell.slug, ignore_errors=True)
    (work / "results" / f"{cell.id}.json").unlink(missing_ok=True)
    project = Path(
        cookiecutter(
            str(TEMPLATE),
            no_input=True,
            extra_context={**cell.answers, **_csv_answers(cell, work)},
            output_dir=str(projects),
        )
    )
    # As it is, git ignores the folder, and so would ruff.
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    environment = link_environment(project, cell.python, work)
    package = project.name.replace("-", "_")
    python = environment / "bin" / "python"

    # What a training needs to have two replicas; the project's own tests train too.
    replicas = {f"{package.upper()}_LOGICAL_CPUS": "2" if "Mirrored" in cell.strategy else "1"}

    def run() -> subprocess.CompletedProcess[str]:
        variables = {"PYTHONPATH": str(project / "src"), **replicas}
        return call([python, "-m", package, "run"], project, variables)

    def check(session: list[str]) -> subprocess.CompletedProcess[str]:
        return call([sys.executable, "-m", "nox", "-s", *session], project, replicas)

    checks = {"tests": check(["tests"])}
    if runs_lint(cell):
        checks["lint"] = check(["lint"])
    if (cell.model_api, cell.transform) == ("model_to_estimator", "no"):
        checks["conversion"] = check(CONVERSION)
    started = time.monotonic()
    first = run()
    seconds = time.monotonic() - started
    assert first.returncode == 0, first.stdout + first.stderr
    metric, threshold = _expected(cell, project)
    facts = probe(python, project, metric, "loaders")
    # The schema of the example csv is there only after a run.
    if runs_notebook(cell):
        checks["notebook"] = check(NOTEBOOK)
    second = run()
    with (project / "src" / package / "trainer.py").open("a", encoding="utf-8") as source:
        source.write("\n# An edit.\n")
    edited = run()
    trained = Trained(
        cell,
        project,
        metric,
        threshold,
        checks,
        first,
        second,
        edited,
        facts,
        probe(python, project, metric),
        seconds,
    )
    _record(trained, work / "results")
    _record_asked(trained, work / "asked")
    return trained


def runs_lint(cell: Cell) -> bool:
    """Whether a cell runs the session `lint`: the first of a line.

    tests/test_bake.py lets ruff and mypy look at the projects of all cells.
    """
    first, *_ = (each for each in ci_cells() if each.tfx_version == cell.tfx_version)
    return cell == first


def runs_notebook(cell: Cell) -> bool:
    """Say whether a cell runs the notebook: each model API once, with Transform or without.

    It does the same under each strategy.
    """
    transform = cell.model_api != "model_to_estimator"
    return cell.strategy == "OneDeviceStrategy" and (cell.transform == "yes") == transform


def link_environment(project: Path, version: str, work: Path) -> Path:
    """Make the shared environment of a project's lock and a Python the project's own."""
    environment = shared_environment(project, version, work / "environments")
    link = project / ".venv"
    link.unlink(missing_ok=True)
    link.symlink_to(environment, target_is_directory=True)
    return environment


def probe(python: Path, project: Path, metric: str, *options: str) -> dict[str, Any]:
    """Ask ML Metadata and the newest pushed model; matrix/probe.py tells what."""
    answer = call([python, PROBE, project / "output", metric, *options], project)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def assert_own_checks_pass(project: Path) -> None:
    """Run a project's lint and unit tests."""
    result = call([sys.executable, "-m", "nox", "-s", "lint", "tests"], project)
    assert result.returncode == 0, result.stdout + result.stderr
    passed = re.search(r"(\d+) passed", result.stdout)
    assert passed, result.stdout
    assert int(passed[1]) > 20


def _csv_answers(cell: Cell, work: Path) -> dict[str, str]:
    """Write a data set for the example csv; the cells take turns."""
    if cell.example != "csv":
        return {}
    number = [each.id for each in every_cell() if each.example == "csv"].index(cell.id)
    return csv_data.write(work / "csv" / cell.slug, number)


def _expected(cell: Cell, project: Path) -> tuple[str, float]:
    """Read metric and threshold from where the example has them."""
    if cell.example == "csv":
        described = yaml.safe_load((project / "schema" / "dataset.yaml").read_text("utf-8"))
    else:
        described = QUESTIONS["_examples"][cell.example]
    return described["metric"], described["threshold"]


def trivial(metric: str, labels: list[float]) -> float:
    """Give the metric of a model that always answers the most frequent class, or the mean."""
    if metric == "RootMeanSquaredError":
        return statistics.pstdev(labels)
    counts = Counter(labels)
    return 0.5 if metric == "AUC" else max(counts.values()) / counts.total()


def _record(trained: Trained, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    numbers = {
        "metric": trained.metric,
        "value": float(f"{trained.facts['recorded']:.4g}"),
        "baseline": float(f"{trivial(trained.metric, trained.facts['labels']):.2g}"),
        "seconds": round(trained.seconds),
    }
    (folder / f"{trained.cell.id}.json").write_text(json.dumps(numbers), encoding="utf-8")


def _record_asked(trained: Trained, folder: Path) -> None:
    """Keep what the pushed model was asked, and its answers, for matrix/java/compare.py."""
    folder.mkdir(exist_ok=True)
    asked = json.dumps(trained.facts["asked"])
    (folder / f"{trained.cell.slug}.json").write_text(asked, encoding="utf-8")


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table of the cells: what passed, the metric, and the seconds of the first run."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            counts[report.nodeid.partition("[")[2].partition("]")[0]][outcome] += 1
    results = terminalreporter.config.getoption("work") / "results"
    header = ("cell", "Python", "checks", "metric", "value", "baseline", "seconds")
    rows = [header, tuple("-" * len(name) for name in header)]
    for cell in every_cell():
        if count := counts[cell.id]:
            file = results / f"{cell.id}.json"
            known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            checks = f"{count['passed']}/{count.total()}"
            numbers = (known.get(name, "") for name in ("metric", "value", "baseline", "seconds"))
            rows.append((cell.id, cell.python, checks, *map(str, numbers)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.write_line("")
    for line in lines_of_other_hosts():
        terminalreporter.write_line(f"TFX {line} does not run here: see CONTRIBUTING.md")
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        terminalreporter.write_line(f"| {' | '.join(cells)} |")
