from __future__ import annotations

import pytest
import tensorflow_model_analysis as tfma
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_model_analysis.proto import config_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.evaluation import (
    MORE_METRICS,
    eval_config,
    require_slices,
)
from << cookiecutter.package_name >>.settings import Settings

MODEL = config_pb2.ModelSpec(signature_name="serving_default")


def test_only_the_overall_metric_has_a_threshold() -> None:
    config = eval_config(Settings(metric="AUC", threshold=0.7, tolerated_drop=0.1), MODEL)
    metrics = [metric for spec in config.metrics_specs for metric in spec.metrics]
    assert not any(metric.HasField("threshold") for metric in metrics)
    (limited,) = [each for metric in metrics for each in metric.per_slice_thresholds]
    assert list(limited.slicing_specs) == [tfma.SlicingSpec()]
    assert limited.threshold.value_threshold.lower_bound.value == 0.7
    assert limited.threshold.change_threshold.relative.value == -0.1


def test_an_error_must_be_small() -> None:
    config = eval_config(
        Settings(metric="MeanAbsoluteError", threshold=3, tolerated_drop=0.1), MODEL
    )
    *_, metric = config.metrics_specs[0].metrics
    (limited,) = metric.per_slice_thresholds
    assert limited.threshold.value_threshold.upper_bound.value == 3
    assert not limited.threshold.value_threshold.HasField("lower_bound")
    assert limited.threshold.change_threshold.relative.value == 0.1


def test_the_metric_is_reported_overall_and_by_slice() -> None:
    config = eval_config(Settings(slices=("first", "second")), MODEL)
    assert [list(spec.feature_keys) for spec in config.slicing_specs] == [
        [],
        ["first"],
        ["second"],
    ]


def test_a_slice_must_be_a_column() -> None:
    described = text_format.Parse(
        'feature { name: "island" } feature { name: "species" }', schema_pb2.Schema()
    )
    require_slices(Settings(slices=("island", "species")), described)
    with pytest.raises(UserError, match="no column 'islnd'; its columns are island, species"):
        require_slices(Settings(slices=("island", "islnd")), described)


def test_ml_metadata_can_write_the_configuration_to_postgresql() -> None:
    config = eval_config(Settings(slices=("island",)), MODEL)
    assert "\\" not in json_format.MessageToJson(config)


def test_more_metrics_are_measured_without_a_threshold() -> None:
    config = eval_config(Settings(metric="AUC"), MODEL)
    (spec,) = config.metrics_specs
    *more, metric = spec.metrics
    assert more == MORE_METRICS
    assert not any(each.per_slice_thresholds for each in more)
    assert metric.class_name == "AUC"
