"""The metrics by their names: for which labels they are, and which values are better."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Optional

from tensorflow_model_analysis.metrics import metric_specs, metric_types
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils.keras_lib import tf_keras

from ..console.errors import UserError
from . import measures
from .measures import Hurdle, Measure

MORE = "MORE_METRICS in evaluation.py"
TWO, SEVERAL, NUMBER = "two classes", "more than two classes", "a number"
Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class Known:
    """What is known of a metric for a kind of label.

    Attributes:
        better: which values are.
        measure: what measures it.
        hurdle: what a model must pass, if the metric has a threshold.
    """

    better: Direction
    measure: type[Measure]
    hurdle: type[Hurdle]


KNOWN: dict[str, dict[str, Known]] = {
    TWO: {
        "AUC": Known("higher", measures.ExactAUC, measures.RankTest),
        "AUCPrecisionRecall": Known("higher", measures.AveragePrecision, measures.RankTest),
        "BinaryAccuracy": Known("higher", measures.AccuracyOfTwo, measures.AccuracyTestOfTwo),
        "BalancedAccuracy": Known("higher", measures.BalancedAccuracyOfTwo, measures.RankTest),
        "Precision": Known("higher", measures.PrecisionOfSecond, measures.RankTest),
        "Recall": Known("higher", measures.RecallOfSecond, measures.RankTest),
        "F1Score": Known("higher", measures.F1OfSecond, measures.RankTest),
        "BinaryCrossentropy": Known("lower", measures.LogLossOfTwo, measures.RankTest),
    },
    SEVERAL: {
        "SparseCategoricalAccuracy": Known(
            "higher", measures.AccuracyOfSeveral, measures.AccuracyTestOfSeveral
        ),
        "BalancedAccuracy": Known(
            "higher", measures.BalancedAccuracyOfSeveral, measures.AgreementTest
        ),
        "Precision": Known("higher", measures.MacroPrecision, measures.AgreementTest),
        "Recall": Known("higher", measures.MacroRecall, measures.AgreementTest),
        "F1Score": Known("higher", measures.MacroF1, measures.AgreementTest),
        "SparseCategoricalCrossentropy": Known(
            "lower", measures.LogLossOfSeveral, measures.AgreementTest
        ),
    },
    NUMBER: {
        "RootMeanSquaredError": Known("lower", measures.RootOfSquaredError, measures.ErrorTest),
        "MeanSquaredError": Known("lower", measures.SquaredError, measures.ErrorTest),
        "MeanAbsoluteError": Known("lower", measures.AbsoluteError, measures.ErrorTest),
        "R2Score": Known("higher", measures.ExplainedShare, measures.ErrorTest),
    },
}
# Of a metric that is not known.
HURDLES: dict[str, type[Hurdle]] = {
    TWO: measures.RankTest,
    SEVERAL: measures.AgreementTest,
    NUMBER: measures.ErrorTest,
}


@dataclass(frozen=True)
class Wanted:
    """A metric that is asked for.

    Attributes:
        name: one of KNOWN; or the dotted path of another class of TFMA's or Keras' metrics, which
            must fit what the model answers.
        threshold: what it must reach for a blessing; None if it is only reported.
        better: which values are; needed of a dotted path with a threshold.
    """

    name: str
    threshold: Optional[float] = None
    better: Optional[Direction] = None


@dataclass(frozen=True)
class Metric:
    """A metric that the Evaluator measures.

    Attributes:
        wanted: what was asked for.
        better: which values are; None if nobody needs to know.
        config: how TFMA is asked for it.
        hurdle: what a model must pass, if it has a threshold.
    """

    wanted: Wanted
    better: Optional[Direction]
    config: config_pb2.MetricConfig
    hurdle: type[Hurdle]

    @property
    def key(self) -> str:
        """How the Evaluator calls it."""
        return metric_specs.metric_instance(self.config).name


def task_of(classes: Sequence[str]) -> str:
    """Return the kind of a label: TWO, SEVERAL or NUMBER."""
    return NUMBER if not classes else TWO if len(classes) == 2 else SEVERAL


def require_wanted(more: Sequence[Wanted], first: str) -> None:
    """Require that evaluation.py asks for metrics in a way that can be meant.

    Args:
        more: MORE_METRICS.
        first: the metric of the settings.

    Raises:
        UserError: it is no list of Wanted, with different names and finite thresholds.
    """
    if not isinstance(more, (list, tuple)):
        raise UserError(f'{MORE} must be a list, such as [Wanted("F1Score")], and not {more!r}')
    for each in more:
        if not isinstance(each, Wanted) or not isinstance(each.name, str):
            said = " ".join(str(each).split())
            raise UserError(f'{MORE} must hold metrics such as Wanted("F1Score"), and not {said}')
        threshold = each.threshold
        if threshold is not None and not _is_finite(threshold):
            raise UserError(f"{MORE}: the threshold of {each.name} is no number: {threshold!r}")
        if each.better not in (None, "higher", "lower"):
            raise UserError(f"{MORE}: better is 'higher' or 'lower', and not {each.better!r}")
    names = [first, *(each.name for each in more)]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise UserError(f"{MORE}: {repeated[0]} is asked for twice, maybe by the settings as well")


def _is_finite(threshold: object) -> bool:
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        return False
    return math.isfinite(threshold)


def find(wanted: Wanted, task: str) -> Metric:
    """Find what measures a metric.

    Args:
        wanted: what is asked for.
        task: the kind of the label.

    Raises:
        UserError: it is not for such a label, or not known, or it is not told which values are
            better.
    """
    known = KNOWN[task].get(wanted.name)
    if known:
        if wanted.better not in (None, known.better):
            raise UserError(f"of {wanted.name}, {known.better} values are better")
        return Metric(wanted, known.better, config_of(known.measure), known.hurdle)
    module, _, name = wanted.name.rpartition(".")
    if not module:
        tasks = [each for each, metrics in KNOWN.items() if name in metrics]
        why = f"is for a label with {' or '.join(tasks)}" if tasks else "is not known"
        raise UserError(
            f"the metric {name} {why}; of one with {task} the Evaluator measures "
            f"{', '.join(KNOWN[task])}. Another class is named by its dotted path: "
            "docs/evaluation.md"
        )
    if wanted.threshold is not None and not wanted.better:
        raise UserError(
            f"the metric {wanted.name} has a threshold: say which values are better, higher or "
            "lower (metric_better in settings.py or schema/dataset.yaml, better in evaluation.py)"
        )
    _require_metric(module, name)
    config = config_pb2.MetricConfig(class_name=name, module=module)
    return Metric(wanted, wanted.better, config, HURDLES[task])


def config_of(measure: type[Measure]) -> config_pb2.MetricConfig:
    """Ask TFMA for a class of this project."""
    return config_pb2.MetricConfig(class_name=measure.__name__, module=measure.__module__)


def _require_metric(module: str, name: str) -> None:
    """Require that a class is one that TFMA takes.

    Raises:
        UserError: it is not there, or of another kind.
    """
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UserError(f"the metric {module}.{name} cannot be imported: {error}") from error
    kinds = (metric_types.Metric, tf_keras.metrics.Metric)
    if not (isinstance(found, type) and issubclass(found, kinds)):
        raise UserError(
            f"the metric {module}.{name} is none that TensorFlow Model Analysis can measure: "
            "derive it from tensorflow_model_analysis.metrics.Metric, or from Metric of "
            f"{tf_keras.metrics.__name__} (since TFX 1.16, no Keras 3 but the package tf_keras)"
        )
