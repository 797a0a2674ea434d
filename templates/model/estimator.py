"""The model: a DNNEstimator, a feed-forward network over feature columns."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from . import columns
from .treatments import Dense, Image

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


def _head(mean: float, deviation: float) -> tf.estimator.Head:
    """Give what turns the last layer into an answer and a loss."""
    count = len(columns.classes())
    if count == 2:
        return tf.estimator.BinaryClassHead()
    if count > 2:
        return tf.estimator.MultiClassHead(count)

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
