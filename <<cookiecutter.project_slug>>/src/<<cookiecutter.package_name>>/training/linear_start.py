"""The linear model that a network begins as: it learns only what that one lacks."""

from __future__ import annotations

import math

import numpy as np

from ..features.preprocessing import Preprocessor
from . import inputs
from .inputs import Split
from .linear_model import Coefficients, LinearModel, is_too_large, most_rows

# What is held out chooses among them.
PENALTIES = (1.0, 30.0)
BATCH_SIZE = 1024


def linear_start(
    split: Split, held_out: Split, preprocessor: Preprocessor, label_scale: tuple[float, float]
) -> Coefficients | None:
    """Learn a linear model of some rows, any of them.

    Args:
        split: the records to learn from.
        held_out: those that tell which penalty is best.
        preprocessor: makes the features.
        label_scale: mean and standard deviation of a label that is a number.

    Returns:
        Its coefficients; None of images, of whose single pixels nothing is to be learned, and if
        they would be too many.
    """
    columns = preprocessor.columns
    has_images = any(len(column.treatment.shape) > 1 for column in columns.features)
    if has_images or is_too_large(columns):
        return None
    features, labels = _arrays(split, preprocessor)
    expected = _arrays(held_out, preprocessor)
    models = [LinearModel(features, labels, columns, penalty) for penalty in PENALTIES]
    return min(models, key=lambda model: _loss(model, *expected)).coefficients(label_scale)


def _arrays(split: Split, preprocessor: Preprocessor) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Read features, [rows, *shape] each, and labels, [rows]."""
    steps = math.ceil(most_rows(preprocessor.columns) / BATCH_SIZE)
    batches = inputs.evaluation(split, preprocessor, BATCH_SIZE, steps).as_numpy_iterator()
    read, labels = zip(*batches)
    features = {name: np.concatenate([each[name] for each in read]) for name in read[0]}
    return features, np.concatenate(labels)[:, 0]


def _loss(model: LinearModel, features: dict[str, np.ndarray], labels: np.ndarray) -> float:
    """Return the mean squared error of a number, or the mean of the classes' logarithmic loss."""
    answers = model.predict(features)
    if not np.issubdtype(labels.dtype, np.integer):
        return float(np.mean((answers[:, 0] - labels) ** 2))
    if answers.shape[1] == 1:
        answers = np.concatenate([1 - answers, answers], axis=1)
    return -float(np.mean(np.log(answers[np.arange(len(labels)), labels] + 1e-12)))
