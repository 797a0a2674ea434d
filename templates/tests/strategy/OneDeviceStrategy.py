from __future__ import annotations

import tensorflow as tf

from << cookiecutter.package_name >>.training.strategy import (
    create_strategy,
)


def test_trains_on_one_device() -> None:
    strategy = create_strategy()
    assert isinstance(strategy, tf.distribute.OneDeviceStrategy)
    assert strategy.num_replicas_in_sync == 1
