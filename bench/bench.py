"""Compares the taxi project with TFX's own taxi template, in turn on the same machine.

Usage: python bench.py WORK [--repeat N] [--line LINE]. Generates the taxi project (keras,
Transform, OneDeviceStrategy) and copies TFX's template into the folder WORK, gives both the same
rows, and prints a table of medians and ratios: wall seconds of a whole process, and the largest
resident set of any of its processes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sklearn.metrics import roc_auc_score

from cells import LINES, TEMPLATE, lines_of_this_host
from environments import shared_environment

HERE = Path(__file__).parent
STEPS = "1000"
SLUG = "bench-taxi"
ANSWERS = {"project_name": SLUG, "example": "taxi"}


@dataclass(frozen=True)
class Cost:
    """Of one process: wall seconds, and its peak resident set in MiB."""

    seconds: float
    mebibytes: float


def measure(command: list[str | Path], folder: Path, variables: dict[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; the message is the end of what it printed.
    """
    log = folder / "bench.log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed:\n{log.read_text(errors='replace')[-2000:]}")
    return Cost(time.monotonic() - started, usage.ru_maxrss / 1024)


class Bench:
    """The two competitors, in one folder, with one environment."""

    def __init__(self, work: Path, line: str) -> None:
        self.work = work
        self.answers = {**ANSWERS, "tfx_version": line}
        self.project = work / SLUG
        self.peer = work / "peer"
        self.generate()
        python = LINES[line]["pythons"][-1]
        self.environment = shared_environment(self.project, python, work / "environments")
        self.python = self.environment / "bin" / "python"

    def generate(self) -> Cost:
        """Generate the project anew."""
        shutil.rmtree(self.project, ignore_errors=True)
        command = [Path(sys.executable).with_name("cookiecutter"), str(TEMPLATE), "--no-input"]
        answers = [f"{name}={value}" for name, value in self.answers.items()]
        return measure([*command, f"--output-dir={self.work}", *answers], self.work, {})

    def copy_peer(self) -> Cost:
        """Copy TFX's template anew, and give it the project's rows."""
        shutil.rmtree(self.peer, ignore_errors=True)
        command = [self.environment / "bin" / "tfx", "template", "copy", "--model=taxi"]
        options = ["--pipeline_name=taxi", f"--destination_path={self.peer}"]
        cost = measure([*command, *options], self.work, {})
        data = self.project / "data" / "taxi" / "taxi.csv"
        shutil.copy(data, self.peer / "data" / "data.csv")
        return cost

    def run(self, *options: str) -> Cost:
        """Run the project's pipeline."""
        command = [self.python, "-m", SLUG.replace("-", "_"), "run", "--train-steps", STEPS]
        return measure([*command, *options], self.project, {"PYTHONPATH": "src"})

    def run_peer(self) -> Cost:
        """Run the template's pipeline."""
        command = [self.python, (HERE / "peer.py").resolve(), self.peer, STEPS]
        return measure(command, self.peer, {})

    def seconds_by_component(self) -> dict[str, float]:
        """Read what the last run said of its components."""
        printed = (self.project / "bench.log").read_text(encoding="utf-8")
        found = re.findall(r"^(\w+) +(?:done|cached) +([\d.]+) s$", printed, re.MULTILINE)
        return {name: float(seconds) for name, seconds in found}

    def auc(self, model: Path) -> float:
        """Score a model on the project's evaluation split."""
        (split,) = self.project.glob("output/artifacts/CsvExampleGen/examples/*/Split-eval")
        command = [self.python, HERE / "ask.py", model, split]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        answers = json.loads(answer.splitlines()[-1])
        return float(roc_auc_score(answers["labels"], answers["scores"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--line", choices=list(LINES), default=lines_of_this_host()[0])
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.work.resolve(), options.line)
    costs: dict[str, list[Cost]] = {}
    for _ in range(options.repeat):
        for name, action in (
            ("peer: scaffold", bench.copy_peer),
            ("peer: run", bench.run_peer),
            ("project: scaffold", bench.generate),
            ("project: run", bench.run),
            ("project: unchanged run", bench.run),
        ):
            costs.setdefault(name, []).append(action())
    median = {
        name: Cost(
            statistics.median(cost.seconds for cost in each),
            statistics.median(cost.mebibytes for cost in each),
        )
        for name, each in costs.items()
    }
    peer, project = median["peer: run"], median["project: run"]
    again = median["project: unchanged run"]
    scaffold, generated = median["peer: scaffold"], median["project: scaffold"]
    (model,) = (bench.project / "output" / "serving").iterdir()
    (peer_model,) = bench.peer.glob("tfx_pipeline_output/taxi/serving_model/*")
    auc, peer_auc = bench.auc(model), bench.auc(peer_model)
    rows = [
        ("run, s", peer.seconds, project.seconds),
        ("unchanged run, s", peer.seconds, again.seconds),
        ("peak memory of a run, MiB", peer.mebibytes, project.mebibytes),
        ("scaffold, s", scaffold.seconds, generated.seconds),
        ("AUC on the evaluation split", peer_auc, auc),
    ]
    print("| | TFX's template | the project | ratio |\n|---|---|---|---|")
    for name, theirs, ours in rows:
        print(f"| {name} | {theirs:.4g} | {ours:.4g} | {ours / theirs:.2f} |")
    once = bench.run("--no-cache")
    seconds = bench.seconds_by_component()
    more = scale(bench, 10)
    print("\nTen times the rows:\n\n| | rows | ten times the rows | ratio |\n|---|---|---|---|")
    for name, ten in bench.seconds_by_component().items():
        if seconds[name] >= 1:
            print(f"| {name}, s | {seconds[name]} | {ten} | {ten / seconds[name]:.2f} |")
    ratio = more.mebibytes / once.mebibytes
    print(f"| peak memory, MiB | {once.mebibytes:.4g} | {more.mebibytes:.4g} | {ratio:.2f} |")


def scale(bench: Bench, times: int) -> Cost:
    """Run on more rows, drawn with replacement from the real ones by a fixed seed."""
    data = bench.project / "data" / "taxi" / "taxi.csv"
    header, *rows = data.read_text(encoding="utf-8").splitlines()
    drawn = random.Random(1).choices(rows, k=times * len(rows))
    data.write_text("\n".join([header, *drawn]) + "\n", encoding="utf-8")
    shutil.rmtree(bench.project / "output")
    return bench.run()


if __name__ == "__main__":
    main()
