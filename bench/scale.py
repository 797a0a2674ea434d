"""Measures what each component of the taxi pipeline costs with more rows.

Usage: python scale.py WORK PLOT [--line LINE] [--times N ...]. Generates the taxi project into the
folder WORK, draws N times its rows with replacement, and runs its nodes one by one, so that each
has a peak of memory of its own. Prints a table of wall seconds (without the imports), MiB and bytes
written, and draws it to the file PLOT.
"""

from __future__ import annotations

import argparse
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from matplotlib import pyplot

from project import Project
from testing.cells import lines_of_this_host
from testing.template import LINES

NODES = (
    "CsvExampleGen",
    "ImportSchemaGen",
    "StatisticsGen",
    "ExampleValidator",
    "DataGate",
    "Transform",
    "Trainer",
    "TransformedStatistics",
    "BaselineResolver",
    "SimpleModels",
    "Evaluator",
    "Pusher",
)
# The others take no time, whatever the number of rows.
DRAWN = (
    "CsvExampleGen",
    "StatisticsGen",
    "DataGate",
    "Transform",
    "TransformedStatistics",
    "Trainer",
    "SimpleModels",
    "Evaluator",
)


@dataclass(frozen=True)
class Usage:
    """Of one node: wall seconds, peak memory in MiB, MB of artifacts."""

    seconds: float
    mebibytes: float
    megabytes: float


def usage(project: Project, times: int) -> dict[str, Usage]:
    """Run the pipeline on the project's rows, node by node.

    Raises:
        RuntimeError: a node failed.
    """
    shutil.rmtree(project.folder / "output", ignore_errors=True)
    used = {}
    for node in NODES:
        cost = project.call("run-node", "--node", node, "--run-id", f"{times} times")
        printed = (project.folder / "bench.log").read_text(encoding="utf-8")
        (seconds,) = re.findall(rf"^{node} +done +([\d.]+) s$", printed, re.MULTILINE)
        written = sum(
            file.stat().st_size
            for file in (project.folder / "output" / "artifacts" / node).rglob("*")
            if file.is_file()
        )
        used[node] = Usage(float(seconds), cost.mebibytes, written / 1e6)
    return used


def draw(used: dict[int, dict[str, Usage]], rows: dict[int, int], file: Path) -> None:
    """Draw what each node used against the number of rows."""
    pyplot.rcParams["svg.fonttype"] = "none"
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 4), layout="constrained")
    quantities = (
        ("seconds", "wall, s", "log"),
        ("mebibytes", "peak memory, MiB", "linear"),
        ("megabytes", "written, MB", "log"),
    )
    for panel, (quantity, title, scale) in zip(panels, quantities, strict=True):
        for node in DRAWN:
            panel.plot(
                [rows[times] for times in used],
                [getattr(each[node], quantity) for each in used.values()],
                marker="o",
                label=node,
            )
        panel.set(xscale="log", yscale=scale, xlabel="rows", title=title)
        panel.grid(alpha=0.3)
    panels[1].set_ylim(bottom=0)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=7)
    figure.savefig(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("plot", type=Path)
    parser.add_argument("--line", choices=list(LINES), default=lines_of_this_host()[0])
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    project = Project(options.work.resolve(), options.line, orchestrator="airflow")
    used: dict[int, dict[str, Usage]] = {}
    rows: dict[int, int] = {}
    for times in options.times:
        project.generate()
        project.multiply(times)
        rows[times] = project.data.read_bytes().count(b"\n") - 1
        used[times] = usage(project, times)
        print(f"\n{rows[times]:,} rows, {project.data.stat().st_size / 1e6:.1f} MB of CSV\n")
        print("| | wall, s | peak memory, MiB | written, MB |\n|---|---|---|---|")
        for node, each in used[times].items():
            print(f"| {node} | {each.seconds} | {each.mebibytes:.0f} | {each.megabytes:.1f} |")
    draw(used, rows, options.plot)


if __name__ == "__main__":
    main()
