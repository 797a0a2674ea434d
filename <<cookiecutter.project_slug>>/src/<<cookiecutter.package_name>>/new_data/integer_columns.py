"""Whether integers of few values are categories or numbers: rows that are held out tell.

To a network a category is a value each, about which each must be learned from its own rows. Of a
number, such as an age group or a grade, all rows tell which way it goes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from ..files import spelling
from .profiling import Profile

# Two values are a category: as a number they would be the same.
LEAST_VALUES = 3
# So many rows must be there to tell; a share of them is held out.
LEAST_ROWS, HELD_OUT = 100, 1 / 3
# An S, such as that of a probability, is a curve of degree 3.
MOST_DEGREES = 3
# A mean for each value counts the mean of all as so many rows of its own.
PRIOR_ROWS = 5
# It is better than a curve if its gain is more than so many standard errors.
NO_CHANCE = 2
# So many classes, the most frequent ones, are told from all others.
MOST_CLASSES = 10


def judged(table: pa.Table, profiles: Sequence[Profile], label: str) -> list[Profile]:
    """Mark the columns of integers that are ordinal.

    Args:
        table: the beginning of the data, strings.
        profiles: of all columns.
        label: the name of the one that is predicted.
    """
    (predicted,) = [profile for profile in profiles if profile.name == label]
    has_label = pc.is_valid(table.column(label))
    known = table.filter(has_label)
    outputs = _outputs(known.column(label).combine_chunks(), predicted)
    return [
        replace(profile, ordinal=are_numbers(_numbers(known, profile), outputs))
        if profile.name != label
        and profile.type == schema_pb2.INT
        and profile.unique >= LEAST_VALUES
        else profile
        for profile in profiles
    ]


def are_numbers(values: np.ndarray, outputs: np.ndarray) -> bool:
    """Whether a curve predicts held-out rows no worse than a mean for each value, by squares.

    The curve is a polynomial of MOST_DEGREES, or less if it would fit any means: of three values a
    line.

    Args:
        values: integers, float64, [rows]; NaN is a missing cell.
        outputs: what is predicted, float64, [rows, outputs].

    Returns:
        False too if there are too few rows to tell.
    """
    known = ~np.isnan(values)
    values, outputs = values[known], outputs[known]
    rows = len(values)
    if rows < LEAST_ROWS:
        return False
    order = np.random.default_rng(rows).permutation(rows)
    held_out, learned = np.split(order, [int(rows * HELD_OUT)])
    found, places = np.unique(values, return_inverse=True)
    degree = min(len(np.unique(places[learned])) - 2, MOST_DEGREES)
    if degree < 1:
        return False
    # Around 0, so that large values are told apart.
    centered = (values - values.mean()) / values.std()
    curve = np.polyfit(centered[learned], outputs[learned], degree)
    on_curve = np.vander(centered[held_out], degree + 1) @ curve
    counts = np.bincount(places[learned], minlength=len(found))[:, np.newaxis]
    sums = np.zeros((len(found), outputs.shape[1]))
    np.add.at(sums, places[learned], outputs[learned])
    overall = outputs[learned].mean(axis=0)
    means = (sums + PRIOR_ROWS * overall) / (counts + PRIOR_ROWS)
    truth = outputs[held_out]
    gain = ((on_curve - truth) ** 2 - (means[places[held_out]] - truth) ** 2).sum(axis=1)
    return bool(gain.mean() <= NO_CHANCE * gain.std() / math.sqrt(len(gain)))


def _numbers(table: pa.Table, profile: Profile) -> np.ndarray:
    cells = table.column(profile.name).combine_chunks()
    numbers = spelling.floats(spelling.plain(cells, profile.form))
    return numbers.to_numpy(zero_copy_only=False).astype(np.float64)


def _outputs(cells: pa.Array, label: Profile) -> np.ndarray:
    """Return numbers, [rows, 1], or for each of the most frequent texts whether it is that."""
    if label.type != schema_pb2.BYTES and label.unique > MOST_CLASSES:
        numbers = spelling.floats(spelling.plain(cells, label.form))
        return numbers.to_numpy(zero_copy_only=False).astype(np.float64)[:, np.newaxis]
    codes = cells.dictionary_encode().indices.to_numpy()
    classes = np.argsort(-np.bincount(codes))[:MOST_CLASSES]
    return (codes[:, np.newaxis] == classes).astype(np.float64)
