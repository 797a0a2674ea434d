"""What the Evaluator measures, as scikit-learn would, on the raw answers.

TFMA's own classes sort scores into 10,000 buckets of equal width, take a row of several classes for
as many rows of two, and count rows twice when they merge mean errors; Keras' take what does not fit
for zero. TFMA finds a class here by its name, which must be none of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tensorflow_model_analysis.metrics import metric_types, metric_util
from tensorflow_model_analysis.metrics.metric_types import MetricKey
from tensorflow_model_analysis.proto import config_pb2

from . import figures, significance
from .summaries import Confusions, Errors, Scores, Summarize, Summary


class Measure(metric_types.Metric):
    """A figure of the rows of a slice.

    Args:
        name: how the Evaluator calls it; that of the class by default.

    Attributes:
        key: that name.
        summary: what the rows are made into.
        parts: what is added to the name, for each value that the figure has.
    """

    key: ClassVar[str]
    summary: ClassVar[type[Summary]]
    parts: ClassVar[tuple[str, ...]] = ("",)

    def __init__(self, name: str = "") -> None:
        super().__init__(
            metric_util.merge_per_key_computations(self._computations), name=name or self.key
        )

    @staticmethod
    def figure(rows: Any) -> Any:
        """Return what it is of the summary."""
        raise NotImplementedError

    @classmethod
    def _computations(
        cls, name: str, eval_config: config_pb2.EvalConfig, model_name: str, output_name: str
    ) -> metric_types.MetricComputations:
        """List what is computed: the summary, which all that are made of it share, and it."""
        model = {"model_name": model_name, "output_name": output_name}
        # TFMA keeps what begins with an underscore to itself.
        summary = MetricKey(f"_{cls.summary.__name__}", **model)
        keys = [MetricKey(f"{name}{part}", **model) for part in cls.parts]
        return [
            metric_types.MetricComputation(
                [summary], None, Summarize(cls.summary, summary, eval_config)
            ),
            metric_types.DerivedMetricComputation(
                keys, functools.partial(_values, cls.figure, summary, keys)
            ),
        ]


def _values(
    figure: Callable[[Any], Any],
    summary: MetricKey,
    keys: list[MetricKey],
    computed: Mapping[MetricKey, Any],
) -> dict[MetricKey, float]:
    found = figure(computed[summary])
    return dict(zip(keys, found if isinstance(found, tuple) else (found,)))


class ExactAUC(Measure):
    """AUC of the raw scores."""

    key, summary, figure = "auc", Scores, staticmethod(figures.auc)


class AveragePrecision(Measure):
    """AUCPrecisionRecall of the raw scores, without interpolation."""

    key, summary = "auc_precision_recall", Scores
    figure = staticmethod(figures.average_precision)


class AccuracyOfTwo(Measure):
    """BinaryAccuracy."""

    key, summary, figure = "binary_accuracy", Scores, staticmethod(figures.accuracy)


class BalancedAccuracyOfTwo(Measure):
    """BalancedAccuracy of two classes."""

    key, summary = "balanced_accuracy", Scores
    figure = staticmethod(figures.balanced_accuracy)


class PrecisionOfSecond(Measure):
    """Precision of the second of two classes."""

    key, summary, figure = "precision", Scores, staticmethod(figures.precision)


class RecallOfSecond(Measure):
    """Recall of the second of two classes."""

    key, summary, figure = "recall", Scores, staticmethod(figures.recall)


class F1OfSecond(Measure):
    """F1Score of the second of two classes."""

    key, summary, figure = "f1_score", Scores, staticmethod(figures.f1)


class LogLossOfTwo(Measure):
    """BinaryCrossentropy."""

    key, summary = "binary_crossentropy", Scores
    figure = staticmethod(figures.log_loss_of_two)


class AccuracyOfSeveral(Measure):
    """SparseCategoricalAccuracy."""

    key, summary = "sparse_categorical_accuracy", Confusions
    figure = staticmethod(figures.accuracy)


class BalancedAccuracyOfSeveral(Measure):
    """BalancedAccuracy: the mean of the classes' recall."""

    key, summary = "balanced_accuracy", Confusions
    figure = staticmethod(figures.balanced_accuracy)


class MacroPrecision(Measure):
    """Precision: the mean of the classes'."""

    key, summary, figure = "precision", Confusions, staticmethod(figures.precision)


class MacroRecall(Measure):
    """Recall: the mean of the classes'."""

    key, summary, figure = "recall", Confusions, staticmethod(figures.recall)


class MacroF1(Measure):
    """F1Score: the mean of the classes'."""

    key, summary, figure = "f1_score", Confusions, staticmethod(figures.f1)


class LogLossOfSeveral(Measure):
    """SparseCategoricalCrossentropy."""

    key, summary = "sparse_categorical_crossentropy", Confusions
    figure = staticmethod(figures.log_loss_of_several)


class AbsoluteError(Measure):
    """MeanAbsoluteError."""

    key, summary = "mean_absolute_error", Errors
    figure = staticmethod(figures.mean_absolute_error)


class SquaredError(Measure):
    """MeanSquaredError."""

    key, summary = "mean_squared_error", Errors
    figure = staticmethod(figures.mean_squared_error)


class RootOfSquaredError(Measure):
    """RootMeanSquaredError."""

    key, summary = "root_mean_squared_error", Errors
    figure = staticmethod(figures.root_mean_squared_error)


class ExplainedShare(Measure):
    """R2Score."""

    key, summary, figure = "r2_score", Errors, staticmethod(figures.r2)


class Hurdle(Measure):
    """Whether the model beats one that knows nothing, as a Judgement.

    Attributes:
        words: what its margin is.
        deciding: what must be among the rows.
    """

    parts = ("", "/margin", "/needed", "/rows")
    words: ClassVar[str]
    deciding: ClassVar[str]


class RankTest(Hurdle):
    """Whether the second of two classes has the higher scores."""

    key, summary = "rank_test", Scores
    figure = staticmethod(significance.rank_test)
    words = "AUC above chance: {} (Mann-Whitney test, 1 % level)"
    deciding = "rows of the rarer class"


class AccuracyTestOfTwo(Hurdle):
    """Whether the class is told apart better than by always naming the more frequent one."""

    key = "accuracy_test"
    summary: ClassVar[type[Summary]] = Scores
    figure = staticmethod(significance.accuracy_test)
    words = "accuracy above that of the most frequent class: {} (McNemar's test, 1 % level)"
    deciding = "rows of other classes than the most frequent one"


class AccuracyTestOfSeveral(AccuracyTestOfTwo):
    """The same of more than two classes."""

    summary = Confusions


class AgreementTest(Hurdle):
    """Whether more rows are right than by chance."""

    key, summary = "agreement_test", Confusions
    figure = staticmethod(significance.agreement_test)
    words = "agreement above chance, Cohen's kappa: {} (Fleiss' test, 1 % level)"
    deciding = "rows of other classes than the most frequent one"


class ErrorTest(Hurdle):
    """Whether the squared error is less than that of the labels' mean."""

    key, summary = "error_test", Errors
    figure = staticmethod(significance.error_test)
    words = "share of the variance that is explained: {} (Diebold-Mariano test, 1 % level)"
    deciding = "rows"
