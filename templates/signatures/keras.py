"""What the exported model answers, from serialized tf.Examples of raw columns."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from ..features import parsing
from ..features.columns import LABEL_FEATURE
from ..features.parsing import Features
from ..features.preprocessing import Preprocessor
from . import empty_batches, servable


def export(
    model: tf.keras.Model, preprocessor: Preprocessor, directory: str, batches: tf.data.Dataset
) -> None:
    """Write a SavedModel, whose signatures are described where they are defined.

    Args:
        model: a trained one.
        preprocessor: makes its features.
        directory: where the SavedModel is written to.
        batches: of features and labels, as servable.inference wants them.

    Raises:
        UserError: the model has a layer that cannot be served by now.
    """
    answer = servable.inference(model, preprocessor.columns.specs, batches)
    served = Served(model, preprocessor, answer)
    tf.saved_model.save(served, directory, signatures=served.signatures())


class Served(tf.Module):
    """What is exported: signatures, and what they use.

    For the whole model, Keras would write functions of each layer, which nobody calls. All but the
    model is made of operations: AutoGraph would read it for a second, in vain.

    Args:
        model: a trained one.
        preprocessor: makes its features.
        answer: what servable.inference has made of the model.
    """

    def __init__(
        self,
        model: tf.keras.Model,
        preprocessor: Preprocessor,
        answer: tf.types.experimental.PolymorphicFunction,
    ) -> None:
        super().__init__()
        self.preprocessing = preprocessor.from_raw()
        self.state_of_the_model = servable.state_of(model, answer)
        self._answer = answer
        self._columns = preprocessor.columns

# <% if cookiecutter.tflite == "yes" %>
    def signatures(self) -> dict[str, Callable[..., Features]]:
        """List the signatures by their names; the last two are for TensorFlow Lite."""
        specs = self._columns.specs
        return {
            "serving_default": self._of_examples(self.serving_default),
            "transformed_labels": self._of_examples(self.transformed_labels),
            "transformed_features": self._of_examples(self.transformed_features),
            "serving_features": self.serving_features.get_concrete_function(**specs),
        }
# <% else %>
    def signatures(self) -> dict[str, Callable[..., Features]]:
        """List the signatures by their names."""
        return {
            "serving_default": self._of_examples(self.serving_default),
            "transformed_labels": self._of_examples(self.transformed_labels),
        }
# <% endif %>

    def serving_default(self, examples: tf.Tensor) -> Features:
        """Answer examples, string [batch].

        Returns:
            `probabilities`, float32 [batch, 1] of two classes, else [batch, classes]; or
            `predictions`, float32 [batch, 1], of a label that is a number.
        """
        features = self._features(examples)
        answers = self._answer(empty_batches.filled(features))
        return {self._columns.output: answers[: empty_batches.rows(features)]}

    def transformed_labels(self, examples: tf.Tensor) -> Features:
        """Return the label as the model was taught it, [batch, 1], for the Evaluator."""
        return {LABEL_FEATURE: self._preprocess(examples)[LABEL_FEATURE]}
# <% if cookiecutter.tflite == "yes" %>

    def transformed_features(self, examples: tf.Tensor) -> Features:
        """Return the model's features."""
        return self._features(examples)

    @tf.function(autograph=False)
    def serving_features(self, **features: tf.Tensor) -> Features:
        """Answer as serving_default does, from the model's features."""
        return {self._columns.output: self._answer(features)}
# <% endif %>

    def _of_examples(self, answer: Callable[[tf.Tensor], Features]) -> Callable[..., Features]:
        """Make a function whose argument has the name that clients and the Evaluator use."""
        examples = tf.TensorSpec([None], tf.string, name=self._columns.examples)
        return tf.function(answer, input_signature=[examples], autograph=False)

    def _features(self, examples: tf.Tensor) -> Features:
        features = self._preprocess(examples)
        del features[LABEL_FEATURE]
        return features

    def _preprocess(self, examples: tf.Tensor) -> Features:
        raw_spec = parsing.raw_feature_spec(self._columns.schema)
        return dict(self.preprocessing(tf.io.parse_example(examples, raw_spec)))
# <% if cookiecutter.tflite == "yes" %>


def from_features(saved_model: tf.Module) -> Callable[..., Features]:
    """Return the exported function of the model's features, by name, which has the answer."""
    return saved_model.signatures["serving_features"]


def to_features(saved_model: tf.Module) -> Callable[[tf.Tensor], Features]:
    """Return the exported function of serialized examples, [batch], which has the features."""
    return saved_model.signatures["transformed_features"]
# <% endif %>
