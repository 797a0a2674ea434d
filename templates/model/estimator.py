"""The model: a canned Estimator, a feed-forward network over feature columns."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from . import columns
from .encoding import feature_columns
from .preprocessing import Preprocessor

EMBEDDING_SIZE = 8


def build_estimator(
    preprocessor: Preprocessor,
    run_config: tf.estimator.RunConfig,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
) -> tf.estimator.Estimator:
    """Build the Estimator, which creates its variables in the strategy of its run_config."""
    return tf.estimator.DNNClassifier(
        hidden_units=list(hidden_units),
        feature_columns=feature_columns(preprocessor, EMBEDDING_SIZE),
        n_classes=len(columns.classes()),
        optimizer=lambda: tf.keras.optimizers.legacy.Adam(learning_rate),
        config=run_config,
    )
