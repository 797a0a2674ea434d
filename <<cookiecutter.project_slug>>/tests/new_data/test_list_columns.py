from __future__ import annotations

import itertools

import pyarrow as pa
import pytest

from << cookiecutter.package_name >>.new_data.list_columns import (
    ListColumn,
)

COLORS = ["red", "blue", "green", "größe", "sale"]


def separator(cells: list[str]) -> str:
    column = ListColumn()
    for start in range(0, len(cells), 100):
        column.update(pa.array(cells[start : start + 100]))
    return column.separator(len({*cells}))


@pytest.mark.parametrize("between", ["|", ";", ",", ", "])
def test_items_that_come_again_are_lists(between: str) -> None:
    orders = itertools.chain.from_iterable(itertools.permutations(COLORS, n) for n in range(1, 4))
    assert separator([between.join(order) for order in orders]) == between.strip()


@pytest.mark.parametrize(
    "cells",
    [
        [f"Miller {row}, Jo" for row in range(200)],
        [f"a text {row * 7 % 191}, and {row} more" for row in range(2000)],
        [COLORS[row % 5] for row in range(200)],
        [f"{COLORS[row % 5]}|{COLORS[row % 3]}" for row in range(10)],
        ["Portland, OR", "Salem, OR", "Austin, TX"] * 50,
    ],
)
def test_others_are_not(cells: list[str]) -> None:
    assert separator(cells) == ""
