from __future__ import annotations

import os
import subprocess
import sys

import tensorflow as tf

from << cookiecutter.package_name >>.settings import ROOT
from << cookiecutter.package_name >>.training import strategy

# Logical devices must be made before TensorFlow runs anything, so in a process of their own.
TWO_DEVICES = f"""
import tensorflow as tf
from {strategy.__name__} import create_strategy

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = create_strategy()
total = strategy.reduce("SUM", strategy.run(lambda: tf.constant(1.0)), axis=None)
print(type(strategy).__name__, strategy.num_replicas_in_sync, total.numpy())
"""


def test_trains_on_what_there_is() -> None:
    created = strategy.create_strategy()
    assert isinstance(created, tf.distribute.MirroredStrategy)
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    assert created.num_replicas_in_sync == len(devices)


def test_two_cpu_devices_are_two_replicas() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "CUDA_VISIBLE_DEVICES": "-1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ended.stdout.split() == ["MirroredStrategy", "2", "2.0"]
