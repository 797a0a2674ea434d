from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >> import prediction
from << cookiecutter.package_name >>.errors import UserError

TYPES = {"size": schema_pb2.FLOAT, "age": schema_pb2.INT, "color": schema_pb2.BYTES}


def test_cells_take_the_schemas_types() -> None:
    row = {"size": "1.5", "age": "7", "color": "grün", "unknown": "x"}
    example = tf.train.Example.FromString(prediction._example(row, TYPES, "row 1"))
    assert example.features.feature.keys() == TYPES.keys()
    assert example.features.feature["size"].float_list.value == [1.5]
    assert example.features.feature["age"].int64_list.value == [7]
    assert example.features.feature["color"].bytes_list.value == ["grün".encode()]


def test_an_empty_cell_has_no_value() -> None:
    example = tf.train.Example.FromString(prediction._example({"age": ""}, TYPES, "row 1"))
    assert list(example.features.feature["age"].int64_list.value) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"age": "1.5"}, "row 1, column 'age': '1.5' is not an integer"),
        ({"size": "big"}, "row 1, column 'size': 'big' is not a number"),
    ],
)
def test_a_wrong_cell_is_named(row: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        prediction._example(row, TYPES, "row 1")


def test_the_newest_model_is_the_one_with_the_highest_version(tmp_path: Path) -> None:
    for version in ("9", "10", "unfinished"):
        (tmp_path / version).mkdir()
    assert prediction.newest_model(tmp_path) == tmp_path / "10"


def test_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pushed model"):
        prediction.newest_model(tmp_path)


def test_another_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a model that this project has pushed"):
        next(prediction.predict(tmp_path / "rows.csv", tmp_path))
