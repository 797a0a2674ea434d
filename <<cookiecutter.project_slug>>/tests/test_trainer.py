from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >> import (
    prediction,
    training_record,
)

pytestmark = pytest.mark.usefixtures("toys")


def test_the_exported_model_answers_raw_examples(trained: Path, serialized: tf.Tensor) -> None:
    saved_model = tf.saved_model.load(str(trained / "serving"))
    together = prediction.ask(saved_model, serialized, classify=True).numpy()
    alone = prediction.ask(saved_model, serialized[-1:], classify=True).numpy()
    assert together.shape == (7, 3)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(together[-1:], alone, rtol=1e-5)


def test_the_exported_model_does_not_need_the_label(trained: Path, serialized: tf.Tensor) -> None:
    unlabelled = [tf.train.Example.FromString(each) for each in serialized.numpy()]
    for example in unlabelled:
        del example.features.feature["kind"]
    saved_model = tf.saved_model.load(str(trained / "serving"))
    np.testing.assert_allclose(
        prediction.ask(
            saved_model,
            tf.constant([each.SerializeToString() for each in unlabelled]),
            classify=True,
        ),
        prediction.ask(saved_model, serialized, classify=True),
        rtol=1e-5,
    )


def test_the_exported_model_knows_its_classes(trained: Path) -> None:
    assert training_record.read(trained / "serving")["classes"] == ["ball", "car", "doll"]


def test_tensorboard_has_something_to_show(trained: Path) -> None:
    assert list((trained / "run").rglob("events.out.tfevents.*"))
