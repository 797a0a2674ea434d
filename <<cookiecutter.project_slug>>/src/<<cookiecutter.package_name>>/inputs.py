"""TFRecord files to batches of features and label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from . import columns, parsing
from .columns import LABEL_FEATURE
from .parsing import Features
from .preprocessing import Preprocessor

SHUFFLE_BUFFER = 20_000
SCALE_BATCHES = 1000


def training(
    file_patterns: Sequence[str], preprocessor: Preprocessor, batch_size: int
) -> tf.data.Dataset:
    """Repeat the records without end, in a new order each time.

    Returns:
        Batches ({name: [batch_size, 1]}, label [batch_size, 1]): the int64 class, or a float32.
    """
    records = parsing.records(file_patterns).shuffle(SHUFFLE_BUFFER).repeat()
    return _batches(records.batch(batch_size, drop_remainder=True), preprocessor)


def evaluation(
    file_patterns: Sequence[str], preprocessor: Preprocessor, batch_size: int
) -> tf.data.Dataset:
    """Read each record once, in the order of the files.

    Returns:
        Batches as of `training`, [batch, 1]; the last may be smaller.
    """
    return _batches(parsing.records(file_patterns).batch(batch_size), preprocessor)


def label_scale(
    file_patterns: Sequence[str], preprocessor: Preprocessor, batch_size: int
) -> tuple[float, float]:
    """Give mean and standard deviation of a label that is a number; (0, 1) for classes.

    The first SCALE_BATCHES batches are enough: it only puts the model's output into the right
    order of magnitude.
    """
    if columns.classes():
        return 0.0, 1.0
    batches = evaluation(file_patterns, preprocessor, batch_size).take(SCALE_BATCHES)
    labels = np.concatenate([label.numpy() for _, label in batches])
    return float(labels.mean()), float(labels.std()) or 1.0


def _batches(records: tf.data.Dataset, preprocessor: Preprocessor) -> tf.data.Dataset:
    # A batch is parsed at once: several times faster than record by record. AutoGraph translates
    # the preprocessing neither here nor in the exported model.
    @tf.autograph.experimental.do_not_convert
    def parse(batch: tf.Tensor) -> tuple[Features, tf.Tensor]:
        features = dict(
            preprocessor.from_record(tf.io.parse_example(batch, preprocessor.record_spec))
        )
        return features, features.pop(LABEL_FEATURE)

    return records.map(parse, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
