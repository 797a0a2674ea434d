from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import examples

SCHEMA = text_format.Parse(
    """
    feature { name: "size" type: FLOAT }
    feature { name: "age" type: INT }
    feature { name: "color" type: BYTES }
    """,
    schema_pb2.Schema(),
)


def serialize(columns: dict[str, list[str | None]]) -> list[tf.train.Example]:
    rows = pa.RecordBatch.from_arrays(
        [pa.array(cells, pa.string()) for cells in columns.values()], list(columns)
    )
    batch = RecordBatchToExamplesEncoder().encode(examples.typed(rows, SCHEMA))
    return [tf.train.Example.FromString(each) for each in batch]


def test_cells_take_the_schemas_types() -> None:
    (example,) = serialize({"size": ["1.5"], "age": ["7"], "color": ["grün"]})
    assert example.features.feature["size"].float_list.value == [1.5]
    assert example.features.feature["age"].int64_list.value == [7]
    assert example.features.feature["color"].bytes_list.value == ["grün".encode()]


def test_whole_numbers_are_floats_where_the_schema_says_so() -> None:
    (example,) = serialize({"size": ["2"]})
    assert example.features.feature["size"].float_list.value == [2.0]


def test_a_column_that_the_schema_lacks_stays_a_string() -> None:
    (example,) = serialize({"new": ["1"]})
    assert example.features.feature["new"].bytes_list.value == [b"1"]


def test_an_empty_cell_has_no_value() -> None:
    first, second = serialize({"age": [None, "3"], "color": ["red", None]})
    assert list(first.features.feature["age"].int64_list.value) == []
    assert list(second.features.feature["color"].bytes_list.value) == []
    assert second.features.feature["age"].int64_list.value == [3]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"age": ["1", None, "1.5"]}, "row 3, column 'age': '1.5' is not an integer"),
        ({"size": ["big", "1"]}, "row 1, column 'size': 'big' is not a number"),
    ],
)
def test_a_wrong_cell_is_named(columns: dict[str, list[str | None]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        serialize(columns)


def test_a_wrong_cell_of_a_file_is_named_by_its_row(tmp_path: Path) -> None:
    file = tmp_path / "toys.csv"
    rows = [*(f"1.0,{'x' * 100}\n" for _ in range(30_000)), "big,x\n"]
    file.write_text("size,note\n" + "".join(rows), encoding="utf-8")
    with pytest.raises(UserError, match=r"toys\.csv, row 30001, column 'size': 'big'"):
        list(examples.from_csv(file, SCHEMA))


@pytest.mark.parametrize(("filled", "left"), [([], 3), (["color"], 2)])
def test_rows_where_a_cell_is_empty_can_be_left_out(
    tmp_path: Path, filled: list[str], left: int
) -> None:
    file = tmp_path / "toys.csv"
    file.write_text("color,size\nred,1\n,2\nblue,3\n", encoding="utf-8")
    assert sum(map(len, examples.from_csv(file, SCHEMA, filled=filled))) == left
