from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from << cookiecutter.package_name >>.console.errors import (
    DivergenceError,
)
from << cookiecutter.package_name >>.serving import prediction
from << cookiecutter.package_name >>.training import training_record

# As Keras and as Estimators call them.
LOSSES = {"epoch_loss", "loss"}


def test_the_exported_model_answers_raw_examples(trained: Path, serialized: tf.Tensor) -> None:
    saved_model = tf.saved_model.load(str(trained / "serving"))
    together = prediction.ask(saved_model, serialized, classify=True).numpy()
    alone = prediction.ask(saved_model, serialized[-1:], classify=True).numpy()
    assert together.shape == (7, 3)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(together[-1:], alone, rtol=1e-5)


def test_the_exported_model_does_not_need_the_label(trained: Path, serialized: tf.Tensor) -> None:
    unlabelled = [tf.train.Example.FromString(each) for each in serialized.numpy()]
    for example in unlabelled:
        del example.features.feature["kind"]
    saved_model = tf.saved_model.load(str(trained / "serving"))
    np.testing.assert_allclose(
        prediction.ask(
            saved_model,
            tf.constant([each.SerializeToString() for each in unlabelled]),
            classify=True,
        ),
        prediction.ask(saved_model, serialized, classify=True),
        rtol=1e-5,
    )


def test_the_exported_model_knows_its_classes(trained: Path) -> None:
    assert training_record.read(trained / "serving")["classes"] == ["ball", "car", "doll"]


def test_tensorboard_shows_how_both_losses_went(trained: Path) -> None:
    points = []
    for folder in {file.parent for file in (trained / "run").rglob("events.out.tfevents.*")}:
        events = EventAccumulator(str(folder))
        events.Reload()
        tags = events.Tags()
        points += [len(events.Tensors(name)) for name in LOSSES.intersection(tags["tensors"])]
        points += [len(events.Scalars(name)) for name in LOSSES.intersection(tags["scalars"])]
    assert len(points) == 2
    assert min(points) >= 5


def test_trains_as_many_steps_as_asked_for(trained: Path) -> None:
    newest = max((trained / "run").rglob("*.index"), key=lambda file: file.stat().st_mtime_ns)
    checkpoint = str(newest.with_suffix(""))
    counted = {
        tf.train.load_variable(checkpoint, name).item()
        for name, _ in tf.train.list_variables(checkpoint)
        if "iterations" in name or "global_step" in name
    }
    assert counted == {5}


def test_a_training_that_diverges_is_stopped(train: Callable[..., Path]) -> None:
    with pytest.raises(DivergenceError, match=r"not a finite number at step \d+; lower learning_"):
        train(learning_rate=1e30)
