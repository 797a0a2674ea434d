from __future__ import annotations

import math

import pytest
from tensorflow_model_analysis.proto.validation_result_pb2 import ValidationFailure

from << cookiecutter.package_name >>.metrics import catalog
from << cookiecutter.package_name >>.metrics.catalog import (
    NUMBER,
    TWO,
    Wanted,
)
from << cookiecutter.package_name >>.metrics.measures import RankTest
from << cookiecutter.package_name >>.metrics.recorded import shown
from << cookiecutter.package_name >>.runners import verdict


def said(wanted: Wanted, value: float, task: str = TWO) -> str:
    metric = catalog.find(wanted, task)
    figures = {metric.key: value, "example_count": 6000.0}
    return verdict.sentences([metric], [], figures)[metric.key]


@pytest.mark.parametrize(
    ("value", "threshold", "sentence"),
    [
        (0.94, 0.85, "AUC 0.9400 ≥ 0.85"),
        (0.97556, 0.9756, "AUC 0.97556 < 0.9756"),
        (0.97564, 0.9756, "AUC 0.97564 ≥ 0.9756"),
        (0.9756, 0.9756, "AUC 0.9756 ≥ 0.9756"),
        (0.85 - 1e-12, 0.85, "AUC 0.849999999999 < 0.85"),
    ],
)
def test_as_many_digits_are_shown_as_it_takes(
    value: float, threshold: float, sentence: str
) -> None:
    assert said(Wanted("AUC", threshold), value) == f"{sentence} (threshold), of 6,000 rows"


def test_lower_errors_are_better() -> None:
    wanted = Wanted("RootMeanSquaredError", 3.5)
    assert said(wanted, 3.25, NUMBER).startswith("RootMeanSquaredError 3.2500 ≤ 3.5 ")
    assert said(wanted, 4.25, NUMBER).startswith("RootMeanSquaredError 4.2500 > 3.5 ")


def test_what_has_no_threshold_is_told() -> None:
    assert said(Wanted("Precision"), 0.5) == "Precision 0.5000 of 6,000 rows"
    assert said(Wanted("Precision"), math.nan).startswith("Precision is not a number")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((3.0, 0.09, 0.07, 60), "AUC above chance: 0.0900 ≥ 0.0700 (Mann-Whitney test, 1 % level)"),
        ((2.3, 0.06999, 0.07, 60), "AUC above chance: 0.06999 < 0.07000 ("),
        ((math.nan, 0.3, math.nan, 9), "too few to judge: the eval split has 9 rows of the rarer"),
        ((math.nan, 0, 0, 60), "AUC above chance: none, for it tells nothing apart"),
    ],
)
def test_margin_and_bound_are_told(values: tuple[float, ...], sentence: str) -> None:
    figures = {f"{RankTest.key}{part}": each for part, each in zip(RankTest.parts, values)}
    assert verdict.sentences([], [RankTest], figures)[RankTest.key].startswith(sentence)


@pytest.mark.parametrize(
    ("value", "learned", "sentence"),
    [
        (
            0.9,
            100,
            "the model is better than a logistic regression on the same features (AUC 0.8000) and "
            "than always the most frequent class (0.5000)",
        ),
        (
            0.8,
            50,
            "the model is no better than a logistic regression on the same features of a sample of "
            "50 rows: AUC 0.8000 against 0.8000 (always the most frequent class: 0.5000)",
        ),
        (
            0.49999,
            100,
            "the model is no better than always the most frequent class: AUC 0.49999 against "
            "0.50000 (a logistic regression on the same features: 0.8000)",
        ),
    ],
)
def test_a_model_that_simple_ones_beat_is_told_so(
    value: float, learned: int, sentence: str
) -> None:
    metric = catalog.find(Wanted("AUC", 0.7), TWO)
    simple = {"constant": 0.5, "linear": 0.8, "learned": learned, "rows": 100}
    assert verdict.comparison(metric, {"auc": value}, simple, classify=True) == [sentence]


def test_of_errors_the_smaller_one_is_better() -> None:
    metric = catalog.find(Wanted("RootMeanSquaredError", 5), NUMBER)
    simple = {"constant": 4.0, "linear": 3.0, "learned": 9, "rows": 9}
    for value, begin in (
        (2.5, "better than a linear regression on the same features (RootMeanSquaredError 3.0000)"),
        (3.5, "no better than a linear regression on the same features: "),
        (4.5, "no better than always the mean: RootMeanSquaredError 4.5000 against 4.0000 ("),
    ):
        (found,) = verdict.comparison(metric, {metric.key: value}, simple, classify=False)
        assert found.startswith(f"the model is {begin}")


def test_what_is_not_measured_is_not_compared() -> None:
    metric = catalog.find(Wanted("AUC", 0.7), TWO)
    simple = {"constant": 0.5, "linear": 0.8, "learned": 9, "rows": 9}
    assert verdict.comparison(metric, {"auc": math.nan}, simple, classify=True) == []
    assert verdict.comparison(metric, {}, simple, classify=True) == []
    failed = {**simple, "constant": math.nan, "linear": math.nan}
    assert verdict.comparison(metric, {"auc": 0.9}, failed, classify=True) == []


def test_an_objection_names_what_it_is_about() -> None:
    failure = ValidationFailure()
    failure.metric_key.name = "auc"
    failure.metric_value.double_value.value = 0.25
    assert verdict.objection(failure, {"auc": "AUC 0.2500 < 0.5"}) == "AUC 0.2500 < 0.5"
    failure.metric_key.is_diff = True
    assert "differs by +0.2500" in verdict.objection(failure, {})


def test_figures_are_shown_with_digits_that_tell() -> None:
    assert shown(math.nan) == "undefined"
    assert shown(0.0) == "0.0000"
    assert shown(0.000012345) == "0.0000123"
    assert shown(math.inf) == "inf"
    assert (shown(0.12346, 0.12354), shown(0.12354, 0.12346)) == ("0.12346", "0.12354")
