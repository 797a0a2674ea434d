from __future__ import annotations

import itertools
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


def test_the_course_of_a_training_is_recorded(trained: Path) -> None:
    course = training_record.read_course(trained / "serving")
    assert course is not None
    assert (course.rows, course.held_out_rows) == (5, 2)
    assert course.steps == course.most_steps == 5
    assert 0 <= course.best_step <= 5
    which = f"of step {course.best_step}" if course.best_step else "that it began with"
    assert f"exported is the model {which}, " in str(course)
    assert f"loss {course.best['loss']:.4g}" in str(course)


def test_a_training_that_gets_no_better_ends(train_toys: Callable[..., Path]) -> None:
    exported = train_toys(train_steps=100, learning_rate=1e-30) / "serving"
    course = training_record.read_course(exported)
    assert course is not None
    assert (course.best_step, course.steps) == (0, 25)
    assert "exported is the model that it began with" in str(course)


def test_the_best_model_is_exported(
    train_toys: Callable[..., Path], rows: list[tf.train.Example], serialized: tf.Tensor
) -> None:
    exported = train_toys(train_steps=60, learning_rate=0.05) / "serving"
    course = training_record.read_course(exported)
    assert course is not None
    assert course.best_step < course.steps
    saved_model = tf.saved_model.load(str(exported))
    answers = prediction.ask(saved_model, serialized, classify=True).numpy()
    kinds = [row.features.feature["kind"].bytes_list.value[0].decode() for row in rows]
    places = [training_record.read(exported)["classes"].index(kind) for kind in kinds]
    losses = -np.log(answers[np.arange(len(places)), places])
    # Which two rows were held out depends on the order of Transform's records.
    pairs = [sum(pair) / 2 for pair in itertools.combinations(losses, 2)]
    assert np.isclose(pairs, course.best["loss"], rtol=1e-4).any()


def test_a_training_that_diverges_is_stopped(train_toys: Callable[..., Path]) -> None:
    with pytest.raises(DivergenceError, match=r"not a finite number at step \d+; lower learning_"):
        train_toys(learning_rate=1e38)
