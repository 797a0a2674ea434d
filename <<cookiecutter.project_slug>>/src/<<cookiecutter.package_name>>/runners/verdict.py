"""The words for what the Evaluator has found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tensorflow_model_analysis.proto.validation_result_pb2 import ValidationFailure

from ..metrics import TELLING_ROWS
from ..metrics.catalog import Metric
from ..metrics.measures import Hurdle
from ..metrics.recorded import shown
from ..metrics.significance import BOUND

Figures = Mapping[str, float]


def sentences(
    metrics: Sequence[Metric], hurdles: Sequence[type[Hurdle]], figures: Figures
) -> dict[str, str]:
    """Say how good a model is.

    Args:
        metrics: what is measured.
        hurdles: what a model must pass.
        figures: those of all rows of the eval split.

    Returns:
        A sentence for each of them, by how the Evaluator calls it.
    """
    return {
        **{metric.key: _of_metric(metric, figures) for metric in metrics},
        **{hurdle.key: _of_hurdle(hurdle, figures) for hurdle in hurdles},
    }


def comparison(
    metric: Metric, figures: Figures, simple: Mapping[str, Any], classify: bool
) -> list[str]:
    """Say whether a model is better than simple ones: in a sentence, if they could be measured.

    Args:
        metric: measures them.
        figures: those of the model.
        simple: what SimpleModels has recorded.
        classify: whether they predict a class.
    """
    value = figures.get(metric.key, math.nan)
    constant, linear = simple["constant"], simple["linear"]
    if math.isnan(value + constant + linear):
        return []
    label = "the most frequent class" if classify else "the mean"
    regression = f"a {'logistic' if classify else 'linear'} regression on the same features"
    if simple["learned"] < simple["rows"]:
        regression += f" of a sample of {simple['learned']:,} rows"
    name = metric.wanted.name
    if not _is_better(metric, value, constant):
        return [
            f"the model is no better than always {label}: {name} {shown(value, constant)} against "
            f"{shown(constant, value)} ({regression}: {shown(linear, value)})"
        ]
    if not _is_better(metric, value, linear):
        return [
            f"the model is no better than {regression}: {name} {shown(value, linear)} against "
            f"{shown(linear, value)} (always {label}: {shown(constant, value)})"
        ]
    return [
        f"the model is better than {regression} ({name} {shown(linear, value)}) and than always "
        f"{label} ({shown(constant, value)})"
    ]


def objection(failure: ValidationFailure, said: Mapping[str, str]) -> str:
    """Say why a model is not blessed.

    Args:
        failure: what TFMA objects to.
        said: the sentences of its figures.
    """
    name, value = failure.metric_key.name, failure.metric_value.double_value.value
    if failure.metric_key.is_diff:
        return (
            f"{name} differs by {value:+.4f} from that of the last blessed model (if that one had "
            "other data to learn from, start over with an --output of its own)"
        )
    return said[name]


def _is_better(metric: Metric, value: float, than: float) -> bool:
    return value < than if metric.better == "lower" else value > than


def _of_metric(metric: Metric, figures: Figures) -> str:
    name, threshold = metric.wanted.name, metric.wanted.threshold
    if metric.key not in figures:
        return f"{name} is no single number: the Evaluator has recorded it"
    value = figures[metric.key]
    rows = f"{figures['example_count']:,.0f} rows"
    if math.isnan(value):
        return (
            f"{name} is not a number: it cannot be measured by what the model predicts for the "
            f"{rows} of the eval split"
        )
    if threshold is None:
        return f"{name} {shown(value)} of {rows}"
    if metric.better == "lower":
        sign = "≤" if value <= threshold else ">"
    else:
        sign = "≥" if value >= threshold else "<"
    return f"{name} {shown(value, threshold)} {sign} {threshold} (threshold), of {rows}"


def _of_hurdle(hurdle: type[Hurdle], figures: Figures) -> str:
    significance, margin, needed, rows = (figures[f"{hurdle.key}{part}"] for part in hurdle.parts)
    if rows < TELLING_ROWS:
        return (
            f"too few to judge: the eval split has {rows:.0f} {hurdle.deciding}, and "
            f"{TELLING_ROWS} are needed"
        )
    if math.isnan(significance):
        return hurdle.words.format("none, for it tells nothing apart")
    sign = "≥" if significance >= BOUND else "<"
    return hurdle.words.format(f"{shown(margin, needed)} {sign} {shown(needed, margin)}")
