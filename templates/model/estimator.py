"""The model: a canned Estimator, a feed-forward network and a linear model side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ..features.columns import Columns
from ..features.parsing import Features
from . import empty_batches
from .linear_model import Coefficients

EMBEDDING_SIZE = 8


def build_estimator(
    run_config: tf.estimator.RunConfig,
    columns: Columns,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
    dropout: float = 0.0,
    label_scale: tuple[float, float] = (0.0, 1.0),
    linear: Coefficients | None = None,
) -> tf.estimator.Estimator:
    """Build the Estimator, which creates its variables in the strategy of its run_config.

    Args:
        run_config: the folder, the seed and the strategy.
        columns: what the model reads, and what it answers.
        hidden_units: the sizes of the hidden layers.
        learning_rate: of Adam.
        dropout: which share of each hidden layer a step of the training leaves out, against
            learning the rows by heart (Srivastava et al. 2014).
        label_scale: mean and standard deviation of a label that is a number.
        linear: what the linear model is at first; the network learns what that lacks (Cheng et
            al. 2016). Without one there is the network alone.
    """
    wide, deep = _feature_columns(columns)
    network = tf.estimator.DNNLinearCombinedEstimator(
        head=_head(columns, *label_scale),
        linear_feature_columns=wide if linear or not hidden_units else [],
        linear_optimizer=lambda: tf.keras.optimizers.legacy.Adam(learning_rate),
        linear_sparse_combiner="mean",
        dnn_feature_columns=deep if hidden_units else [],
        dnn_optimizer=lambda: tf.keras.optimizers.legacy.Adam(learning_rate),
        dnn_hidden_units=list(hidden_units),
        dnn_dropout=dropout or None,
        config=run_config,
    )
    start = (
        _saved(columns, linear, hidden_units, f"{run_config.model_dir}/linear.ckpt")
        if linear
        else None
    )
    return tf.estimator.Estimator(
        empty_batches.answered(network.model_fn), config=run_config, warm_start_from=start
    )


def _saved(
    columns: Columns, linear: Coefficients, hidden_units: Sequence[int], file: str
) -> tf.estimator.WarmStartSettings:
    """Write a checkpoint of coefficients for the linear part, and zeros for the network's end."""
    sizes = [math.prod(column.treatment.shape) for column in columns.dense]
    with_ids = [*columns.ids, *columns.bags]
    cardinalities = [column.treatment.cardinality for column in with_ids]
    blocks = [
        *np.split(linear.numbers, np.cumsum(sizes, dtype=int))[:-1],
        *np.split(linear.ids, np.cumsum(cardinalities, dtype=int))[:-1],
    ]
    names = [f"{column.feature}/weights" for column in [*columns.dense, *with_ids]]
    variables = {
        f"linear/linear_model/{name}": values
        for name, values in zip([*names, "bias_weights"], [*blocks, linear.intercept])
    }
    if hidden_units:
        shape = (hidden_units[-1], len(linear.intercept))
        variables["dnn/logits/kernel"] = np.zeros(shape, np.float32)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        for name, values in variables.items():
            tf.compat.v1.get_variable(name, initializer=values)
        session.run(tf.compat.v1.global_variables_initializer())
        checkpoint = tf.compat.v1.train.Saver().save(
            session, file, write_meta_graph=False, write_state=False
        )
    return tf.estimator.WarmStartSettings(checkpoint, "linear/.*|dnn/logits/kernel")


class _IdsToNames(tf.estimator.Head):
    """Lets a head that calls classes by their names, and wants labels as such, have their ids.

    Args:
        names: of the classes.
        arguments: more that the head takes.
    """

    def __init__(self, names: Sequence[str], **arguments: Any) -> None:
        super().__init__(label_vocabulary=names, **arguments)
        self._names = names

    def create_estimator_spec(
        self,
        features: Features,
        mode: str,
        logits: tf.Tensor,
        labels: tf.Tensor | None = None,
        **training: Any,
    ) -> tf.estimator.EstimatorSpec:
        """Describe the model, from labels that are int64, [batch, 1]."""
        if labels is not None:
            labels = tf.gather(self._names, labels)
        return super().create_estimator_spec(features, mode, logits, labels=labels, **training)


class BinaryClassHead(_IdsToNames, tf.estimator.BinaryClassHead):
    """Tells two classes apart."""


class MultiClassHead(_IdsToNames, tf.estimator.MultiClassHead):
    """Tells more than two classes apart."""


def _head(columns: Columns, mean: float, deviation: float) -> tf.estimator.Head:
    """Return what turns the last layer into an answer and a loss."""
    names = columns.classes
    if len(names) == 2:
        return BinaryClassHead(names)
    if names:
        return MultiClassHead(names, n_classes=len(names))

    def answer(logits: tf.Tensor) -> tf.Tensor:
        return logits * deviation + mean

    def loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.square((labels - mean) / deviation - logits)

    return tf.estimator.RegressionHead(loss_fn=loss, inverse_link_fn=answer)


def _feature_columns(columns: Columns) -> tuple[list[Any], list[Any]]:
    """Describe the features to a canned Estimator, which flattens what is dense.

    Of several ids it takes the mean, but of -1, which stands for none.

    Returns:
        Those of the linear model, and of the network, which embeds ids.
    """
    numbers = [
        tf.feature_column.numeric_column(column.feature, column.treatment.shape)
        for column in columns.dense
    ]
    ids = [
        tf.feature_column.categorical_column_with_identity(
            column.feature, column.treatment.cardinality
        )
        for column in [*columns.ids, *columns.bags]
    ]
    embedded = [tf.feature_column.embedding_column(each, EMBEDDING_SIZE) for each in ids]
    return [*numbers, *ids], [*numbers, *embedded]
