from __future__ import annotations

import numpy as np
import pytest
from google.protobuf import text_format
from scipy import optimize
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.training import linear_model
from << cookiecutter.package_name >>.training.linear_model import (
    LinearModel,
)

ROWS = 400
# L-BFGS ends where no derivative of a row's mean loss exceeds 1e-5, or a step gains less than a
# billionth of it: standardised labels and probabilities are told to some thousandths.
CLOSE = 5e-3
FEATURES = """
feature { name: "size" type: FLOAT }
feature { name: "same" type: FLOAT }
feature { name: "color" type: BYTES string_domain { value: "red" value: "blue" } }
feature { name: "marks" type: BYTES annotation { tag: "list:|" } }
"""
LABEL = 'feature {{ name: "label" {} annotation {{ tag: "label" }} }}'
LABELS = {
    0: LABEL.format("type: FLOAT"),
    2: LABEL.format("type: INT int_domain { min: 0 max: 1 }"),
    3: LABEL.format("type: INT int_domain { min: 0 max: 2 }"),
}


def columns_of(classes: int, features: str = FEATURES) -> Columns:
    return Columns.of(text_format.Parse(features + LABELS[classes], schema_pb2.Schema()), {})


def toys(classes: int, rows: int = ROWS) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Make features, one of them constant, and labels that depend on them."""
    generator = np.random.default_rng(classes)
    size = generator.normal(50, 10, (rows, 1)).astype(np.float32)
    color = generator.integers(4, size=(rows, 1))
    marks = np.full((rows, 100), -1)
    marks[:, :3] = generator.integers(5, size=(rows, 3))
    marks[::2, 2] = -1
    numbers = size[:, 0] / 10 + 2 * (color[:, 0] == 1) + generator.normal(size=rows) / 3
    levels = np.quantile(numbers, np.arange(1, classes) / max(1, classes))
    labels = np.searchsorted(levels, numbers) if classes else 1000 * numbers
    features = {"size_xf": size, "same_xf": np.full((rows, 1), 7, np.float32)}
    return {**features, "color_xf": color, "marks_xf": marks}, labels


def design(features: dict[str, np.ndarray], columns: Columns) -> np.ndarray:
    """Return what is learned from, [rows, weights], as its definition says."""
    parts = []
    for column in columns.features:
        cells, cardinality = features[column.feature], column.treatment.cardinality
        if cardinality:
            ids = np.eye(cardinality + 1)[cells][..., :cardinality]
            parts.append(ids.sum(1) / (cells >= 0).sum(1, keepdims=True))
        else:
            parts.append((cells - cells.mean(0)) / (cells.std(0) or 1))
    return np.concatenate([*parts, np.ones((len(cells), 1))], axis=1)


def test_a_number_is_learned_as_ridge_regression_does() -> None:
    columns, (features, labels) = columns_of(0), toys(0)
    rows = design(features, columns)
    penalty = np.eye(rows.shape[1])
    penalty[-1] = 0
    # Hoerl and Kennard (1970); the last one is the intercept.
    expected = rows @ np.linalg.solve(rows.T @ rows + penalty, rows.T @ labels)
    found = LinearModel(features, labels, columns).predict(features)
    assert found.shape == (ROWS, 1)
    assert np.abs(found[:, 0] - expected).max() < CLOSE * labels.std()


def test_two_classes_are_learned_as_logistic_regression_does() -> None:
    columns, (features, labels) = columns_of(2), toys(2)
    rows = design(features, columns)
    penalty = np.eye(rows.shape[1])
    penalty[-1] = 0
    weights = np.zeros(rows.shape[1])
    for _ in range(8):
        # Newton's method: iteratively reweighted least squares.
        second = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows.T * second * (1 - second)) @ rows + penalty
        slope = rows.T @ (second - labels) + penalty @ weights
        weights -= np.linalg.solve(curvature, slope)
    expected = 1 / (1 + np.exp(-rows @ weights))
    found = LinearModel(features, labels, columns).predict(features)
    assert found.shape == (ROWS, 1)
    assert np.abs(found[:, 0] - expected).max() < CLOSE
    assert np.mean((found[:, 0] > 0.5) == labels) > 0.8


def test_several_classes_are_learned() -> None:
    columns, (features, labels) = columns_of(3), toys(3)
    found = LinearModel(features, labels, columns).predict(features)
    assert found.shape == (ROWS, 3)
    assert found.sum(1) == pytest.approx(1)
    assert np.mean(found.argmax(1) == labels) > 0.7


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_the_weights_are_where_the_loss_is_flat(classes: int) -> None:
    columns, (features, labels) = columns_of(classes), toys(classes)
    model = LinearModel(features, labels, columns)
    somewhere = np.random.default_rng(1).normal(size=model.weights.size)
    slope = optimize.approx_fprime(somewhere, lambda weights: model.loss(weights)[0])
    assert model.loss(somewhere)[1] == pytest.approx(slope, abs=1e-4)
    assert np.abs(model.loss(model.weights.ravel())[1]).max() < 1e-4


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_coefficients_are_of_the_features_as_they_are(classes: int) -> None:
    columns, (features, labels) = columns_of(classes), toys(classes)
    model = LinearModel(features, labels, columns, penalty=3.0)
    mean, deviation = 7.0, 11.0
    found = model.coefficients((mean, deviation))
    numbers = np.concatenate([features["size_xf"], features["same_xf"]], axis=1)
    scores = numbers @ found.numbers + found.intercept
    marks = np.eye(1002)[np.maximum(features["marks_xf"], 0)]
    given = (features["marks_xf"] >= 0)[..., np.newaxis]
    color, mark = np.split(found.ids, [columns.ids[0].treatment.cardinality])
    scores += color[features["color_xf"][:, 0]]
    scores += (marks * given).sum(1) / given.sum(1) @ mark
    if classes == 0:
        answers = scores * deviation + mean
    elif classes == 2:
        answers = 1 / (1 + np.exp(-scores))
    else:
        answers = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    assert answers == pytest.approx(model.predict(features), rel=1e-3, abs=1e-4)


def test_a_greater_penalty_makes_smaller_weights() -> None:
    columns, (features, labels) = columns_of(2), toys(2)
    weak, strong = (LinearModel(features, labels, columns, each) for each in (1.0, 100.0))
    assert np.abs(strong.weights[:-1]).sum() < 0.5 * np.abs(weak.weights[:-1]).sum()


@pytest.mark.parametrize("kind", ["size", "color", "marks"])
def test_one_feature_is_enough(kind: str) -> None:
    (line,) = (line for line in FEATURES.splitlines() if f'"{kind}"' in line)
    columns, (features, labels) = columns_of(2, line), toys(2)
    only = {f"{kind}_xf": features[f"{kind}_xf"]}
    assert np.isfinite(LinearModel(only, labels, columns).predict(only)).all()


def test_more_columns_than_rows_are_learned() -> None:
    names = [f"column{number}" for number in range(999)]
    lines = [f'feature {{ name: "{name}" type: FLOAT }}' for name in names]
    columns = columns_of(2, "\n".join(lines))
    assert linear_model.most_rows(columns) == linear_model.MOST_NUMBERS // (999 * 2)
    generator = np.random.default_rng(1)
    features = {f"{name}_xf": generator.normal(size=(200, 1)) for name in names}
    labels = (features["column3_xf"][:, 0] > 0).astype(int)
    found = LinearModel(features, labels, columns).predict(features)
    assert np.mean((found[:, 0] > 0.5) == labels) == 1


def test_of_several_ids_each_is_a_share() -> None:
    found = linear_model._one_hot(np.array([[0, -1, -1], [2, 1, -1], [3, 0, 1]]), 4).toarray()
    assert found == pytest.approx(
        np.array([[1, 0, 0, 0], [0, 1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 0, 1 / 3]])
    )
