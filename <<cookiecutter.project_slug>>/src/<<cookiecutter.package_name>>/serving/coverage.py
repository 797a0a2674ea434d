"""How many cells of what is predicted a model cannot know, compared with its training."""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from ..features.schema import domain_of, read_by_the_model
from ..files import examples, spelling
from ..training import training_record
from .prediction import read_record

# By chance, a share differs from that of the training by hardly more than so many standard errors.
STANDARD_ERRORS = 4


class Coverage:
    """Counts cells that are empty or no number, and values without an id of their own.

    The data gate let the model be trained only where these were no more than its schema allows.

    Args:
        schema: the one that the model was trained with.
        vocabularies: the values that have an id, of columns without a domain.
        unknown: the share of values without one in the eval split of the training, of each column
            that has ids; where it is not known, the schema's bound counts.
    """

    def __init__(
        self,
        schema: schema_pb2.Schema,
        vocabularies: Mapping[str, Sequence[str]],
        unknown: Mapping[str, float],
    ) -> None:
        self._features = read_by_the_model(schema)
        self._decoder = examples.decoder(self._features)
        known = {
            each.name: vocabularies.get(each.name) or domain_of(each, schema)
            for each in self._features
        }
        self._keys = {
            name: (None if name in vocabularies else spelling.key_of(values)) or str
            for name, values in known.items()
        }
        self._known = {name: {*map(self._keys[name], values)} for name, values in known.items()}
        self._usual = unknown
        self._rows = 0
        self._empty: collections.Counter[str] = collections.Counter()
        self._unknown: dict[str, collections.Counter[str]] = {
            each.name: collections.Counter() for each in self._features
        }

    @classmethod
    def of_model(cls, model: Path, schema: schema_pb2.Schema) -> Coverage:
        """Compare with the training of a pushed model.

        Args:
            model: its folder.
            schema: for a model that has none, of before release 0.7.0 of the template.

        Raises:
            UserError: as read_record does.
        """
        unknown = read_record(model)["unknown"]
        own = training_record.read_schema(model) or schema
        return cls(own, training_record.read_vocabularies(model), unknown)

    def update(self, batch: Sequence[bytes]) -> None:
        """Count the cells of serialized tf.Examples."""
        rows = self._decoder.DecodeBatch(batch)
        self._rows += len(batch)
        for name, known in self._known.items():
            cells = rows.column(rows.schema.get_field_index(name)).flatten()
            if pa.types.is_floating(cells.type):
                cells = cells.filter(pc.is_finite(cells))
            elif pa.types.is_large_binary(cells.type) or pa.types.is_binary(cells.type):
                cells = cells.filter(pc.greater(pc.binary_length(cells), 0))
            self._empty[name] += len(batch) - len(cells)
            if known:
                self._unknown[name].update(self._others(cells, name))

    def excess(self) -> list[str]:
        """Return in words of which columns more cells are unknown than in the training."""
        told = []
        for feature in self._features:
            empty = self._empty[feature.name] / self._rows
            if self._is_more(empty, most := 1 - feature.presence.min_fraction):
                said = f"{empty:.1%} of the cells are empty"
                told.append(f"column {feature.name!r}: {said}; in the training at most {most:.1%}")
            values = self._unknown[feature.name]
            if values and (bound := self._exceeded(feature, sum(values.values()))):
                ((example, _),) = values.most_common(1)
                share = sum(values.values()) / self._rows
                said = f"{share:.1%} of the cells are unknown, such as {example!r}"
                told.append(f"column {feature.name!r}: {said}; in the training {bound}")
        return told

    def _exceeded(self, feature: schema_pb2.Feature, count: int) -> str:
        """Return how many unknown values the training had in words, if it had fewer; else empty."""
        usual = self._usual.get(feature.name, 1 - _domain_mass(feature))
        said = f"{usual:.1%}" if feature.name in self._usual else f"at most {usual:.1%}"
        return said if self._is_more(count / self._rows, usual) else ""

    def _is_more(self, share: float, usual: float) -> bool:
        """Whether a share of the rows is greater than usual, and not by chance."""
        error = math.sqrt(usual * (1 - usual) / self._rows)
        return share > usual + STANDARD_ERRORS * error

    def _others(self, cells: pa.Array, column: str) -> dict[str, int]:
        """Count the values without an id of their own."""
        key, known = self._keys[column], self._known[column]
        values = cells.value_counts().to_pylist()
        counts = {_text(each["values"]): each["counts"] for each in values}
        return {text: count for text, count in counts.items() if key(text) not in known}


def _text(value: bytes | int) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _domain_mass(feature: schema_pb2.Feature) -> float:
    """Return which share of the cells must be in the domain."""
    if not feature.HasField("distribution_constraints"):
        return 1.0
    return feature.distribution_constraints.min_domain_mass
