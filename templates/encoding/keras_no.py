"""The model's inputs: raw columns, encoded by layers that travel in the model."""

from __future__ import annotations

import tensorflow as tf

from . import columns
from .columns import Column
from .preprocessing import Preprocessor
from .treatments import Buckets, Dense, Domain, Vocabulary

Tensors = dict[str, tf.Tensor]


def model_inputs(preprocessor: Preprocessor) -> tuple[Tensors, Tensors]:
    """Create the model's symbolic inputs, and what its first layers take.

    Returns:
        The inputs [batch, 1], float32 or string, and the same features encoded: float32
        for dense features and int64 ids for the others.
    """
    inputs = {
        column.feature: tf.keras.Input(
            shape=(1,), name=column.feature, dtype=tf.float32 if column.numeric else tf.string
        )
        for column in columns.features()
    }
    encoded = {
        column.feature: _encoder(column, preprocessor)(inputs[column.feature])
        for column in columns.features()
    }
    return inputs, encoded


def _encoder(column: Column, preprocessor: Preprocessor) -> tf.keras.layers.Layer:
    treatment = column.treatment
    if isinstance(treatment, Dense):
        moments = preprocessor.moments[column.name]
        return Standardize(axis=None, mean=moments.mean, variance=moments.variance)
    if isinstance(treatment, Buckets):
        return Bucketize(bin_boundaries=preprocessor.boundaries[column.name])
    if isinstance(treatment, Domain):
        return tf.keras.layers.StringLookup(vocabulary=list(treatment.values), mask_token="")
    if isinstance(treatment, Vocabulary):
        return tf.keras.layers.StringLookup(
            vocabulary=preprocessor.vocabularies[column.name], mask_token=""
        )
    return tf.keras.layers.Hashing(treatment.cardinality, mask_value="")


class Standardize(tf.keras.layers.Normalization):
    """Scale to mean 0 and variance 1; NaN, a missing cell, becomes 0."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Scale numbers, float32 [batch, 1]."""
        scaled = super().call(inputs)
        return tf.where(tf.math.is_nan(scaled), tf.zeros_like(scaled), scaled)


class Bucketize(tf.keras.layers.Discretization):
    """Give the number of the bucket, from 1; NaN, a missing cell, becomes 0."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Number the buckets of numbers, float32 [batch, 1]."""
        buckets = super().call(inputs) + 1
        return tf.where(tf.math.is_nan(inputs), tf.zeros_like(buckets), buckets)
