"""How many cells of what is predicted a model cannot know, compared with its training."""

from __future__ import annotations

import collections
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from ..features.schema import domain_of, read_by_the_model
from ..files import spelling


class Coverage:
    """Counts cells that are empty or no number, and values that their domain lacks.

    The data gate let the model be trained only where these were no more than its schema allows.

    Args:
        schema: the one that the model was trained with.
    """

    def __init__(self, schema: schema_pb2.Schema) -> None:
        read = schema_pb2.Schema()
        for feature in read_by_the_model(schema):
            read.feature.add(name=feature.name, type=feature.type)
        self._decoder = ExamplesToRecordBatchDecoder(read.SerializeToString())
        self._features = read_by_the_model(schema)
        self._domains = {each.name: domain_of(each, schema) for each in self._features}
        self._rows = 0
        self._empty: collections.Counter[str] = collections.Counter()
        self._unknown: dict[str, collections.Counter[str]] = {
            each.name: collections.Counter() for each in self._features
        }

    def update(self, batch: Sequence[bytes]) -> None:
        """Count the cells of serialized tf.Examples."""
        rows = self._decoder.DecodeBatch(batch)
        self._rows += len(batch)
        for name, domain in self._domains.items():
            cells = rows.column(rows.schema.get_field_index(name)).flatten()
            if pa.types.is_floating(cells.type):
                cells = cells.filter(pc.is_finite(cells))
            elif pa.types.is_large_binary(cells.type) or pa.types.is_binary(cells.type):
                cells = cells.filter(pc.greater(pc.binary_length(cells), 0))
            self._empty[name] += len(batch) - len(cells)
            if domain:
                self._unknown[name].update(_others(cells, domain))

    def excess(self) -> list[str]:
        """Return in words of which columns more cells are unknown than in the training."""
        told = []
        for feature in self._features:
            empty = self._empty[feature.name] / self._rows
            if empty > (most := 1 - feature.presence.min_fraction):
                told.append(_told(feature.name, f"{empty:.1%} of the cells are empty", most))
            values = self._unknown[feature.name]
            unknown = sum(values.values()) / self._rows
            if unknown > (most := 1 - _domain_mass(feature)):
                ((example, _),) = values.most_common(1)
                share = f"{unknown:.1%} of the cells are unknown, such as {example!r}"
                told.append(_told(feature.name, share, most))
        return told


def _others(cells: pa.Array, domain: Sequence[str]) -> dict[str, int]:
    """Count the values that are not in a domain."""
    key = spelling.key_of(domain) or str
    known = {*map(key, domain)}
    counts = {_text(each["values"]): each["counts"] for each in cells.value_counts().to_pylist()}
    return {text: count for text, count in counts.items() if key(text) not in known}


def _text(value: bytes | int) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _domain_mass(feature: schema_pb2.Feature) -> float:
    """Return which share of the cells must be in the domain."""
    if not feature.HasField("distribution_constraints"):
        return 1.0
    return feature.distribution_constraints.min_domain_mass


def _told(column: str, share: str, most: float) -> str:
    return f"column {column!r}: {share}; in the training at most {most:.1%}"
