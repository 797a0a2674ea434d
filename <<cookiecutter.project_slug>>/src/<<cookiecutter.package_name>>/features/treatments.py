"""The ways in which a raw column can become a model feature.

The categorical ones turn a column into an integer id in [0, cardinality); id 0 means that
the cell is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Dense:
    """A number, scaled to mean 0 and variance 1; a missing cell becomes the mean."""


@dataclass(frozen=True)
class Image:
    """A PNG file, decoded to grey levels in [0, 1]; a missing cell becomes a black image."""

    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and the one channel."""
        return self.height, self.width, 1


@dataclass(frozen=True)
class Buckets:
    """A number, replaced by the quantile that it falls into."""

    count: int

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.count + 1


@dataclass(frozen=True)
class Domain:
    """A string or an integer, replaced by its place in a list that is known beforehand.

    All values that are not in the list share one more id.
    """

    values: tuple[str, ...]

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return len(self.values) + 2


@dataclass(frozen=True)
class Vocabulary:
    """A string or an integer, replaced by its rank among the `size` most frequent ones.

    All rarer values, and those not seen in training, share one more id.
    """

    size: int

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.size + 2


@dataclass(frozen=True)
class Hashed:
    """A string or an integer, replaced by its hash modulo `buckets`."""

    buckets: int

    @property
    def cardinality(self) -> int:
        """How many ids there are."""
        return self.buckets + 1


Categorical = Union[Buckets, Domain, Vocabulary, Hashed]
Treatment = Union[Dense, Image, Categorical]
