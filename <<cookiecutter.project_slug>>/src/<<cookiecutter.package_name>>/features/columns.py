"""The columns of the data: what schema/schema.pbtxt and special.py say together.

Annotations in the schema tag the label, the columns that the model never sees, and those that
hold images, with their height and width.
"""

from __future__ import annotations

import functools
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from ..files import remote
from .special import TREATMENTS
from .treatments import Buckets, Dense, Domain, Image, Treatment, Vocabulary

SCHEMA_FILE = Path(__file__).resolve().parents[3] / "schema" / "schema.pbtxt"
DEFAULT_VOCABULARY_SIZE = 1000
LABEL_TAG = "label"
IGNORED_TAG = "ignored"
IMAGE_TAG = re.compile(r"image:([1-9]\d*)x([1-9]\d*)")
# What the model learns to predict; no name of a feature starts like this.
LABEL_FEATURE = "xf_label"


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
    """Name the model's feature, so that the raw column keeps its own name.

    TensorFlow wants a letter, then letters, digits and underscores; a hash tells names apart
    that differ only in what it does not want.
    """
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", column_name):
        return f"{column_name}_xf"
    words = re.findall(r"[A-Za-z0-9]+", column_name)
    return "_".join(["column", *words, f"{zlib.crc32(column_name.encode()):08x}", "xf"])


def read_schema(file: Path | str = SCHEMA_FILE) -> schema_pb2.Schema:
    """Read a schema, by default the curated one.

    Raises:
        ValueError: the file is not a schema in protobuf's text format.
    """
    try:
        text = remote.local_copy(file).read_text(encoding="utf-8")
        return text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        raise ValueError(f"{file} is not a valid schema: {error}") from error


# Cached, for TensorFlow would trace the reading of the schema into its graphs.
@functools.cache
def features() -> tuple[Column, ...]:
    """List the columns that the model reads, in the order of the schema.

    Raises:
        ValueError: special.py asks for a treatment that the column's type does not allow.
    """
    described = read_schema()
    columns = []
    for feature in described.feature:
        if not tagged(feature, LABEL_TAG) and not tagged(feature, IGNORED_TAG):
            treatment = TREATMENTS.get(feature.name) or default_treatment(feature, described)
            column = Column(feature.name, treatment)
            _check_type(column, feature)
            columns.append(column)
    return tuple(columns)


@functools.cache
def label_name() -> str:
    """Return the name of the column that is predicted.

    Raises:
        ValueError: the schema does not tag exactly one column as the label.
    """
    return label(read_schema()).name


@functools.cache
def classes() -> tuple[str, ...]:
    """List the label's values: class i of the model is the i-th of them.

    Empty if the label is a number without a domain, which the model predicts as such.

    Raises:
        ValueError: the label has a domain of one value, or is a string without one.
    """
    described = read_schema()
    predicted = label(described)
    values = domain(predicted, described)
    if len(values) == 1 or (not values and predicted.type == schema_pb2.BYTES):
        raise ValueError(
            f"{SCHEMA_FILE}: the label {predicted.name} needs a domain of at least two values"
        )
    return tuple(values)


def image_sizes() -> dict[str, tuple[int, int]]:
    """Map the columns that hold images to their height and width."""
    treatments = {column.name: column.treatment for column in features()}
    return {
        name: (each.height, each.width)
        for name, each in treatments.items()
        if isinstance(each, Image)
    }


def output_name() -> str:
    """Name what the model answers: a probability of each class, or predicted numbers."""
    return "probabilities" if classes() else "predictions"


def label(described: schema_pb2.Schema) -> schema_pb2.Feature:
    """Find the column that is predicted.

    Raises:
        ValueError: the schema does not tag exactly one column as the label.
    """
    found = [feature for feature in described.feature if tagged(feature, LABEL_TAG)]
    if len(found) != 1:
        raise ValueError(
            f'{SCHEMA_FILE}: exactly one feature needs `annotation {{ tag: "{LABEL_TAG}" }}`'
        )
    return found[0]


def tagged(feature: schema_pb2.Feature, tag: str) -> bool:
    """Whether a column's annotation has a tag."""
    return tag in feature.annotation.tag


def have_types() -> bool:
    """Whether there is a schema that gives types, and not the label's name alone."""
    if not SCHEMA_FILE.is_file():
        return False
    return label(read_schema()).type != schema_pb2.TYPE_UNKNOWN


def unused_treatments() -> list[str]:
    """List the columns that special.py names, but the schema lacks."""
    return sorted(TREATMENTS.keys() - {feature.name for feature in read_schema().feature})


def default_treatment(feature: schema_pb2.Feature, described: schema_pb2.Schema) -> Treatment:
    """Derive a column's treatment from its annotation, type and domain alone."""
    for tag in feature.annotation.tag:
        if size := IMAGE_TAG.fullmatch(tag):
            return Image(int(size[1]), int(size[2]))
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
    if isinstance(column.treatment, Image):
        fits = feature.type == schema_pb2.BYTES
    else:
        fits = feature.type != (schema_pb2.BYTES if column.numeric else schema_pb2.FLOAT)
    if not fits:
        raise ValueError(
            f"{column.name} is {schema_pb2.FeatureType.Name(feature.type)} in {SCHEMA_FILE}, "
            f"so it cannot be treated as {column.treatment}"
        )
