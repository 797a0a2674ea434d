"""Where the model is trained: in a replica on each GPU, or on each logical CPU device."""

from __future__ import annotations

import tensorflow as tf


class MirroredStrategy(tf.distribute.MirroredStrategy):
    """Iterates over a dataset as it is if there is one replica, as Keras does without a strategy.

    TensorFlow's would put an iterator for several devices in front, whose creation costs more than
    reading a small evaluation split, and whose end waits for as long as tf.data last took to tune
    itself, up to a minute after the training.
    """

    def experimental_distribute_dataset(
        self, dataset: tf.data.Dataset, options: tf.distribute.InputOptions | None = None
    ) -> tf.data.Dataset | tf.distribute.DistributedDataset:
        """Return the dataset itself, or divide its batches among the replicas."""
        if self.num_replicas_in_sync == 1:
            return dataset
        return super().experimental_distribute_dataset(dataset, options)


def create_strategy() -> tf.distribute.Strategy:
    """Create the strategy.

    TensorFlow logs 'Using MirroredStrategy with devices (…)', at a level that is off unless
    asked for.

    The replicas' gradients are summed up on one device, on GPUs as on CPUs. MirroredStrategy
    would choose collective operations, since it is created in eager mode: Keras 3 cannot run
    several steps at once with them, and an Estimator runs them in a session, one replica after
    the other, where each waits for ever for the other.
    """
    tf.get_logger().setLevel("INFO")
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return MirroredStrategy(
        [device.name for device in devices],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
