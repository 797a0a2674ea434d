from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.treatments import (
    Treatment,
    Vocabulary,
)
from << cookiecutter.package_name >>.training import (
    inputs,
    linear_start,
)

SCHEMA = """
feature { name: "size" type: FLOAT }
feature { name: "label" type: FLOAT annotation { tag: "label" } }
"""


@pytest.mark.parametrize("penalties", [(1.0, 1e6), (1e6, 1.0)])
@pytest.mark.parametrize(("slope", "least", "most"), [(3, 2, 4), (0, 0, 0.01)])
def test_what_is_held_out_chooses_the_penalty(
    monkeypatch: pytest.MonkeyPatch,
    penalties: tuple[float, float],
    slope: float,
    least: float,
    most: float,
) -> None:
    columns = Columns.of(text_format.Parse(SCHEMA, schema_pb2.Schema()), {})
    generator = np.random.default_rng(2)

    def rows(count: int, _: object) -> tuple[dict[str, np.ndarray], np.ndarray]:
        size = generator.normal(size=(count, 1))
        return {columns.dense[0].feature: size}, slope * size[:, 0] + generator.normal(size=count)

    monkeypatch.setattr(linear_start, "_arrays", rows)
    monkeypatch.setattr(linear_start, "PENALTIES", penalties)
    found = linear_start.linear_start(20, 200, SimpleNamespace(columns=columns), (0.0, 1.0))
    assert found is not None
    assert least <= abs(found.numbers[0, 0]) <= most


def test_too_many_weights_have_none(toy_split: inputs.Split) -> None:
    columns = SimpleNamespace(
        features=[SimpleNamespace(treatment=Vocabulary(1_000)) for _ in range(10)],
        classes=["a"] * 30,
    )
    of_many_values = SimpleNamespace(columns=columns)
    assert linear_start.linear_start(toy_split, toy_split, of_many_values, (0.0, 1.0)) is None


def test_images_have_none(toy_split: inputs.Split) -> None:
    class Image(Treatment):
        shape = (8, 8, 1)

    columns = SimpleNamespace(features=[SimpleNamespace(treatment=Image())])
    of_images = SimpleNamespace(columns=columns)
    assert linear_start.linear_start(toy_split, toy_split, of_images, (0.0, 1.0)) is None
