"""How the Evaluator asks the exported model."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2

from ..features.columns import Columns


def model_spec(columns: Columns) -> config_pb2.ModelSpec:
    """Evaluate the export that the Trainer makes for the Evaluator, which has the label."""
    binary = len(columns.classes) == 2
    return config_pb2.ModelSpec(
        signature_name="eval", prediction_key="logistic" if binary else columns.output
    )
