from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.components import giveaways

ROWS = 600
RANDOM = np.random.default_rng(0)
LABEL = RANDOM.permutation([0, 1, 1] * (ROWS // 3))
NOISE = RANDOM.normal(size=ROWS)
SPECIES = RANDOM.permutation([0, 1, 2] * (ROWS // 3))
# Pairs of a hundred classes.
FINE = RANDOM.permutation([*range(100)] * (ROWS // 100))

NUMBER, TEXT = "FLOAT", "BYTES"
CLASSES = 'int_domain { min: 0 max: 99 } annotation { tag: "label" }'


def told(
    tmp_path: Path,
    cells: Sequence[object],
    type: str,
    label: Sequence[float] = LABEL,
    says: str = CLASSES,
    copies: int = 1,
) -> list[str]:
    """Write rows of a column and a label as TFRecords; return what is said of the column."""
    kind = "INT" if says == CLASSES else "FLOAT"
    described = text_format.Parse(
        f'feature {{ name: "cell" type: {type} }} feature {{ name: "label" type: {kind} {says} }}',
        schema_pb2.Schema(),
    )
    with tf.io.TFRecordWriter(str(tmp_path / "rows.gz"), "GZIP") as writer:
        for row in [*zip(cells, label, range(ROWS))] * copies:
            writer.write(example(dict(zip(("cell", "label", "row"), row))))
    return [*giveaways.notes(str(tmp_path), described)]


def example(row: Mapping[str, object]) -> bytes:
    features = tf.train.Features()
    for name, cell in row.items():
        feature = features.feature[name]
        if isinstance(cell, str):
            feature.bytes_list.value.append(cell.encode())
        elif isinstance(cell, (int, np.integer)):
            feature.int64_list.value.append(cell)
        elif cell is not None:
            feature.float_list.value.append(cell)
    return tf.train.Example(features=features).SerializeToString(deterministic=True)


@pytest.mark.parametrize(
    ("cells", "type"),
    [
        ([float(noise) if label else None for noise, label in zip(NOISE, LABEL)], NUMBER),
        ([f"paid {row}" if label else None for row, label in enumerate(LABEL)], TEXT),
        ([float(label) for label in LABEL], NUMBER),
        ([float(3 * label + 0.1 * noise) for noise, label in zip(NOISE, LABEL)], NUMBER),
        ([("no", "yes")[label] for label in LABEL], TEXT),
        # Values of which each has one label.
        ([f"code {2 * (row % 7) + label}" for row, label in enumerate(LABEL)], TEXT),
    ],
)
def test_what_gives_the_label_away_is_named_with_its_share(
    tmp_path: Path, cells: Sequence[object], type: str
) -> None:
    (note,) = told(tmp_path, cells, type)
    assert note.startswith("column 'cell' alone gives the label 'label' away: by it, ")
    assert re.search(r"(99\.\d|100\.0)% of the rows are told right \(AUC (0\.999|1\.000)", note)
    filled = sum(cell is not None for cell in cells) / ROWS
    assert f"filled in {filled:.1%} of the rows" in note


@pytest.mark.parametrize(
    ("cells", "type"),
    [
        ([float(noise) for noise in NOISE], NUMBER),
        # Good, but no giveaway.
        ([float(label + 0.4 * noise) for noise, label in zip(NOISE, LABEL)], NUMBER),
        # Each value is seen once: nothing follows from its label.
        ([str(row) for row in range(ROWS)], TEXT),
        ([float(row) for row in range(ROWS)], NUMBER),
        # Only where the label is 1, but in half of these rows.
        ([1.0 if label and row % 2 else None for row, label in enumerate(LABEL)], NUMBER),
        ([None] * ROWS, NUMBER),
        (["same"] * ROWS, TEXT),
    ],
)
def test_what_does_not_is_not(tmp_path: Path, cells: Sequence[object], type: str) -> None:
    assert told(tmp_path, cells, type) == []


def test_all_classes_must_be_given_away(tmp_path: Path) -> None:
    assert told(tmp_path, [str(each) for each in SPECIES], TEXT, SPECIES)
    assert not told(tmp_path, [str(each == 1) for each in SPECIES], TEXT, SPECIES)
    # All but one of the others are told from a class, not the class itself.
    assert not told(tmp_path, [str(each // 2) for each in FINE], TEXT, FINE)


def test_numbers_are_given_away_by_a_function_of_them(tmp_path: Path) -> None:
    says = 'annotation { tag: "label" }'
    prices = np.exp(NOISE)
    (note,) = told(tmp_path, [float(2 * price) for price in prices], NUMBER, prices, says)
    assert "% of the variance of its ranks" in note
    noisy = [float(price) for price in prices * np.exp(RANDOM.normal(size=ROWS) / 2)]
    assert not told(tmp_path, noisy, NUMBER, prices, says)


def test_copies_of_a_row_prove_nothing(tmp_path: Path) -> None:
    assert not told(tmp_path, [float(noise) for noise in NOISE], NUMBER, copies=10)
    few = LABEL[: giveaways.LEAST_DISTINCT - 1]
    assert not told(tmp_path, [float(label) for label in few], NUMBER, few, copies=20)


def test_an_image_is_not_looked_at(tmp_path: Path) -> None:
    described = text_format.Parse(
        'feature { name: "picture" type: BYTES annotation { tag: "image:8x8" } } '
        'feature { name: "label" type: INT annotation { tag: "label" } }',
        schema_pb2.Schema(),
    )
    assert [*giveaways.notes(str(tmp_path / "none"), described)] == []


def test_the_area_under_the_curve_counts_pairs() -> None:
    is_it = np.array([True, False, True, False])
    assert giveaways.auc(np.array([0.9, 0.1, 0.4, 0.4]), is_it) == 3.5 / 4
    assert giveaways.auc(np.array([1.0, 0.0, 1.0, 0.0]), is_it) == 1
    assert giveaways.auc(np.array([1.0, 0.0]), np.array([True, True])) == 0
