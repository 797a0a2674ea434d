"""TFRecord files to batches of features and label."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from . import parsing
from .columns import LABEL_FEATURE
from .parsing import Features
from .preprocessing import Preprocessor

SHUFFLE_BUFFER = 20_000


def training(
    file_patterns: Sequence[str], preprocessor: Preprocessor, batch_size: int
) -> tf.data.Dataset:
    """Repeat the records without end, in a new order each time.

    Returns:
        Batches ({name: [batch_size, 1]}, int64 class [batch_size, 1]).
    """
    records = parsing.records(file_patterns).shuffle(SHUFFLE_BUFFER).repeat()
    return _batches(records.batch(batch_size, drop_remainder=True), preprocessor)


def evaluation(
    file_patterns: Sequence[str], preprocessor: Preprocessor, batch_size: int
) -> tf.data.Dataset:
    """Read each record once, in the order of the files.

    Returns:
        Batches ({name: [batch, 1]}, int64 class [batch, 1]); the last may be smaller.
    """
    return _batches(parsing.records(file_patterns).batch(batch_size), preprocessor)


def _batches(records: tf.data.Dataset, preprocessor: Preprocessor) -> tf.data.Dataset:
    # A batch is parsed at once: several times faster than record by record.
    def parse(batch: tf.Tensor) -> tuple[Features, tf.Tensor]:
        features = dict(
            preprocessor.from_record(tf.io.parse_example(batch, preprocessor.record_spec))
        )
        return features, features.pop(LABEL_FEATURE)

    return records.map(parse, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
