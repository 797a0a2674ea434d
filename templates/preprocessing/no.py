"""Feature engineering in the input pipeline and in the exported model, the same in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from . import columns, parsing
from .columns import LABEL_FEATURE, Column
from .parsing import Features, FeatureSpec
from .treatments import Buckets, Dense, Domain, Image, Vocabulary

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


class Frequencies:
    """How often each of the strings seen so far is among them.

    Args:
        size: of the vocabulary.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._counts: Counter[bytes] = Counter()

    @property
    def vocabulary(self) -> list[bytes]:
        """The most frequent strings; those of the same frequency in descending order.

        TensorFlow Transform has the same order.
        """
        frequent = sorted(((count, each) for each, count in self._counts.items()), reverse=True)
        return [each for _, each in frequent[: self._size]]

    def update_state(self, strings: tf.Tensor) -> None:
        """Add strings, [count]."""
        self._counts.update(strings.numpy().tolist())


class Ranks:
    """Gives each string its place in a vocabulary.

    A search among sorted fingerprints of 63 bits needs neither a table, which would have to be
    initialized in each graph, nor a comparison with each value, however long.

    Args:
        vocabulary: no string twice.
    """

    def __init__(self, vocabulary: Sequence[bytes]) -> None:
        fingerprints = _fingerprint(tf.constant(vocabulary, tf.string)).numpy()
        self._order = fingerprints.argsort()
        self._ascending = fingerprints[self._order]

    def __call__(self, cells: tf.Tensor) -> tf.Tensor:
        """Return the places, int64; the vocabulary's length for what is not in it."""
        if not self._order.size:
            return tf.zeros_like(cells, tf.int64)
        wanted = _fingerprint(cells)
        nearest = tf.searchsorted(self._ascending, tf.reshape(wanted, [-1]), out_type=tf.int64)
        place = tf.reshape(tf.minimum(nearest, self._order.size - 1), tf.shape(cells))
        found = tf.equal(tf.gather(self._ascending, place), wanted)
        return tf.where(found, tf.gather(self._order, place), self._order.size)


class Preprocessor:
    """Turns raw records into model features, with what it learns from the training split.

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
        frequencies = {}
        for column in columns.features():
            if isinstance(column.treatment, Dense):
                self.moments[column.name] = Moments()
            elif isinstance(column.treatment, Buckets):
                quantiles[column.name] = tf.keras.layers.Discretization(
                    num_bins=column.treatment.count
                )
                quantiles[column.name].build([None])
            elif isinstance(column.treatment, Vocabulary):
                frequencies[column.name] = Frequencies(column.treatment.size)
        learners = {**self.moments, **quantiles, **frequencies}
        batches = parsing.records(fn_args.train_files).batch(BATCH_SIZE).map(self._parse)
        for batch in batches:
            for name, learner in learners.items():
                cells = batch[columns.feature_name(name)]
                learner.update_state(tf.boolean_mask(cells, ~parsing.missing(cells)))
        for layer in quantiles.values():
            layer.finalize_state()
        self.boundaries = {name: list(layer.bin_boundaries) for name, layer in quantiles.items()}
        self.vocabularies = {name: each.vocabulary for name, each in frequencies.items()}
        self._ranks = {name: Ranks(each) for name, each in self.vocabularies.items()}

    def from_record(self, parsed: Features) -> Features:
        """Turn parsed records into model features, as plain TensorFlow operations.

        Returns:
            Tensors [batch, 1]: float32 for dense features, int64 ids for the others, and
            the label's class; [batch, height, width, 1], float32, for images.
        """
        cells = parsing.dense(parsed)
        features = {
            column.feature: self._apply(column, cells[column.feature])
            for column in columns.features()
        }
        return {**features, LABEL_FEATURE: parsing.label(parsed)}

    def from_raw(self) -> Callable[[Features], Features]:
        """Make the function that turns parsed raw records into features and label."""
        return self.from_record

    def _apply(self, column: Column, cells: tf.Tensor) -> tf.Tensor:
        treatment = column.treatment
        if isinstance(treatment, Image):
            return parsing.images(cells, treatment)
        missing = parsing.missing(cells)
        if isinstance(treatment, Dense):
            moments = self.moments[column.name]
            scaled = (cells - moments.mean) / moments.variance**0.5
            return tf.where(missing, tf.zeros_like(scaled), scaled)
        if isinstance(treatment, Buckets):
            buckets = tf.raw_ops.Bucketize(input=cells, boundaries=self.boundaries[column.name])
            ids = tf.cast(buckets, tf.int64)
        elif isinstance(treatment, Domain):
            ids = parsing.domain_index(cells, treatment.values)
        elif isinstance(treatment, Vocabulary):
            ids = self._ranks[column.name](cells)
        else:
            ids = tf.strings.to_hash_bucket_fast(cells, treatment.buckets)
        return tf.where(missing, tf.zeros_like(ids), ids + 1)

    def _parse(self, batch: tf.Tensor) -> Features:
        return parsing.dense(tf.io.parse_example(batch, self.record_spec))


def _fingerprint(strings: tf.Tensor) -> tf.Tensor:
    return tf.strings.to_hash_bucket_fast(strings, tf.int64.max)
