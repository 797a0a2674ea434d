"""The model's inputs: features as Transform made them."""

from __future__ import annotations

import tensorflow as tf

from . import columns
from .preprocessing import Preprocessor
from .treatments import Dense

Tensors = dict[str, tf.Tensor]


def model_inputs(preprocessor: Preprocessor) -> tuple[Tensors, Tensors]:
    """Create the model's symbolic inputs, and what its first layers take.

    Returns:
        The inputs, and the same features encoded: both [batch, 1], float32 for dense
        features and int64 ids for the others. After Transform the two are one.
    """
    del preprocessor
    inputs = {
        column.feature: tf.keras.Input(
            shape=(1,),
            name=column.feature,
            dtype=tf.float32 if isinstance(column.treatment, Dense) else tf.int64,
        )
        for column in columns.features()
    }
    return inputs, inputs
