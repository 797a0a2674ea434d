from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Dict, List

import pyarrow as pa
import pyarrow.parquet
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.example_gen import base_example_gen_executor
from tfx.orchestration.data_types import RuntimeParameter
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples

from << cookiecutter.package_name >>.components import csv_example_gen
from << cookiecutter.package_name >>.console.errors import (
    BadDataError,
    UserError,
)
from << cookiecutter.package_name >>.files.splits import Rule

Rows = Dict[str, List[bytes]]
Written = Callable[..., Rows]


def serialized(name: str) -> bytes:
    value = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    features = tf.train.Features(feature={name: value})
    return tf.train.Example(features=features).SerializeToString()


def values(rows: list[bytes], column: str) -> list[object]:
    found = [tf.train.Example.FromString(row).features.feature[column] for row in rows]
    return [
        value
        for each in found
        for value in getattr(each, each.WhichOneof("kind")).value[:] or [None]
    ]


@pytest.fixture
def written(tmp_path: Path, toy_schema: schema_pb2.Schema) -> Written:
    """Return a function that writes CSV files and reads them; it returns the rows by split."""

    def written(rule: str, *files: str, header: str = "kind,size,age,note") -> Rows:
        for number, rows in enumerate(files):
            (tmp_path / f"{number}.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
        component = csv_example_gen.CsvExampleGen(tmp_path, toy_schema, Rule.of(rule))
        artifact = Examples()
        artifact.uri = str(tmp_path / "examples")
        csv_example_gen.Executor().Do({}, {"examples": [artifact]}, component.exec_properties)
        assert artifact.get_string_custom_property("payload_format") == "FORMAT_TF_EXAMPLE"
        return {
            name: [
                record.numpy()
                for file in Path(artifact_utils.get_split_uri([artifact], name)).glob("*.gz")
                for record in tf.data.TFRecordDataset(str(file), compression_type="GZIP")
            ]
            for name in artifact_utils.decode_split_names(artifact.split_names)
        }

    return written


def test_the_order_of_the_features_is_always_the_same() -> None:
    # Messages that are written one after the other are read as one.
    batch = [serialized("a") + serialized("b"), serialized("b") + serialized("a")]
    first, second = csv_example_gen._in_order(batch)
    assert first == second
    assert tf.train.Example.FromString(first).features.feature.keys() == {"a", "b"}


@pytest.mark.parametrize(("least", "left"), [(1, 3), (0.5, 2)])
def test_rows_without_a_label_are_left_out_where_they_are_allowed(
    tmp_path: Path, toy_schema: schema_pb2.Schema, least: float, left: int
) -> None:
    schema = schema_pb2.Schema.FromString(toy_schema.SerializeToString())
    schema.feature[0].presence.min_fraction = least
    file = tmp_path / "toys.csv"
    file.write_text("kind,size\nball,1\n,2\ncar,3\n", encoding="utf-8")
    assert sum(map(len, csv_example_gen._labelled(str(file), schema))) == left


def test_each_row_is_in_the_split_that_tfx_puts_it_into(written: Written) -> None:
    rows = [[f"ball,{row},{file},x" for row in range(300)] for file in range(2)]
    found = written("content", *map("\n".join, rows))
    assert [*found] == ["train", "eval"]
    for side, name in enumerate(found):
        assert found[name]
        for row in found[name]:
            config = example_gen_pb2.SplitConfig()
            assert base_example_gen_executor._PartitionFn(row, 2, [2, 3], config) == side
    both = found["train"] + found["eval"]
    ages, sizes = values(both, "age"), values(both, "size")
    assert sorted(zip(ages, sizes)) == [(file, row) for file in range(2) for row in range(300)]


@pytest.mark.parametrize("rule", ["content", "row", "column:age", "newest:size"])
def test_parquet_files_are_split_as_csv_files_are(
    tmp_path: Path, toy_schema: schema_pb2.Schema, written: Written, rule: str
) -> None:
    rows = [["ball", row / 2, row % 50, f"n{row}"] for row in range(300)]
    by_text = written(rule, *("\n".join(",".join(map(str, row)) for row in rows) for _ in range(2)))
    columns = [pa.array(cells) for cells in zip(*rows)]
    table = pa.table(columns, ["kind", "size", "age", "note"])
    for file in tmp_path.glob("*.csv"):
        file.unlink()
        pyarrow.parquet.write_table(table, file.with_suffix(".parquet"), row_group_size=70)
    assert written(rule) == by_text


def test_copies_are_on_both_sides_if_each_is_a_row_of_its_own(written: Written) -> None:
    rows = [f"ball,{row},1,x" for row in range(5)] * 40
    by_content = written("content", *["\n".join(rows)] * 2)
    assert not {*by_content["train"]} & {*by_content["eval"]}
    by_row = written("row", *["\n".join(rows)] * 2)
    assert {*by_row["train"]} == {*by_row["eval"]}
    assert sum(map(len, by_row.values())) == 400
    assert 100 < len(by_row["eval"]) < 170


@pytest.mark.parametrize("column", ["note", "size", "age"])
def test_a_group_is_on_one_side(written: Written, column: str) -> None:
    # An ignored column, too; and numbers, however they are spelled.
    rows = [f"ball,{row % 60}{'.0' * (row % 2)},{row % 60},p{row % 60}" for row in range(600)]
    missing = ["car,,,"] * 30
    found = written(f"column:{column}", "\n".join([*rows, *missing]))
    train, evaluation = (values(found[name], column) for name in ("train", "eval"))
    assert not {*train} & {*evaluation}
    assert train.count(None) == 30
    assert 100 < len(evaluation) < 300


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("note", "ball,1,1,2024-{month:02}-{day:02}"),
        ("age", "ball,1,{month}{day:02},x"),
        ("size", "ball,{month}.{day:02},1,x"),
    ],
)
def test_the_newest_third_is_set_aside(written: Written, column: str, row: str) -> None:
    days = [(month, day) for day in range(1, 11) for month in (3, 1, 2)]
    rows = [row.format(month=month, day=day) for month, day in days for _ in range(2)]
    found = written(f"newest:{column}", "\n".join(rows[:31]), "\n".join([*rows[31:], "car,,,"]))
    train, evaluation = (values(found[name], column) for name in ("train", "eval"))
    assert train.pop(train.index(None)) is None
    assert len(evaluation) == 20
    assert max(train) < min(evaluation)


def test_near_copies_and_people_are_told_apart_by_their_column(written: Written) -> None:
    """What a model has seen of a group does not help it with the rows that it is judged by."""

    def guessed(rule: str) -> float:
        """Return how often the label of the nearest row, by size, is right."""
        found = written(rule, "\n".join(rows))
        known = defaultdict(str, zip(values(found["train"], "age"), values(found["train"], "kind")))
        asked = zip(values(found["eval"], "age"), values(found["eval"], "kind"))
        answers = [known[age] == kind for age, kind in asked]
        return sum(answers) / len(answers)

    # The label is known of each of the people, and of nothing else.
    rows = [
        f"{'ball' if person % 2 else 'car'},{person + copy / 10},{person},{copy}"
        for person in range(100)
        for copy in range(5)
    ]
    assert guessed("content") > 0.95
    assert guessed("column:age") == 0


@pytest.mark.parametrize(
    ("rule", "rows", "said"),
    [
        ("column:age", "ball,1,1,x\ncar,2,1,y\n", r"^split=column:age: the eval split would be"),
        ("column:age", "ball,1,,x\n", r"^split=column:age: the eval split would be empty"),
        ("newest:age", "ball,1,7,x\ncar,2,7,y\n", r"^split=newest:age: all rows have the same"),
        ("newest:age", "ball,1,,x\n", r"^split=newest:age: no row has a value"),
        ("newest:note", "ball,1,1,x\n", r"^split=newest:note: 'x' is not a date"),
        ("content", "ball,1,1,x\n", r"^split=content: the (train|eval) split would be empty"),
    ],
)
def test_what_cannot_be_split_is_told(written: Written, rule: str, rows: str, said: str) -> None:
    with pytest.raises(BadDataError, match=said):
        written(rule, rows)


def test_a_file_without_the_column_is_told(written: Written) -> None:
    with pytest.raises(BadDataError, match=r"0\.csv lacks columns .*: age"):
        written("column:age", "ball,1\n", header="kind,size")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("column:nix", r"^split=column:nix: the schema has no column 'nix'; its columns are kind,"),
        ("newest:nix", r"^split=newest:nix: the schema has no column"),
        ("column:kind", r"^split=column:kind: 'kind' is the label"),
        ("newest:note", r"^split=newest:note: 'note' has times without a day"),
    ],
)
def test_a_rule_that_does_not_fit_the_schema_is_refused(
    toy_schema: schema_pb2.Schema, rule: str, said: str
) -> None:
    schema = schema_pb2.Schema.FromString(toy_schema.SerializeToString())
    (note,) = [each for each in schema.feature if each.name == "note"]
    note.annotation.tag.append("time")
    with pytest.raises(UserError, match=said):
        csv_example_gen.CsvExampleGen(Path("data"), schema, Rule.of(rule))


@pytest.mark.parametrize(
    ("files", "read"),
    [
        (["a.csv", "b.csv", "notes.txt"], ["a.csv", "b.csv"]),
        (["a.parquet", "notes.txt"], ["a.parquet"]),
    ],
)
def test_of_a_folder_that_is_known_later_the_kind_is_known_later(
    tmp_path: Path, toy_schema: schema_pb2.Schema, files: list[str], read: list[str]
) -> None:
    later = tmp_path / "later"
    folder = RuntimeParameter(name="data", ptype=str, default=str(later))
    nowhere = tmp_path / "nowhere"
    component = csv_example_gen.CsvExampleGen(nowhere, toy_schema, Rule(), folder)
    properties = {**component.exec_properties, "input_base": str(later)}
    later.mkdir()
    for name in files:
        (later / name).touch()
    assert csv_example_gen._files(properties) == [str(later / name) for name in read]
    (later / "c.csv").touch()
    (later / "c.parquet").touch()
    with pytest.raises(UserError, match=r"later has both \*\.csv and \*\.parquet files"):
        csv_example_gen._files(properties)
    for file in later.iterdir():
        file.unlink()
    with pytest.raises(BadDataError, match=r"no \*\.csv or \*\.parquet file in .*later"):
        csv_example_gen._files(properties)


def test_only_types_label_and_rule_decide_what_is_read(toy_schema: schema_pb2.Schema) -> None:
    def config(schema: schema_pb2.Schema, rule: str = "content") -> str:
        component = csv_example_gen.CsvExampleGen(Path("data"), schema, Rule.of(rule))
        return component.exec_properties["custom_config"]

    schema = schema_pb2.Schema.FromString(toy_schema.SerializeToString())
    schema.string_domain[0].value.append("drum")
    assert config(schema) == config(toy_schema)
    assert len({config(schema, rule) for rule in ("content", "row", "column:age")}) == 3
    (note,) = [each for each in schema.feature if each.name == "note"]
    note.annotation.tag.append("date:day-first")
    assert config(schema) == config(toy_schema)
    assert config(schema, "newest:note") != config(toy_schema, "newest:note")
    schema.feature[1].type = schema_pb2.INT
    assert config(schema) != config(toy_schema)
