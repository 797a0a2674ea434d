"""Where the model is trained: in a replica on each GPU, or on each logical CPU device."""

from __future__ import annotations

import tensorflow as tf


def create_strategy() -> tf.distribute.Strategy:
    """Create the strategy.

    TensorFlow logs 'Using MirroredStrategy with devices (…)', at a level that is off unless
    asked for.

    Without GPUs the replicas are reduced on one device. MirroredStrategy would choose
    collective operations, since it is created in eager mode; an Estimator then runs them
    in a session, one replica after the other, where each waits for ever for the other.
    """
    tf.get_logger().setLevel("INFO")
    gpus = tf.config.list_logical_devices("GPU")
    if gpus:
        return tf.distribute.MirroredStrategy([gpu.name for gpu in gpus])
    return tf.distribute.MirroredStrategy(
        [cpu.name for cpu in tf.config.list_logical_devices("CPU")],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
