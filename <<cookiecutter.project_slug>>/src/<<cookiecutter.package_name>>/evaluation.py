"""What the Evaluator measures, and what it takes to be blessed."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_model_analysis.proto import config_pb2

from .console.errors import UserError
from .features.columns import Columns
from .features.schema import label_of
from .metrics import catalog
from .metrics.catalog import Metric, Wanted
from .metrics.measures import Hurdle
from .metrics.significance import BOUND
from .settings import Settings

# Measured besides the metric of the settings, overall and by slice. What has a threshold must reach
# it, too: Wanted("F1Score", threshold=0.8). docs/evaluation.md lists the names.
MORE_METRICS: list[Wanted] = []


def measured(settings: Settings, columns: Columns) -> list[Metric]:
    """List what is measured, the metric of the settings first.

    Args:
        settings: the metric and its threshold.
        columns: the label among them.

    Raises:
        UserError: a metric is not for such a label, or not known.
    """
    first = Wanted(settings.metric, settings.threshold, settings.metric_better)
    catalog.require_wanted(MORE_METRICS, first.name)
    task = catalog.task_of(columns.classes)
    if label_of(columns.schema).type == schema_pb2.TYPE_UNKNOWN:
        # `schema infer` has not been called yet.
        task = next(each for each, names in catalog.KNOWN.items() if first.name in names)
    return [catalog.find(each, task) for each in (first, *MORE_METRICS)]


def hurdles(metrics: Sequence[Metric]) -> list[type[Hurdle]]:
    """List what a model must pass because of metrics that have a threshold, each once."""
    return [*dict.fromkeys(each.hurdle for each in metrics if each.wanted.threshold is not None)]


def eval_config(
    settings: Settings, columns: Columns, model_spec: config_pb2.ModelSpec
) -> config_pb2.EvalConfig:
    """Ask for the metrics overall and by slice, with thresholds on the overall values alone.

    The candidate must reach each threshold, beat a model that knows nothing by more than luck and,
    where there is a blessed model already, must not be worse than it by more than
    settings.tolerated_drop.

    Args:
        settings: the metric, its thresholds and the slices.
        columns: the label among them.
        model_spec: how the model is asked.

    Raises:
        UserError: a metric is not for such a label, or not known.
    """
    metrics = measured(settings, columns)
    significant = config_pb2.GenericValueThreshold(lower_bound={"value": BOUND})
    return config_pb2.EvalConfig(
        model_specs=[model_spec],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[
                    config_pb2.MetricConfig(class_name="ExampleCount"),
                    *(_limited(each.config, _threshold(settings, each)) for each in metrics),
                    *(
                        _limited(
                            catalog.config_of(hurdle),
                            config_pb2.MetricThreshold(value_threshold=significant),
                        )
                        for hurdle in hurdles(metrics)
                    ),
                ]
            )
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[key]) for key in settings.slices),
        ],
    )


def _threshold(settings: Settings, metric: Metric) -> config_pb2.MetricThreshold | None:
    if metric.wanted.threshold is None:
        return None
    lower = metric.better == "lower"
    direction = config_pb2.MetricDirection
    return config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(
            **{"upper_bound" if lower else "lower_bound": {"value": metric.wanted.threshold}}
        ),
        change_threshold=config_pb2.GenericChangeThreshold(
            direction=direction.LOWER_IS_BETTER if lower else direction.HIGHER_IS_BETTER,
            relative={"value": settings.tolerated_drop * (1 if lower else -1)},
        ),
    )


def _limited(
    config: config_pb2.MetricConfig, threshold: config_pb2.MetricThreshold | None
) -> config_pb2.MetricConfig:
    """Add a threshold to the overall value of a metric."""
    if threshold:
        config.per_slice_thresholds.add(
            slicing_specs=[config_pb2.SlicingSpec()], threshold=threshold
        )
    return config


def require_slices(settings: Settings, described: schema_pb2.Schema) -> None:
    """Require that the metric can be reported by the settings' slices.

    Raises:
        UserError: one is no column of the schema: without a word, there would be no such slice.
    """
    names = [feature.name for feature in described.feature]
    if unknown := [name for name in settings.slices if name not in names]:
        raise UserError(
            f"slices: the schema has no column {unknown[0]!r}; its columns are {', '.join(names)}"
        )
