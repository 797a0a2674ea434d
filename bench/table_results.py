"""What the bench `tables` has measured, kept in a file, and the page that is made of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from table_list import HALVES, Listed

METRICS = {"binary": "AUC", "classes": "accuracy", "number": "RMSE"}
# By how much worse than boosting is level, and how much must never be: in AUC or accuracy, and as a
# share of the RMSE.
LEVEL = {"binary": 0.01, "classes": 0.01, "number": 0.03}
FAR_BEHIND = {"binary": 0.03, "classes": 0.03, "number": 0.1}
# The share that shall be level or better.
GOAL = 0.8
# Of a run that ended without a model.
FAILED = "failed"
# What a page has before its tables stays as it was written.
HEADING = "## Measured\n"


@dataclass(frozen=True)
class Result:
    """Of one data set and seed: scores (AUC, accuracy or RMSE) and seconds of each method.

    Attributes:
        name: the data set's.
        seed: of the split, and of each method.
        project: the line, the model API and the digest of the project's code.
        outcome: blessed, not blessed or failed.
        said: what a run said that failed, or did not bless.
        scores: by method; without ours where a run has failed.
        seconds: by method.
    """

    name: str
    seed: int
    project: str
    outcome: str
    said: str
    scores: dict[str, float]
    seconds: dict[str, float]


def read(file: Path, project: str) -> dict[tuple[str, int], Result]:
    """Read the newest result of a project for each data set and seed."""
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    results = [Result(**json.loads(line)) for line in lines]
    return {(each.name, each.seed): each for each in results if each.project == project}


def append(file: Path, result: Result) -> None:
    """Keep a result."""
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(result)) + "\n")


def gain(kind: str, ours: float, theirs: float) -> float:
    """Return by how much ours is better: in AUC or accuracy, or as a share of their RMSE."""
    return (theirs - ours) / theirs if kind == "number" else ours - theirs


@dataclass(frozen=True)
class Row:
    """A data set's row of the page: means of its seeds."""

    listed: Listed
    results: list[Result]

    @property
    def kind(self) -> str:
        """Of the label: binary, classes or number."""
        return self.listed.candidate.kind

    @property
    def failed(self) -> list[Result]:
        """The runs that ended without a model."""
        return [each for each in self.results if each.outcome == FAILED]

    @property
    def gain(self) -> float | None:
        """By how much ours is better than boosting; None if a run has failed."""
        if self.failed:
            return None
        return gain(self.kind, self.mean("ours"), self.mean("boosting"))

    @property
    def is_level(self) -> bool:
        """Whether ours is as good as boosting, or better."""
        return self.gain is not None and self.gain >= -LEVEL[self.kind]

    @property
    def is_far_behind(self) -> bool:
        """Whether ours is as much worse as must never be."""
        return self.gain is None or self.gain < -FAR_BEHIND[self.kind]

    @property
    def beats_linear(self) -> bool:
        """Whether ours is at least as good as the linear model."""
        return not self.failed and gain(self.kind, self.mean("ours"), self.mean("linear")) >= 0

    def mean(self, method: str) -> float:
        """Return the mean of a method's scores."""
        return statistics.mean(each.scores[method] for each in self.results)

    def seconds(self, method: str) -> float:
        """Return the mean of a method's seconds."""
        return statistics.mean(each.seconds[method] for each in self.results)

    def text(self) -> str:
        """Write the row in Markdown."""
        candidate = self.listed.candidate
        is_number = self.kind == "number"
        blessed = sum(each.outcome == "blessed" for each in self.results)
        difference = "failed"
        if self.gain is not None:
            difference = f"{100 * self.gain:+.1f} %" if is_number else f"{self.gain:+.3f}"
        verdict = "level" if self.is_level else "far behind" if self.is_far_behind else "behind"
        cells = [
            candidate.name,
            f"{int(candidate.rows):,}",
            candidate.columns,
            " ".join([candidate.kind, candidate.traits]).strip(),
            self.listed.half,
            "-" if self.failed else f"{self.mean('ours'):.4g}",
            *(f"{self.mean(method):.4g}" for method in ("boosting", "linear")),
            difference,
            verdict,
            f"{blessed} of {len(self.results)}",
            *(f"{self.seconds(method):.0f}" for method in ("ours", "boosting", "linear")),
        ]
        return "| " + " | ".join(cells) + " |"


COLUMNS = (
    "data set",
    "rows",
    "columns",
    "kind",
    "half",
    "ours",
    "boosting",
    "linear",
    "difference",
    "",
    "blessed",
    "ours, s",
    "boosting, s",
    "linear, s",
)


def report(listed: Iterable[Listed], results: Iterable[Result]) -> str:
    """Write tables of one project's results: a row for each data set, and a summary by half."""
    by_name: dict[str, list[Result]] = {}
    for result in results:
        by_name.setdefault(result.name, []).append(result)
    listed = list(listed)
    rows = [
        Row(each, by_name[each.candidate.name]) for each in listed if each.candidate.name in by_name
    ]
    missing = [each.candidate.name for each in listed if each.candidate.name not in by_name]
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += [row.text() for row in rows]
    lines += [
        "",
        "| half | measured | level or better | far behind | as good as linear | seconds |",
    ]
    lines += ["|---|---|---|---|---|---|"]
    for name in HALVES:
        half = [row for row in rows if row.listed.half == name]
        if half:
            level = sum(row.is_level for row in half)
            cells = [
                name,
                f"{len(half)} of {sum(each.half == name for each in listed)}",
                f"{level} ({level / len(half):.0%}; the goal is {GOAL:.0%})",
                f"{sum(row.is_far_behind for row in half)} (the goal is 0)",
                str(sum(row.beats_linear for row in half)),
                f"{sum(row.seconds('ours') for row in half):.0f}",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    seeds = sorted({len(row.results) for row in rows})
    lines += ["", f"Seeds of each data set: {' or '.join(map(str, seeds))}."]
    if missing:
        lines += [f"Not measured: {', '.join(missing)}."]
    lines += [""]
    for each in (each for row in rows for each in row.results if each.said):
        lines += [f"- {each.name}, seed {each.seed}: {each.said.splitlines()[-1]}"]
    return "\n".join(lines) + "\n"


def write(page: Path, text: str) -> None:
    """Put the tables in the place of those that the page has."""
    before, heading, _ = page.read_text(encoding="utf-8").partition(HEADING)
    if not heading:
        raise ValueError(f"{page} has no heading {HEADING.strip()}")
    page.write_text(f"{before}{HEADING}\n{text}", encoding="utf-8")
