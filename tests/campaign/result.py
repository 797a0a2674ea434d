"""What came of runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LOST, UNSAID, OUTSIDE, UNDO, WRONG = KINDS = ("lost", "unsaid", "outside", "undo", "wrong")


@dataclass
class Result:
    """What came of a run.

    Attributes:
        code: the upgrade's exit code.
        said: what it printed.
        done: what was done before, in words.
        failures: what is not as it must be, by kinds.
    """

    code: int = -1
    said: str = ""
    done: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)


def summary(runs: int, counts: Counter[str]) -> str:
    """Return what came of all runs, in one line."""
    return (
        f"{runs} runs: {counts['1']} refused, {counts['0']} merged, {counts['3']} with conflicts; "
        f"{counts[LOST]} lines lost, {counts[UNSAID]} changes of the template dropped unsaid, "
        f"{counts[OUTSIDE]} writes outside the project, {counts[UNDO]} undos not exact, "
        f"{counts[WRONG]} things otherwise wrong"
    )
