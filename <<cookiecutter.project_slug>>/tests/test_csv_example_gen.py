from __future__ import annotations

import tensorflow as tf

from << cookiecutter.package_name >> import csv_example_gen


def serialized(name: str) -> bytes:
    value = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    features = tf.train.Features(feature={name: value})
    return tf.train.Example(features=features).SerializeToString()


def test_the_order_of_the_features_is_always_the_same() -> None:
    # Messages that are written one after the other are read as one.
    batch = [serialized("a") + serialized("b"), serialized("b") + serialized("a")]
    first, second = csv_example_gen._in_order(batch)
    assert first == second
    assert tf.train.Example.FromString(first).features.feature.keys() == {"a", "b"}
