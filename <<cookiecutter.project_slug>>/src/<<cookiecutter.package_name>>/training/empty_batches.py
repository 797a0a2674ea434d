"""Answers to no rows, of which some parts of TensorFlow give wrong shapes, or fail."""

from __future__ import annotations

# <% if cookiecutter.model_api != "keras" %>
from collections.abc import Callable

# <% endif %>
import tensorflow as tf

from ..features.parsing import Features


def filled(features: Features) -> Features:
    """Return the features of a batch; if it is empty, those of one row of zeros."""
    missing = tf.cast(tf.equal(rows(features), 0), tf.int32)
    return {
        name: tf.concat([cells, tf.zeros([missing, *cells.shape[1:]], cells.dtype)], axis=0)
        for name, cells in features.items()
    }


def rows(features: Features) -> tf.Tensor:
    """Return how many rows a batch has: so many answers are to be given."""
    cells, *_ = features.values()
    return tf.shape(cells)[0]
# <% if cookiecutter.model_api != "keras" %>


def answered(
    model_fn: Callable[..., tf.estimator.EstimatorSpec],
) -> Callable[..., tf.estimator.EstimatorSpec]:
    """Let an Estimator's model_fn answer an empty batch where it is served."""

    def answering(
        features: Features, labels: tf.Tensor, mode: str, config: tf.estimator.RunConfig
    ) -> tf.estimator.EstimatorSpec:
        if mode != tf.estimator.ModeKeys.PREDICT:
            return model_fn(features, labels, mode, config)
        spec, given = model_fn(filled(features), labels, mode, config), rows(features)
        exported = {name: _first(given, each) for name, each in spec.export_outputs.items()}
        predictions = {name: each[:given] for name, each in spec.predictions.items()}
        return spec._replace(predictions=predictions, export_outputs=exported)

    return answering


def _first(count: tf.Tensor, answer: tf.estimator.export.ExportOutput) -> object:
    """Leave out all but so many answers."""
    if isinstance(answer, tf.estimator.export.ClassificationOutput):
        return tf.estimator.export.ClassificationOutput(
            scores=answer.scores[:count], classes=answer.classes[:count]
        )
    if isinstance(answer, tf.estimator.export.RegressionOutput):
        return tf.estimator.export.RegressionOutput(answer.value[:count])
    return tf.estimator.export.PredictOutput(
        {name: each[:count] for name, each in answer.outputs.items()}
    )
# <% endif %>
