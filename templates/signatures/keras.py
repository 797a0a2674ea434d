"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

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

    Made in the strategy's scope, before the training, it shows first whether the model can be
    served.

    Args:
        model: is built here, if it is not yet.
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
        self._model = model
        self._from_raw = preprocessor.from_raw()
        self._raw_spec = dict(raw_spec)
        self._batches = batches
        self._with_features = with_features
        if not model.built:
            model({name: _one_row_of_zeros(spec) for name, spec in parsing.feature_specs().items()})
        self._functions()

    def save(self, directory: str) -> None:
        """Write the SavedModel, of what the model has learned and its layers have become.

        Raises:
            UserError: the model has a layer that cannot be served by now.
        """
        module, signatures = self._functions()
        tf.saved_model.save(module, directory, signatures=signatures)

    def _functions(self) -> tuple[tf.Module, dict[str, Callable[..., Features]]]:
        """Make the functions, and what holds all that they use."""

        # The preprocessing is made of operations: AutoGraph would read it for a second, in vain.
        @tf.function(input_signature=[EXAMPLES], autograph=False)
        def transform(examples: tf.Tensor) -> Features:
            return dict(self._from_raw(tf.io.parse_example(examples, self._raw_spec)))

        @tf.function(input_signature=[EXAMPLES], autograph=False)
        def transformed_labels(examples: tf.Tensor) -> Features:
            return {LABEL_FEATURE: transform(examples)[LABEL_FEATURE]}

        @tf.function(input_signature=[EXAMPLES], autograph=False)
        def transformed_features(examples: tf.Tensor) -> Features:
            features = transform(examples)
            features.pop(LABEL_FEATURE)
            return features

        def answer(features: Features) -> tf.Tensor:
            return tf.cast(self._model(features, training=False), tf.float32)

        @tf.function(input_signature=[EXAMPLES])
        def serving_default(examples: tf.Tensor) -> Features:
            return {columns.output_name(): answer(transformed_features(examples))}

        @tf.function
        def serving_features(**features: tf.Tensor) -> Features:
            return {columns.output_name(): answer(features)}

        served = serving_default.get_concrete_function()
        servable.check(self._model, served, tf.function(answer), self._batches)
        signatures = {"serving_default": serving_default, "transformed_labels": transformed_labels}
        if self._with_features:
            signatures["transformed_features"] = transformed_features
            signatures["serving_features"] = serving_features.get_concrete_function(
                **parsing.feature_specs()
            )
        # What the signatures use must be attributes; for the whole model, Keras would write
        # functions of each layer, which nobody calls.
        module = tf.Module()
        module.preprocessing = self._from_raw
        module.state = servable.state_of(self._model, served, module)
        return module, signatures


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Give the exported function of the model's features, by name, which has the answer."""
    return saved_model.signatures["serving_features"]


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Give the exported function of serialized examples, [batch], which has the features."""
    return saved_model.signatures["transformed_features"]


def _one_row_of_zeros(spec: tf.TensorSpec) -> tf.Tensor:
    return tf.zeros([1, *spec.shape[1:]], spec.dtype)
