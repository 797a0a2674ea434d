"""The matrix exercises every answer, and each combination that interacts."""

from __future__ import annotations

from itertools import product

import pytest

from testing.cells import ci_cells, every_cell
from testing.template import CHOICES, EXAMPLES, LINES, OFFERED


@pytest.mark.parametrize("question", CHOICES)
def test_every_answer_is_trained_by_ci(question: str) -> None:
    answers = OFFERED if question == "example" else CHOICES[question]
    assert {getattr(cell, question) for cell in ci_cells()} == set(answers)


def test_every_line_and_python_is_trained_by_ci() -> None:
    trained = {(cell.tfx_version, cell.python) for cell in ci_cells()}
    assert trained == {(line, python) for line in LINES for python in LINES[line]["pythons"]}


@pytest.mark.parametrize("question", ["model_api", "transform", "strategy", "tfx_version"])
def test_each_offered_example_meets_each_answer_in_ci(question: str) -> None:
    met = {(cell.example, getattr(cell, question)) for cell in ci_cells()}
    answers = CHOICES.get(question, LINES)
    assert met == set(product(OFFERED, answers))


def test_an_example_that_is_offered_no_more_comes_last_and_has_a_successor() -> None:
    former = [example for example in CHOICES["example"] if example not in OFFERED]
    assert CHOICES["example"] == [*OFFERED, *former]
    assert {EXAMPLES[example]["successor"] for example in former} <= set(OFFERED)
    # `nox -s train-all` still trains it, and so do its own sessions.
    assert {cell.example for cell in every_cell()} == {*OFFERED, *former}


def test_all_combinations_are_there_once() -> None:
    cells = every_cell()
    assert len({cell.id for cell in cells}) == len(cells) == 16 * len(CHOICES["example"])
    assert len(ci_cells()) == 16
