from __future__ import annotations

import re

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.features import columns
from << cookiecutter.package_name >>.features.treatments import (
    Buckets,
    Dense,
    Domain,
    Hashed,
    Image,
    Vocabulary,
)

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture(autouse=True)
def forget() -> None:
    """Let each test read the schema and the treatments anew."""
    columns.features.cache_clear()
    columns.classes.cache_clear()


def test_treatments_follow_from_the_schema_and_the_exceptions() -> None:
    assert {column.name: column.treatment for column in columns.features()} == {
        "size": Dense(),
        "age": Dense(),
        "price": Buckets(3),
        "weight": Buckets(3),
        "level": Domain(("1", "2", "3")),
        "color": Domain(("red", "blue")),
        "maker": Vocabulary(2),
        "code": Hashed(5),
        "picture": Image(2, 3),
    }


def test_a_string_without_a_domain_gets_a_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "TREATMENTS", {})
    treatments = {column.name: column.treatment for column in columns.features()}
    assert treatments["maker"] == Vocabulary(columns.DEFAULT_VOCABULARY_SIZE)


def test_the_sizes_of_images_are_those_that_the_schema_tags() -> None:
    assert columns.image_sizes() == {"picture": (2, 3)}


def test_classes_are_the_labels_domain() -> None:
    assert columns.classes() == ("ball", "car", "doll")


def test_the_label_is_what_the_schema_tags() -> None:
    assert columns.label_name() == "kind"


def test_exactly_one_label_is_needed(toy_schema: schema_pb2.Schema) -> None:
    for copies in (0, 2):
        schema = schema_pb2.Schema(feature=[toy_schema.feature[0]] * copies)
        with pytest.raises(ValueError, match="exactly one feature needs"):
            columns.label(schema)


def test_a_label_that_is_a_number_has_no_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = schema_pb2.Schema()
    label = schema.feature.add(name="price", type=schema_pb2.FLOAT)
    label.annotation.tag.append(columns.LABEL_TAG)
    monkeypatch.setattr(columns, "read_schema", lambda: schema)
    assert columns.classes() == ()
    assert columns.output_name() == "predictions"


def test_names_that_tensorflow_refuses_are_replaced() -> None:
    names = ["a b", "a-b", "größe", "_private", "1st", "", "plain_name"]
    features = [columns.feature_name(name) for name in names]
    assert len(set(features)) == len(names)
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", feature) for feature in features)
    assert features[-1] == "plain_name_xf"


def test_an_exception_for_an_unknown_column_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "TREATMENTS", {"size": Dense(), "colour": Dense()})
    assert columns.unused_treatments() == ["colour"]


@pytest.mark.parametrize(
    ("name", "treatment"),
    [("color", Dense()), ("size", Hashed(5)), ("size", Image(8, 8)), ("age", Image(8, 8))],
)
def test_a_treatment_must_fit_the_type(
    monkeypatch: pytest.MonkeyPatch, name: str, treatment: Dense | Hashed | Image
) -> None:
    monkeypatch.setattr(columns, "TREATMENTS", {name: treatment})
    with pytest.raises(ValueError, match=f"{name} is .* cannot be treated as"):
        columns.features()


def test_a_label_needs_a_domain(
    monkeypatch: pytest.MonkeyPatch, toy_schema: schema_pb2.Schema
) -> None:
    schema = schema_pb2.Schema(feature=toy_schema.feature)
    monkeypatch.setattr(columns, "read_schema", lambda: schema)
    with pytest.raises(ValueError, match="kind needs a domain"):
        columns.classes()
