"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

import tensorflow as tf

from .columns import LABEL_FEATURE
from .parsing import Features, FeatureSpec
from .preprocessing import Preprocessor

EXAMPLES = tf.TensorSpec([None], tf.string, name="examples")


class ServedModel(tf.Module):
    """The model with its preprocessing; both are attributes, so their assets travel."""

    def __init__(
        self, model: tf.keras.Model, preprocessor: Preprocessor, raw_spec: FeatureSpec
    ) -> None:
        super().__init__()
        self.model = model
        self.from_raw = preprocessor.from_raw()
        self._raw_spec = dict(raw_spec)

    @tf.function(input_signature=[EXAMPLES])
    def serving_default(self, examples: tf.Tensor) -> Features:
        """Give `probabilities`, float32 [batch, 1] of two classes, else [batch, classes]."""
        features = self._features_and_label(examples)
        features.pop(LABEL_FEATURE)
        return {"probabilities": self.model(features)}

    @tf.function(input_signature=[EXAMPLES])
    def transform_features(self, examples: tf.Tensor) -> Features:
        """Give the model's features and the label's class, for the Evaluator."""
        return self._features_and_label(examples)

    def _features_and_label(self, examples: tf.Tensor) -> Features:
        return dict(self.from_raw(tf.io.parse_example(examples, self._raw_spec)))


def export(
    model: tf.keras.Model, preprocessor: Preprocessor, raw_spec: FeatureSpec, directory: str
) -> None:
    """Write a SavedModel with the signatures serving_default and transform_features."""
    served = ServedModel(model, preprocessor, raw_spec)
    tf.saved_model.save(
        served,
        directory,
        signatures={
            "serving_default": served.serving_default,
            "transform_features": served.transform_features,
        },
    )
