from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.console.errors import (
    BadDataError,
    UserError,
)
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)
from << cookiecutter.package_name >>.features.treatments import (
    Vocabulary,
)
from << cookiecutter.package_name >>.training import inputs

ROWS = 20_000


def test_training_repeats_full_batches(
    toy_split: inputs.Split, preprocessor: Preprocessor, columns: Columns
) -> None:
    for features, label in inputs.training(toy_split, preprocessor, batch_size=3).take(4):
        described = columns.specs
        assert features.keys() == described.keys()
        for name, cells in features.items():
            assert described[name].is_compatible_with(cells)
            assert len(cells) == 3
        assert label.shape == (3, 1)


def test_training_changes_the_order(toy_split: inputs.Split, preprocessor: Preprocessor) -> None:
    tf.random.set_seed(1)
    batches = inputs.training(toy_split, preprocessor, batch_size=7)
    orders = [label.numpy().ravel().tolist() for _, label in batches.take(8)]
    assert len(set(map(tuple, orders))) > 1


def test_evaluation_reads_each_record_once(
    toy_split: inputs.Split, preprocessor: Preprocessor
) -> None:
    batches = inputs.evaluation(toy_split, preprocessor, batch_size=3)
    assert batches.cardinality() == 3
    labels = [label.numpy().ravel().tolist() for _, label in batches]
    assert [len(label) for label in labels] == [3, 3, 1]
    assert sorted(itertools.chain.from_iterable(labels)) == [0, 0, 0, 1, 1, 2, 2]


def test_evaluation_reads_the_same_part_each_time(
    toy_split: inputs.Split, preprocessor: Preprocessor
) -> None:
    batches = inputs.evaluation(toy_split, preprocessor, batch_size=2, steps=2)
    assert batches.cardinality() == 2
    one, other = ([label.numpy().tolist() for _, label in batches] for _ in range(2))
    assert one == other


def test_replicas_evaluate_equally_many_records(
    toy_split: inputs.Split, preprocessor: Preprocessor
) -> None:
    batches = inputs.evaluation(toy_split, preprocessor, batch_size=4, replicas=2)
    assert [len(label) for _, label in batches] == [4, 2]
    with pytest.raises(UserError, match="7 rows to evaluate are too few for 8 replicas"):
        inputs.evaluation(toy_split, preprocessor, batch_size=8, replicas=8)


@pytest.mark.parametrize("label", [1e30, 1e-30, float("inf")])
def test_a_label_that_float32_cannot_scale_is_told(
    monkeypatch: pytest.MonkeyPatch, toy_split: inputs.Split, columns: Columns, label: float
) -> None:
    preprocessor = SimpleNamespace(columns=dataclasses.replace(columns, classes=()))
    labels = tf.data.Dataset.from_tensors(({}, tf.constant([[label], [0.0]])))
    monkeypatch.setattr(inputs, "evaluation", lambda *_: labels)
    with pytest.raises(UserError, match="the label 'kind' cannot be learned as it is: its mean is"):
        inputs.label_scale(toy_split, preprocessor, batch_size=7)


def test_the_share_of_values_that_have_no_id_is_known(
    fn_args: SimpleNamespace, preprocessor: Preprocessor, tmp_path: Path
) -> None:
    shares = inputs.unknown_shares(fn_args.eval_files, preprocessor, 1, str(tmp_path))
    assert shares == {"level": 0, "color": 0, "maker": 1 / 7}


def test_a_vocabulary_need_not_be_full(
    fn_args: SimpleNamespace,
    preprocessor: Preprocessor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roomy = [
        dataclasses.replace(each, treatment=Vocabulary(100)) if each.name == "maker" else each
        for each in preprocessor.columns.features
    ]
    columns = dataclasses.replace(preprocessor.columns, features=tuple(roomy))
    monkeypatch.setattr(preprocessor, "columns", columns)
    shares = inputs.unknown_shares(fn_args.eval_files, preprocessor, 1, str(tmp_path))
    assert shares["maker"] == 1 / 7


@pytest.mark.parametrize("buffer", [1_000, 1_000_000], ids=["on disk", "in memory"])
def test_sorted_records_are_read_in_a_random_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffer: int
) -> None:
    monkeypatch.setattr(inputs, "SHUFFLE_BUFFER", buffer)
    # So few that the largest pile is dealt out once more.
    monkeypatch.setattr(inputs, "MOST_PILES", 10)
    for number, rows in enumerate(np.array_split(np.arange(ROWS), 3)):
        with tf.io.TFRecordWriter(str(tmp_path / f"{number}.gz"), "GZIP") as writer:
            for row in rows:
                writer.write(str(row).encode())
    temporary = tmp_path / "temporary"
    with inputs.in_random_order([str(tmp_path / "*.gz")], 1, str(temporary)) as split:
        assert split.rows == ROWS
        records = split.records().shuffle(inputs.SHUFFLE_BUFFER)
        places = [int(record) for record in records.as_numpy_iterator()]
    assert sorted(places) == list(range(ROWS))
    assert not temporary.exists() or not any(temporary.iterdir())
    # The mean of a hundredth of a random order is this far from that of all rows, or less, in
    # all but one of 15,000 cases: four standard errors.
    error = ROWS / math.sqrt(12) / math.sqrt(ROWS / 100)
    for part in np.array_split(np.array(places), 100):
        assert abs(part.mean() - (ROWS - 1) / 2) < 4 * error
    neighbours = np.corrcoef(places[:-1], places[1:])[0, 1]
    assert abs(neighbours) < 4 / math.sqrt(ROWS)


def test_the_order_depends_on_the_seed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "SHUFFLE_BUFFER", 10)
    file = tmp_path / "rows.gz"
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for row in range(30):
            writer.write(str(row).encode())

    def order(seed: int) -> list[bytes]:
        with inputs.in_random_order([str(file)], seed, str(tmp_path)) as split:
            return list(split.records().as_numpy_iterator())

    assert order(1) == order(1)
    assert order(1) != order(2)


@pytest.mark.parametrize(
    ("rows", "replicas", "expected"), [(2, 1, 1), (7, 1, 1), (7, 3, 3), (50, 2, 5), (995, 1, 100)]
)
def test_a_share_of_the_rows_is_held_out(
    tmp_path: Path, rows: int, replicas: int, expected: int
) -> None:
    given = write(tmp_path, range(rows))
    with inputs.divided([given], 0.1, replicas, 1, str(tmp_path)) as (train, held_out):
        parts = [list(part.records().as_numpy_iterator()) for part in (train, held_out)]
    assert [len(part) for part in parts] == [train.rows, held_out.rows]
    assert held_out.rows == expected
    assert sorted(map(int, parts[0] + parts[1])) == [*range(rows)]
    assert parts[1] != sorted(parts[1], key=int) or expected < 5


def test_copies_of_a_row_are_held_out_together(tmp_path: Path) -> None:
    given = write(tmp_path, [row % 200 for row in range(1000)])
    with inputs.divided([given], 0.1, 1, 1, str(tmp_path)) as (train, held_out):
        learned, held = ({*part.records().as_numpy_iterator()} for part in (train, held_out))
    assert (len(learned), len(held)) == (180, 20)
    assert not learned & held


@pytest.mark.parametrize("seed", range(3))
def test_what_is_held_out_is_a_share_whatever_is_frequent(tmp_path: Path, seed: int) -> None:
    given = write(tmp_path, [max(0, row - 800) for row in range(1000)])
    with inputs.divided([given], 0.1, 1, seed, str(tmp_path)) as (_, held_out):
        assert held_out.rows == 100


def test_some_rows_can_be_taken(tmp_path: Path) -> None:
    given = write(tmp_path, range(30))
    for most, distance in ((10, 3), (29, 2), (30, 1), (50, 1)):
        with inputs.in_random_order([given], 1, str(tmp_path), most) as split:
            records = [*map(int, split.records().as_numpy_iterator())]
        assert split.rows == len(records)
        assert sorted(records) == [*range(0, 30, distance)]


def test_few_different_rows_are_on_both_sides(tmp_path: Path) -> None:
    given = write(tmp_path, [row % 4 for row in range(1000)])
    with inputs.divided([given], 0.1, 1, 1, str(tmp_path)) as parts:
        assert [len({*part.records().as_numpy_iterator()}) for part in parts] == [4, 4]


@pytest.mark.parametrize(("rows", "replicas"), [(1, 1), (3, 3), (3, 4)])
def test_too_few_rows_to_hold_any_out_are_told(tmp_path: Path, rows: int, replicas: int) -> None:
    given = write(tmp_path, range(rows))
    refused = pytest.raises(BadDataError, match=f"{rows} rows are too few .*{replicas} are held")
    with refused, inputs.divided([given], 0.1, replicas, 1, str(tmp_path)):
        pytest.fail("there is nothing to train on")


def write(folder: Path, rows: Iterable[int]) -> str:
    """Write numbers as records, in order; return the file's path."""
    file = str(folder / "given.gz")
    with tf.io.TFRecordWriter(file, "GZIP") as writer:
        for row in rows:
            writer.write(str(row).encode())
    return file


def test_no_records_are_told(tmp_path: Path) -> None:
    with tf.io.TFRecordWriter(str(tmp_path / "rows.gz"), "GZIP"):
        pass
    pattern = str(tmp_path / "*.gz")
    refused = pytest.raises(UserError, match=r"there are no rows in .*\*\.gz")
    with refused, inputs.in_random_order([pattern], 1, str(tmp_path)):
        pytest.fail("there is nothing to read")
    with refused, inputs.divided([pattern], 0.1, 1, 1, str(tmp_path)):
        pytest.fail("there is nothing to read")


def test_replicas_must_share_a_batch_equally() -> None:
    assert inputs.per_replica(32, 2) == 16
    for batch_size in (1, 33):
        with pytest.raises(UserError, match=f"2 replicas .* {batch_size} .*, such as"):
            inputs.per_replica(batch_size, 2)
