"""Figures of the summaries, as scikit-learn defines them; not a number where they are undefined."""

from __future__ import annotations

import math

import numpy as np

from .summaries import LEAST_PROBABILITY, Confusions, Errors, Scores


def auc(rows: Scores) -> float:
    """Return the area below the ROC curve: how often a row of the second class has more."""
    first, second = rows.counts.T
    pairs = first.sum() * second.sum()
    if not pairs or np.isnan(rows.scores).any():
        return math.nan
    return float(second @ (first.cumsum() - first / 2) / pairs)


def average_precision(rows: Scores) -> float:
    """Return the average precision: the area below the steps of precision over recall."""
    first, second = rows.counts[::-1].T
    if not first.sum() or not second.sum() or np.isnan(rows.scores).any():
        return math.nan
    return float(second @ (second.cumsum() / (first + second).cumsum()) / second.sum())


def log_loss_of_two(rows: Scores) -> float:
    """Return the cross entropy, in nats; no probability counts for less than LEAST_PROBABILITY."""
    scores = rows.scores.clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    logarithms = np.log(np.stack([1 - scores, scores], axis=1))
    return ratio(-(rows.counts * logarithms).sum(), rows.counts.sum())


def log_loss_of_several(rows: Confusions) -> float:
    """Return the cross entropy, in nats; no probability counts for less than LEAST_PROBABILITY."""
    return ratio(rows.loss, rows.matrix.sum())


def accuracy(rows: Scores | Confusions) -> float:
    """Return the share of the rows whose class is predicted."""
    return ratio(np.trace(rows.matrix), rows.matrix.sum())


def balanced_accuracy(rows: Scores | Confusions) -> float:
    """Return the mean of the recall over the classes that have rows; of two, both must."""
    matrix = rows.matrix
    counts = matrix.sum(1)
    if not counts.any() or (len(counts) == 2 and not counts.all()):
        return math.nan
    return float((np.diag(matrix)[counts != 0] / counts[counts != 0]).mean())


def precision(rows: Scores | Confusions) -> float:
    """Return the share of what is predicted as a class that is of it."""
    return _of_classes(rows.matrix, rows.matrix.sum(0))


def recall(rows: Scores | Confusions) -> float:
    """Return the share of the rows of a class that are predicted as such."""
    return _of_classes(rows.matrix, rows.matrix.sum(1))


def f1(rows: Scores | Confusions) -> float:
    """Return the harmonic mean of precision and recall."""
    return _of_classes(rows.matrix, (rows.matrix.sum(0) + rows.matrix.sum(1)) / 2)


def _of_classes(matrix: np.ndarray, counts: np.ndarray) -> float:
    """Divide what is right of each class by its counts; 0 / 0 is 0.

    Returns:
        Of two classes the share of the second, unless one has no row; of more the mean over those
        that have rows, or are predicted.
    """
    shares = np.diag(matrix) / np.where(counts == 0, 1, counts)
    if len(matrix) == 2:
        return float(shares[1]) if matrix.sum(1).all() else math.nan
    found = matrix.sum(0) + matrix.sum(1) != 0
    return float(shares[found].mean()) if found.any() else math.nan


def mean_squared_error(rows: Errors) -> float:
    """Return the mean of the squared error."""
    return ratio(rows.errors[0], rows.labels[0])


def mean_absolute_error(rows: Errors) -> float:
    """Return the mean of the error without its sign, in the label's unit."""
    return ratio(rows.absolute, rows.labels[0])


def root_mean_squared_error(rows: Errors) -> float:
    """Return the root of the mean of the squared error, in the label's unit."""
    return math.sqrt(mean_squared_error(rows))


def r2(rows: Errors) -> float:
    """Return by which share the squared error is less than that of the labels' mean."""
    if not rows.labels[0]:
        return math.nan
    rows.move(rows.center + rows.labels[1] / rows.labels[0])
    return 1 - ratio(rows.errors[0], rows.labels[2])


def ratio(part: float, whole: float) -> float:
    """Divide; 0 / 0 is not a number."""
    with np.errstate(all="ignore"):
        return float(np.float64(part) / np.float64(whole))
