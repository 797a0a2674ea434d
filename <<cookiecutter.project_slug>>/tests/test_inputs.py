from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >> import (
    inputs,
    parsing,
)
from << cookiecutter.package_name >>.preprocessing import Preprocessor

pytestmark = pytest.mark.usefixtures("toys")


def test_training_repeats_full_batches(
    fn_args: SimpleNamespace, preprocessor: Preprocessor
) -> None:
    batches = inputs.training(fn_args.train_files, preprocessor, batch_size=3)
    for features, label in batches.take(4):
        described = parsing.feature_specs()
        assert features.keys() == described.keys()
        for name, cells in features.items():
            assert described[name].is_compatible_with(cells)
            assert len(cells) == 3
        assert label.shape == (3, 1)


def test_training_changes_the_order(fn_args: SimpleNamespace, preprocessor: Preprocessor) -> None:
    tf.random.set_seed(1)
    batches = inputs.training(fn_args.train_files, preprocessor, batch_size=7)
    orders = [label.numpy().ravel().tolist() for _, label in batches.take(8)]
    assert len(set(map(tuple, orders))) > 1


def test_evaluation_reads_each_record_once(
    fn_args: SimpleNamespace, preprocessor: Preprocessor
) -> None:
    batches = list(inputs.evaluation(fn_args.eval_files, preprocessor, batch_size=3))
    assert [len(label) for _, label in batches] == [3, 3, 1]
    labels = np.concatenate([label.numpy().ravel() for _, label in batches])
    assert sorted(labels) == [0, 0, 0, 1, 1, 2, 2]
