"""How the Evaluator asks the exported model."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2

from ..features.columns import LABEL_FEATURE, Columns


def model_spec(columns: Columns) -> config_pb2.ModelSpec:
    """Evaluate what is served; the label comes from the model's own preprocessing."""
    return config_pb2.ModelSpec(
        signature_name="serving_default",
        prediction_key=columns.output,
        preprocessing_function_names=["transformed_labels"],
        label_key=LABEL_FEATURE,
    )
