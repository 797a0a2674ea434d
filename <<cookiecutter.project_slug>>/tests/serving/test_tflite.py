from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.columns import (
    Columns,
    feature_name,
)
from << cookiecutter.package_name >>.serving import prediction, tflite
from << cookiecutter.package_name >>.training import (
    signatures,
    tflite_export,
)


def test_it_answers_what_the_saved_model_does(trained: Path, serialized: tf.Tensor) -> None:
    saved_model = tf.saved_model.load(str(trained / "serving"))
    features = signatures.to_features(saved_model)(serialized)
    answers = tflite.ask(trained / "serving", features)
    expected = prediction.ask(saved_model, serialized, classify=True)
    # If all classes were equally probable, so would they be without the weights.
    assert np.ptp(expected, axis=1).max() > 0.05
    np.testing.assert_allclose(answers, expected, atol=0.01)


def test_the_metadata_describe_inputs_and_output(trained: Path, columns: Columns) -> None:
    metadata = json.loads((trained / "serving" / tflite_export.METADATA).read_text())
    assert metadata["label"] == "kind"
    assert metadata["classes"] == ["ball", "car", "doll"]
    assert metadata["output"] == "probabilities"
    picture = metadata["inputs"][feature_name("picture")]
    assert picture["column"] == "picture"
    assert picture["shape"] == [None, 2, 3, 1]
    assert picture["dtype"] == "float32"
    assert metadata["inputs"].keys() == columns.specs.keys()


def test_a_model_that_cannot_be_converted_is_told(
    trained: Path, columns: Columns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def in_python(numbers: tf.Tensor) -> tf.Tensor:
        return tf.numpy_function(np.sort, [numbers], tf.float32)

    copy = shutil.copytree(trained / "serving", tmp_path / "copy")
    monkeypatch.setattr(signatures, "from_features", lambda _: in_python.get_concrete_function())
    with pytest.raises(UserError, match="TensorFlow Lite cannot run this model; set tflite"):
        tflite_export.export(str(copy), columns)
