from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >> import (
    columns,
    inputs,
)
from << cookiecutter.package_name >>.columns import feature_name
from << cookiecutter.package_name >>.encoding import model_inputs
from << cookiecutter.package_name >>.preprocessing import Preprocessor
from << cookiecutter.package_name >>.treatments import Dense

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture
def encoded(fn_args: SimpleNamespace, preprocessor: Preprocessor) -> dict[str, np.ndarray]:
    (features, _), *_ = inputs.evaluation(fn_args.eval_files, preprocessor, batch_size=7)
    return {name: cells.numpy() for name, cells in _encode(preprocessor, features).items()}


def _encode(preprocessor: Preprocessor, features: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return tf.keras.Model(*model_inputs(preprocessor))(features)


def test_dense_features_are_scaled(encoded: dict[str, np.ndarray]) -> None:
    size = encoded[feature_name("size")]
    assert size.shape == (7, 1)
    assert size[:-1].mean() == pytest.approx(0, abs=1e-6)
    assert size[:-1].std() == pytest.approx(1, abs=1e-6)


def test_ids_are_below_the_cardinality(encoded: dict[str, np.ndarray]) -> None:
    for column in columns.features():
        if not isinstance(column.treatment, Dense):
            assert encoded[column.feature].shape == (7, 1)
            assert encoded[column.feature][:-1].min() >= 1
            assert encoded[column.feature].max() < column.treatment.cardinality


def test_equal_values_get_equal_ids_and_others_do_not(encoded: dict[str, np.ndarray]) -> None:
    red, blue = encoded[feature_name("color")][:2, 0]
    assert red != blue
    assert encoded[feature_name("color")][:-1, 0].tolist() == [red, blue] * 3


def test_a_missing_cell_is_zero(encoded: dict[str, np.ndarray]) -> None:
    assert not any(encoded[column.feature][-1, 0] for column in columns.features())
