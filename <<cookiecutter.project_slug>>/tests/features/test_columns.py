from __future__ import annotations

import re

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.bags import Items, Words
from << cookiecutter.package_name >>.features.columns import (
    Columns,
    feature_name,
)
from << cookiecutter.package_name >>.features.timestamps import (
    Dates,
)
from << cookiecutter.package_name >>.features.treatments import (
    DEFAULT_VOCABULARY_SIZE,
    Buckets,
    Dense,
    Domain,
    Hashed,
    Treatment,
    Vocabulary,
)


def treatments(columns: Columns) -> dict[str, Treatment]:
    return {column.name: column.treatment for column in columns.features}


def test_treatments_follow_from_the_schema(toy_schema: schema_pb2.Schema) -> None:
    found = treatments(Columns.of(toy_schema, {}))
    found.pop("picture", None)
    assert found == {
        "size": Dense(),
        "age": Dense(),
        "distance": Dense(),
        "price": Dense(),
        "weight": Dense(),
        "level": Domain(("1", "2", "3")),
        "color": Domain(("red", "blue"), by_value=True),
        "maker": Vocabulary(DEFAULT_VOCABULARY_SIZE),
        "code": Dense(),
        "hour": Dense(),
        "made": Dense(),
        "atoms": Dense(),
        "sold": Dates("date:day-first", ("hour", "month")),
        "marks": Items("|"),
        "review": Words(),
    }


def test_exceptions_come_before_the_schema(toy_schema: schema_pb2.Schema) -> None:
    exceptions = {"price": Buckets(3), "code": Hashed(5), "not there": Dense()}
    found = treatments(Columns.of(toy_schema, exceptions))
    assert (found["price"], found["code"], found["size"]) == (Buckets(3), Hashed(5), Dense())
    assert "not there" not in found


def test_an_image_that_cannot_be_read_as_one_is_told() -> None:
    schema = schema_pb2.Schema()
    picture = schema.feature.add(name="picture", type=schema_pb2.BYTES)
    picture.annotation.tag.append("image:28")
    schema.feature.add(name="price", type=schema_pb2.FLOAT).annotation.tag.append("label")
    with pytest.raises(UserError, match=r"picture has the tag 'image:28'\..* -- images=yes"):
        Columns.of(schema)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (["date:dayfirst"], "day has the tag 'date:dayfirst', which is none of date, "),
        (["Date"], "day has the tag 'Date', which"),
        (["date", "cycle:months"], "day has the tag 'cycle:months', which"),
        (["date", "date:day-first"], "day has the tag 'date:day-first', beside 'date': keep one"),
        (["list:"], "day has the tag 'list:', which is none of .* such as list:\\|"),
        (["text", "list:|"], "day has the tag 'list:\\|', beside 'text': keep one"),
        (["text:de"], "day has the tag 'text:de', which"),
        (["cycle:hour"], "day has the tag 'cycle:hour', without one of date, "),
    ],
)
def test_tags_that_say_nothing_are_told(tags: list[str], message: str) -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="day", type=schema_pb2.BYTES).annotation.tag.extend(tags)
    schema.feature.add(name="price", type=schema_pb2.FLOAT).annotation.tag.append("label")
    with pytest.raises(UserError, match=message):
        Columns.of(schema)


def test_the_signatures_argument_has_no_columns_name() -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="price", type=schema_pb2.FLOAT).annotation.tag.append("label")
    assert Columns.of(schema).examples == "examples"
    for taken in ("examples", "serialized_examples"):
        schema.feature.add(name=taken, type=schema_pb2.FLOAT)
    assert Columns.of(schema).examples == "serialized_serialized_examples"


def test_features_are_dense_or_ids(columns: Columns) -> None:
    dense = {column.name: column.spec for column in columns.dense}
    numbers = {"size", "age", "distance", "hour", "made", "atoms"}
    assert dense.keys() - {"picture"} == {*numbers, "sold"}
    assert {spec.dtype for spec in dense.values()} == {tf.float32}
    assert dense["hour"].shape.as_list() == [None, 2]
    assert {column.name for column in columns.bags} == {"marks", "review"}
    assert {column.spec.dtype for column in [*columns.ids, *columns.bags]} == {tf.int64}
    assert {*columns.dense, *columns.ids, *columns.bags} == {*columns.features}


def test_classes_are_the_labels_domain(columns: Columns) -> None:
    assert columns.label == "kind"
    assert columns.classes == ("ball", "car", "doll")
    assert columns.output == "probabilities"


def test_a_label_that_is_a_number_has_no_classes() -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="price", type=schema_pb2.FLOAT).annotation.tag.append("label")
    columns = Columns.of(schema)
    assert columns.classes == ()
    assert columns.output == "predictions"


def test_names_that_tensorflow_refuses_are_replaced() -> None:
    names = ["a b", "a-b", "größe", "_private", "1st", "", "plain_name"]
    features = [feature_name(name) for name in names]
    assert len(set(features)) == len(names)
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", feature) for feature in features)
    assert features[-1] == "plain_name_xf"


def test_names_that_tensorflow_takes_for_the_same_are_told_apart() -> None:
    schema = schema_pb2.Schema()
    for name in ("Age", "age", "AGE", "size", "size_xf", "price"):
        schema.feature.add(name=name, type=schema_pb2.FLOAT)
    schema.feature[-1].annotation.tag.append("label")
    features = {column.name: column.feature for column in Columns.of(schema).features}
    assert len({feature.lower() for feature in features.values()}) == len(features)
    assert not {*features.values()} & {"size_xf"}
    assert features["size_xf"] == "size_xf_xf"


@pytest.mark.parametrize(
    ("name", "treatment"),
    [("color", Dense()), ("size", Hashed(5)), ("color", Buckets(2))],
)
def test_a_treatment_must_fit_the_type(
    toy_schema: schema_pb2.Schema, name: str, treatment: Treatment
) -> None:
    with pytest.raises(UserError, match=f"{name} is .* cannot be treated as"):
        Columns.of(toy_schema, {name: treatment})


def test_a_label_needs_a_domain(toy_schema: schema_pb2.Schema) -> None:
    schema = schema_pb2.Schema(feature=toy_schema.feature)
    with pytest.raises(UserError, match="kind needs a domain"):
        Columns.of(schema)
