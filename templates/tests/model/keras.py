from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.features.columns import (
    Column,
    Columns,
)
from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)
from << cookiecutter.package_name >>.features.treatments import (
    Dense,
    Hashed,
    Treatment,
)
from << cookiecutter.package_name >>.settings import Settings
from << cookiecutter.package_name >>.training import inputs
from << cookiecutter.package_name >>.training.model import build_model

HYPERPARAMETERS = Settings().hyperparameters


@pytest.mark.parametrize(("classes", "outputs"), [(("no", "yes"), 1), (("a", "b", "c"), 3)])
def test_output_is_a_probability_of_each_class(
    columns: Columns, classes: tuple[str, ...], outputs: int
) -> None:
    columns = dataclasses.replace(columns, classes=classes)
    model = build_model(columns, **HYPERPARAMETERS)
    assert model.output_shape == (None, outputs)


def test_a_training_step_changes_the_weights(
    toy_split: inputs.Split, preprocessor: Preprocessor, columns: Columns
) -> None:
    model = build_model(columns, **HYPERPARAMETERS)
    before = [np.copy(weight) for weight in model.get_weights()]
    batches = inputs.training(toy_split, preprocessor, batch_size=7)
    loss = model.fit(batches.take(1), verbose=0).history["loss"][-1]
    assert np.isfinite(loss)
    assert any(not np.array_equal(old, new) for old, new in zip(before, model.get_weights()))


def test_predicts_rows_with_missing_cells(
    toy_split: inputs.Split, preprocessor: Preprocessor, columns: Columns
) -> None:
    model = build_model(columns, **HYPERPARAMETERS)
    (features, _), *_ = inputs.evaluation(toy_split, preprocessor, batch_size=7)
    probabilities = model(features).numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("treatment", [Dense(), Hashed(5)])
def test_one_feature_is_enough(columns: Columns, treatment: Treatment) -> None:
    columns = dataclasses.replace(columns, features=(Column("only", "only_xf", treatment),))
    model = build_model(columns, **HYPERPARAMETERS)
    copied = tf.keras.Model.from_config(model.get_config())
    assert copied.output_shape == (None, 3)


@pytest.mark.parametrize("classes", [(), ("no", "yes"), ("a", "b", "c")])
def test_answers_are_precise_in_mixed_precision(columns: Columns, classes: tuple[str, ...]) -> None:
    columns = dataclasses.replace(columns, classes=classes)
    policy = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = build_model(columns, **HYPERPARAMETERS)
    finally:
        tf.keras.mixed_precision.set_global_policy(policy)
    assert tf.as_dtype(model.output.dtype) == tf.float32


def test_the_hyperparameters_are_what_build_model_takes() -> None:
    parameters = inspect.signature(build_model).parameters.keys()
    others = {"columns", "label_scale", "linear", "steps_per_execution"}
    assert parameters - others == Settings().hyperparameters.keys()
