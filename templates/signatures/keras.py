"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from ..features import parsing
from ..features.columns import LABEL_FEATURE
from ..features.parsing import Features
from ..features.preprocessing import Preprocessor
from . import servable

EXAMPLES = tf.TensorSpec([None], tf.string, name="examples")


def export(
    model: tf.keras.Model,
    preprocessor: Preprocessor,
    directory: str,
    batches: tf.data.Dataset,
    with_features: bool = False,
) -> None:
    """Write a SavedModel with two signatures of `examples`, string [batch], and maybe two more.

    serving_default gives `probabilities`, float32 [batch, 1] of two classes, else
    [batch, classes]; or `predictions`, float32 [batch, 1], of a label that is a number.
    transformed_labels gives the label as the model was taught it, [batch, 1], for the Evaluator.
    transformed_features gives the model's features, and serving_features what serving_default
    does, from these.

    Args:
        model: a trained one.
        preprocessor: makes its features.
        directory: where the SavedModel is written to.
        batches: of features and labels, as servable.inference wants them.
        with_features: whether the last two signatures are wanted.

    Raises:
        UserError: the model has a layer that cannot be served by now.
    """
    from_raw = preprocessor.from_raw()
    columns = preprocessor.columns
    raw_spec = parsing.raw_feature_spec(columns.schema)
    answer = servable.inference(model, columns.specs, batches)

    # All but the model is made of operations: AutoGraph would read it for a second, in vain.
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

    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def serving_default(examples: tf.Tensor) -> Features:
        return {columns.output: answer(transformed_features(examples))}

    @tf.function(autograph=False)
    def serving_features(**features: tf.Tensor) -> Features:
        return {columns.output: answer(features)}

    signatures = {"serving_default": serving_default, "transformed_labels": transformed_labels}
    if with_features:
        signatures["transformed_features"] = transformed_features
        signatures["serving_features"] = serving_features.get_concrete_function(**columns.specs)
    served = tf.Module()
    # What the signatures use must be attributes; for the whole model, Keras would write
    # functions of each layer, which nobody calls.
    served.preprocessing = from_raw
    served.state_of_the_model = servable.state_of(model, answer)
    tf.saved_model.save(served, directory, signatures=signatures)


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Return the exported function of the model's features, by name, which has the answer."""
    return saved_model.signatures["serving_features"]


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Return the exported function of serialized examples, [batch], which has the features."""
    return saved_model.signatures["transformed_features"]
