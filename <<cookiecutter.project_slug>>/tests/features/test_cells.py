from __future__ import annotations

import tensorflow as tf

from << cookiecutter.package_name >>.features import cells


def test_missing_cells_are_nan_or_the_empty_string() -> None:
    assert cells.missing(tf.constant([1.0, float("nan")])).numpy().tolist() == [False, True]
    assert cells.missing(tf.constant(["a", ""])).numpy().tolist() == [False, True]


def test_domain_index_gives_one_more_place_to_all_other_values() -> None:
    places = cells.domain_index(tf.constant(["b", "a", "", "z"]), ["a", "b"])
    assert places.numpy().tolist() == [1, 0, 2, 2]
