"""Whether a model beats one that knows nothing of the columns, or luck: tests at the 1 % level."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from . import TELLING_ROWS
from .figures import accuracy, auc, r2, ratio
from .summaries import Confusions, Errors, Scores

LEVEL = 0.01
# One-sided: the standard errors that noise exceeds with that probability.
BOUND = NormalDist().inv_cdf(1 - LEVEL)


class Judgement(NamedTuple):
    """What a test says.

    Attributes:
        significance: the margin in standard errors; not a number if there are too few rows, or the
            model tells nothing apart.
        margin: by how much the model is better than the one that knows nothing.
        needed: the margin that noise exceeds with the probability LEVEL.
        rows: those that decide; TELLING_ROWS are needed.
    """

    significance: float
    margin: float
    needed: float
    rows: float


def rank_test(rows: Scores) -> Judgement:
    """Test whether the second class has the higher scores: AUC - 0.5.

    Mann and Whitney (1947), with the variance for ties of Kruskal and Wallis (1952). Its rows are
    those of the rarer class.
    """
    first, second = rows.counts.sum(0)
    total, ties = first + second, rows.counts.sum(1)
    if min(first, second) < TELLING_ROWS:
        return Judgement(math.nan, auc(rows) - 0.5, math.nan, min(first, second))
    variance = (total + 1 - ((ties**3 - ties).sum() / (total * (total - 1)))) / 12
    error = math.sqrt(max(round(variance, 6), 0) / (first * second))
    return _judged(auc(rows) - 0.5, error, min(first, second))


def accuracy_test(rows: Scores | Confusions) -> Judgement:
    """Test whether the class is predicted more often than the most frequent one occurs.

    McNemar (1947), with the correction of Edwards (1948). Its rows are those of the other classes.
    """
    matrix = rows.matrix
    if not np.isfinite(matrix.sum()) or not matrix.size:
        return Judgement(math.nan, math.nan, math.nan, 0)
    total, most_frequent = matrix.sum(), matrix.sum(1).argmax()
    of_it = matrix[most_frequent]
    won = np.trace(matrix) - of_it[most_frequent]
    lost = of_it.sum() - of_it[most_frequent]
    others = total - of_it.sum()
    margin = (won - lost) / total
    if others < TELLING_ROWS:
        return Judgement(math.nan, margin, math.nan, others)
    return _judged(margin, math.sqrt(won + lost) / total, others, 1 / total)


def agreement_test(rows: Confusions) -> Judgement:
    """Test whether the class is predicted more often than by chance: Cohen's kappa.

    Fleiss, Cohen and Everitt (1969), formula 14: the standard error if there is no agreement but by
    chance; less one row, for counts are no continuous numbers. Its rows are those of the classes
    but the most frequent one.
    """
    matrix = rows.matrix
    if not np.isfinite(matrix.sum()) or not matrix.size:
        return Judgement(math.nan, math.nan, math.nan, 0)
    total = matrix.sum()
    actual, predicted = matrix.sum(1) / total, matrix.sum(0) / total
    others = total - matrix.sum(1).max()
    chance = actual @ predicted
    kappa = ratio(accuracy(rows) - chance, 1 - chance)
    if others < TELLING_ROWS:
        return Judgement(math.nan, kappa, math.nan, others)
    spread = chance + chance**2 - (actual * predicted) @ (actual + predicted)
    error = math.sqrt(max(round(spread, 12), 0) / total) / (1 - chance)
    return _judged(kappa, error, others, 1 / total / (1 - chance))


def error_test(rows: Errors) -> Judgement:
    """Test whether the squared error is less than that of the labels' mean: by which share.

    Diebold and Mariano (1995): the mean of the differences, row by row, over its standard error.
    """
    total = rows.labels[0]
    if total < TELLING_ROWS:
        return Judgement(math.nan, r2(rows), math.nan, total)
    margin = r2(rows)  # It counts the labels from their mean.
    gained = rows.labels[2] - rows.errors[0]
    squares = rows.labels[4] - 2 * rows.errors[2] + rows.squares
    spread = max(squares - gained**2 / total, 0) * total / (total - 1)
    return _judged(margin, ratio(math.sqrt(spread), rows.labels[2]), total)


def _judged(margin: float, error: float, rows: float, correction: float = 0) -> Judgement:
    """Compare a margin with its standard error: if both are 0, nothing is told apart."""
    nothing = error == 0 and margin < 1e-9
    significance = math.nan if nothing else ratio(margin - correction, error)
    return Judgement(significance, margin, BOUND * error + correction, rows)
