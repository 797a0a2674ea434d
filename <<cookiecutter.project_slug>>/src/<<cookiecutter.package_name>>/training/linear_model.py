"""A linear model of the features that the network gets: ridge or logistic regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse, special

from ..features.columns import Columns

# Of L-BFGS: it ends before where nothing is gained any more.
MOST_STEPS = 200
# It learns from so many rows, or fewer if these have so many numbers and ids, times the classes.
MOST_ROWS, MOST_NUMBERS = 20_000, 10_000_000
# Of more weights, L-BFGS would take many seconds and gigabytes.
MOST_WEIGHTS = 300_000


@dataclass(frozen=True)
class Coefficients:
    """What features are multiplied by, and what is added: the sum is a score.

    There is one score of a number or of two classes, and else one of each class.

    Attributes:
        numbers: of the dense features, side by side, float32 [numbers, scores].
        ids: of the ids of each column, and then of each bag, float32 [ids, scores].
        intercept: float32 [scores].
    """

    numbers: np.ndarray
    ids: np.ndarray
    intercept: np.ndarray


class LinearModel:
    """Learns a number, or the probabilities of classes, from features.

    Numbers are standardised, and ids are one-hot; of several ids of a row, such as words, it is the
    mean. What is minimised, by L-BFGS (Liu and Nocedal 1989), is the loss of all rows and half the
    sum of the squared weights, the intercept not among them, times a penalty; with 1, these are the
    defaults of scikit-learn's Ridge and LogisticRegression.

    Args:
        features: by their names, [rows, *shape].
        labels: their classes or numbers, [rows].
        columns: what the features are.
        penalty: of the squared weights.
    """

    def __init__(
        self,
        features: Mapping[str, np.ndarray],
        labels: np.ndarray,
        columns: Columns,
        penalty: float = 1.0,
    ) -> None:
        self._columns = columns
        self._penalty = penalty
        dense, ids = _raw(features, columns)
        self._mean, self._scale = _moments(dense)
        self._dense, self._ids = (dense - self._mean) / self._scale, ids
        self._label_mean, self._label_scale = _moments(labels[:, np.newaxis])
        classes = len(columns.classes)
        self._answers = 1 if classes <= 2 else classes
        self._labels = (
            np.eye(classes)[labels.astype(int)]
            if classes
            else (labels[:, np.newaxis] - self._label_mean) / self._label_scale
        )
        start = np.zeros((self._dense.shape[1] + ids.shape[1] + 1, self._answers))
        found = optimize.minimize(
            self.loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}
        )
        self.weights = found.x.reshape(start.shape)

    def loss(self, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """Return what is minimised, a row's share of it, and its gradient.

        Args:
            weights: those of numbers, of ids and the intercept, flat.
        """
        weights = weights.reshape(-1, self._answers)
        rows, numbers = self._dense.shape
        scores = self._scores(self._dense, self._ids, weights)
        if self._columns.classes:
            logarithms = special.log_softmax(scores, axis=1)
            losses = -(self._labels * logarithms).sum()
            slopes = (np.exp(logarithms) - self._labels)[:, -self._answers :]
        else:
            slopes = scores - self._labels
            losses = (slopes**2).sum() / 2
        penalised = self._penalty * weights
        penalised[-1] = 0
        gradient = penalised.copy()
        gradient[:numbers] += self._dense.T @ slopes
        gradient[numbers:-1] += self._ids.T @ slopes
        gradient[-1] += slopes.sum(0)
        return (losses + (penalised * weights).sum() / 2) / rows, gradient.ravel() / rows

    def predict(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """Answer as the network does.

        Returns:
            The number, [rows, 1], the probability of the second of two classes, [rows, 1], or those
            of each of more classes, [rows, classes].
        """
        dense, ids = _raw(features, self._columns)
        scores = self._scores((dense - self._mean) / self._scale, ids, self.weights)
        if self._columns.classes:
            return special.softmax(scores, axis=1)[:, -self._answers :]
        return scores * self._label_scale + self._label_mean

    def coefficients(self, label_scale: tuple[float, float]) -> Coefficients:
        """Return what the features as they are must be multiplied by.

        Args:
            label_scale: what to subtract from the scores of a number, and then to divide them by.
        """
        weights, ids = np.split(self.weights[:-1], [len(self._mean)])
        numbers = weights / self._scale[:, np.newaxis]
        intercept = self.weights[-1] - self._mean @ numbers
        if not self._columns.classes:
            mean, deviation = label_scale
            factor = self._label_scale / deviation
            numbers, ids, intercept = numbers * factor, ids * factor, intercept * factor
            intercept += (self._label_mean - mean) / deviation
        return Coefficients(*(each.astype(np.float32) for each in (numbers, ids, intercept)))

    def _scores(self, dense: np.ndarray, ids: sparse.csr_matrix, weights: np.ndarray) -> np.ndarray:
        """Return the sums of the weights, [rows, classes], or [rows, 1] of a number.

        That of the first of two classes is 0.
        """
        numbers = dense.shape[1]
        sums = dense @ weights[:numbers] + ids @ weights[numbers:-1] + weights[-1]
        return np.pad(sums, ((0, 0), (1, 0))) if len(self._columns.classes) == 2 else sums


def most_rows(columns: Columns) -> int:
    """Return from how many rows of some columns it is learned in a second or a few."""
    width = sum(int(np.prod(each.treatment.shape)) for each in columns.features)
    return min(MOST_ROWS, max(1, MOST_NUMBERS // max(1, width * max(1, len(columns.classes)))))


def is_too_large(columns: Columns) -> bool:
    """Whether it would have more weights than can be learned in a few seconds."""
    width = sum(
        each.treatment.cardinality or int(np.prod(each.treatment.shape))
        for each in columns.features
    )
    return width * max(1, len(columns.classes)) > MOST_WEIGHTS


def _raw(
    features: Mapping[str, np.ndarray], columns: Columns
) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Put features side by side: the numbers, float64 [rows, numbers], and the ids, one-hot."""
    rows = len(next(iter(features.values())))
    dense = [features[each.feature].reshape(rows, -1) for each in columns.dense]
    ids = [
        _one_hot(features[each.feature], each.treatment.cardinality)
        for each in (*columns.ids, *columns.bags)
    ]
    nothing = np.zeros((rows, 0))
    return (
        np.concatenate([nothing, *dense], axis=1),
        sparse.hstack([sparse.csr_matrix(nothing), *ids], format="csr"),
    )


def _one_hot(ids: np.ndarray, cardinality: int) -> sparse.csr_matrix:
    """Return a 1 in the place of each id, [rows, cardinality], or a share of it.

    Args:
        ids: [rows, count], at least one of each row; after the last one they are negative.
        cardinality: the ids are below it.
    """
    given = ids >= 0
    counts = given.sum(1)
    shares = np.repeat(1 / counts, counts)
    ends = np.concatenate([[0], counts.cumsum()])
    return sparse.csr_matrix((shares, ids[given], ends), (len(ids), cardinality))


def _moments(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column; 1 instead of 0."""
    deviations = numbers.std(0)
    return numbers.mean(0), np.where(deviations == 0, 1, deviations)
