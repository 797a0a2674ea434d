from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples

from << cookiecutter.package_name >>.components import csv_example_gen


def serialized(name: str) -> bytes:
    value = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    features = tf.train.Features(feature={name: value})
    return tf.train.Example(features=features).SerializeToString()


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


def test_each_row_is_in_one_split(
    tmp_path: Path, toy_schema: schema_pb2.Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows_of(file: str, schema: schema_pb2.Schema) -> Iterator[list[bytes]]:
        yield [serialized(f"{Path(file).stem}{row}") for row in range(300)]

    monkeypatch.setattr(csv_example_gen, "_labelled", rows_of)
    for name in "ab":
        (tmp_path / f"{name}.csv").touch()
    written = Examples()
    written.uri = str(tmp_path / "examples")
    component = csv_example_gen.CsvExampleGen(tmp_path, toy_schema)
    csv_example_gen.Executor().Do({}, {"examples": [written]}, component.exec_properties)

    names = artifact_utils.decode_split_names(written.split_names)
    splits = {
        name: [
            column
            for file in Path(artifact_utils.get_split_uri([written], name)).glob("*.gz")
            for record in tf.data.TFRecordDataset(str(file), compression_type="GZIP")
            for column in tf.train.Example.FromString(record.numpy()).features.feature
        ]
        for name in names
    }
    assert splits.keys() == {"train", "eval"}
    assert 0.6 < len(splits["train"]) / 600 < 0.73
    assert sorted(splits["train"] + splits["eval"]) == sorted(
        f"{name}{row}" for name in "ab" for row in range(300)
    )
    assert written.get_string_custom_property("payload_format") == "FORMAT_TF_EXAMPLE"


def test_only_types_and_label_decide_what_is_read(toy_schema: schema_pb2.Schema) -> None:
    def config(schema: schema_pb2.Schema) -> str:
        component = csv_example_gen.CsvExampleGen(Path("data"), schema)
        return component.exec_properties["custom_config"]

    schema = schema_pb2.Schema.FromString(toy_schema.SerializeToString())
    schema.string_domain[0].value.append("drum")
    assert config(schema) == config(toy_schema)
    schema.feature[1].type = schema_pb2.INT
    assert config(schema) != config(toy_schema)
