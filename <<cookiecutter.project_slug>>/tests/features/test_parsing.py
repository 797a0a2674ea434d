from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.features import columns, parsing
from << cookiecutter.package_name >>.features.treatments import Image

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture
def raw(serialized: tf.Tensor, toy_schema: schema_pb2.Schema) -> dict[str, tf.SparseTensor]:
    return tf.io.parse_example(serialized, parsing.raw_feature_spec(toy_schema))


def test_columns_become_floats_or_strings(raw: dict[str, tf.SparseTensor]) -> None:
    features = {name: cells.numpy() for name, cells in parsing.dense(raw).items()}
    assert {cells.shape for cells in features.values()} == {(7, 1)}
    assert features[columns.feature_name("age")][1, 0] == 4.0
    assert features[columns.feature_name("level")][1, 0] == b"2"
    assert features[columns.feature_name("code")][1, 0] == b"8"
    assert columns.feature_name("note") not in features


def test_missing_cells_become_nan_or_the_empty_string(raw: dict[str, tf.SparseTensor]) -> None:
    dense = parsing.dense(raw)
    for column in columns.features():
        cell = dense[column.feature].numpy()[-1, 0]
        assert math.isnan(cell) if column.numeric else cell == b""


def test_images_become_levels_of_grey(raw: dict[str, tf.SparseTensor]) -> None:
    cells = parsing.dense(raw)[columns.feature_name("picture")]
    levels = parsing.images(cells, Image(2, 3)).numpy()
    assert levels.shape == (7, 2, 3, 1)
    np.testing.assert_allclose(levels[:, 0, 0, 0], [0.2, 1, 0.2, 1, 0.2, 1, 0])
    assert all(len(np.unique(image)) == 1 for image in levels)


def test_an_image_of_another_size_is_refused(raw: dict[str, tf.SparseTensor]) -> None:
    cells = parsing.dense(raw)[columns.feature_name("picture")]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[2,3,1\].*\[3,2,1\]"):
        parsing.images(cells, Image(3, 2))


def test_the_label_becomes_its_class(raw: dict[str, tf.SparseTensor]) -> None:
    label = parsing.label(raw)
    assert label.dtype == tf.int64
    assert label.numpy().tolist() == [[0], [1], [2], [0], [1], [2], [0]]


def test_domain_index_gives_one_more_place_to_all_other_values() -> None:
    places = parsing.domain_index(tf.constant(["b", "a", "", "z"]), ["a", "b"])
    assert places.numpy().tolist() == [1, 0, 2, 2]
