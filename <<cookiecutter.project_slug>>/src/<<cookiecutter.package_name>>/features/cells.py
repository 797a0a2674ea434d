"""Cells of a column as tensors: NaN or the empty string stands for what is missing."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


def missing(cells: tf.Tensor) -> tf.Tensor:
    """Return which cells are missing, float32 or string; bool, of the same shape."""
    return tf.math.is_nan(cells) if cells.dtype == tf.float32 else tf.equal(cells, "")


def domain_index(cells: tf.Tensor, domain: Sequence[str]) -> tf.Tensor:
    """Return the place of each string in a list, int64; len(domain) where it is not in it."""
    matches = tf.equal(cells[..., tf.newaxis], tf.constant([*domain]))
    found = tf.reduce_any(matches, axis=-1)
    return tf.where(found, tf.argmax(matches, axis=-1), tf.constant(len(domain), tf.int64))
