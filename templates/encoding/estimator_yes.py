"""The model's inputs: feature columns over features as Transform made them."""

from __future__ import annotations

import tensorflow as tf

from . import columns
from .preprocessing import Preprocessor
from .treatments import Dense

DenseColumns = list[object]


def feature_columns(preprocessor: Preprocessor, embedding_size: int) -> DenseColumns:
    """Describe the features, [batch, 1] float32 or int64 ids, to a canned Estimator."""
    del preprocessor
    described: DenseColumns = []
    for column in columns.features():
        if isinstance(column.treatment, Dense):
            described.append(tf.feature_column.numeric_column(column.feature))
        else:
            ids = tf.feature_column.categorical_column_with_identity(
                column.feature, column.treatment.cardinality
            )
            described.append(tf.feature_column.embedding_column(ids, embedding_size))
    return described
