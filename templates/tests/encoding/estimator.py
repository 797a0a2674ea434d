from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >> import (
    columns,
    inputs,
)
from << cookiecutter.package_name >>.encoding import feature_columns
from << cookiecutter.package_name >>.preprocessing import Preprocessor
from << cookiecutter.package_name >>.treatments import Dense

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture
def features(fn_args: SimpleNamespace, preprocessor: Preprocessor) -> dict[str, tf.Tensor]:
    (features, _), *_ = inputs.evaluation(fn_args.eval_files, preprocessor, batch_size=7)
    return features


def test_every_row_can_be_encoded(
    preprocessor: Preprocessor, features: dict[str, tf.Tensor]
) -> None:
    embedding_size = 4
    described = feature_columns(preprocessor, embedding_size)
    encoded = tf.keras.layers.DenseFeatures(described)(features).numpy()
    dense = [column for column in columns.features() if isinstance(column.treatment, Dense)]
    width = len(dense) + embedding_size * (len(described) - len(dense))
    assert encoded.shape == (7, width)
    assert np.isfinite(encoded).all()


def test_dense_features_are_scaled_and_zero_if_missing(
    preprocessor: Preprocessor, features: dict[str, tf.Tensor]
) -> None:
    (size,) = [
        column
        for column in feature_columns(preprocessor, 4)
        if column.name == columns.feature_name("size")
    ]
    encoded = tf.keras.layers.DenseFeatures([size])(features).numpy()
    assert encoded[:-1].mean() == pytest.approx(0, abs=1e-6)
    assert encoded[:-1].std() == pytest.approx(1, abs=1e-6)
    assert encoded[-1, 0] == 0
