from __future__ import annotations

import math
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples

from << cookiecutter.package_name >>.components import simple_models
from << cookiecutter.package_name >>.components.simple_models import (
    Sample,
    SimpleModels,
)
from << cookiecutter.package_name >>.features import parsing
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.training import linear_model

Measure = Callable[..., dict[str, Any]]


@pytest.fixture
def measure(
    fn_args: SimpleNamespace, columns: Columns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Measure:
    """Return a function that runs the component on the toys, as TFX would."""
    examples = Examples()
    examples.uri = str(tmp_path)
    examples.split_names = artifact_utils.encode_split_names(["train", "eval"])
    for split in ("train", "eval"):
        folder = tmp_path / f"Split-{split}"
        folder.mkdir()
        for number, file in enumerate(tf.io.gfile.glob(fn_args.train_files)):
            shutil.copyfile(file, folder / f"{number}.gz")
    monkeypatch.setattr(simple_models.Columns, "read", lambda file: columns)
    graph = getattr(fn_args, "transform_graph_path", None)

    def measure(metric: str) -> dict[str, Any]:
        return SimpleModels.EXECUTOR_SPEC.executor_class._FUNCTION(
            examples=examples,
            schema=SimpleNamespace(uri=str(tmp_path)),
            metric=metric,
            seed=1,
            transform_graph=SimpleNamespace(uri=graph) if graph else None,
        )

    return measure


def test_a_constant_and_a_linear_model_are_measured(measure: Measure) -> None:
    found = measure("SparseCategoricalAccuracy")
    # Three of seven are balls.
    assert found["constant"] == pytest.approx(3 / 7)
    assert found["linear"] > 0.8
    assert (found["learned"], found["rows"], found["notes"]) == (7, 7, "")
    loss = measure("SparseCategoricalCrossentropy")
    assert loss["constant"] == pytest.approx(-(3 * math.log(3 / 7) + 4 * math.log(2 / 7)) / 7)
    assert loss["linear"] < loss["constant"]


def test_they_learn_from_a_sample_of_many_rows(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_model, "MOST_ROWS", 5)
    found = measure("SparseCategoricalAccuracy")
    assert (found["learned"], found["rows"], found["notes"]) == (5, 7, "")
    assert 0 < found["linear"] <= 1


def test_what_goes_wrong_is_told_and_ends_nothing(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = measure("my.Metric")
    assert found["notes"] == "no simple models: they are not measured by my.Metric"
    assert math.isnan(found["constant"])

    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(simple_models, "LinearModel", fail)
    found = measure("SparseCategoricalAccuracy")
    assert found["notes"].startswith("no simple models: ")
    assert "division by zero" in found["notes"]
    assert math.isnan(found["linear"])


def test_a_sample_is_drawn_at_random(tmp_path: Path) -> None:
    given = [str(number).encode() for number in range(1_000)]
    for number, part in enumerate((given[:900], given[900:])):
        with tf.io.TFRecordWriter(str(tmp_path / f"{number}.gz"), "GZIP") as writer:
            for each in part:
                writer.write(each)
    files = str(tmp_path / "*.gz")

    def drawn(most: int, seed: int) -> tuple[Sample, list[bytes]]:
        folder = tmp_path / f"{most}-{seed}"
        folder.mkdir(exist_ok=True)
        sample = Sample(files, most, seed, folder)
        return sample, [*parsing.records([sample.files]).as_numpy_iterator()]

    sample, records = drawn(200, 1)
    assert (sample.rows, sample.of) == (200, 1_000)
    assert len(set(records)) == 200
    assert set(records) < set(given)
    assert np.mean([*map(int, records)]) == pytest.approx(500, abs=90)
    assert drawn(200, 1)[1] == records
    assert drawn(200, 2)[1] != records
    sample, records = drawn(1_000, 1)
    assert (sample.rows, sample.of, sample.files) == (1_000, 1_000, files)


@pytest.mark.parametrize(
    ("labels", "classes", "expected"),
    [
        ([0, 1, 1, 1], ["no", "yes"], [0.75]),
        ([0, 2, 2, 0], ["a", "b", "c"], [0.5, 0, 0.5]),
        ([1.5, 2.5], [], [2]),
    ],
)
def test_a_constant_is_the_share_of_classes_or_the_mean(
    labels: list[float], classes: list[str], expected: list[float]
) -> None:
    assert simple_models.constant(np.array(labels), classes) == pytest.approx(expected)
