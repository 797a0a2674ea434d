"""What the schema says of the columns: types, domains and tags."""

from __future__ import annotations

import base64
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import UserError
from ..files import dates, remote, spelling

# Of the file in an artifact of TFX.
FILE_NAME = "schema.pbtxt"
LABEL_TAG = "label"
IGNORED_TAG = "ignored"
# Beside what `schema infer` has found out by itself: the next time it does so anew.
INFERRED_TAG = "inferred"


def read_schema(file: Path | str) -> schema_pb2.Schema:
    """Read a schema.

    Raises:
        UserError: the file is not a schema in protobuf's text format.
    """
    try:
        text = remote.local_copy(file).read_text(encoding="utf-8")
        return text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        raise UserError(f"{file} is not a valid schema: {error}") from error


def to_property(schema: schema_pb2.Schema) -> str:
    """Write a schema as a property of a component.

    On PostgreSQL, ML Metadata keeps no text with a backslash, which JSON puts before each quote.
    """
    return base64.b64encode(schema.SerializeToString(deterministic=True)).decode()


def of_property(text: str) -> schema_pb2.Schema:
    """Read what `to_property` has written."""
    return schema_pb2.Schema.FromString(base64.b64decode(text))


def has_types(file: Path) -> bool:
    """Whether there is a schema that gives types, and not the label's name alone."""
    return file.is_file() and label_of(read_schema(file)).type != schema_pb2.TYPE_UNKNOWN


def label_of(schema: schema_pb2.Schema) -> schema_pb2.Feature:
    """Find the column that is predicted.

    Raises:
        UserError: the schema does not tag exactly one column as the label.
    """
    found = [feature for feature in schema.feature if is_tagged(feature, LABEL_TAG)]
    if len(found) != 1:
        raise UserError(
            f'schema.pbtxt: exactly one feature needs `annotation {{ tag: "{LABEL_TAG}" }}`'
        )
    return found[0]


def read_by_the_model(schema: schema_pb2.Schema) -> list[schema_pb2.Feature]:
    """List the columns that are neither the label nor ignored, in the order of the schema."""
    return [
        feature
        for feature in schema.feature
        if not is_tagged(feature, LABEL_TAG) and not is_tagged(feature, IGNORED_TAG)
    ]


def is_tagged(feature: schema_pb2.Feature, tag: str) -> bool:
    """Whether a column's annotation has a tag."""
    return tag in feature.annotation.tag


def domain_of(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> list[str]:
    """List the values that a string or a bounded integer may take; empty if unbounded."""
    if feature.int_domain.HasField("min") and feature.int_domain.HasField("max"):
        return [str(i) for i in range(feature.int_domain.min, feature.int_domain.max + 1)]
    shared = {each.name: list(each.value) for each in schema.string_domain}
    return list(feature.string_domain.value) or shared.get(feature.domain, [])


def reading_of(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """Keep what files are read by: types, label, how numbers, dates and categories are spelled.

    With other domains of texts, say, the examples stay the same.
    """
    kept = schema_pb2.Schema()
    for feature in schema.feature:
        reading = kept.feature.add(name=feature.name, type=feature.type)
        reading.annotation.tag.extend(filter(spelling.FORMS.__contains__, feature.annotation.tag))
        if not is_tagged(feature, IGNORED_TAG):
            reading.annotation.tag.extend(filter(dates.FORMS.__contains__, feature.annotation.tag))
        if is_tagged(feature, LABEL_TAG):
            reading.annotation.tag.append(LABEL_TAG)
            reading.presence.min_fraction = feature.presence.min_fraction
        values = domain_of(feature, schema) if feature.type == schema_pb2.BYTES else []
        if spelling.key_of(values):
            reading.string_domain.value.extend(values)
    return kept


def types_of(schema: schema_pb2.Schema) -> dict[str, str]:
    """Map the columns that the model reads to their types: BYTES, FLOAT or INT."""
    return {each.name: schema_pb2.FeatureType.Name(each.type) for each in read_by_the_model(schema)}
