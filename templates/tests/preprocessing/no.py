from __future__ import annotations

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >> import (
    columns,
    parsing,
)
from << cookiecutter.package_name >>.columns import LABEL_FEATURE
from << cookiecutter.package_name >>.preprocessing import Preprocessor

pytestmark = pytest.mark.usefixtures("toys")


def test_learns_mean_and_variance_of_the_known_cells(preprocessor: Preprocessor) -> None:
    assert preprocessor.moments.keys() == {"size", "age"}
    assert preprocessor.moments["size"].mean == pytest.approx(3)
    assert preprocessor.moments["size"].variance == pytest.approx(10 / 6)


def test_learns_the_inner_quantiles(preprocessor: Preprocessor) -> None:
    assert preprocessor.boundaries.keys() == {"price"}
    low, high = preprocessor.boundaries["price"]
    assert 10 < low < high < 60


def test_learns_the_most_frequent_values(preprocessor: Preprocessor) -> None:
    assert preprocessor.vocabularies == {"maker": ["acme", "bolt"]}


def test_raw_and_training_records_give_the_same_features(
    preprocessor: Preprocessor, serialized: tf.Tensor, toy_schema: schema_pb2.Schema
) -> None:
    raw = tf.io.parse_example(serialized, parsing.raw_feature_spec(toy_schema))
    served = preprocessor.from_raw()(raw)
    trained = preprocessor.from_record(tf.io.parse_example(serialized, preprocessor.record_spec))
    assert served.keys() == {*(each.feature for each in columns.features()), LABEL_FEATURE}
    for name, cells in served.items():
        tf.debugging.assert_equal(tf.strings.as_string(cells), tf.strings.as_string(trained[name]))
