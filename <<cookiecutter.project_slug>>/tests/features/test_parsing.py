from __future__ import annotations

import math

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.features import parsing
from << cookiecutter.package_name >>.features.columns import (
    Columns,
    feature_name,
)


@pytest.fixture
def raw(serialized: tf.Tensor, toy_schema: schema_pb2.Schema) -> dict[str, tf.SparseTensor]:
    return tf.io.parse_example(serialized, parsing.raw_feature_spec(toy_schema))


def test_columns_become_floats_or_strings(
    raw: dict[str, tf.SparseTensor], columns: Columns
) -> None:
    features = {name: cells.numpy() for name, cells in parsing.dense(raw, columns).items()}
    assert {cells.shape for cells in features.values()} == {(7, 1)}
    assert features[feature_name("age")][1, 0] == 4.0
    assert features[feature_name("level")][1, 0] == b"2"
    assert features[feature_name("code")][1, 0] == b"8"
    assert feature_name("note") not in features


def test_missing_cells_become_nan_or_the_empty_string(
    raw: dict[str, tf.SparseTensor], columns: Columns
) -> None:
    dense = parsing.dense(raw, columns)
    for column in columns.features:
        cell = dense[column.feature].numpy()[-1, 0]
        assert cell == b"" if column.treatment.raw_dtype == tf.string else math.isnan(cell)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_missing(columns: Columns, number: float) -> None:
    example = tf.train.Example()
    example.features.feature["size"].float_list.value.append(number)
    example.features.feature["price"].float_list.value.append(number)
    spec = parsing.raw_feature_spec(columns.schema)
    parsed = tf.io.parse_example([example.SerializeToString()], spec)
    dense = parsing.dense(parsed, columns)
    assert math.isnan(dense[feature_name("size")].numpy()[0, 0])
    assert math.isnan(dense[feature_name("price")].numpy()[0, 0])


def test_the_label_becomes_its_class(raw: dict[str, tf.SparseTensor], columns: Columns) -> None:
    label = parsing.label(raw, columns)
    assert label.dtype == tf.int64
    assert label.numpy().tolist() == [[0], [1], [2], [0], [1], [2], [0]]
