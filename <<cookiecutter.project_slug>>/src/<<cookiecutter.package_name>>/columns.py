"""The columns of the data: what schema/schema.pbtxt and features.py say together."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from .features import LABEL, TREATMENTS
from .treatments import (
    Buckets,
    Dense,
    Domain,
    Ignored,
    Treatment,
    Vocabulary,
)

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "schema" / "schema.pbtxt"
DEFAULT_VOCABULARY_SIZE = 1000


@dataclass(frozen=True)
class Column:
    """A model feature: its name in the data, and how it is treated."""

    name: str
    treatment: Treatment

    @property
    def feature(self) -> str:
        """The name of what the model reads."""
        return feature_name(self.name)

    @property
    def numeric(self) -> bool:
        """Whether the raw value is read as a float32; as a string otherwise."""
        return isinstance(self.treatment, (Dense, Buckets))


def feature_name(column_name: str) -> str:
    """Name the model's feature, so that the raw column keeps its own name."""
    return f"{column_name}_xf"


def read_schema(file: Path | str = SCHEMA_FILE) -> schema_pb2.Schema:
    """Read a schema, by default the curated one.

    Raises:
        ValueError: the file is not a schema in protobuf's text format.
    """
    try:
        return text_format.Parse(Path(file).read_text(encoding="utf-8"), schema_pb2.Schema())
    except text_format.ParseError as error:
        raise ValueError(f"{file} is not a valid schema: {error}") from error


LABEL_FEATURE = feature_name(LABEL)


# Cached, for TensorFlow would trace the reading of the schema into its graphs.
@functools.cache
def features() -> tuple[Column, ...]:
    """List the columns that the model reads, in the order of the schema.

    Raises:
        ValueError: features.py names a column that the schema does not have, or asks for
            a treatment that the column's type does not allow.
    """
    described = read_schema()
    names = {feature.name for feature in described.feature}
    if unknown := sorted({LABEL, *TREATMENTS} - names):
        raise ValueError(f"features.py names columns that {SCHEMA_FILE} lacks: {unknown}")
    columns = []
    for feature in described.feature:
        treatment = TREATMENTS.get(feature.name) or default_treatment(feature, described)
        if feature.name != LABEL and not isinstance(treatment, Ignored):
            column = Column(feature.name, treatment)
            _check_type(column, feature)
            columns.append(column)
    return tuple(columns)


@functools.cache
def classes() -> tuple[str, ...]:
    """List the label's values: class i of the model is the i-th of them.

    Raises:
        ValueError: the schema gives the label no domain of two or more values.
    """
    described = read_schema()
    label = next(feature for feature in described.feature if feature.name == LABEL)
    values = domain(label, described)
    if len(values) < 2:
        raise ValueError(f"{SCHEMA_FILE}: the label {LABEL} needs a domain of at least two values")
    return tuple(values)


def default_treatment(feature: schema_pb2.Feature, described: schema_pb2.Schema) -> Treatment:
    """Derive a column's treatment from its type and domain alone."""
    if feature.type == schema_pb2.FLOAT:
        return Dense()
    if values := domain(feature, described):
        return Domain(tuple(values))
    return Vocabulary(DEFAULT_VOCABULARY_SIZE) if feature.type == schema_pb2.BYTES else Dense()


def domain(feature: schema_pb2.Feature, described: schema_pb2.Schema) -> list[str]:
    """List the values that a string or a bounded integer may take; empty if unbounded."""
    if feature.int_domain.HasField("min") and feature.int_domain.HasField("max"):
        return [str(i) for i in range(feature.int_domain.min, feature.int_domain.max + 1)]
    shared = {each.name: list(each.value) for each in described.string_domain}
    return list(feature.string_domain.value) or shared.get(feature.domain, [])


def _check_type(column: Column, feature: schema_pb2.Feature) -> None:
    if feature.type == (schema_pb2.BYTES if column.numeric else schema_pb2.FLOAT):
        raise ValueError(
            f"{column.name} is {schema_pb2.FeatureType.Name(feature.type)} in {SCHEMA_FILE}, "
            f"so it cannot be treated as {column.treatment}"
        )
