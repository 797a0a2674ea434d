"""Columns whose cells hold several categories each: words, or the items of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

# <% if cookiecutter.transform == "no" %>
from .learners import Frequencies, Read
# <% endif %>
from .treatments import DEFAULT_VOCABULARY_SIZE, Treatment, Vocabulary

# So many different ones of a cell are read.
LENGTH = 100
# What ends the ids of a row.
NO_ID = -1


class Bag(Treatment):
    """Several categories, replaced by their ranks among the `size` most frequent ones.

    All rarer ones, and those not seen in training, share one more id; id 0 means that there is
    none. Of the same category there is one id, whatever the order, of the first LENGTH. NO_ID
    stands after the last one, and the model takes the mean of the others' embeddings.
    """

    types = (schema_pb2.BYTES,)
    raw_dtype = tf.string
    size: int

    @property
    def shape(self) -> tuple[int, ...]:
        """As many ids as are read."""
        return (LENGTH,)

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.size + 2

    def split(self, cells: tf.Tensor) -> tf.RaggedTensor:
        """Split cells, [batch], into categories, [batch, (count)], none of which is empty."""
        raise NotImplementedError
# <% if cookiecutter.transform == "no" %>

    def learner(self) -> Read:
        """Learn how often each category is there."""
        return Read(lambda cells: self.split(cells).flat_values, Frequencies(self.size))
# <% endif %>

    def apply(self, cells: tf.Tensor, learned: Any) -> tf.Tensor:
        """Rank the categories of each cell."""
        found = self.split(tf.reshape(cells, [-1]))
        ids = found.with_flat_values(Vocabulary(self.size).places(found.flat_values, learned) + 1)
        padded = _once(ids, self.cardinality).to_tensor(NO_ID, shape=[None, LENGTH])
        # An empty cell has the id 0.
        return tf.concat([tf.maximum(padded[:, :1], 0), padded[:, 1:]], axis=1)


@dataclass(frozen=True)
class Items(Bag):
    """The items of a list: what stands between separators, without spaces around it."""

    separator: str
    size: int = DEFAULT_VOCABULARY_SIZE

    def split(self, cells: tf.Tensor) -> tf.RaggedTensor:
        """Split at the separators."""
        items = tf.strings.split(cells, self.separator)
        return _filled(items.with_flat_values(tf.strings.strip(items.flat_values)))


@dataclass(frozen=True)
class Words(Bag):
    """The words of a text, in lower case: letters and digits; or a sign, where words are signs."""

    size: int = DEFAULT_VOCABULARY_SIZE

    def split(self, cells: tf.Tensor) -> tf.RaggedTensor:
        """Split at what is neither letter nor digit, and beside Chinese and Japanese signs."""
        lower = tf.strings.lower(cells, encoding="utf-8")
        for pattern, written in (
            (r"['\x{2019}]", ""),
            (r"([\p{Han}\p{Hiragana}\p{Katakana}])", r" \1 "),
            (r"[^\pL\pN\pM]+", " "),
        ):
            lower = tf.strings.regex_replace(lower, pattern, written)
        return _filled(tf.strings.split(lower, " "))


def _filled(found: tf.RaggedTensor) -> tf.RaggedTensor:
    """Leave out what is empty."""
    return tf.ragged.boolean_mask(found, tf.not_equal(found, ""))


def _once(ids: tf.RaggedTensor, cardinality: int) -> tf.RaggedTensor:
    """Keep the first of equal ids, below a cardinality, of a row."""
    keys = ids.value_rowids() * cardinality + ids.flat_values
    values, places = tf.unique(keys, tf.int64)
    numbers = tf.range(tf.size(keys, tf.int64))
    first = tf.math.unsorted_segment_min(numbers, places, tf.size(values, tf.int64))
    is_first = tf.equal(tf.gather(first, places), numbers)
    return tf.ragged.boolean_mask(ids, ids.with_flat_values(is_first))
