"""The model: a feed-forward network over dense features and embedded categories."""

from __future__ import annotations

from collections.abc import Sequence
# <% if cookiecutter.model_api == "model_to_estimator" %>
from typing import Any
# <% endif %>

import numpy as np
import tensorflow as tf

from ..features.columns import Columns
# <% if cookiecutter.model_api == "model_to_estimator" %>
from . import conversion, linear_layers
# <% else %>
from . import linear_layers
# <% endif %>
from .linear_model import Coefficients

EMBEDDING_SIZE = 8
# <% if cookiecutter.images == "yes" %>
FILTERS = (16, 32, 64)
PATTERN = 3
# <% endif %>
# By the number of classes; without any, a number is predicted.
LOSSES_AND_METRICS = {
    0: ("mean_squared_error", "RootMeanSquaredError"),
    2: ("binary_crossentropy", "AUC"),
}
MULTICLASS = ("sparse_categorical_crossentropy", "accuracy")


def build_model(
    columns: Columns,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
    dropout: float = 0.0,
    label_scale: tuple[float, float] = (0.0, 1.0),
    linear: Coefficients | None = None,
    steps_per_execution: int = 1,
) -> tf.keras.Model:
    """Build and compile the model; call it inside the strategy's scope.

    Args:
        columns: what the model reads, and what it answers.
        hidden_units: the sizes of the hidden layers.
        learning_rate: of Adam.
        dropout: which share of each hidden layer a step of the training leaves out, against
            learning the rows by heart (Srivastava et al. 2014).
        label_scale: mean and standard deviation of a label that is a number.
        linear: what the model answers by at first; the hidden layers learn what that lacks, as the
            deep part beside the wide one of Cheng et al. (2016).
        steps_per_execution: how many batches TensorFlow trains on between two looks of Python.

    Returns:
        A model of the features that columns.specs describes, by name, whose output, float32, is
        the probability of the second class, [batch, 1], if there are two, of each class,
        [batch, classes], if there are more, and else the predicted number, [batch, 1].
    """
    inputs = {
        name: tf.keras.Input(spec.shape[1:], name=name, dtype=spec.dtype)
        for name, spec in columns.specs.items()
    }
    dense = _dense(columns, inputs)
    if columns.ids:
        ids = [inputs[column.feature] for column in columns.ids]
        dense.append(_embed(ids, [column.treatment.cardinality for column in columns.ids]))
    dense += [_average(inputs[each.feature], each.treatment.cardinality) for each in columns.bags]
    hidden = _join(dense)
    for units in hidden_units:
        hidden = tf.keras.layers.Dense(units, activation="relu")(hidden)
        if dropout:
            hidden = tf.keras.layers.Dropout(dropout)(hidden)
    scores = _score(columns, inputs, hidden, linear)
    model = tf.keras.Model(inputs, _output(columns, scores, *label_scale))
    loss, metric = LOSSES_AND_METRICS.get(len(columns.classes), MULTICLASS)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate),
        loss=loss,
        # An error of one standard deviation counts as 1, whatever the unit.
        loss_weights=[label_scale[1] ** -2],
        metrics=[metric],
        steps_per_execution=steps_per_execution,
    )
    return model


# <% if cookiecutter.images == "yes" %>
def _dense(columns: Columns, inputs: dict[str, tf.Tensor]) -> list[tf.Tensor]:
    """Take numbers, [batch, count], as they are; convolve images, [batch, height, width, 1]."""
    cells = [inputs[column.feature] for column in columns.dense]
    return [_convolve(each) if len(each.shape) == 4 else each for each in cells]


def _convolve(image: tf.Tensor) -> tf.Tensor:
    """Look for patterns of growing size, while one fits; return what was found, [batch, n]."""
    for filters in FILTERS:
        if max(image.shape[1:3]) < PATTERN:
            break
        image = tf.keras.layers.Conv2D(filters, PATTERN, padding="same", activation="relu")(image)
        image = tf.keras.layers.MaxPooling2D(padding="same")(image)
    return tf.keras.layers.Flatten()(image)
# <% else %>
def _dense(columns: Columns, inputs: dict[str, tf.Tensor]) -> list[tf.Tensor]:
    """Take numbers, [batch, count], as they are."""
    return [inputs[column.feature] for column in columns.dense]
# <% endif %>


def _embed(ids: Sequence[tf.Tensor], cardinalities: Sequence[int]) -> tf.Tensor:
    """Look up all ids in one table, in which each column has a block of its own."""
    first_rows = np.cumsum([0, *cardinalities[:-1]])
    rows = [column + int(first) for column, first in zip(ids, first_rows)]
    table = tf.keras.layers.Embedding(sum(cardinalities), EMBEDDING_SIZE)
    return tf.keras.layers.Flatten()(table(_join(rows)))


def _average(ids: tf.Tensor, cardinality: int) -> tf.Tensor:
    """Return the mean embedding of ids, [batch, count], but of -1, which stands after the last."""
    table = tf.keras.layers.Embedding(cardinality + 1, EMBEDDING_SIZE, mask_zero=True)
    return tf.keras.layers.GlobalAveragePooling1D()(table(ids + 1))


def _join(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Put tensors, [batch, …], side by side."""
    return tf.keras.layers.Concatenate()(tensors) if len(tensors) > 1 else tensors[0]


def _score(
    columns: Columns,
    inputs: dict[str, tf.Tensor],
    hidden: tf.Tensor,
    linear: Coefficients | None,
) -> tf.Tensor:
    """Score the answers, float32, [batch, scores], whatever Keras' policy for mixed precision is.

    All of it is trained, what it begins with too.
    """
    count = len(columns.classes)
    last = tf.keras.layers.Dense(count if count > 2 else 1, dtype="float32")
    deep = last(hidden)
    if linear is None:
        return deep
    last.set_weights([np.zeros_like(last.get_weights()[0]), linear.intercept])
    wide = linear_layers.scores(columns, inputs, linear)
    return tf.keras.layers.Add(dtype="float32")([deep, *wide])


def _output(columns: Columns, scores: tf.Tensor, mean: float, deviation: float) -> tf.Tensor:
    """Make answers of scores, float32."""
    name = columns.output
    if not columns.classes:
        return tf.keras.layers.Rescaling(deviation, mean, name=name, dtype="float32")(scores)
    function = "softmax" if len(columns.classes) > 2 else "sigmoid"
    return tf.keras.layers.Activation(function, name=name, dtype="float32")(scores)
