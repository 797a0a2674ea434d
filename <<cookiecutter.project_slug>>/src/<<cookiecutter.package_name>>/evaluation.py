"""What the Evaluator measures, and what it takes to be blessed."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_model_analysis.proto import config_pb2

from .console.errors import UserError
from .settings import Settings

# Measured besides the metric of the settings, overall and by slice: classes of Keras or TFMA.
MORE_METRICS = [
    config_pb2.MetricConfig(class_name="ExampleCount"),
]


def eval_config(settings: Settings, model_spec: config_pb2.ModelSpec) -> config_pb2.EvalConfig:
    """Ask for the metric overall and by slice, with thresholds on the overall value alone.

    The candidate must reach settings.threshold and, where there is a blessed model
    already, must not be worse than it by more than settings.tolerated_drop.

    Args:
        settings: the metric, its thresholds and the slices.
        model_spec: how the model is asked.
    """
    overall = config_pb2.SlicingSpec()
    lower = settings.lower_is_better
    direction = config_pb2.MetricDirection
    threshold = config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(
            **{"upper_bound" if lower else "lower_bound": {"value": settings.threshold}}
        ),
        change_threshold=config_pb2.GenericChangeThreshold(
            direction=direction.LOWER_IS_BETTER if lower else direction.HIGHER_IS_BETTER,
            relative={"value": settings.tolerated_drop * (1 if lower else -1)},
        ),
    )
    metric = config_pb2.MetricConfig(
        class_name=settings.metric,
        per_slice_thresholds=[
            config_pb2.PerSliceMetricThreshold(slicing_specs=[overall], threshold=threshold)
        ],
    )
    return config_pb2.EvalConfig(
        model_specs=[model_spec],
        metrics_specs=[config_pb2.MetricsSpec(metrics=[*MORE_METRICS, metric])],
        slicing_specs=[
            overall,
            *(config_pb2.SlicingSpec(feature_keys=[key]) for key in settings.slices),
        ],
    )


def require_slices(settings: Settings, described: schema_pb2.Schema) -> None:
    """Require that the metric can be reported by the settings' slices.

    Raises:
        UserError: one is no column of the schema: without a word, there would be no such slice.
    """
    names = [feature.name for feature in described.feature]
    if unknown := [name for name in settings.slices if name not in names]:
        raise UserError(
            f"slices of settings.py or schema/dataset.yaml: the schema has no column "
            f"{unknown[0]!r}; its columns are {', '.join(names)}"
        )
