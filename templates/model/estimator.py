"""The model: a canned Estimator, a feed-forward network over feature columns."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from . import columns
from .treatments import Dense

EMBEDDING_SIZE = 8


def build_estimator(
    run_config: tf.estimator.RunConfig,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
) -> tf.estimator.Estimator:
    """Build the Estimator, which creates its variables in the strategy of its run_config."""
    return tf.estimator.DNNClassifier(
        hidden_units=list(hidden_units),
        feature_columns=_feature_columns(),
        n_classes=len(columns.classes()),
        optimizer=lambda: tf.keras.optimizers.legacy.Adam(learning_rate),
        config=run_config,
    )


def _feature_columns() -> list[object]:
    """Describe the features, [batch, 1] float32 or int64 ids, to a canned Estimator."""
    described: list[object] = []
    for column in columns.features():
        if isinstance(column.treatment, Dense):
            described.append(tf.feature_column.numeric_column(column.feature))
        else:
            ids = tf.feature_column.categorical_column_with_identity(
                column.feature, column.treatment.cardinality
            )
            described.append(tf.feature_column.embedding_column(ids, EMBEDDING_SIZE))
    return described
