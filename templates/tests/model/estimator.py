from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >> import inputs
from << cookiecutter.package_name >>.model import build_estimator
from << cookiecutter.package_name >>.preprocessing import Preprocessor
from << cookiecutter.package_name >>.strategy import create_strategy

pytestmark = pytest.mark.usefixtures("toys")


def test_trains_and_predicts_rows_with_missing_cells(
    fn_args: SimpleNamespace, preprocessor: Preprocessor, tmp_path: Path
) -> None:
    config = tf.estimator.RunConfig(str(tmp_path), train_distribute=create_strategy())
    estimator = build_estimator(config, hidden_units=[4], learning_rate=0.01)
    estimator.train(lambda: inputs.training(fn_args.train_files, preprocessor, 7), steps=2)
    assert estimator.latest_checkpoint() == str(tmp_path / "model.ckpt-2")
    predictions = list(
        estimator.predict(lambda: inputs.evaluation(fn_args.eval_files, preprocessor, 7))
    )
    probabilities = np.array([each["probabilities"] for each in predictions])
    assert probabilities.shape == (7, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
