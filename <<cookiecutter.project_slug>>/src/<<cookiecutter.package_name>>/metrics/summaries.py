"""What the figures are made of: of each kind of label a summary, small however many the rows."""

from __future__ import annotations

import abc
import math
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np
from tensorflow_model_analysis.metrics import metric_util
from tensorflow_model_analysis.metrics.metric_types import MetricKey, StandardMetricInputs
from tensorflow_model_analysis.proto import config_pb2

from ..console.errors import UserError

# How many rows wait until they are counted; and how many scores are told apart. If neighbours of
# more are taken for the same, AUC changes by less than a hundred thousandth.
ROWS, MOST_SCORES = 1_000, 1_000_000
# For a logarithm: what float32 can tell a probability of 1 from.
LEAST_PROBABILITY = float(np.finfo(np.float32).eps)


class Summary(abc.ABC):
    """What is known of the rows of a slice."""

    def __init__(self) -> None:
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, label: np.ndarray, answer: np.ndarray) -> None:
        """Add a row: its label, and what the model answers."""
        self._waiting.append((label, answer))
        if len(self._waiting) >= ROWS:
            self.fold()

    def fold(self) -> None:
        """Count the rows that wait."""
        if self._waiting:
            labels, answers = zip(*self._waiting)
            self._waiting = []
            self.count(np.ravel(labels), np.stack(answers).reshape(len(answers), -1))

    @abc.abstractmethod
    def count(self, labels: np.ndarray, answers: np.ndarray) -> None:
        """Add rows: their labels, [n], and answers, [n, 1 or classes].

        Raises:
            UserError: the answers have another shape.
        """

    @abc.abstractmethod
    def merge(self, other: Any) -> None:
        """Add the rows of another summary of the kind, which has none that wait."""


class Scores(Summary):
    """Of two classes, how many rows of each have which score.

    Attributes:
        scores: the scores, float64 [n], ascending, each once.
        counts: the rows of the first and of the second class, float64 [n, 2].
    """

    def __init__(self) -> None:
        super().__init__()
        self.scores, self.counts = np.zeros(0), np.zeros((0, 2))
        self._new: list[tuple[np.ndarray, np.ndarray]] = []

    def count(self, labels: np.ndarray, answers: np.ndarray) -> None:
        """Add rows: their classes, [n], and the probabilities of the second, [n, 1]."""
        _require(answers.shape[1:] == (1,), answers, "the probability of the second of two classes")
        self._add(answers[:, 0], np.eye(2)[labels.astype(int)])

    def fold(self) -> None:
        """Count the rows that wait."""
        super().fold()
        self._sort()

    def merge(self, other: Scores) -> None:
        """Add the rows of another summary."""
        self._add(other.scores, other.counts)

    @property
    def matrix(self) -> np.ndarray:
        """How many rows of each class are taken for which, [2, 2]: for the second above 0.5."""
        if np.isnan(self.scores).any():
            return np.full((2, 2), math.nan)
        second = self.scores > 0.5
        return np.stack([self.counts[~second].sum(0), self.counts[second].sum(0)], axis=1)

    def _add(self, scores: np.ndarray, counts: np.ndarray) -> None:
        self._new.append((scores, counts))
        # As many as are sorted already: else each thousand rows would sort them once more.
        if sum(len(scores) for scores, _ in self._new) > max(len(self.scores), 100 * ROWS):
            self._sort()

    def _sort(self) -> None:
        new, self._new = [(self.scores, self.counts), *self._new], []
        scores, counts = map(np.concatenate, zip(*new))
        self.scores, which = np.unique(scores, return_inverse=True)
        self.counts = np.stack(
            [np.bincount(which, each, len(self.scores)) for each in counts.T], axis=1
        )
        while len(self.scores) > MOST_SCORES:
            pairs = np.arange(0, len(self.scores), 2)
            self.scores, self.counts = self.scores[pairs], np.add.reduceat(self.counts, pairs)


class Confusions(Summary):
    """Of several classes, how many rows of each are taken for which.

    Attributes:
        matrix: float64 [class, predicted class]; not a number if an answer was none.
        loss: the sum of the negative logarithms of the probability of a row's class.
    """

    def __init__(self) -> None:
        super().__init__()
        self.matrix, self.loss = np.zeros((0, 0)), 0.0

    def count(self, labels: np.ndarray, answers: np.ndarray) -> None:
        """Add rows: their classes, [n], and the probability of each class, [n, classes]."""
        _require(
            answers.ndim == 2 and answers.shape[1] > 2, answers, "the probability of each class"
        )
        classes, labels = answers.shape[1], labels.astype(int)
        pairs = labels * classes + answers.argmax(1)
        known = np.where(np.isfinite(answers).all(1), 1, np.nan)
        loss = -np.log(answers[range(len(labels)), labels].clip(LEAST_PROBABILITY)).sum()
        self._add(np.bincount(pairs, known, classes**2).reshape(classes, classes), loss)

    def merge(self, other: Confusions) -> None:
        """Add the rows of another summary."""
        if other.matrix.size:
            self._add(other.matrix, other.loss)

    def _add(self, matrix: np.ndarray, loss: float) -> None:
        self.matrix = self.matrix + matrix if self.matrix.size else matrix
        self.loss += loss


class Errors(Summary):
    """Of a number, the moments of the label and of the squared error.

    Attributes:
        center: what the labels are counted from, near their mean.
        labels: the sums of (label - center)**k, for k from 0 to 4.
        errors: those of the squared error, times (label - center)**k, for k from 0 to 2.
        squares: the sum of the squares of the squared errors.
        absolute: the sum of the errors without their sign.
    """

    def __init__(self) -> None:
        super().__init__()
        self.center = math.nan
        self.labels, self.errors = np.zeros(5), np.zeros(3)
        self.squares, self.absolute = 0.0, 0.0

    def count(self, labels: np.ndarray, answers: np.ndarray) -> None:
        """Add rows: the numbers, [n], and those that are predicted, [n, 1]."""
        _require(answers.shape[1:] == (1,), answers, "the number")
        labels = labels.astype(float)
        if not self.labels[0]:
            self.center = labels.mean()
        errors = answers[:, 0].astype(float) - labels
        squared = errors**2
        powers = (labels - self.center) ** np.arange(5)[:, None]
        self.labels += powers.sum(1)
        self.errors += powers[:3] @ squared
        self.squares += squared @ squared
        self.absolute += np.abs(errors).sum()

    def merge(self, other: Errors) -> None:
        """Add the rows of another summary."""
        if not self.labels[0]:
            self.center = other.center
        if other.labels[0]:
            other.move(self.center)
            self.labels += other.labels
            self.errors += other.errors
            self.squares += other.squares
            self.absolute += other.absolute

    def move(self, center: float) -> None:
        """Count the labels from elsewhere."""
        step, self.center = self.center - center, center
        self.labels, self.errors = _moved(self.labels, step), _moved(self.errors, step)


def _moved(moments: np.ndarray, step: float) -> np.ndarray:
    """Return the sums of (x + step)**k, given those of x**k: the binomial theorem."""
    return np.array(
        [
            sum(math.comb(k, j) * step ** (k - j) * moments[j] for j in range(k + 1))
            for k in range(len(moments))
        ]
    )


def _require(fits: bool, answers: np.ndarray, what: str) -> None:
    if not fits:
        raise UserError(
            f"the model answers an array of the shape {answers.shape[1:]} for a row, and not {what}"
        )


class Summarize(beam.CombineFn):
    """Makes a summary of the rows of a slice.

    Args:
        kind: the class of the summary.
        key: under which TFMA keeps it, with the model that is asked.
        eval_config: how the model is asked.
    """

    def __init__(
        self, kind: type[Summary], key: MetricKey, eval_config: config_pb2.EvalConfig
    ) -> None:
        self._kind = kind
        self._key = key
        self._eval_config = eval_config

    def create_accumulator(self) -> Summary:
        """Begin."""
        return self._kind()

    def add_input(self, summary: Summary, row: StandardMetricInputs) -> Summary:
        """Add a row."""
        for label, answer, _ in metric_util.to_label_prediction_example_weight(
            row,
            eval_config=self._eval_config,
            model_name=self._key.model_name,
            output_name=self._key.output_name,
            flatten=False,
        ):
            summary.add(label, answer)
        return summary

    def merge_accumulators(self, summaries: Iterable[Summary]) -> Summary:
        """Join summaries."""
        merged = self._kind()
        for summary in summaries:
            summary.fold()
            merged.merge(summary)
        return merged

    def extract_output(self, summary: Summary) -> dict[MetricKey, Any]:
        """Return the summary."""
        summary.fold()
        return {self._key: summary}
