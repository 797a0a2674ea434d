"""Where the model is trained: on one device, the first GPU if there is one."""

from __future__ import annotations

import tensorflow as tf


class OneDeviceStrategy(tf.distribute.OneDeviceStrategy):
    """Iterates over a dataset as it is, as Keras does without a strategy.

    TensorFlow's would put an iterator for several devices in front, whose creation costs more than
    reading a small evaluation split, and whose end waits for as long as tf.data last took to tune
    itself, up to a minute after the training.
    """

    def experimental_distribute_dataset(
        self, dataset: tf.data.Dataset, options: tf.distribute.InputOptions | None = None
    ) -> tf.data.Dataset:
        """Return the dataset itself."""
        return dataset


def create_strategy() -> tf.distribute.Strategy:
    """Create the strategy."""
    return OneDeviceStrategy("/gpu:0" if tf.config.list_logical_devices("GPU") else "/cpu:0")
