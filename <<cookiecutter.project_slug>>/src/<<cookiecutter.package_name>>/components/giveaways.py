"""Columns that alone give the label away: often, what they hold is known only after the label is.

Each is judged by itself, on rows that its values were not looked up in: half of the rows tell which
labels a value comes with, and the other half is told by that.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from ..features.schema import domain_of, label_of, read_by_the_model
from ..files import examples, remote, tfrecord_files

# So many rows or bytes are read, and of the rows at most so many are looked at, evenly.
MOST_READ, MOST_BYTES, MOST_ROWS = 100_000, 50_000_000, 10_000
# So many rows must be there, and of each class.
LEAST_ROWS, LEAST_OF_A_CLASS = 100, 20
# How many of them must differ.
LEAST_DISTINCT = 20
# So many classes, the most frequent ones, are told from all others.
MOST_CLASSES = 10
# What a column that gives the label away reaches, whatever the class: the area under the ROC curve,
# and the share of rows whose label is told right. For a label that is a number, the first one is
# the share of the variance of its ranks that is explained.
LEAST_AUC, LEAST_RIGHT = 0.995, 0.98
# How many rows a value needs to say something, unless it is a number.
LEAST_OF_A_VALUE = 5


def notes(split: str, described: schema_pb2.Schema) -> Iterator[str]:
    """Name the columns that alone give the label away, a sentence each.

    Images are not looked at.

    Args:
        split: the folder of the gzipped TFRecords that a model is trained on.
        described: their schema.
    """
    label = label_of(described)
    read = [each for each in read_by_the_model(described) if not _is_image(each)]
    records = _sample(split) if read else []
    if len(records) < LEAST_ROWS:
        return
    halves = _halves(records)
    rows = _decoded(records, [label, *read])
    has_label = pc.is_valid(rows.column(label.name))
    known, halves = rows.filter(has_label), halves[np.array(has_label)]
    learned, told = np.flatnonzero(halves == 0), np.flatnonzero(halves == 1)
    if min(len(learned), len(told)) < LEAST_ROWS / 2:
        return
    is_class = bool(domain_of(label, described))
    labels = _codes(known.column(label.name)) if is_class else _ranks(known.column(label.name))
    for feature in read:
        cells = known.column(feature.name)
        is_number = feature.type != schema_pb2.BYTES and not domain_of(feature, described)
        lookup = _Lookup(_numbers(cells) if is_number else _codes(cells), learned, told, is_number)
        score = _of_classes if is_class else _of_numbers
        if says := score(lookup, labels, told):
            filled = 1 - cells.null_count / len(known)
            yield (
                f"column {feature.name!r} alone gives the label {label.name!r} away: {says}; it is "
                f"filled in {filled:.1%} of the rows. If it is known only after the label is, tag "
                "it as ignored"
            )


def _is_image(feature: schema_pb2.Feature) -> bool:
    return any(tag.startswith("image:") for tag in feature.annotation.tag)


def _sample(split: str) -> list[bytes]:
    files = remote.glob(split, "*.gz")
    records = (each for file in files for each in tfrecord_files.records(remote.local_copy(file)))
    read, size = [], 0
    for record in itertools.islice(records, MOST_READ):
        read.append(record)
        size += len(record)
        if size > MOST_BYTES:
            break
    return read[:: max(1, math.ceil(len(read) / MOST_ROWS))]


def _halves(records: Sequence[bytes]) -> np.ndarray:
    """Put records into half 0 or 1, [rows], all copies of one into the same: they prove nothing."""
    places: dict[bytes, int] = {}
    groups = np.array([places.setdefault(each, len(places)) for each in records], int)
    halves = np.random.default_rng(1).permutation(len(places)) % 2
    return halves[groups] if len(places) >= LEAST_DISTINCT else np.full(len(records), -1)


def _decoded(records: Sequence[bytes], features: Sequence[schema_pb2.Feature]) -> pa.RecordBatch:
    """Make a column of each feature; a cell that is missing, or no finite number, is null."""
    decoded = examples.decoder(features).DecodeBatch(records)
    columns = [_single(decoded.column(decoded.schema.get_field_index(f.name))) for f in features]
    return pa.RecordBatch.from_arrays(columns, [feature.name for feature in features])


def _single(lists: pa.Array) -> pa.Array:
    """Return the first value of each list; null where there is none, or no finite number."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    first = np.cumsum(lengths) - lengths
    cells = lists.flatten().take(pa.array(first, mask=lengths == 0))
    if pa.types.is_floating(cells.type):
        return pc.if_else(pc.is_finite(cells), cells, pa.scalar(None, cells.type))
    return cells


def _numbers(cells: pa.Array) -> np.ndarray:
    """Return numbers as float64; NaN where a cell is missing."""
    return cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _codes(cells: pa.Array) -> np.ndarray:
    """Return a number for each value as float64; NaN where a cell is missing."""
    return _numbers(cells.dictionary_encode().indices)


def _ranks(cells: pa.Array) -> np.ndarray:
    """Return for each number which share of all is smaller, where equal ones count half."""
    _, places, counts = np.unique(_numbers(cells), return_inverse=True, return_counts=True)
    return ((np.cumsum(counts) - counts / 2) / len(cells))[places]


class _Lookup:
    """Which of some rows have a value like that of each of other rows.

    Args:
        values: of a column, [rows]; NaN is a value, too.
        learned: the rows that are looked up.
        told: the rows they are looked up for.
        is_number: whether one that is not there is like its neighbours, the next smaller and the
            next greater one.
    """

    def __init__(
        self, values: np.ndarray, learned: np.ndarray, told: np.ndarray, is_number: bool
    ) -> None:
        values = np.where(np.isnan(values), np.inf, values)
        self._order = learned[np.argsort(values[learned], kind="stable")]
        ordered = values[self._order]
        self._first = np.searchsorted(ordered, values[told], "left")
        self._end = np.searchsorted(ordered, values[told], "right")
        self._least = 1 if is_number else LEAST_OF_A_VALUE
        if is_number:
            known = np.searchsorted(ordered, np.inf)
            new = (self._first == self._end) & np.isfinite(values[told])
            self._first = np.where(new, np.maximum(self._first - 1, 0), self._first)
            self._end = np.where(new, np.minimum(self._end + 1, known), self._end)

    def means(self, numbers: np.ndarray) -> np.ndarray:
        """Average the numbers of the rows that are alike; of all, where these are few."""
        sums = np.concatenate([[0.0], np.cumsum(numbers[self._order])])
        counts = self._end - self._first
        means = (sums[self._end] - sums[self._first]) / np.maximum(counts, 1)
        return np.where(counts < self._least, sums[-1] / len(self._order), means)


def _of_classes(lookup: _Lookup, labels: np.ndarray, told: np.ndarray) -> str:
    """Return how well the most frequent classes are told; empty if not well enough."""
    classes, counts = np.unique(labels, return_counts=True)
    frequent = classes[np.argsort(-counts, kind="stable")][:MOST_CLASSES]
    least, right, rows = 1.0, 0, 0
    for each in frequent[1:] if len(classes) == 2 else frequent:
        is_it = labels == each
        if min(is_it.sum(), (~is_it).sum()) < LEAST_OF_A_CLASS:
            continue
        shares = lookup.means(is_it.astype(float))
        least = min(least, auc(shares, is_it[told]))
        if least < LEAST_AUC:
            return ""
        judged = np.full(len(told), True) if len(classes) == 2 else is_it[told]
        right += ((shares > 0.5) == is_it[told])[judged].sum()
        rows += judged.sum()
    if not rows or right / rows < LEAST_RIGHT:
        return ""
    return f"by it, {right / rows:.1%} of the rows are told right (AUC {least:.4f})"


def _of_numbers(lookup: _Lookup, labels: np.ndarray, told: np.ndarray) -> str:
    """Return how well the ranks of numbers are told; empty if not well enough."""
    variance = np.var(labels[told])
    if not variance:
        return ""
    explained = 1 - np.mean((lookup.means(labels) - labels[told]) ** 2) / variance
    if explained < LEAST_AUC:
        return ""
    return f"it explains {explained:.2%} of the variance of its ranks"


def auc(scores: np.ndarray, is_it: np.ndarray) -> float:
    """Return the share of the pairs of a row that is it and one that is not that scores tell apart.

    Pairs with equal scores count half. (Mann and Whitney's U, as a share of all pairs)
    """
    positive, negative = is_it.sum(), (~is_it).sum()
    if not positive or not negative:
        return 0.0
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return (ranks[is_it].sum() - positive * (positive + 1) / 2) / (positive * negative)
