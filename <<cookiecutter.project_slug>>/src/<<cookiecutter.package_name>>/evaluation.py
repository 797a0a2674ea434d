"""What the Evaluator measures, and what it takes to be blessed."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2

from . import columns
from .settings import Settings


def eval_config(settings: Settings) -> config_pb2.EvalConfig:
    """Ask for the metric overall and by slice, with thresholds on the overall value alone.

    The candidate must reach settings.threshold and, where there is a blessed model
    already, must not be worse than it by more than settings.tolerated_drop.
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
        model_specs=[model_spec()],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[config_pb2.MetricConfig(class_name="ExampleCount"), metric]
            )
        ],
        slicing_specs=[
            overall,
            *(config_pb2.SlicingSpec(feature_keys=[key]) for key in settings.slices),
        ],
    )


# <% if cookiecutter.model_api == "keras" %>
def model_spec() -> config_pb2.ModelSpec:
    """Evaluate what is served; the label comes from the model's own preprocessing."""
    return config_pb2.ModelSpec(
        signature_name="serving_default",
        prediction_key=columns.output_name(),
        preprocessing_function_names=["transformed_labels"],
        label_key=columns.LABEL_FEATURE,
    )
# <% elif cookiecutter.model_api == "model_to_estimator" %>
def model_spec() -> config_pb2.ModelSpec:
    """Evaluate the export that the Trainer makes for the Evaluator, which has the label."""
    return config_pb2.ModelSpec(signature_name="eval", prediction_key=columns.output_name())
# <% else %>
def model_spec() -> config_pb2.ModelSpec:
    """Evaluate the export that the Trainer makes for the Evaluator, which has the label."""
    binary = len(columns.classes()) == 2
    return config_pb2.ModelSpec(
        signature_name="eval", prediction_key="logistic" if binary else columns.output_name()
    )
# <% endif %>
