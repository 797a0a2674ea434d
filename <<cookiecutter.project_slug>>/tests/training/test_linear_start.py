from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
# <% if cookiecutter.model_api != "estimator" %>
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
# <% endif %>

# <% if cookiecutter.model_api != "estimator" %>
from << cookiecutter.package_name >>.features.columns import Columns
# <% endif %>
from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)
from << cookiecutter.package_name >>.features.treatments import (
    Treatment,
)
# <% if cookiecutter.model_api != "estimator" %>
from << cookiecutter.package_name >>.settings import Settings
# <% endif %>
from << cookiecutter.package_name >>.training import (
    inputs,
    linear_start,
)
from << cookiecutter.package_name >>.training.linear_model import (
    LinearModel,
)
# <% if cookiecutter.model_api != "estimator" %>
from << cookiecutter.package_name >>.training.model import build_model

HYPERPARAMETERS = Settings().hyperparameters
# <% endif %>
# <% if cookiecutter.model_api != "estimator" %>
FEATURES = """
feature { name: "size" type: FLOAT }
feature { name: "color" type: BYTES string_domain { value: "red" value: "blue" } }
feature { name: "place" type: BYTES string_domain { value: "here" value: "there" value: "far" } }
feature { name: "marks" type: BYTES annotation { tag: "list:|" } }
feature { name: "words" type: BYTES annotation { tag: "text" } }
"""
LABEL = 'feature {{ name: "label" type: {} annotation {{ tag: "label" }} }}'
LABELS = {
    0: LABEL.format("FLOAT"),
    2: LABEL.format("INT int_domain { min: 0 max: 1 }"),
    3: LABEL.format("INT int_domain { min: 0 max: 2 }"),
}
ROWS = 300


def toys(classes: int, features: str) -> tuple[Columns, dict[str, np.ndarray], np.ndarray]:
    columns = Columns.of(text_format.Parse(features + LABELS[classes], schema_pb2.Schema()), {})
    generator = np.random.default_rng(classes)
    cells = {}
    for column in columns.features:
        shape = (ROWS, *column.treatment.shape)
        if not column.treatment.cardinality:
            cells[column.feature] = generator.normal(size=shape).astype(np.float32)
            continue
        ids = generator.integers(column.treatment.cardinality, size=shape)
        if shape[1] > 1:
            ids[:, 3:] = -1
            ids[::2, 1:] = -1
        cells[column.feature] = ids
    score = sum(each[:, 0] for each in cells.values()) + generator.normal(size=ROWS)
    levels = np.quantile(score, np.arange(1, classes) / max(1, classes))
    return columns, cells, np.searchsorted(levels, score) if classes else score


ONE_BY_ONE = FEATURES.strip().splitlines()


@pytest.mark.parametrize(
    ("classes", "features"), [(0, FEATURES), (2, FEATURES), *((3, each) for each in ONE_BY_ONE)]
)
def test_a_network_begins_as_the_linear_model(classes: int, features: str) -> None:
    columns, cells, labels = toys(classes, features)
    linear = LinearModel(cells, labels, columns)
    scale = (7.0, 11.0)
    model = build_model(
        columns, label_scale=scale, linear=linear.coefficients(scale), **HYPERPARAMETERS
    )
    answers = model({name: tf.constant(each) for name, each in cells.items()}).numpy()
    np.testing.assert_allclose(answers, linear.predict(cells), rtol=1e-3, atol=1e-4)
    assert all(weight.trainable for weight in model.weights)
# <% endif %>


def test_what_is_held_out_chooses_the_penalty(
    monkeypatch: pytest.MonkeyPatch, split: inputs.Split, preprocessor: Preprocessor
) -> None:
    asked = []

    class Recorded(LinearModel):
        def __init__(self, *arguments: object) -> None:
            asked.append(arguments[-1])
            super().__init__(*arguments)

    monkeypatch.setattr(linear_start, "LinearModel", Recorded)
    found = []
    for penalties in [(1.0, 1e6), (1e6, 1.0), (1e6,)]:
        monkeypatch.setattr(linear_start, "PENALTIES", penalties)
        found.append(linear_start.linear_start(split, split, preprocessor, (0.0, 1.0)))
    assert asked == [1.0, 1e6, 1e6, 1.0, 1e6]
    first, second, penalised = (each.numbers for each in found if each)
    np.testing.assert_array_equal(first, second)
    assert np.abs(penalised).max() < np.abs(first).max() / 100


def test_images_have_none(split: inputs.Split) -> None:
    class Image(Treatment):
        shape = (8, 8, 1)

    columns = SimpleNamespace(features=[SimpleNamespace(treatment=Image())])
    of_images = SimpleNamespace(columns=columns)
    assert linear_start.linear_start(split, split, of_images, (0.0, 1.0)) is None
