from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.features import parsing
from << cookiecutter.package_name >>.features.bags import (
    LENGTH,
    NO_ID,
)
from << cookiecutter.package_name >>.features.columns import (
    LABEL_FEATURE,
    Columns,
    feature_name,
)
from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)


@pytest.fixture
def transformed(
    preprocessor: Preprocessor, serialized: tf.Tensor, columns: Columns
) -> dict[str, np.ndarray]:
    raw = tf.io.parse_example(serialized, parsing.raw_feature_spec(columns.schema))
    return {name: cells.numpy() for name, cells in preprocessor.from_raw()(raw).items()}


def test_every_feature_is_as_described(
    transformed: dict[str, np.ndarray], columns: Columns
) -> None:
    described = {**columns.specs, LABEL_FEATURE: tf.TensorSpec([None, 1], tf.int64)}
    assert transformed.keys() == described.keys()
    for name, cells in transformed.items():
        assert len(cells) == 7
        assert cells.dtype == described[name].dtype.as_numpy_dtype
        assert described[name].shape.is_compatible_with(cells.shape)


def test_ids_are_below_the_cardinality(
    transformed: dict[str, np.ndarray], columns: Columns
) -> None:
    for column in columns.ids:
        ids = transformed[column.feature][:-1]
        assert ids.min() >= 1
        assert ids.max() < column.treatment.cardinality


def test_a_missing_cell_is_zero(transformed: dict[str, np.ndarray], columns: Columns) -> None:
    singles = [*columns.dense, *columns.ids]
    assert not any(transformed[column.feature][-1].any() for column in singles)
    for column in columns.bags:
        assert transformed[column.feature][-1].tolist() == [0, *[NO_ID] * (LENGTH - 1)]


def test_each_treatment(transformed: dict[str, np.ndarray]) -> None:
    ids = {name: cells[:-1, 0].tolist() for name, cells in transformed.items()}
    assert transformed[feature_name("size")][:-1].mean() == pytest.approx(0, abs=1e-6)
    assert transformed[feature_name("size")][:-1].std() == pytest.approx(1)
    assert ids[feature_name("price")] == sorted(ids[feature_name("price")])
    assert ids[feature_name("weight")] == sorted(ids[feature_name("weight")], reverse=True)
    assert set(ids[feature_name("price")]) == set(ids[feature_name("weight")]) == {1, 2, 3}
    assert ids[feature_name("level")] == [1, 2, 3, 1, 2, 3]
    assert ids[feature_name("color")] == [1, 2, 1, 2, 1, 2]
    assert ids[feature_name("maker")] == [1, 1, 1, 2, 2, 3]
    assert ids[LABEL_FEATURE] == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("name", ["made", "atoms"])
def test_numbers_that_float32_cannot_scale_are_scaled(
    transformed: dict[str, np.ndarray], rows: list[tf.train.Example], name: str
) -> None:
    cells = [example.features.feature[name] for example in rows[:-1]]
    numbers = [getattr(cell, cell.WhichOneof("kind")).value[0] for cell in cells]
    expected = (numbers - np.mean(numbers)) / np.std(numbers)
    np.testing.assert_allclose(transformed[feature_name(name)][:-1, 0], expected, rtol=1e-5)


def test_dates_are_days_and_cycles(transformed: dict[str, np.ndarray]) -> None:
    features = transformed[feature_name("sold")]
    days = np.array([10 / 24, 11 / 24, 1, 1 + 13.5 / 24, 2, 302 - 5e-1 / 86400])
    expected = (days - days.mean()) / days.std()
    np.testing.assert_allclose(features[:-1, 0], expected, rtol=1e-4)
    for first in (1, 7):
        sines, cosines = np.split(features[:-1, first : first + 6], 2, axis=1)
        np.testing.assert_allclose(np.hypot(sines, cosines), 1, rtol=1e-6)


def test_lists_and_texts_are_several_ids(transformed: dict[str, np.ndarray]) -> None:
    marks, review = (
        [row[row != NO_ID].tolist() for row in transformed[feature_name(name)]]
        for name in ("marks", "review")
    )
    new, red = marks[0]
    assert marks[1:4] == [[red], [new], [0]]
    assert [len(row) for row in marks[4:]] == [2, 3, 1]
    assert [len(row) for row in review] == [3, 1, 2, 1, 2, 2, 1]
    assert review[3] == review[6] == [0]
    assert {*review[0]} & {*review[4]} == {*review[4]}
    assert min(min(row) for row in [*marks[4:6], *review[4:6]]) > 0


def test_training_and_serving_have_the_same_features(
    transformed: dict[str, np.ndarray],
    preprocessor: Preprocessor,
    fn_args: SimpleNamespace,
) -> None:
    records = parsing.records(fn_args.train_files).batch(7).get_single_element()
    parsed = tf.io.parse_example(records, preprocessor.record_spec)
    in_training = preprocessor.from_record(parsed)
    assert in_training.keys() == transformed.keys()
    assert sorted(rows_of(in_training)) == sorted(rows_of(transformed))


def rows_of(features: Mapping[str, tf.Tensor]) -> list[list[float]]:
    """Put the features of each row side by side."""
    flat = [np.reshape(features[name], [7, -1]) for name in sorted(features)]
    return np.concatenate(flat, axis=1).tolist()


def test_treatments_of_ones_own(transformed: dict[str, np.ndarray]) -> None:
    cycle = transformed[feature_name("hour")][:5]
    np.testing.assert_allclose(cycle, [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]], atol=1e-6)
    logarithms = [math.log1p(10**power - 1) for power in range(6)]
    expected = (logarithms - np.mean(logarithms)) / np.std(logarithms)
    np.testing.assert_allclose(transformed[feature_name("distance")][:-1, 0], expected, rtol=1e-5)
# <% if cookiecutter.transform == "no" %>


def test_of_each_column_is_learned_what_its_treatment_needs(
    preprocessor: Preprocessor, columns: Columns
) -> None:
    learned = {column.name: preprocessor.learned[column.feature] for column in columns.features}
    assert learned["size"].mean == pytest.approx(3)
    assert learned["size"].variance == pytest.approx(10 / 6)
    low, high = learned["price"]
    assert 10 < low < high < 60
    assert learned["level"] is learned["color"] is learned["code"] is None
# <% endif %>
