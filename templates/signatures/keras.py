"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

import tensorflow as tf

from . import columns
from .columns import LABEL_FEATURE
from .parsing import Features, FeatureSpec
from .preprocessing import Preprocessor

EXAMPLES = tf.TensorSpec([None], tf.string, name="examples")


def export(
    model: tf.keras.Model, preprocessor: Preprocessor, raw_spec: FeatureSpec, directory: str
) -> None:
    """Write a SavedModel with two signatures, both of `examples`, string [batch].

    serving_default gives `probabilities`, float32 [batch, 1] of two classes, else
    [batch, classes]; or `predictions`, float32 [batch, 1], of a label that is a number.
    transform_features gives the model's features and the label, for the Evaluator.
    """
    from_raw = preprocessor.from_raw()

    @tf.function(input_signature=[EXAMPLES])
    def transform_features(examples: tf.Tensor) -> Features:
        return dict(from_raw(tf.io.parse_example(examples, dict(raw_spec))))

    @tf.function(input_signature=[EXAMPLES])
    def serving_default(examples: tf.Tensor) -> Features:
        features = transform_features(examples)
        features.pop(LABEL_FEATURE)
        return {columns.output_name(): model(features)}

    served = tf.Module()
    # What the signatures use must be attributes; for the whole model, Keras would write
    # functions of each layer, which nobody calls.
    served.preprocessing = from_raw
    served.variables_of_the_model = model.variables
    tf.saved_model.save(
        served,
        directory,
        signatures={"serving_default": serving_default, "transform_features": transform_features},
    )
