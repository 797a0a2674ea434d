"""Compares the taxi project with TFX's own taxi template, in turn on the same machine.

Usage: python bench.py WORK [--repeat N] [--line LINE]. Generates the taxi project and copies TFX's
template into the folder WORK, gives both the same rows, and prints a table of medians and ratios:
wall seconds and peak memory of whole runs.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
from pathlib import Path

from sklearn.metrics import roc_auc_score

from project import STEPS, Cost, Project, measure
from testing.cells import lines_of_this_host
from testing.template import LINES

HERE = Path(__file__).parent
RUN = ("run", "--train-steps", STEPS)


class Peer:
    """TFX's template, in the same folder and environment as a project, with its rows."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.folder = project.folder.with_name("peer")

    def copy(self) -> Cost:
        """Copy the template anew, and give it the project's rows."""
        shutil.rmtree(self.folder, ignore_errors=True)
        command = [self._project.environment / "bin" / "tfx", "template", "copy", "--model=taxi"]
        options = ["--pipeline_name=taxi", f"--destination_path={self.folder}"]
        cost = measure([*command, *options], self.folder.parent, {})
        shutil.copy(self._project.data, self.folder / "data" / "data.csv")
        return cost

    def run(self) -> Cost:
        """Run its pipeline."""
        python = self._project.environment / "bin" / "python"
        return measure([python, (HERE / "peer.py").resolve(), self.folder, STEPS], self.folder, {})


def seconds_by_component(project: Project) -> dict[str, float]:
    """Read what the last run said of its components."""
    printed = (project.folder / "bench.log").read_text(encoding="utf-8")
    found = re.findall(r"^(\w+) +(?:done|cached) +([\d.]+) s$", printed, re.MULTILINE)
    return {name: float(seconds) for name, seconds in found}


def auc(project: Project, model: Path) -> float:
    """Score a model on the project's evaluation split."""
    (split,) = project.folder.glob("output/artifacts/CsvExampleGen/examples/*/Split-eval")
    command = [project.environment / "bin" / "python", HERE / "ask.py", model, split]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    answers = json.loads(answer.splitlines()[-1])
    return float(roc_auc_score(answers["labels"], answers["scores"]))


def _fastest(costs: list[Cost]) -> float:
    """Return what the machine's other work has disturbed least."""
    return min(cost.seconds for cost in costs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--line", choices=list(LINES), default=lines_of_this_host()[0])
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    project = Project(options.work.resolve(), options.line, orchestrator="local")
    peer = Peer(project)
    costs: dict[str, list[Cost]] = {}
    for _ in range(options.repeat):
        for name, action in (
            ("peer: scaffold", peer.copy),
            ("peer: run", peer.run),
            ("project: scaffold", project.generate),
            ("project: run", lambda: project.call(*RUN)),
            ("project: unchanged run", lambda: project.call(*RUN)),
        ):
            costs.setdefault(name, []).append(action())
    median = {
        name: Cost(
            statistics.median(cost.seconds for cost in each),
            statistics.median(cost.mebibytes for cost in each),
        )
        for name, each in costs.items()
    }
    theirs, ours = median["peer: run"], median["project: run"]
    (model,) = (project.folder / "output" / "serving").iterdir()
    (peer_model,) = peer.folder.glob("tfx_pipeline_output/taxi/serving_model/*")
    print("| | TFX's template | the project | ratio |\n|---|---|---|---|")
    for name, before, after in (
        ("run, s", theirs.seconds, ours.seconds),
        ("the fastest run, s", *(_fastest(costs[name]) for name in ("peer: run", "project: run"))),
        ("unchanged run, s", theirs.seconds, median["project: unchanged run"].seconds),
        ("peak memory of a run, MiB", theirs.mebibytes, ours.mebibytes),
        ("scaffold, s", median["peer: scaffold"].seconds, median["project: scaffold"].seconds),
        ("AUC on the evaluation split", auc(project, peer_model), auc(project, model)),
    ):
        print(f"| {name} | {before:.4g} | {after:.4g} | {after / before:.2f} |")
    pairs = zip(costs["peer: run"], costs["project: run"], strict=True)
    print("\nEach pair of runs:", *(f"{our.seconds / their.seconds:.2f}" for their, our in pairs))
    once = project.call(*RUN, "--no-cache")
    seconds = seconds_by_component(project)
    project.multiply(10)
    shutil.rmtree(project.folder / "output")
    more = project.call(*RUN)
    print("\nTen times the rows:\n\n| | rows | ten times the rows | ratio |\n|---|---|---|---|")
    for name, ten in seconds_by_component(project).items():
        if seconds[name] >= 1:
            print(f"| {name}, s | {seconds[name]} | {ten} | {ten / seconds[name]:.2f} |")
    ratio = more.mebibytes / once.mebibytes
    print(f"| peak memory, MiB | {once.mebibytes:.4g} | {more.mebibytes:.4g} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
