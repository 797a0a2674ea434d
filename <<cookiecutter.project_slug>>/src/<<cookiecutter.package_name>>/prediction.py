"""Predictions of a pushed model for raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from . import columns, examples, training_record
from .errors import UserError


def newest_model(serving: Path) -> Path:
    """Find the newest pushed model; the Pusher names each by its time.

    Raises:
        UserError: nothing has been pushed.
    """
    versions = [each for each in serving.glob("*") if each.name.isdecimal()]
    if not versions:
        raise UserError(f"no pushed model in {serving}; `run` pushes one that is blessed")
    return max(versions, key=lambda version: int(version.name))


def predict(file: Path, model: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Predict each row of a CSV file, in order; the file is read in batches.

    Yields:
        The most probable class by its name, and {class: probability}.

    Raises:
        UserError: the model is not one of this project, the file cannot be used, or a cell is
            no number where the schema wants one.
    """
    try:
        classes = training_record.read(model)["classes"]
    except FileNotFoundError as error:
        raise UserError(f"{model} is not a model that this project has pushed") from error
    saved_model = tf.saved_model.load(str(model))
    for batch in examples.from_csv(file, [each.name for each in columns.features()]):
        for scores in probabilities(saved_model, tf.constant(batch)).numpy():
            yield classes[int(np.argmax(scores))], dict(zip(classes, scores.tolist()))


def probabilities(saved_model: tf.Module, serialized: tf.Tensor) -> tf.Tensor:
    """Ask a loaded SavedModel.

    Args:
        saved_model: what tf.saved_model.load returns.
        serialized: tf.Examples, [batch].

    Returns:
        The probability of each class, [batch, classes].
    """
    signatures = saved_model.signatures
    # An Estimator's serving_default, for the classification API, is another signature.
    ask = signatures["predict" if "predict" in signatures else "serving_default"]
    answer = ask(examples=serialized)["probabilities"]
    return tf.concat([1 - answer, answer], axis=1) if answer.shape[1] == 1 else answer
