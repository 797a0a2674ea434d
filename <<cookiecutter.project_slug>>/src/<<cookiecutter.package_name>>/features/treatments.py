"""The ways in which a raw column can become a model feature, a class each.

To add one, write its class here or in special.py, and name it there. What maps a cell to another,
such as a logarithm, is a Dense with a `prepare` of its own.
"""

from __future__ import annotations

# <% if cookiecutter.transform == "yes" %>
import re
# <% endif %>
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import tensorflow as tf
# <% if cookiecutter.transform == "yes" %>
import tensorflow_transform as tft
# <% endif %>
from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import UserError
from ..files import spelling
# <% if cookiecutter.transform == "no" %>
from .learners import Frequencies, Learner, Moments, Quantiles, Ranks
# <% endif %>
from .schema import domain_of

DEFAULT_VOCABULARY_SIZE = 1000


class Treatment:
    """A way in which a raw column becomes a model feature."""

    types: ClassVar[tuple[int, ...]]
    """Those that the column may have in the schema."""
    raw_dtype: ClassVar[tf.DType]
    """Of the cells, float64 or string, or float32 where that is enough; what is missing is NaN or
    the empty string."""
# <% if cookiecutter.transform == "yes" %>
    side_by_side: ClassVar[bool] = False
    """Whether several columns can be treated at once, [batch, columns], which is faster."""

    def __init_subclass__(cls) -> None:
        """Treat columns one by one where features are made in another way, unless that says so."""
        if vars(cls).keys() & {"analyze", "apply", "places"}:
            cls.side_by_side = vars(cls).get("side_by_side", False)
# <% endif %>

    @property
    def shape(self) -> tuple[int, ...]:
        """What the feature of a row is: so many numbers, or an id."""
        return (1,)

    @property
    def cardinality(self) -> int:
        """How many ids there are, from 0 on, int64; 0 if the feature is dense, float32."""
        return 0

    @property
    def unknown(self) -> int | None:
        """The id that all values share which have none of their own; None if there is no such."""
        return None

    @property
    def dtype(self) -> tf.DType:
        """Of the feature."""
        return tf.int64 if self.cardinality else tf.float32

    def prepare(self, cells: tf.Tensor) -> tf.Tensor:
        """Map each known cell to another of its type, before anything is learned of them."""
        return cells

    def prepared(self, cells: tf.Tensor) -> tf.Tensor:
        """Prepare cells; missing ones stay so."""
        return tf.where(missing(cells), cells, self.prepare(cells))
# <% if cookiecutter.transform == "yes" %>

    def analyze(self, cells: tf.Tensor) -> Any:
        """Learn what `apply` needs of all prepared cells of the training split, by analyzers."""
        return None
# <% else %>

    def learner(self) -> Learner | None:
        """Make what learns of all prepared cells of the training split what `apply` needs."""
        return None
# <% endif %>

    def apply(self, cells: tf.Tensor, learned: Any) -> tf.Tensor:
        """Make the feature.

        Args:
            cells: prepared ones, [batch, 1].
            learned: of the training split.

        Returns:
            [batch, *shape], integers if there is a cardinality, else floats.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Dense(Treatment):
    """A number, scaled to mean 0 and variance 1; a missing cell becomes the mean.

    In float32, seconds since 1970 would be rounded to two minutes before they are scaled.
    """

    types = (schema_pb2.FLOAT, schema_pb2.INT)
    raw_dtype = tf.float64
# <% if cookiecutter.transform == "yes" %>
    side_by_side = True

    def apply(self, cells: tf.Tensor, learned: None) -> tf.Tensor:
        """Scale each column, [batch, columns]."""
        scaled = tft.scale_to_z_score(cells, elementwise=True)
        return tf.where(missing(scaled), tf.zeros_like(scaled), scaled)
# <% else %>

    def learner(self) -> Moments:
        """Learn mean and variance."""
        return Moments()

    def apply(self, cells: tf.Tensor, learned: Moments) -> tf.Tensor:
        """Scale the column."""
        scaled = (cells - learned.mean) / learned.variance**0.5
        return tf.where(missing(cells), tf.zeros_like(scaled), scaled)
# <% endif %>


class Categorical(Treatment):
    """A value, replaced by an id; id 0 means that the cell is missing."""

    types = (schema_pb2.BYTES, schema_pb2.INT)
    raw_dtype = tf.string

    def places(self, cells: tf.Tensor, learned: Any) -> tf.Tensor:
        """Return the ids of cells that are not missing, from 0 on, int64."""
        raise NotImplementedError

    def apply(self, cells: tf.Tensor, learned: Any) -> tf.Tensor:
        """Put the id of what is missing before the others."""
        places = self.places(cells, learned)
        return tf.where(missing(cells), tf.zeros_like(places), places + 1)


@dataclass(frozen=True)
class Buckets(Categorical):
    """A number, replaced by the quantile that it falls into."""

    count: int

    types = (schema_pb2.FLOAT, schema_pb2.INT)
    raw_dtype = tf.float32
# <% if cookiecutter.transform == "yes" %>
    side_by_side = True
# <% endif %>

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.count + 1
# <% if cookiecutter.transform == "yes" %>

    def analyze(self, cells: tf.Tensor) -> tf.Tensor:
        """Learn the inner quantiles of each column, [columns, count - 1]."""
        tolerance = min(1 / self.count, 0.01)
        return tft.quantiles(cells, self.count, tolerance, reduce_instance_dims=False)

    def places(self, cells: tf.Tensor, learned: tf.Tensor) -> tf.Tensor:
        """Find the quantiles.

        tft.bucketize does the same with a dozen operations for each column, and Transform traces
        them nine times.
        """
        by_column = tf.searchsorted(learned, tf.transpose(cells), side="right", out_type=tf.int64)
        return tf.transpose(by_column)
# <% else %>

    def learner(self) -> Quantiles:
        """Learn the inner quantiles."""
        return Quantiles(self.count)

    def places(self, cells: tf.Tensor, learned: list[float]) -> tf.Tensor:
        """Find the quantiles."""
        return tf.cast(tf.raw_ops.Bucketize(input=cells, boundaries=learned), tf.int64)
# <% endif %>


@dataclass(frozen=True)
class Domain(Categorical):
    """A string or an integer, replaced by its place in a list that is known beforehand.

    All values that are not in the list share one more id.

    Attributes:
        values: the list.
        by_value: whether 1.0 is the same as 1, and TRUE as True, where all values are such.
    """

    values: tuple[str, ...]
    by_value: bool = False

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return len(self.values) + 2

    @property
    def unknown(self) -> int:
        """That of values that are not in the list."""
        return self.cardinality - 1

    def places(self, cells: tf.Tensor, learned: None) -> tf.Tensor:
        """Look the values up."""
        return domain_index(cells, self.values, self.by_value)


@dataclass(frozen=True)
class Vocabulary(Categorical):
    """A string or an integer, replaced by its rank among the `size` most frequent ones.

    All rarer values, and those not seen in training, share one more id.
    """

    size: int

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.size + 2

    @property
    def unknown(self) -> int:
        """That of rarer values, and of new ones."""
        return self.cardinality - 1
# <% if cookiecutter.transform == "yes" %>

    def places(self, cells: tf.Tensor, learned: None) -> tf.Tensor:
        """Rank the values."""
        return tft.compute_and_apply_vocabulary(
            _in_one_line(cells), top_k=self.size, num_oov_buckets=1
        )
# <% else %>

    def learner(self) -> Frequencies:
        """Learn how often each value is there."""
        return Frequencies(self.size)

    def places(self, cells: tf.Tensor, learned: Ranks) -> tf.Tensor:
        """Rank the values."""
        return learned(cells)
# <% endif %>


@dataclass(frozen=True)
class Hashed(Categorical):
    """A string or an integer, replaced by its hash modulo `buckets`."""

    buckets: int

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.buckets + 1

    def places(self, cells: tf.Tensor, learned: None) -> tf.Tensor:
        """Hash the values."""
        return tf.strings.to_hash_bucket_fast(cells, self.buckets)


def missing(cells: tf.Tensor) -> tf.Tensor:
    """Return which cells are missing, floats or strings; bool, of the same shape."""
    return tf.equal(cells, "") if cells.dtype == tf.string else tf.math.is_nan(cells)


def domain_index(cells: tf.Tensor, domain: Sequence[str], by_value: bool = False) -> tf.Tensor:
    """Return the place of each string in a list, int64; len(domain) where it is not in it.

    Args:
        cells: strings.
        domain: the list.
        by_value: whether strings are the same that spelling.key_of says are.
    """
    key = spelling.key_of(domain) if by_value else None
    keys, values = cells, tf.constant([*domain])
    if key == spelling.number:
        is_number = tf.strings.regex_full_match(cells, spelling.NUMBER)
        keys = tf.strings.to_number(tf.where(is_number, cells, "nan"), tf.float64)
        values = tf.constant([*map(float, domain)], tf.float64)
    elif key == spelling.boolean:
        keys, values = tf.strings.lower(cells), tf.strings.lower(values)
    matches = tf.equal(keys[..., tf.newaxis], values)
    found = tf.reduce_any(matches, axis=-1)
    return tf.where(found, tf.argmax(matches, axis=-1), tf.constant(len(domain), tf.int64))


def default_treatment(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> Treatment:
    """Derive a column's treatment from its type and domain alone.

    Raises:
        UserError: it is an image by its tag.
    """
    for tag in feature.annotation.tag:
        if tag.startswith("image:"):
            raise UserError(
                f"schema.pbtxt: {feature.name} has the tag {tag!r}. That of images is "
                "image:HEIGHTxWIDTH, and `nox -s upgrade -- images=yes` brings what reads them"
            )
    if feature.type == schema_pb2.FLOAT:
        return Dense()
    if values := domain_of(feature, schema):
        return Domain(tuple(values), by_value=feature.type == schema_pb2.BYTES)
    return Vocabulary(DEFAULT_VOCABULARY_SIZE) if feature.type == schema_pb2.BYTES else Dense()
# <% if cookiecutter.transform == "yes" %>


def _in_one_line(cells: tf.Tensor) -> tf.Tensor:
    """Write line breaks as Python does, and so backslashes too: no two strings become the same.

    A vocabulary is a file with a value in each line, and lacks those of several lines.
    """
    for character, written in (("\\\\", r"\\\\"), ("\n", r"\\n"), ("\r", r"\\r")):
        cells = tf.strings.regex_replace(cells, character, written)
    return cells


def from_one_line(value: str) -> str:
    """Return the value that is written so in a vocabulary's file."""
    characters = {"n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: characters.get(found[1], found[1]), value)
# <% endif %>
