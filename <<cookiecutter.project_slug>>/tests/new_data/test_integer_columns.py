from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.new_data import integer_columns
from << cookiecutter.package_name >>.new_data.integer_columns import (
    are_numbers,
)
from << cookiecutter.package_name >>.new_data.profiling import Profile

ROWS = 600
CHANCE = np.random.default_rng(1)
VALUES = CHANCE.integers(1, 6, ROWS).astype(float)
NOISE = CHANCE.normal(size=ROWS)
# What five codes stand for, in no order.
MEANINGS = np.array([0.0, 3.0, -2.0, 4.0, -3.0, 1.0])


def column(numbers: np.ndarray) -> np.ndarray:
    return numbers[:, np.newaxis]


def test_what_grows_with_the_values_makes_them_numbers() -> None:
    assert are_numbers(VALUES, column(2 * VALUES + NOISE))


def test_three_values_that_go_one_way_are_numbers() -> None:
    values = np.clip(VALUES, 2, 4)
    assert are_numbers(values, column(2 * values + NOISE))
    assert not are_numbers(values, column(np.abs(values - 3) * 2 + NOISE))


def test_what_depends_on_each_value_makes_them_categories() -> None:
    assert not are_numbers(VALUES, column(MEANINGS[VALUES.astype(int)] + NOISE))


def test_what_depends_on_no_value_needs_no_categories() -> None:
    assert are_numbers(VALUES, column(NOISE))


def test_missing_cells_are_left_out() -> None:
    values = np.where(NOISE > 1, np.nan, VALUES)
    assert are_numbers(values, column(2 * VALUES + NOISE))
    assert not are_numbers(values, column(MEANINGS[VALUES.astype(int)] + NOISE))


@pytest.mark.parametrize("rows", [1, 99])
def test_too_few_rows_tell_nothing(rows: int) -> None:
    assert not are_numbers(VALUES[:rows], column(VALUES[:rows]))


def test_two_values_tell_nothing() -> None:
    assert not are_numbers(np.minimum(VALUES, 2), column(VALUES))


@pytest.mark.parametrize("label", ["text", "number", "two classes"])
def test_columns_are_judged_by_any_label(label: str) -> None:
    score = 2 * VALUES + NOISE
    cells = {
        "text": np.where(score > 8, "high", np.where(score > 4, "middle", "low")),
        "number": score,
        "two classes": (score > 6).astype(int),
    }[label]
    codes = (MEANINGS - MEANINGS.min())[VALUES.astype(int)].astype(int)
    strings = {"level": VALUES.astype(int), "code": codes, "label": cells}
    table = pa.table({name: [*map(str, each)] for name, each in strings.items()})
    profiles = [Profile(name, schema_pb2.INT, ROWS, ROWS, unique=5) for name in ("level", "code")]
    is_text, unique = label == "text", len(np.unique(cells))
    kind = schema_pb2.BYTES if is_text else schema_pb2.FLOAT
    profiles.append(Profile("label", kind, ROWS, ROWS, unique=unique))
    level, code, same = integer_columns.judged(table, profiles, "label")
    assert level == dataclasses.replace(profiles[0], ordinal=True)
    assert code == profiles[1]
    assert same == profiles[2]
