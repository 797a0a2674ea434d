"""Where the model is trained: on one device, the first GPU if there is one."""

from __future__ import annotations

import tensorflow as tf


def create_strategy() -> tf.distribute.Strategy:
    """Create the strategy."""
    device = "/gpu:0" if tf.config.list_logical_devices("GPU") else "/cpu:0"
    return tf.distribute.OneDeviceStrategy(device)
