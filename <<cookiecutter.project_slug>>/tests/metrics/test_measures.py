"""The figures, computed as TFMA does, beside what scikit-learn 1.9 says of the same answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tensorflow_model_analysis.metrics import metric_specs, metric_types
from tensorflow_model_analysis.proto import config_pb2

from << cookiecutter.package_name >>.console.errors import (
    UserError,
)
from << cookiecutter.package_name >>.metrics import (
    catalog,
    summaries,
)
from << cookiecutter.package_name >>.metrics.catalog import (
    KNOWN,
    NUMBER,
    SEVERAL,
    TWO,
    Wanted,
)

RANDOM = np.random.RandomState(5)
LABELS = {
    TWO: RANDOM.randint(0, 2, 300),
    SEVERAL: RANDOM.choice(4, 300, p=[0.6, 0.2, 0.1, 0.1]),
    NUMBER: 1e6 + 5 * RANDOM.normal(size=300),
}
ANSWERS = {
    # Two thirds of them are less than a ten thousandth, as of a model that is sure.
    TWO: 1 / (1 + np.exp(12 - RANDOM.normal(1.5 * LABELS[TWO], 6))).reshape(-1, 1),
    SEVERAL: RANDOM.dirichlet([1, 1, 1, 1], 300) / 2 + np.eye(4)[LABELS[SEVERAL]] / 4 + 1 / 16,
    NUMBER: (LABELS[NUMBER] + 3 * RANDOM.normal(size=300)).reshape(-1, 1),
}
EXPECTED = {
    TWO: {
        "AUC": 0.604516,
        "AUCPrecisionRecall": 0.591280,
        "BinaryAccuracy": 0.520000,
        "BalancedAccuracy": 0.516912,
        "Precision": 0.727273,
        "Recall": 0.053691,
        "F1Score": 0.100000,
        "BinaryCrossentropy": 4.822759,
    },
    SEVERAL: {
        "SparseCategoricalAccuracy": 0.813333,
        "BalancedAccuracy": 0.798817,
        "Precision": 0.718938,
        "Recall": 0.798817,
        "F1Score": 0.748586,
        "SparseCategoricalCrossentropy": 0.871605,
    },
    NUMBER: {
        "RootMeanSquaredError": 3.048826,
        "MeanSquaredError": 9.295338,
        "MeanAbsoluteError": 2.419344,
        "R2Score": 0.607578,
    },
}


def measured(
    metrics: list[config_pb2.MetricConfig], labels: np.ndarray, answers: np.ndarray
) -> dict[str, float]:
    """Compute metrics as TFMA does, but without Beam: of two halves, which are merged."""
    config = config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(prediction_key="answers")],
        metrics_specs=[config_pb2.MetricsSpec(metrics=metrics)],
    )
    found = {}
    for each in metric_specs.to_computations(list(config.metrics_specs), config):
        if isinstance(each, metric_types.DerivedMetricComputation):
            found.update(each.result(found))
            continue
        halves = []
        for half in (slice(None, None, 2), slice(1, None, 2)):
            rows = each.combiner.create_accumulator()
            for label, answer in zip(labels[half], answers[half]):
                row = {"labels": np.array([label]), "predictions": {"answers": answer}}
                rows = each.combiner.add_input(rows, metric_types.StandardMetricInputs(row))
            halves.append(rows)
        merged = each.combiner.merge_accumulators(halves)
        found.update(each.combiner.extract_output(merged))
    return {key.name: value for key, value in found.items()}


def figure(name: str, task: str, labels: np.ndarray, answers: np.ndarray) -> float:
    metric = catalog.find(Wanted(name), task)
    return measured([metric.config], labels, answers)[metric.key]


@pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in KNOWN.items() for name in names]
)
def test_every_metric_is_that_of_scikit_learn(
    task: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "ROWS", 7)
    found = figure(name, task, LABELS[task], ANSWERS[task])
    assert found == pytest.approx(EXPECTED[task][name], abs=1e-4)


def test_scores_that_are_near_each_other_are_told_apart() -> None:
    labels = np.arange(100) % 2
    for answers in (1e-30 * (1 + labels), 1 - 2e-16 * (1 - labels), 0.5 + 1e-9 * labels):
        assert figure("AUC", TWO, labels, answers.reshape(-1, 1)) == 1


def test_too_many_scores_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = figure("AUC", TWO, LABELS[TWO], ANSWERS[TWO])
    monkeypatch.setattr(summaries, "ROWS", 1)
    monkeypatch.setattr(summaries, "MOST_SCORES", 100)
    found = figure("AUC", TWO, LABELS[TWO], ANSWERS[TWO])
    assert found == pytest.approx(exact, abs=0.01)


def test_a_slice_without_a_class_has_no_figure_of_two() -> None:
    for name in sorted(KNOWN[TWO].keys() - {"BinaryAccuracy", "BinaryCrossentropy"}):
        for labels in (np.zeros(20, int), np.ones(20, int), np.ones(1, int)):
            answers = ANSWERS[TWO][: len(labels)]
            assert math.isnan(figure(name, TWO, labels, answers)), name


def test_what_is_no_number_has_no_figure() -> None:
    for task in (TWO, SEVERAL, NUMBER):
        answers = ANSWERS[task].copy()
        answers[3, 0] = math.nan
        for name in KNOWN[task]:
            assert math.isnan(figure(name, task, LABELS[task], answers)), name


@pytest.mark.parametrize(("task", "other"), [(TWO, SEVERAL), (SEVERAL, TWO), (NUMBER, SEVERAL)])
def test_a_model_that_answers_something_else_is_refused(task: str, other: str) -> None:
    name = next(iter(KNOWN[task]))
    with pytest.raises(UserError, match="for a row, and not the"):
        figure(name, task, LABELS[task], ANSWERS[other])
