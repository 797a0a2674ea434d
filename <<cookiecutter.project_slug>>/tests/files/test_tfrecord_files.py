from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import tfrecord_files

COLUMNS = ["kind", "size", "color"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "toys.tfrecord.gz"


def require_columns(folder: Path) -> None:
    tfrecord_files.require_columns(folder, COLUMNS, label="kind")


def write(file: Path, *records: bytes) -> None:
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for record in records:
            writer.write(record)


def test_good_data_pass(file: Path, serialized: tf.Tensor) -> None:
    write(file, *serialized.numpy())
    assert tfrecord_files.found(file.parent)
    require_columns(file.parent)


def test_records_come_in_batches(
    file: Path, serialized: tf.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfrecord_files, "BATCH_SIZE", 3)
    records = serialized.numpy().tolist()
    write(file, *records)
    assert list(tfrecord_files.batches(file)) == [records[:3], records[3:6], records[6:]]


def test_csv_files_are_another_matter(file: Path, toy_file: Path) -> None:
    assert not tfrecord_files.found(toy_file.parent)
    assert not tfrecord_files.found(toy_file)


def test_two_kinds_of_files_are_refused(file: Path) -> None:
    file.touch()
    file.with_name("toys.csv").touch()
    with pytest.raises(UserError, match=r"has both \*\.tfrecord\.gz and \*\.csv files"):
        tfrecord_files.found(file.parent)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(UserError, match=r"toys\.tfrecord\.gz does not exist"):
        next(tfrecord_files.batches(file))


def test_an_empty_file_is_named(file: Path) -> None:
    write(file)
    with pytest.raises(UserError, match=r"toys\.tfrecord\.gz is empty"):
        require_columns(file.parent)


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", gzip.compress(b"a,b\n1,2\n"), gzip.compress(b"x" * 100)]
)
def test_another_format_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"does not hold .*TFRecords"):
        require_columns(file.parent)


def test_a_file_that_is_cut_off_is_named(file: Path, serialized: tf.Tensor) -> None:
    write(file, *serialized.numpy())
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UserError, match="does not hold whole gzipped TFRecords"):
        list(tfrecord_files.batches(file))


def test_records_that_are_no_examples_are_named(file: Path) -> None:
    write(file, b"no message")
    with pytest.raises(UserError, match=r"does not hold tf\.Examples"):
        require_columns(file.parent)


@pytest.mark.parametrize(("name", "told"), [("kind", "label 'kind'"), ("size", "feature 'size'")])
def test_a_missing_feature_is_named(
    file: Path, serialized: tf.Tensor, name: str, told: str
) -> None:
    example = tf.train.Example.FromString(serialized.numpy()[0])
    del example.features.feature[name]
    write(file, example.SerializeToString())
    with pytest.raises(UserError, match=f"lacks the {told}.*; its features are .*age"):
        require_columns(file.parent)
