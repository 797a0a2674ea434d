"""TFRecord files of tf.Examples: a first look before a run, and their records."""

from __future__ import annotations

import gzip
import itertools
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.errors import BadDataError, UserError
from . import tables
from .readable import is_folder, listed, require_file

if TYPE_CHECKING:
    import tensorflow as tf

SUFFIX = ".tfrecord.gz"
BATCH_SIZE = 1024
# A record is its length and a checksum of that, then the content and a checksum of it.
HEADER = struct.Struct("<Q4x")
FOOTER = struct.Struct("4x")
# No serialized message is longer.
LONGEST = 2**31


def found(data: Path) -> bool:
    """Whether the data are a folder of TFRecord files.

    Raises:
        UserError: there are CSV or Parquet files as well, or the folder may not be read.
    """
    if not is_folder(data) or not listed(data, [SUFFIX]):
        return False
    if listed(data, tables.SUFFIXES):
        raise UserError(
            f"{data} has both *{SUFFIX} and *{tables.suffix(data)} files; keep those of one kind"
        )
    return True


def require_columns(folder: Path, columns: Sequence[str], label: str) -> None:
    """Look at the first record of each file for what TFX would only fail on in obscure words.

    Args:
        folder: of the files.
        columns: that each file must have.
        label: which of them is the label, for the message.

    Raises:
        UserError: a file cannot be read, is empty, or lacks a column.
    """
    for file in listed(folder, [SUFFIX]):
        next(batches(file, columns, label))


def batches(file: Path, required: Sequence[str] = (), label: str = "") -> Iterator[list[bytes]]:
    """Read the serialized tf.Examples of a file, about a thousand at a time.

    Args:
        file: TFRecords, gzipped.
        required: the features that its first tf.Example must have.
        label: which of the features is the label, for the message.

    Raises:
        UserError: the file cannot be read, is empty or of another format; or its first tf.Example
            lacks a required feature.
    """
    serialized = records(file)
    first = next(serialized, None)
    if first is None:
        raise BadDataError(f"{file} is empty")
    _require_features(file, first, required, label)
    serialized = itertools.chain([first], serialized)
    while batch := list(itertools.islice(serialized, BATCH_SIZE)):
        yield batch


def cells(file: Path, columns: Sequence[str]) -> Iterator[list[str]]:
    """Read some features of each tf.Example as text, empty where one has no value.

    Args:
        file: TFRecords, gzipped.
        columns: their names; the first tf.Example must have them.

    Raises:
        UserError: the file cannot be read, is empty or of another format; or its first tf.Example
            lacks a feature. Later, a feature has several values, or bytes that are no text.
    """
    import tensorflow as tf

    first, *_ = next(batches(file))
    present = tf.train.Example.FromString(first).features.feature
    if missing := [name for name in columns if name not in present]:
        raise UserError(
            f"{file} lacks the feature {missing[0]!r}; its features are "
            f"{', '.join(sorted(present))}"
        )
    return _texts(file, columns)


def _texts(file: Path, columns: Sequence[str]) -> Iterator[list[str]]:
    import tensorflow as tf

    for number, record in enumerate(records(file), 1):
        features = tf.train.Example.FromString(record).features.feature
        try:
            yield [_text(features[name]) for name in columns]
        except ValueError as error:
            what = f"one of {', '.join(columns)} is no single text in UTF-8 or number"
            raise BadDataError(f"{file}, record {number}: {what}") from error


def _text(feature: tf.train.Feature) -> str:
    """Return the one value as text, empty if there is none; of a number, all its digits."""
    import numpy as np

    from .spelling import in_full

    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else []
    if not values:
        return ""
    (value,) = values
    if kind == "bytes_list":
        return value.decode()
    return in_full(np.float32(value)) if kind == "float_list" else str(value)


def records(file: Path) -> Iterator[bytes]:
    """Read the records, without TensorFlow, whose devices a run has yet to set up.

    Raises:
        UserError: the file cannot be read, or is of another format.
    """
    require_file(file)
    try:
        with gzip.open(file) as stream:
            while header := stream.read(HEADER.size):
                (length,) = HEADER.unpack(header)
                if length > LONGEST:
                    raise BadDataError(f"{file} does not hold TFRecords")
                content = stream.read(length)
                FOOTER.unpack(stream.read(FOOTER.size))
                yield content
    except (EOFError, OSError, struct.error) as error:
        raise BadDataError(f"{file} does not hold whole gzipped TFRecords: {error}") from error


def _require_features(file: Path, record: bytes, required: Sequence[str], label: str) -> None:
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    try:
        present = tf.train.Example.FromString(record).features.feature
    except DecodeError as error:
        raise BadDataError(f"{file} does not hold tf.Examples") from error
    if missing := [name for name in required if name not in present]:
        which = "the label" if missing[0] == label else "the feature"
        raise BadDataError(
            f"{file} lacks {which} {missing[0]!r}, which schema/schema.pbtxt describes; "
            f"its features are {', '.join(sorted(present))}"
        )
