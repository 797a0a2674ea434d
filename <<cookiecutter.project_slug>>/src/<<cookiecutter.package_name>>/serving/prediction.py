"""Predictions of a pushed model for raw rows."""

from __future__ import annotations

import errno
import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import BadDataError, UserError
# <% if cookiecutter.images == "yes" %>
from ..features.images import image_sizes
# <% endif %>
from ..features.schema import label_of, read_by_the_model, reading_of, types_of
# <% if cookiecutter.images == "yes" %>
from ..files import examples, png_files, spelling, tables, tfrecord_files
# <% else %>
from ..files import examples, spelling, tables, tfrecord_files
# <% endif %>
from ..files.readable import is_folder, listed, require_file
from ..training import training_record

# As the system says it, of whichever file of a model.
FORBIDDEN = os.strerror(errno.EACCES)
# The files of a folder that are predicted.
# <% if cookiecutter.images == "yes" %>
SUFFIXES = (*tables.SUFFIXES, tfrecord_files.SUFFIX, png_files.SUFFIX)
# <% else %>
SUFFIXES = (*tables.SUFFIXES, tfrecord_files.SUFFIX)
# <% endif %>


def newest_model(serving: Path) -> Path:
    """Find the newest pushed model; the Pusher names each by its time.

    Raises:
        UserError: nothing has been pushed, or the folder may not be read.
    """
    pushed = listed(serving) if is_folder(serving) else []
    versions = [each for each in pushed if each.name.isdecimal()]
    if not versions:
        raise UserError(f"no pushed model in {serving}; `run` pushes one that is blessed")
    return max(versions, key=lambda version: int(version.name))


def read_record(model: Path) -> dict[str, Any]:
    """Read what a pushed model says of itself, as training_record.read does.

    Raises:
        UserError: it is not one of this project, or not whole.
    """
    try:
        if not model.exists():
            raise UserError(f"{model} does not exist")
        return training_record.read(model)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{model} is not a model that this project has pushed") from error
    except PermissionError as error:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _not_whole(model) from error


def _not_whole(model: Path) -> UserError:
    return UserError(f"{model} is not whole: remove it, or name another by --model")


def predict(
    files: Sequence[Path],
    model: Path,
    schema: schema_pb2.Schema,
    look: Callable[[list[bytes]], None] = lambda batch: None,
    keep: Sequence[str] = (),
) -> Iterator[dict[str, str]]:
    """Predict the rows of files, in order, in batches.

    The files are read by the schema that the model was trained with.

    Args:
        files: their names say what they hold; a folder stands for those in it.
        model: the folder of a pushed one.
        schema: for a model that has none, of before release 0.7.0 of the template.
        look: is given each batch of serialized tf.Examples after it was predicted.
        keep: columns of the files to put before each answer, as they stand there.

    Yields:
        {label: the most probable class, probability_<class>: its probability, …}, or
        {label: the predicted number}.

    Raises:
        UserError: the model is not one of this project, not whole, or may not be read; a file
            cannot be used, or a cell is no number where the schema wants one; or a column to keep
            is not there, or has the name of one of the answer's.
    """
    record = read_record(model)
    try:
        saved_model = tf.saved_model.load(str(model))
    except (OSError, ValueError, IndexError, tf.errors.OpError) as error:
        if FORBIDDEN in str(error):
            raise UserError(f"{model} cannot be read: {FORBIDDEN}") from error
        raise _not_whole(model) from error
    answered = columns_of_answers(record["label"], record["classes"])
    if taken := [name for name in keep if name in answered]:
        raise UserError(f"{taken[0]!r} cannot be kept: the answers have a column of that name")
    own = training_record.read_schema(model) or schema
    found = list(files_of(files))
    kept = [_kept(file, own, keep) for file in found]
    for file, cells in zip(found, kept):
        for batch in _batches(file, own):
            try:
                answers = ask(
                    saved_model, tf.constant(batch), bool(record["classes"]), record.get("output")
                )
            except tf.errors.InvalidArgumentError as error:
                *_, reason = re.findall("Key: .*", error.message) or [error.message]
                raise BadDataError(f"{file} is not what {model} reads: {reason}") from error
            look(batch)
            for answer, row in zip(answers.numpy(), cells):
                texts = [*row, *in_text(answer, record["classes"])]
                yield dict(zip([*keep, *answered], texts))


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Replace folders by the files in them that can be predicted, in order.

    Raises:
        UserError: a file or a folder cannot be read, or a folder has none, or some that are CSV and
            some that are Parquet.
    """
    for path in paths:
        if not is_folder(path):
            require_file(path)
            yield path
            continue
        found = listed(path, SUFFIXES)
        tables.of_one_kind(str(path), [each.name for each in found])
        if not found:
            raise UserError(f"no {' or '.join(f'*{suffix}' for suffix in SUFFIXES)} file in {path}")
        yield from found


def schema_differences(model: Path, schema: schema_pb2.Schema) -> list[str]:
    """List in words how the schema that a model was trained with differs in what it reads."""
    own = training_record.read_schema(model)
    if not own:
        return []
    was, now = types_of(own), types_of(schema)
    told = [
        *(f"column {name!r} is not read any more" for name in was.keys() - now.keys()),
        *(f"column {name!r} is new" for name in now.keys() - was.keys()),
        *(
            f"column {name!r} was {was[name]} and is {now[name]}"
            for name in was.keys() & now.keys()
            if was[name] != now[name]
        ),
    ]
    if label_of(own).name != label_of(schema).name:
        told.append(f"the label was {label_of(own).name!r} and is {label_of(schema).name!r}")
    return sorted(told)


# <% if cookiecutter.images == "yes" %>
def _batches(file: Path, schema: schema_pb2.Schema) -> Iterator[list[bytes]]:
    """Read a file as serialized tf.Examples; its name says what it holds."""
    required = [feature.name for feature in read_by_the_model(schema)]
    sizes = image_sizes(schema)
    if file.suffix == png_files.SUFFIX:
        yield [png_files.read(file, sizes)]
    elif file.name.endswith(tfrecord_files.SUFFIX):
        yield from png_files.require_sizes(file, tfrecord_files.batches(file, required), sizes)
    else:
        # What the model does not read may be anything.
        yield from examples.from_table(file, reading_of(schema), required, others=False)
# <% else %>
def _batches(file: Path, schema: schema_pb2.Schema) -> Iterator[list[bytes]]:
    """Read a file as serialized tf.Examples; its name says what it holds."""
    required = [feature.name for feature in read_by_the_model(schema)]
    if file.name.endswith(tfrecord_files.SUFFIX):
        yield from tfrecord_files.batches(file, required)
    else:
        # What the model does not read may be anything.
        yield from examples.from_table(file, reading_of(schema), required, others=False)
# <% endif %>


# <% if cookiecutter.images == "yes" %>
def _kept(file: Path, schema: schema_pb2.Schema, columns: Sequence[str]) -> Iterator[list[str]]:
    """Read what is to be kept of a file, as text; its name says what it holds."""
    if not columns:
        return itertools.repeat([])
    if file.suffix == png_files.SUFFIX:
        raise UserError(f"{file} is an image, which has no column {columns[0]!r} to keep")
    if file.name.endswith(tfrecord_files.SUFFIX):
        return tfrecord_files.cells(file, columns)
    return tables.cells(file, columns, [each.name for each in read_by_the_model(schema)])
# <% else %>
def _kept(file: Path, schema: schema_pb2.Schema, columns: Sequence[str]) -> Iterator[list[str]]:
    """Read what is to be kept of a file, as text; its name says what it holds."""
    if not columns:
        return itertools.repeat([])
    if file.name.endswith(tfrecord_files.SUFFIX):
        return tfrecord_files.cells(file, columns)
    return tables.cells(file, columns, [each.name for each in read_by_the_model(schema)])
# <% endif %>


def columns_of_answers(label: str, classes: Sequence[str]) -> list[str]:
    """Name the columns of a CSV file of answers."""
    return [label, *(f"probability_{name}" for name in classes)]


def in_text(answer: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Put the model's answer to one row, [classes] or [1], into those columns.

    A number has as many digits as tell it from all others of its dtype.
    """
    numbers = [spelling.in_full(number) for number in answer]
    return [classes[int(np.argmax(answer))], *numbers] if classes else numbers


def ask(
    saved_model: tf.Module, serialized: tf.Tensor, classify: bool, output: str | None = None
) -> tf.Tensor:
    """Ask a loaded SavedModel.

    Args:
        saved_model: what tf.saved_model.load returns.
        serialized: tf.Examples, [batch].
        classify: whether it predicts classes.
        output: how the signature calls them, if not `probabilities` or `predictions`.

    Returns:
        The probability of each class, [batch, classes], or the predicted numbers, [batch, 1].
    """
    signatures = saved_model.signatures
    # An Estimator's serving_default, for the classification API, is another signature.
    signature = signatures["predict" if "predict" in signatures else "serving_default"]
    (examples,) = signature.structured_input_signature[1]
    answer = signature(**{examples: serialized})[
        output or ("probabilities" if classify else "predictions")
    ]
    return of_each_class(answer) if classify else answer


def of_each_class(answer: tf.Tensor) -> tf.Tensor:
    """Return the probability of each class, [batch, classes], where that of the first may lack."""
    return tf.concat([1 - answer, answer], axis=1) if answer.shape[1] == 1 else answer
