"""The model: a DNNEstimator, a feed-forward network over feature columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from ..features import columns
from ..features.parsing import Features
from ..features.treatments import Dense, Image

EMBEDDING_SIZE = 8


def build_estimator(
    run_config: tf.estimator.RunConfig,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
    label_scale: tuple[float, float] = (0.0, 1.0),
) -> tf.estimator.Estimator:
    """Build the Estimator, which creates its variables in the strategy of its run_config.

    Args:
        run_config: the folder, the seed and the strategy.
        hidden_units: the sizes of the hidden layers.
        learning_rate: of Adam.
        label_scale: mean and standard deviation of a label that is a number.
    """
    return tf.estimator.DNNEstimator(
        head=_head(*label_scale),
        hidden_units=list(hidden_units),
        feature_columns=_feature_columns(),
        optimizer=lambda: tf.keras.optimizers.legacy.Adam(learning_rate),
        config=run_config,
    )


class _IdsToNames(tf.estimator.Head):
    """Lets a head that calls classes by their names, and wants labels as such, have their ids."""

    def create_estimator_spec(
        self,
        features: Features,
        mode: str,
        logits: tf.Tensor,
        labels: tf.Tensor | None = None,
        **training: Any,
    ) -> tf.estimator.EstimatorSpec:
        """Describe the model, from labels that are int64, [batch, 1]."""
        if labels is not None:
            labels = tf.gather(columns.classes(), labels)
        return super().create_estimator_spec(features, mode, logits, labels=labels, **training)


class BinaryClassHead(_IdsToNames, tf.estimator.BinaryClassHead):
    """Tells two classes apart."""


class MultiClassHead(_IdsToNames, tf.estimator.MultiClassHead):
    """Tells more than two classes apart."""


def _head(mean: float, deviation: float) -> tf.estimator.Head:
    """Return what turns the last layer into an answer and a loss."""
    names = columns.classes()
    if len(names) == 2:
        return BinaryClassHead(label_vocabulary=names)
    if names:
        return MultiClassHead(len(names), label_vocabulary=names)

    def answer(logits: tf.Tensor) -> tf.Tensor:
        return logits * deviation + mean

    def loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.square((labels - mean) / deviation - logits)

    return tf.estimator.RegressionHead(loss_fn=loss, inverse_link_fn=answer)


def _feature_columns() -> list[object]:
    """Describe the features to a canned Estimator, which flattens images to their pixels."""
    described: list[object] = []
    for column in columns.features():
        if isinstance(column.treatment, Dense):
            described.append(tf.feature_column.numeric_column(column.feature))
        elif isinstance(column.treatment, Image):
            described.append(
                tf.feature_column.numeric_column(column.feature, column.treatment.shape)
            )
        else:
            ids = tf.feature_column.categorical_column_with_identity(
                column.feature, column.treatment.cardinality
            )
            described.append(tf.feature_column.embedding_column(ids, EMBEDDING_SIZE))
    return described
