"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_model_analysis as tfma

from .columns import LABEL_FEATURE
from .parsing import FeatureSpec
from .preprocessing import Preprocessor


def serving_input_receiver_fn(
    preprocessor: Preprocessor, raw_spec: FeatureSpec
) -> tf.estimator.export.ServingInputReceiver:
    """Build the graph from serialized examples, [batch], to the Estimator's features."""
    examples = _examples_placeholder()
    features = dict(preprocessor.from_raw()(tf.io.parse_example(examples, raw_spec)))
    features.pop(LABEL_FEATURE)
    return tf.estimator.export.ServingInputReceiver(features, {"examples": examples})


def eval_input_receiver_fn(
    preprocessor: Preprocessor, raw_spec: FeatureSpec
) -> tfma.export.EvalInputReceiver:
    """Build the Evaluator's graph: the serving graph, the raw columns to slice by, the label."""
    examples = _examples_placeholder()
    raw = tf.io.parse_example(examples, raw_spec)
    features = dict(preprocessor.from_raw()(raw))
    labels = features.pop(LABEL_FEATURE)
    return tfma.export.EvalInputReceiver(
        features={**raw, **features}, labels=labels, receiver_tensors={"examples": examples}
    )


def _examples_placeholder() -> tf.Tensor:
    return tf.compat.v1.placeholder(tf.string, [None], name="examples")
