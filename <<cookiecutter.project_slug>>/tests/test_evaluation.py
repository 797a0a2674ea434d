from __future__ import annotations

import pytest
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_model_analysis.proto import config_pb2

from << cookiecutter.package_name >> import evaluation
from << cookiecutter.package_name >>.console.errors import (
    UserError,
)
from << cookiecutter.package_name >>.evaluation import (
    eval_config,
    require_slices,
)
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.metrics.catalog import Wanted
from << cookiecutter.package_name >>.metrics.significance import (
    BOUND,
)
from << cookiecutter.package_name >>.settings import Settings

MODEL = config_pb2.ModelSpec(signature_name="serving_default")


def columns_of(label: str) -> Columns:
    schema = f'feature {{ name: "y" annotation {{ tag: "label" }} {label} }}'
    return Columns.of(text_format.Parse(schema, schema_pb2.Schema()))


# By the number of classes.
COLUMNS = {
    2: columns_of("type: INT int_domain { min: 0 max: 1 }"),
    3: columns_of("type: INT int_domain { min: 0 max: 2 }"),
    0: columns_of("type: FLOAT"),
}


def limited(config: config_pb2.EvalConfig) -> dict[str, config_pb2.MetricThreshold]:
    """Return the thresholds, by the class that is measured."""
    metrics = [metric for spec in config.metrics_specs for metric in spec.metrics]
    assert not any(metric.HasField("threshold") for metric in metrics)
    for metric in metrics:
        for each in metric.per_slice_thresholds:
            assert list(each.slicing_specs) == [config_pb2.SlicingSpec()]
    return {
        metric.class_name: each.threshold
        for metric in metrics
        for each in metric.per_slice_thresholds
    }


def test_only_the_overall_metric_has_a_threshold() -> None:
    config = eval_config(
        Settings(metric="AUC", threshold=0.7, tolerated_drop=0.1), COLUMNS[2], MODEL
    )
    found = limited(config)
    assert found.keys() == {"ExactAUC", "RankTest"}
    assert found["ExactAUC"].value_threshold.lower_bound.value == 0.7
    assert found["ExactAUC"].change_threshold.relative.value == -0.1
    assert found["RankTest"].value_threshold.lower_bound.value == BOUND
    assert not found["RankTest"].HasField("change_threshold")


@pytest.mark.parametrize(
    ("metric", "classes"), [("MeanAbsoluteError", 0), ("BinaryCrossentropy", 2)]
)
def test_what_is_better_lower_must_be_small(metric: str, classes: int) -> None:
    settings = Settings(metric=metric, threshold=3, tolerated_drop=0.1)
    first, *_ = limited(eval_config(settings, COLUMNS[classes], MODEL)).values()
    assert first.value_threshold.upper_bound.value == 3
    assert not first.value_threshold.HasField("lower_bound")
    assert first.change_threshold.relative.value == 0.1
    assert first.change_threshold.direction == config_pb2.MetricDirection.LOWER_IS_BETTER


@pytest.mark.parametrize(
    ("metric", "classes", "hurdle"),
    [
        ("AUC", 2, "RankTest"),
        ("BinaryAccuracy", 2, "AccuracyTestOfTwo"),
        ("SparseCategoricalAccuracy", 3, "AccuracyTestOfSeveral"),
        ("F1Score", 3, "AgreementTest"),
        ("RootMeanSquaredError", 0, "ErrorTest"),
    ],
)
def test_a_model_must_beat_guessing(metric: str, classes: int, hurdle: str) -> None:
    found = limited(eval_config(Settings(metric=metric), COLUMNS[classes], MODEL))
    assert found[hurdle].value_threshold.lower_bound.value == BOUND


def test_the_metric_is_reported_overall_and_by_slice() -> None:
    config = eval_config(Settings(metric="AUC", slices=("first", "second")), COLUMNS[2], MODEL)
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
    config = eval_config(Settings(metric="AUC", slices=("island",)), COLUMNS[2], MODEL)
    assert "\\" not in json_format.MessageToJson(config)


def test_more_metrics_may_have_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    more = [Wanted("Precision"), Wanted("BinaryAccuracy", threshold=0.9)]
    monkeypatch.setattr(evaluation, "MORE_METRICS", more)
    config = eval_config(Settings(metric="AUC"), COLUMNS[2], MODEL)
    assert limited(config).keys() == {"ExactAUC", "AccuracyOfTwo", "RankTest", "AccuracyTestOfTwo"}
    (spec,) = config.metrics_specs
    assert "PrecisionOfSecond" in [metric.class_name for metric in spec.metrics]


def test_a_metric_that_does_not_fit_the_label_is_refused() -> None:
    for metric, classes, why in (
        ("SparseCategoricalAccuracy", 2, "is for a label with more than two classes; .*AUC"),
        ("BinaryAccuracy", 3, "is for a label with two classes; .*SparseCategoricalAccuracy"),
        ("AUC", 0, "is for a label with two classes; .* a number .*RootMeanSquaredError"),
        ("F1Score", 0, "is for a label with two classes or more than two classes"),
        ("CategoricalAccuracy", 3, "is not known"),
        ("Auc", 2, "is not known"),
    ):
        with pytest.raises(UserError, match=why):
            eval_config(Settings(metric=metric), COLUMNS[classes], MODEL)


def test_the_direction_of_another_class_must_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "tensorflow_model_analysis.metrics.Specificity"
    with pytest.raises(UserError, match="higher or lower"):
        eval_config(Settings(metric=path), COLUMNS[2], MODEL)
    found = limited(eval_config(Settings(metric=path, metric_better="higher"), COLUMNS[2], MODEL))
    assert found.keys() == {"Specificity", "RankTest"}
    with pytest.raises(UserError, match="of AUC, higher values are better"):
        eval_config(Settings(metric="AUC", metric_better="lower"), COLUMNS[2], MODEL)
    monkeypatch.setattr(evaluation, "MORE_METRICS", [Wanted(path)])
    eval_config(Settings(metric="AUC"), COLUMNS[2], MODEL)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("pathlib.Path", "derive it from"),
        ("pathlib.metric", "cannot be imported"),
        ("no_module.Metric", "cannot be imported"),
    ],
)
def test_what_tfma_cannot_measure_is_refused(path: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        eval_config(Settings(metric=path, metric_better="higher"), COLUMNS[2], MODEL)


def test_before_the_label_is_known_any_metric_may_fit() -> None:
    eval_config(Settings(metric="AUC"), columns_of(""), MODEL)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([config_pb2.MetricConfig(class_name="Precision")], 'and not class_name: "Precision"'),
        (["Precision"], "and not Precision"),
        (Wanted("Precision"), "must be a list"),
        (None, "must be a list"),
        ([Wanted("Precision", threshold="0.8")], "of Precision is no number: '0.8'"),
        ([Wanted("Precision", threshold=float("nan"))], "of Precision is no number: nan"),
        ([Wanted("Precision", threshold=True)], "of Precision is no number: True"),
        ([Wanted("Precision", better="higer")], "and not 'higer'"),
        ([Wanted("Precision", threshold=0.9), Wanted("Precision")], "Precision is asked for twice"),
        ([Wanted("AUC", threshold=0.1)], "AUC is asked for twice"),
    ],
)
def test_what_cannot_be_meant_is_told(
    monkeypatch: pytest.MonkeyPatch, more: object, told: str
) -> None:
    monkeypatch.setattr(evaluation, "MORE_METRICS", more)
    with pytest.raises(UserError, match=f"MORE_METRICS in evaluation.py.*{told}"):
        eval_config(Settings(metric="AUC"), COLUMNS[2], MODEL)
