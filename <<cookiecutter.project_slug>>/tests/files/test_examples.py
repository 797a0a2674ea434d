from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from << cookiecutter.package_name >>.console.errors import (
    BadDataError,
    UserError,
    in_other_words,
)
from << cookiecutter.package_name >>.files import examples

SCHEMA = text_format.Parse(
    """
    feature { name: "size" type: FLOAT }
    feature { name: "age" type: INT }
    feature { name: "color" type: BYTES }
    feature { name: "euros" type: FLOAT annotation { tag: "comma:decimal" } }
    feature { name: "dollars" type: FLOAT annotation { tag: "comma:thousands" } }
    feature { name: "level" type: BYTES string_domain { value: "1.0" value: "2.5" } }
    feature { name: "code" type: BYTES string_domain { value: "007" value: "7" } }
    feature { name: "great" type: BYTES string_domain {
      value: "9007199254740992" value: "9007199254740994" } }
    feature { name: "day" type: BYTES annotation { tag: "date:day-first" } }
    feature { name: "sold" type: BYTES string_domain { value: "True" value: "False" } }
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


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("euros", "-1.234.567,5", -1234567.5),
        ("euros", "1 234,5", 1234.5),
        ("euros", "12", 12.0),
        ("dollars", "1,234,567.5", 1234567.5),
        ("dollars", "1234.5", 1234.5),
        ("size", "+1.5", 1.5),
        ("age", "5.0", 5),
        ("age", "05", 5),
        ("age", "+5e0", 5),
        ("level", "1", b"1.0"),
        ("level", "2.50", b"2.5"),
        ("level", "+1e0", b"1.0"),
        ("level", "3", b"3"),
        ("level", "one", b"one"),
        ("great", "9007199254740993", b"9007199254740993"),
        ("code", "7", b"7"),
        ("code", "007", b"007"),
        ("code", "07", b"07"),
        ("sold", "TRUE", b"True"),
        ("sold", "false", b"False"),
        ("sold", "yes", b"yes"),
        ("color", "1.0", b"1.0"),
    ],
)
def test_a_value_may_be_spelled_in_many_ways(column: str, cell: str, value: object) -> None:
    (example,) = serialize({column: [cell]})
    feature = example.features.feature[column]
    assert list(getattr(feature, feature.WhichOneof("kind")).value) == [value]


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
        ({"age": ["9223372036854775808"]}, "'9223372036854775808' is not an integer of 64 bits"),
        ({"age": ["0x10"]}, "'0x10' is not an integer of 64 bits"),
        ({"age": ["1_000"]}, "'1_000' is not an integer"),
        ({"age": ["1e-9999999"]}, "'1e-9999999' is not an integer"),
        ({"size": ["big", "1"]}, "row 1, column 'size': 'big' is not a number"),
        ({"size": ["1", "-Infinity"]}, "row 2, column 'size': '-Infinity' is not a number"),
        ({"size": ["1", "1e39"]}, r"'1e39' is not a number within ±3\.4e\+38"),
        ({"size": ["1,200"]}, "'1,200' is not a number .*; `schema infer` finds out what"),
        ({"euros": ["1,5", "1.5"]}, "row 2, column 'euros': '1.5' is not a number"),
        ({"dollars": ["1,200", "1,5"]}, "row 2, column 'dollars': '1,5' is not a number"),
    ],
)
def test_a_wrong_cell_is_named(columns: dict[str, list[str | None]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        serialize(columns)


def test_a_wrong_cell_that_nobody_foresaw_is_bad_data() -> None:
    with pytest.raises(examples.CellError) as wrong:
        serialize({"size": ["big"]})
    told = in_other_words(wrong.value, [])
    assert (type(told), str(told)) == (BadDataError, str(wrong.value))


def test_a_wrong_cell_of_a_file_is_named_by_its_row(tmp_path: Path) -> None:
    file = tmp_path / "toys.csv"
    rows = [*(f"1.0,{'x' * 100}\n" for _ in range(30_000)), "big,x\n"]
    file.write_text("size,note\n" + "".join(rows), encoding="utf-8")
    with pytest.raises(UserError, match=r"toys\.csv, row 30001, column 'size': 'big' is not .*8$"):
        list(examples.from_table(file, SCHEMA))
    file.write_text("size,note\n" + "".join([rows[-1], *rows]), encoding="utf-8")
    with pytest.raises(UserError, match=r"row 1, column .*; 2 cells of the column are not"):
        list(examples.from_table(file, SCHEMA))


@pytest.mark.parametrize(("filled", "left"), [([], 3), (["color"], 2)])
def test_rows_where_a_cell_is_empty_can_be_left_out(
    tmp_path: Path, filled: list[str], left: int
) -> None:
    file = tmp_path / "toys.csv"
    file.write_text("color,size\nred,1\n,2\nblue,3\n", encoding="utf-8")
    assert sum(map(len, examples.from_table(file, SCHEMA, filled=filled))) == left


def test_dates_stay_as_they_are_written() -> None:
    known, missing = serialize({"day": ["31/1/21 7:08", None]})
    assert known.features.feature["day"].bytes_list.value == [b"31/1/21 7:08"]
    assert missing.features.feature["day"].bytes_list.value == []
    with pytest.raises(BadDataError, match="row 1, column 'day': '1/31/21' is not of the form 'da"):
        serialize({"day": ["1/31/21"]})
