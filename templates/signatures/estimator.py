"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf
import tensorflow_model_analysis as tfma

from ..features import columns, parsing
from ..features.columns import LABEL_FEATURE
from ..features.parsing import Features, FeatureSpec
from ..features.preprocessing import Preprocessor


def serving_input_receiver_fn(
    preprocessor: Preprocessor, raw_spec: FeatureSpec
) -> tf.estimator.export.ServingInputReceiver:
    """Build the graph from serialized examples, [batch], to the Estimator's features."""
    examples = _examples_placeholder()
    features = _preprocess(preprocessor, tf.io.parse_example(examples, raw_spec))
    features.pop(LABEL_FEATURE)
    # from_features and to_features find them by these names.
    named = {name: tf.identity(cells, f"features/{name}") for name, cells in features.items()}
    return tf.estimator.export.ServingInputReceiver(named, {"examples": examples})


def eval_input_receiver_fn(
    preprocessor: Preprocessor, raw_spec: FeatureSpec
) -> tfma.export.EvalInputReceiver:
    """Build the Evaluator's graph: the serving graph, the raw columns to slice by, the label."""
    examples = _examples_placeholder()
    raw = tf.io.parse_example(examples, raw_spec)
    features = _preprocess(preprocessor, raw)
    labels = features.pop(LABEL_FEATURE)
    return tfma.export.EvalInputReceiver(
        features={**raw, **features}, labels=labels, receiver_tensors={"examples": examples}
    )


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Return the part of the exported graph from the model's features to its answer."""
    signatures = saved_model.signatures
    # Of model_to_estimator there is the second only; of a canned Estimator it is another answer.
    signature = signatures.get("predict", signatures["serving_default"])
    answer = signature.structured_outputs[columns.output_name()]
    tensors = _feature_tensors()
    pruned = saved_model.prune([*tensors.values()], {columns.output_name(): answer.name})

    @tf.function
    def serving_features(**features: tf.Tensor) -> Features:
        return pruned(*(features[name] for name in tensors))

    return serving_features.get_concrete_function(**parsing.feature_specs())


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Return the part of the exported graph from serialized examples, [batch], to the features."""
    return saved_model.prune("examples:0", _feature_tensors())


def _preprocess(preprocessor: Preprocessor, raw: Features) -> Features:
    """Return features and label of parsed raw records."""
    features = dict(preprocessor.from_raw()(raw))
    initializers = tf.compat.v1.get_collection_ref(tf.compat.v1.GraphKeys.TABLE_INITIALIZERS)
    # TensorFlow for Java looks for operations; Transform's graph leaves tensors.
    initializers[:] = [each.op if isinstance(each, tf.Tensor) else each for each in initializers]
    return features


def _feature_tensors() -> dict[str, str]:
    return {column.feature: f"features/{column.feature}:0" for column in columns.features()}


def _examples_placeholder() -> tf.Tensor:
    return tf.compat.v1.placeholder(tf.string, [None], name="examples")
