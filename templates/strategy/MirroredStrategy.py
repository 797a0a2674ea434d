"""Where the model is trained: in a replica on each GPU, or on each logical CPU device."""

from __future__ import annotations

import tensorflow as tf


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
    return tf.distribute.MirroredStrategy(
        [device.name for device in devices],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
