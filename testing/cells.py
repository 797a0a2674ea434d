"""The combinations of answers that are generated and trained, read from cookiecutter.json."""

from __future__ import annotations

import itertools
import platform
from collections import Counter
from dataclasses import dataclass

from .template import CHOICES, LINES, OFFERED


@dataclass(frozen=True)
class Cell:
    """One project to generate: its answers, and the Python to run it with."""

    model_api: str
    transform: str
    strategy: str
    example: str
    tfx_version: str
    license: str
    orchestrator: str
    python: str

    @property
    def id(self) -> str:
        """For example keras-transform-mirrored-penguin-1.15."""
        transform = "transform" if self.transform == "yes" else "raw"
        strategy = self.strategy.replace("Strategy", "").replace("OneDevice", "one").lower()
        return "-".join([self.model_api, transform, strategy, self.example, self.tfx_version])

    @property
    def slug(self) -> str:
        """The project's name: letters, digits and hyphens."""
        return self.id.replace("_", "-").replace(".", "-")

    @property
    def answers(self) -> dict[str, str]:
        """What differs from the default answers."""
        return {
            "project_name": self.slug,
            "model_api": self.model_api,
            "transform": self.transform,
            "strategy": self.strategy,
            "example": self.example,
            "tfx_version": self.tfx_version,
            "license": self.license,
            "orchestrator": self.orchestrator,
        }


def lines_of_this_host() -> list[str]:
    """List the TFX lines whose packages this computer's C library can load, the newest first."""
    library, found = platform.libc_ver()
    return [
        version
        for version, line in LINES.items()
        if library != "glibc" or _numbers(found) >= _numbers(line["glibc"])
    ]


def lines_of_other_hosts() -> list[str]:
    """List the TFX lines that need a newer C library than this computer's."""
    return [version for version in LINES if version not in lines_of_this_host()]


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def every_cell() -> list[Cell]:
    """List each supported combination of the answers that interact, for each example.

    Licences, orchestrators and Pythons do not interact with them, so they are cycled.
    """
    orchestrators = itertools.cycle(CHOICES["orchestrator"])
    cells = []
    for line, described in LINES.items():
        combinations = itertools.product(
            described["model_apis"], CHOICES["transform"], CHOICES["strategy"]
        )
        for answers, python in zip(combinations, itertools.cycle(described["pythons"])):
            orchestrator = next(orchestrators)
            cells += [
                Cell(*answers, example, line, license, orchestrator, python)
                for example, license in zip(CHOICES["example"], itertools.cycle(CHOICES["license"]))
            ]
    return cells


def ci_cells() -> list[Cell]:
    """Choose one of the offered examples for each combination of the other answers.

    The choice falls on the example that has met the combination's answers least often so far,
    so that each example meets each model API, with and without Transform, and each line.
    """
    met: Counter[tuple[str, str]] = Counter()
    chosen = []
    combinations = itertools.groupby(
        (cell for cell in every_cell() if cell.example in OFFERED),
        key=lambda cell: (cell.tfx_version, cell.model_api, cell.transform, cell.strategy),
    )
    for answers, alternatives in combinations:
        cell = min(alternatives, key=lambda cell: sum(met[cell.example, each] for each in answers))
        met.update((cell.example, each) for each in answers)
        chosen.append(cell)
    return chosen
