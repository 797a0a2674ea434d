"""What the model must know of the training data to do its own feature engineering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tensorflow as tf

from . import columns, parsing
from .columns import LABEL_FEATURE, Column
from .parsing import Features, FeatureSpec
from .treatments import Buckets, Dense, Vocabulary

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

ADAPT_BATCH_SIZE = 4096


@dataclass(frozen=True)
class Scale:
    """The moments of a dense column."""

    mean: float
    variance: float


class Preprocessor:
    """Reads raw records, and learns from the training split what `encoding` needs.

    Attributes:
        record_spec: the feature spec of the records to train on, the raw ones.
        scales: mean and variance of each Dense column.
        boundaries: the count - 1 inner quantiles of each Buckets column, ascending.
        vocabularies: the most frequent values of each Vocabulary column, descending.
    """

    def __init__(self, fn_args: FnArgs) -> None:
        schema = columns.read_schema(fn_args.schema_path)
        self.record_spec: FeatureSpec = parsing.raw_feature_spec(schema)
        self.scales: dict[str, Scale] = {}
        self.boundaries: dict[str, list[float]] = {}
        self.vocabularies: dict[str, list[str]] = {}
        batches = (
            parsing.records(fn_args.train_files)
            .batch(ADAPT_BATCH_SIZE)
            .map(lambda batch: parsing.dense(tf.io.parse_example(batch, self.record_spec)))
        )
        for column in columns.features():
            self._adapt(column, batches.map(lambda batch, name=column.feature: _present(batch[name])))

    def from_record(self, parsed: Features) -> Features:
        """Give the features and the label of parsed training records."""
        return {**parsing.dense(parsed), LABEL_FEATURE: parsing.label(parsed)}

    def from_raw(self) -> Callable[[Features], Features]:
        """Make the function that turns parsed raw records into features and label."""
        return self.from_record

    def _adapt(self, column: Column, cells: tf.data.Dataset) -> None:
        treatment = column.treatment
        if isinstance(treatment, Dense):
            scaler = tf.keras.layers.Normalization(axis=None)
            scaler.adapt(cells)
            self.scales[column.name] = Scale(float(scaler.mean), float(scaler.variance))
        elif isinstance(treatment, Buckets):
            quantiles = tf.keras.layers.Discretization(num_bins=treatment.count)
            quantiles.adapt(cells)
            self.boundaries[column.name] = list(quantiles.bin_boundaries)
        elif isinstance(treatment, Vocabulary):
            lookup = tf.keras.layers.StringLookup(max_tokens=treatment.size + 1)
            lookup.adapt(cells)
            self.vocabularies[column.name] = lookup.get_vocabulary(include_special_tokens=False)


def _present(cells: tf.Tensor) -> tf.Tensor:
    missing = tf.math.is_nan(cells) if cells.dtype == tf.float32 else tf.equal(cells, "")
    return tf.boolean_mask(cells, ~missing)
