"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

# <% if cookiecutter.tflite == "yes" %>
from collections.abc import Callable

# <% endif %>
import tensorflow as tf
import tensorflow_model_analysis as tfma

from ..features import parsing
from ..features.columns import LABEL_FEATURE
from ..features.parsing import Features
from ..features.preprocessing import Preprocessor

PLACEHOLDER, FEATURES = "examples", "features/"


def serving_input_receiver_fn(
    preprocessor: Preprocessor,
) -> tf.estimator.export.ServingInputReceiver:
    """Build the graph from serialized examples, [batch], to the Estimator's features."""
    examples = _placeholder()
    features = _preprocess(preprocessor, _parse(examples, preprocessor))
    # To TensorFlow, names of operations are the same that differ in case alone.
    named = {
        name: tf.ensure_shape(features[name], spec.shape, f"{FEATURES}{name.encode().hex()}")
        for name, spec in preprocessor.columns.specs.items()
    }
    receiver = {preprocessor.columns.examples: examples}
    return tf.estimator.export.ServingInputReceiver(named, receiver)


def eval_input_receiver_fn(preprocessor: Preprocessor) -> tfma.export.EvalInputReceiver:
    """Build the Evaluator's graph: the serving graph, the raw columns to slice by, the label."""
    examples = _placeholder()
    raw = _parse(examples, preprocessor)
    features = _preprocess(preprocessor, raw)
    labels = features.pop(LABEL_FEATURE)
    return tfma.export.EvalInputReceiver(
        features={**raw, **features}, labels=labels, receiver_tensors={"examples": examples}
    )


def _preprocess(preprocessor: Preprocessor, raw: Features) -> Features:
    """Return features and label of parsed raw records."""
    features = dict(preprocessor.from_raw()(raw))
    initializers = tf.compat.v1.get_collection_ref(tf.compat.v1.GraphKeys.TABLE_INITIALIZERS)
    # TensorFlow for Java looks for operations; Transform's graph leaves tensors.
    initializers[:] = [each.op if isinstance(each, tf.Tensor) else each for each in initializers]
    return features


def _parse(examples: tf.Tensor, preprocessor: Preprocessor) -> dict[str, tf.SparseTensor]:
    return tf.io.parse_example(examples, parsing.raw_feature_spec(preprocessor.columns.schema))


def _placeholder() -> tf.Tensor:
    return tf.compat.v1.placeholder(tf.string, [None], name=PLACEHOLDER)
# <% if cookiecutter.tflite == "yes" %>


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Return the part of the exported graph from the model's features to its answer."""
    signatures = saved_model.signatures
    # Of model_to_estimator there is the second only; of a canned Estimator it is another answer.
    signature = signatures.get("predict", signatures["serving_default"])
    outputs = signature.structured_outputs
    output = "probabilities" if "probabilities" in outputs else "predictions"
    tensors = _feature_tensors(saved_model)
    pruned = saved_model.prune([*tensors.values()], {output: outputs[output].name})

    @tf.function
    def serving_features(**features: tf.Tensor) -> Features:
        return pruned(*(features[name] for name in tensors))

    specs = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in tensors.items()
    }
    return serving_features.get_concrete_function(**specs)


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Return the part of the exported graph from serialized examples, [batch], to the features."""
    return saved_model.prune(f"{PLACEHOLDER}:0", _feature_tensors(saved_model))


def _feature_tensors(saved_model: tf.Module) -> dict[str, tf.Tensor]:
    return {
        bytes.fromhex(operation.name[len(FEATURES) :]).decode(): operation.outputs[0]
        for operation in saved_model.graph.get_operations()
        if operation.name.startswith(FEATURES) and operation.type == "EnsureShape"
    }
# <% endif %>
