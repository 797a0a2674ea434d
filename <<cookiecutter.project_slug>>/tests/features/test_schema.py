from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.schema import (
    domain_of,
    has_types,
    label_of,
    read_by_the_model,
)


def test_the_label_is_what_the_schema_tags(toy_schema: schema_pb2.Schema) -> None:
    assert label_of(toy_schema).name == "kind"


@pytest.mark.parametrize("copies", [0, 2])
def test_exactly_one_label_is_needed(toy_schema: schema_pb2.Schema, copies: int) -> None:
    with pytest.raises(UserError, match="exactly one feature needs"):
        label_of(schema_pb2.Schema(feature=[toy_schema.feature[0]] * copies))


def test_the_model_reads_neither_the_label_nor_what_is_ignored(
    toy_schema: schema_pb2.Schema,
) -> None:
    names = [feature.name for feature in read_by_the_model(toy_schema)]
    assert len(names) == len(toy_schema.feature) - 2
    assert not {"kind", "note"} & {*names}


def test_domains_are_of_the_column_or_shared(toy_schema: schema_pb2.Schema) -> None:
    domains = {each.name: domain_of(each, toy_schema) for each in toy_schema.feature}
    assert domains["level"] == ["1", "2", "3"]
    assert domains["color"] == ["red", "blue"]
    assert domains["kind"] == ["ball", "car", "doll"]
    assert domains["size"] == []


def test_a_label_alone_is_no_description(toy_schema: schema_pb2.Schema, tmp_path: Path) -> None:
    file = tmp_path / "schema.pbtxt"
    assert not has_types(file)
    file.write_text('feature { name: "kind" annotation { tag: "label" } }', encoding="utf-8")
    assert not has_types(file)
    file.write_text(text_format.MessageToString(toy_schema), encoding="utf-8")
    assert has_types(file)
