"""What the model must know of the training data to do its own feature engineering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from . import columns, parsing
from .columns import LABEL_FEATURE
from .parsing import Features, FeatureSpec
from .treatments import Buckets, Dense, Vocabulary

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

BATCH_SIZE = 4096


@dataclass
class Moments:
    """Mean and variance of the numbers seen so far, in float64."""

    count: int = 0
    mean: float = 0.0
    sum_of_squares: float = 0.0

    @property
    def variance(self) -> float:
        """The population variance; 1 where it is 0, so that it can be divided by."""
        return self.sum_of_squares / max(self.count, 1) or 1.0

    def update_state(self, numbers: tf.Tensor) -> None:
        """Add numbers, [count], by the update of Chan, Golub and LeVeque (1979)."""
        values = numbers.numpy().astype(np.float64)
        if values.size == 0:
            return
        total = self.count + values.size
        shift = values.mean() - self.mean
        self.sum_of_squares += values.size * (values.var() + shift**2 * self.count / total)
        self.mean += shift * values.size / total
        self.count = total


class Preprocessor:
    """Reads raw records, and learns from the training split what `encoding` needs.

    Attributes:
        record_spec: the feature spec of the records to train on, the raw ones.
        moments: of each Dense column, by its name.
        boundaries: of each Buckets column, its count - 1 inner quantiles, ascending.
        vocabularies: of each Vocabulary column, its most frequent values.
    """

    def __init__(self, fn_args: FnArgs) -> None:
        schema = columns.read_schema(fn_args.schema_path)
        self.record_spec: FeatureSpec = parsing.raw_feature_spec(schema)
        self.moments = {}
        quantiles = {}
        vocabularies = {}
        for column in columns.features():
            if isinstance(column.treatment, Dense):
                self.moments[column.name] = Moments()
            elif isinstance(column.treatment, Buckets):
                quantiles[column.name] = tf.keras.layers.Discretization(
                    num_bins=column.treatment.count
                )
                quantiles[column.name].build([None])
            elif isinstance(column.treatment, Vocabulary):
                vocabularies[column.name] = tf.keras.layers.StringLookup(
                    max_tokens=column.treatment.size + 1
                )
        learners = {**self.moments, **quantiles, **vocabularies}
        batches = parsing.records(fn_args.train_files).batch(BATCH_SIZE).map(self._parse)
        for batch in batches:
            for name, learner in learners.items():
                cells = batch[columns.feature_name(name)]
                learner.update_state(tf.boolean_mask(cells, ~parsing.missing(cells)))
        for layer in (*quantiles.values(), *vocabularies.values()):
            layer.finalize_state()
        self.boundaries = {name: list(layer.bin_boundaries) for name, layer in quantiles.items()}
        self.vocabularies = {
            name: layer.get_vocabulary(include_special_tokens=False)
            for name, layer in vocabularies.items()
        }

    def from_record(self, parsed: Features) -> Features:
        """Give the features and the label of parsed training records."""
        return {**parsing.dense(parsed), LABEL_FEATURE: parsing.label(parsed)}

    def from_raw(self) -> Callable[[Features], Features]:
        """Make the function that turns parsed raw records into features and label."""
        return self.from_record

    def _parse(self, batch: tf.Tensor) -> Features:
        return parsing.dense(tf.io.parse_example(batch, self.record_spec))
