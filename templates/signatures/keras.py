"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from . import columns, parsing
from .columns import LABEL_FEATURE
from .parsing import Features, FeatureSpec
from .preprocessing import Preprocessor

EXAMPLES = tf.TensorSpec([None], tf.string, name="examples")


def export(
    model: tf.keras.Model,
    preprocessor: Preprocessor,
    raw_spec: FeatureSpec,
    directory: str,
    with_features: bool = False,
) -> None:
    """Write a SavedModel with two signatures of `examples`, string [batch], and maybe two more.

    serving_default gives `probabilities`, float32 [batch, 1] of two classes, else
    [batch, classes]; or `predictions`, float32 [batch, 1], of a label that is a number.
    transformed_labels gives the label as the model was taught it, [batch, 1], for the Evaluator.
    transformed_features gives the model's features, and serving_features what serving_default
    does, from these.
    """
    from_raw = preprocessor.from_raw()

    # The preprocessing is made of operations: AutoGraph would read it for a second, in vain.
    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def transform(examples: tf.Tensor) -> Features:
        return dict(from_raw(tf.io.parse_example(examples, dict(raw_spec))))

    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def transformed_labels(examples: tf.Tensor) -> Features:
        return {LABEL_FEATURE: transform(examples)[LABEL_FEATURE]}

    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def transformed_features(examples: tf.Tensor) -> Features:
        features = transform(examples)
        features.pop(LABEL_FEATURE)
        return features

    @tf.function(input_signature=[EXAMPLES])
    def serving_default(examples: tf.Tensor) -> Features:
        return {columns.output_name(): model(transformed_features(examples))}

    @tf.function
    def serving_features(**features: tf.Tensor) -> Features:
        return {columns.output_name(): model(features)}

    signatures = {"serving_default": serving_default, "transformed_labels": transformed_labels}
    if with_features:
        signatures["transformed_features"] = transformed_features
        signatures["serving_features"] = serving_features.get_concrete_function(
            **parsing.feature_specs()
        )
    served = tf.Module()
    # What the signatures use must be attributes; for the whole model, Keras would write
    # functions of each layer, which nobody calls.
    served.preprocessing = from_raw
    served.variables_of_the_model = model.variables
    tf.saved_model.save(served, directory, signatures=signatures)


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Give the exported function of the model's features, by name, which has the answer."""
    return saved_model.signatures["serving_features"]


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Give the exported function of serialized examples, [batch], which has the features."""
    return saved_model.signatures["transformed_features"]
