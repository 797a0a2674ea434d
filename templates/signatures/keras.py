"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

from . import columns, parsing, servable
from .columns import LABEL_FEATURE
from .parsing import Features, FeatureSpec
from .preprocessing import Preprocessor

EXAMPLES = tf.TensorSpec([None], tf.string, name="examples")


class ServedModel:
    """A model with its preprocessing, as functions of `examples`, string [batch].

    serving_default gives `probabilities`, float32 [batch, 1] of two classes, else
    [batch, classes]; or `predictions`, float32 [batch, 1], of a label that is a number.
    transformed_labels gives the label as the model was taught it, [batch, 1], for the Evaluator.
    transformed_features gives the model's features, and serving_features what serving_default
    does, from these.

    Made before the training, it shows first whether the model can be served; what it answers
    then is what the model has learned by then.

    Args:
        model: a built one.
        preprocessor: makes its features.
        raw_spec: of the columns, to tf.io.parse_example.
        batches: some of features and labels, to try the model on if there is a doubt.
        with_features: whether the last two functions are wanted.

    Raises:
        UserError: the model has a layer that cannot be served.
    """

    def __init__(
        self,
        model: tf.keras.Model,
        preprocessor: Preprocessor,
        raw_spec: FeatureSpec,
        batches: tf.data.Dataset,
        with_features: bool = False,
    ) -> None:
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

        def answer(features: Features) -> tf.Tensor:
            return tf.cast(model(features, training=False), tf.float32)

        @tf.function(input_signature=[EXAMPLES])
        def serving_default(examples: tf.Tensor) -> Features:
            return {columns.output_name(): answer(transformed_features(examples))}

        @tf.function
        def serving_features(**features: tf.Tensor) -> Features:
            return {columns.output_name(): answer(features)}

        self._signatures = {
            "serving_default": serving_default,
            "transformed_labels": transformed_labels,
        }
        if with_features:
            self._signatures["transformed_features"] = transformed_features
            self._signatures["serving_features"] = serving_features.get_concrete_function(
                **parsing.feature_specs()
            )
        served = serving_default.get_concrete_function()
        self._check = functools.partial(servable.check, model, served, tf.function(answer), batches)
        self._check()
        # What the signatures use must be attributes; for the whole model, Keras would write
        # functions of each layer, which nobody calls.
        self._module = tf.Module()
        self._module.preprocessing = from_raw
        self._module.state = servable.state_of(model, served, self._module)

    def save(self, directory: str) -> None:
        """Write the SavedModel.

        Raises:
            UserError: by its answers now, the model has a layer that cannot be served.
        """
        self._check()
        tf.saved_model.save(self._module, directory, signatures=self._signatures)


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Give the exported function of the model's features, by name, which has the answer."""
    return saved_model.signatures["serving_features"]


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Give the exported function of serialized examples, [batch], which has the features."""
    return saved_model.signatures["transformed_features"]
