"""The columns as the model reads them: what the schema and special.py say together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import UserError
# <% if cookiecutter.images == "yes" %>
from .images import default_treatment
# <% endif %>
from .schema import domain_of, label_of, read_by_the_model, read_schema
from .special import TREATMENTS
# <% if cookiecutter.images == "no" %>
from .tags import default_treatment
# <% endif %>
from .treatments import Treatment

# What the model learns to predict; no name of a feature starts like this.
LABEL_FEATURE = "xf_label"


@dataclass(frozen=True)
class Column:
    """A model feature: its name in the data, that of what the model reads, its treatment."""

    name: str
    feature: str
    treatment: Treatment

    @property
    def spec(self) -> tf.TensorSpec:
        """What the model reads of a batch."""
        return tf.TensorSpec([None, *self.treatment.shape], self.treatment.dtype, self.feature)


@dataclass(frozen=True)
class Columns:
    """All that a component knows of the columns.

    Attributes:
        features: those that the model reads, in the order of the schema.
        label: the name of the column that is predicted.
        classes: the label's values: class i of the model is the i-th of them. Empty if the label
            is a number without a domain, which the model predicts as such.
        schema: the one that they were made of, with all columns of the data.
    """

    features: tuple[Column, ...]
    label: str
    classes: tuple[str, ...]
    schema: schema_pb2.Schema

    @classmethod
    def read(cls, file: Path | str) -> Columns:
        """Make them of the schema in a file, and of special.py.

        Raises:
            UserError: they do not fit each other, or the label is none to be learned.
        """
        return cls.of(read_schema(file))

    @classmethod
    def of(
        cls, schema: schema_pb2.Schema, treatments: Mapping[str, Treatment] = TREATMENTS
    ) -> Columns:
        """Make them of a schema.

        Args:
            schema: of the data.
            treatments: of the columns that are an exception.

        Raises:
            UserError: the type of a column does not allow its treatment; or the label has a
                domain of one value, or is a string without one.
        """
        read = read_by_the_model(schema)
        names = [feature.name for feature in read]
        features = tuple(
            Column(each.name, feature_name(each.name, names), _treatment(each, schema, treatments))
            for each in read
        )
        return cls(features, label_of(schema).name, _classes(schema), schema)

    @property
    def dense(self) -> list[Column]:
        """Those whose features are numbers, float32 [batch, *shape]."""
        return [column for column in self.features if not column.treatment.cardinality]

    @property
    def ids(self) -> list[Column]:
        """Those whose features are an id below a cardinality, int64 [batch, 1]."""
        return [column for column in self._with_ids if column.treatment.shape == (1,)]

    @property
    def bags(self) -> list[Column]:
        """Those whose features are several such ids, int64 [batch, count], -1 after the last."""
        return [column for column in self._with_ids if column.treatment.shape != (1,)]

    @property
    def listed(self) -> list[Column]:
        """Those whose values have ids of their own, as they stand in the data, but for some."""
        return [
            column
            for column in self.ids
            if column.treatment.unknown is not None
            and type(column.treatment).prepare is Treatment.prepare
        ]

    @property
    def _with_ids(self) -> list[Column]:
        return [column for column in self.features if column.treatment.cardinality]

    @property
    def specs(self) -> dict[str, tf.TensorSpec]:
        """The model's features: what comes out of the preprocessing, without the label."""
        return {column.feature: column.spec for column in self.features}

    @property
    def examples(self) -> str:
        """The name of the signatures' argument: `examples`, unless a column has it.

        The Evaluator gives an argument of a column's name that column.
        """
        name = "examples"
        while name in {feature.name for feature in self.schema.feature}:
            name = f"serialized_{name}"
        return name

    @property
    def output(self) -> str:
        """The name of what the model answers: a probability of each class, or a number."""
        return "probabilities" if self.classes else "predictions"


def feature_name(name: str, names: Collection[str] = ()) -> str:
    """Name the model's feature, so that the raw column keeps its own name.

    TensorFlow wants a letter, then letters, digits and underscores; a hash tells names apart
    that differ only in what it does not want, or in their case, and from raw columns.

    Args:
        name: of the column.
        names: of all columns.
    """
    usual = f"{name}_xf"
    alike = [each for each in names if each.lower() in (name.lower(), usual.lower())]
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) and len(alike) < 2:
        return usual
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "_".join(["column", *words, f"{zlib.crc32(name.encode()):08x}", "xf"])


def unused_treatments(schema: schema_pb2.Schema) -> list[str]:
    """List the columns that special.py names, but the schema lacks."""
    return sorted(TREATMENTS.keys() - {feature.name for feature in schema.feature})


def _treatment(
    feature: schema_pb2.Feature,
    schema: schema_pb2.Schema,
    treatments: Mapping[str, Treatment],
) -> Treatment:
    treatment = treatments.get(feature.name) or default_treatment(feature, schema)
    if feature.type not in treatment.types:
        raise UserError(
            f"{feature.name} is {schema_pb2.FeatureType.Name(feature.type)} in schema.pbtxt, "
            f"so it cannot be treated as {treatment}"
        )
    return treatment


def _classes(schema: schema_pb2.Schema) -> tuple[str, ...]:
    label = label_of(schema)
    values = domain_of(label, schema)
    if len(values) == 1 or (not values and label.type == schema_pb2.BYTES):
        raise UserError(
            f"schema.pbtxt: the label {label.name} needs a domain of at least two values"
        )
    return tuple(values)
