"""The model's inputs: feature columns over raw columns."""

from __future__ import annotations

import functools

import tensorflow as tf

from . import columns
from .columns import Column
from .preprocessing import Moments, Preprocessor
from .treatments import Buckets, Categorical, Dense, Domain, Vocabulary

DenseColumns = list[object]


def feature_columns(preprocessor: Preprocessor, embedding_size: int) -> DenseColumns:
    """Describe the raw columns, [batch, 1] float32 or string, to a canned Estimator."""
    described: DenseColumns = []
    for column in columns.features():
        if isinstance(column.treatment, Dense):
            scaled = functools.partial(_standardize, moments=preprocessor.moments[column.name])
            described.append(tf.feature_column.numeric_column(column.feature, normalizer_fn=scaled))
        else:
            ids = _categorical_column(column, column.treatment, preprocessor)
            described.append(tf.feature_column.embedding_column(ids, embedding_size))
    return described


def _categorical_column(
    column: Column, treatment: Categorical, preprocessor: Preprocessor
) -> object:
    if isinstance(treatment, Buckets):
        return tf.feature_column.bucketized_column(
            tf.feature_column.numeric_column(column.feature), preprocessor.boundaries[column.name]
        )
    if isinstance(treatment, Domain):
        return tf.feature_column.categorical_column_with_vocabulary_list(
            column.feature, treatment.values, num_oov_buckets=1
        )
    if isinstance(treatment, Vocabulary):
        return tf.feature_column.categorical_column_with_vocabulary_list(
            column.feature, preprocessor.vocabularies[column.name], num_oov_buckets=1
        )
    return tf.feature_column.categorical_column_with_hash_bucket(column.feature, treatment.buckets)


def _standardize(cells: tf.Tensor, moments: Moments) -> tf.Tensor:
    scaled = (cells - moments.mean) / moments.variance**0.5
    return tf.where(tf.math.is_nan(scaled), tf.zeros_like(scaled), scaled)
