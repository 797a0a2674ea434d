"""A cell of the matrix: generated, checked by its own tests, run three times, and looked at."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cookiecutter.main import cookiecutter

import csv_data
import own_treatment
from projects import call, last_lines, link_environment, probe, replicas, unit_tests
from sources import Claims
from testing.cells import Cell, ci_cells, every_cell
from testing.template import EXAMPLES, ROOT

NOTEBOOK = ["tests", "--", "-m", "e2e", "tests/test_notebook.py"]
CONVERSION = ["tests", "--", "-m", "e2e", "tests/training/test_conversion.py"]


@dataclass(frozen=True)
class Trained:
    """A cell that was generated, checked and run three times.

    Attributes:
        cell: its answers.
        project: where it was generated.
        metric, threshold: what the project asks for.
        tested: the files of unit tests that were run here.
        checks: exit code and output of the project's own nox sessions: `tests` for these files,
            `lint` where `runs_lint`, the notebook where `runs_notebook`, and the training of Keras
            models as Estimators without Transform.
        first, second: exit code and output of `run`: from nothing, and unchanged.
        edited: those of a run after an edit in trainer.py, where `runs_edited`.
        predicted: those of `predict` for the file of the example csv, after the first run.
        treated: those of a run with a treatment of one's own, where `runs_treated`.
        facts: what matrix/probe.py has read after them.
        seconds: the wall time of the first run.
    """

    cell: Cell
    project: Path
    metric: str
    threshold: float
    tested: list[str]
    checks: dict[str, subprocess.CompletedProcess[str]]
    first: subprocess.CompletedProcess[str]
    predicted: subprocess.CompletedProcess[str] | None
    second: subprocess.CompletedProcess[str]
    edited: subprocess.CompletedProcess[str] | None
    treated: subprocess.CompletedProcess[str] | None
    facts: dict[str, Any]
    seconds: float

    @property
    def states(self) -> list[dict[str, str]]:
        """Of each run, the state of each node."""
        return [run["states"] for run in self.facts["runs"]]

    @property
    def recorded(self) -> float:
        """The metric that the Evaluator wrote in the first run."""
        return self.facts["runs"][0]["recorded"]

    @property
    def answers(self) -> dict[str, Any]:
        """What the model of the first run answers, and says of itself."""
        return self.facts["models"][self.facts["runs"][0]["pushed"]]

    @property
    def trivial(self) -> float:
        """The metric of a model that always answers the most frequent class, or the mean."""
        labels = self.facts["labels"]
        if self.metric == "RootMeanSquaredError":
            return statistics.pstdev(labels)
        counts = Counter(labels)
        return 0.5 if self.metric == "AUC" else max(counts.values()) / counts.total()


def train(cell: Cell, work: Path, claims: Claims) -> Trained:
    """Generate a cell's project, run its checks and its pipeline.

    Args:
        cell: its answers.
        work: the folder for environments, projects and results.
        claims: says which unit tests no other cell has run.
    """
    projects = work / "projects"
    shutil.rmtree(projects / cell.slug, ignore_errors=True)
    (work / "results" / f"{cell.id}.json").unlink(missing_ok=True)
    csv_answers = _csv_answers(cell, work)
    project = Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context={**cell.answers, **csv_answers},
            output_dir=str(projects),
        )
    )
    # As it is, git ignores the folder, and so would ruff.
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    environment = link_environment(project, cell.python, work)
    package = project.name.replace("-", "_")
    python = environment / "bin" / "python"

    # What a training needs to have two replicas; the project's own tests train too.
    devices = 2 if "Mirrored" in cell.strategy else 1
    cpus = replicas(project, devices)

    def command(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        variables = {f"{package.upper()}_{name.upper()}": each for name, each in settings.items()}
        return call(
            [python, "-m", package, *arguments], project, {"PYTHONPATH": "src", **cpus, **variables}
        )

    def check(session: list[str]) -> subprocess.CompletedProcess[str]:
        return call([sys.executable, "-m", "nox", "-s", *session], project, cpus)

    tested, tests = unit_tests(project, claims, cell.tfx_version, cell.python, devices)
    checks = {"tests": tests} if tests else {}
    if runs_lint(cell):
        checks["lint"] = check(["lint"])
    if (cell.model_api, cell.transform) == ("model_to_estimator", "no"):
        checks["conversion"] = check(CONVERSION)
    started = time.monotonic()
    first = command("run")
    seconds = time.monotonic() - started
    assert first.returncode == 0, last_lines(first)
    metric, threshold = _expected(cell, project)
    # The schema of the example csv is there only after a run.
    if runs_notebook(cell):
        checks["notebook"] = check(NOTEBOOK)
    predicted = command("predict", csv_answers["csv_path"]) if csv_answers else None
    second = command("run")
    edited = treated = None
    if runs_treated(cell):
        own_treatment.add(project)
        # Of a small file, a single row can be more than the usual drop.
        treated = command("run", tolerated_drop="0.2")
    if runs_edited(cell):
        trainer = project / "src" / package / "training" / "trainer.py"
        trainer.write_text(trainer.read_text("utf-8") + "\nEDITED = True\n", encoding="utf-8")
        edited = command("run")
    facts = probe(python, project, metric, "loaders")
    trained = Trained(
        cell,
        project,
        metric,
        threshold,
        tested,
        checks,
        first,
        predicted,
        second,
        edited,
        treated,
        facts,
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
    """Whether a cell runs the notebook: the first of a line with rows, and with images."""
    images = EXAMPLES[cell.example]["images"]
    first, *_ = (
        each
        for each in ci_cells()
        if (each.tfx_version, EXAMPLES[each.example]["images"]) == (cell.tfx_version, images)
    )
    return cell == first


def runs_treated(cell: Cell) -> bool:
    """Whether a cell is trained with a treatment of one's own.

    Its feature has the shape of any other, so that no model API can tell.
    """
    return (cell.model_api, cell.strategy) == ("keras", "OneDeviceStrategy")


def runs_edited(cell: Cell) -> bool:
    """Whether a cell is trained after an edit in trainer.py, and so repeats its training.

    Each model API does, on features that Transform has made, or that the input pipeline makes.
    """
    features = "no" if cell.model_api == "model_to_estimator" else "yes"
    return (cell.transform, cell.strategy) == (features, "MirroredStrategy")


def csv_number(cell: Cell) -> int:
    """Return which data set a cell with the example csv has: they take turns."""
    return [each.id for each in every_cell() if each.example == "csv"].index(cell.id)


def _csv_answers(cell: Cell, work: Path) -> dict[str, str]:
    """Write a data set for the example csv."""
    if cell.example != "csv":
        return {}
    return csv_data.write(work / "csv" / cell.slug, csv_number(cell))


def _expected(cell: Cell, project: Path) -> tuple[str, float]:
    """Read metric and threshold from where the example has them."""
    if cell.example == "csv":
        described = yaml.safe_load((project / "schema" / "dataset.yaml").read_text("utf-8"))
    else:
        described = EXAMPLES[cell.example]
    return described["metric"], described.get(cell.model_api, described)["threshold"]


def _record(trained: Trained, folder: Path) -> None:
    """Keep what the table at the end of the matrix shows."""
    folder.mkdir(exist_ok=True)
    numbers = {
        "metric": trained.metric,
        "value": float(f"{trained.recorded:.4g}"),
        "baseline": float(f"{trained.trivial:.2g}"),
        "seconds": round(trained.seconds),
    }
    (folder / f"{trained.cell.id}.json").write_text(json.dumps(numbers), encoding="utf-8")


def _record_asked(trained: Trained, folder: Path) -> None:
    """Keep what the newest pushed model was asked, and its answers, for matrix/java/compare.py."""
    folder.mkdir(exist_ok=True)
    asked = json.dumps(trained.facts["asked"])
    (folder / f"{trained.cell.slug}.json").write_text(asked, encoding="utf-8")
