"""Predictions of a pushed model for raw rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from . import columns, csv_files, training_record
from .errors import UserError

BATCH_SIZE = 1024


def newest_model(serving: Path) -> Path:
    """Find the newest pushed model; the Pusher names each by its time.

    Raises:
        UserError: nothing has been pushed.
    """
    versions = [each for each in serving.glob("*") if each.name.isdecimal()]
    if not versions:
        raise UserError(f"no pushed model in {serving}; `run` pushes one that is blessed")
    return max(versions, key=lambda version: int(version.name))


def predict(file: Path, model: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Predict each row of a CSV file, in order; the file is read in batches.

    Yields:
        The most probable class by its name, and {class: probability}.

    Raises:
        UserError: the model is not one of this project, the file cannot be used, or a cell is
            no number where the schema wants one.
    """
    try:
        classes = training_record.read(model)["classes"]
    except FileNotFoundError as error:
        raise UserError(f"{model} is not a model that this project has pushed") from error
    saved_model = tf.saved_model.load(str(model))
    types = {feature.name: feature.type for feature in columns.read_schema().feature}
    rows = enumerate(csv_files.rows(file), start=1)
    while batch := list(itertools.islice(rows, BATCH_SIZE)):
        examples = [_example(row, types, f"{file}, row {number}") for number, row in batch]
        for scores in probabilities(saved_model, tf.constant(examples)).numpy():
            yield classes[int(np.argmax(scores))], dict(zip(classes, scores.tolist()))


def probabilities(saved_model: tf.Module, examples: tf.Tensor) -> tf.Tensor:
    """Ask a loaded SavedModel.

    Args:
        saved_model: what tf.saved_model.load returns.
        examples: serialized tf.Examples, [batch].

    Returns:
        The probability of each class, [batch, classes].
    """
    signatures = saved_model.signatures
    # An Estimator's serving_default, for the classification API, is another signature.
    ask = signatures["predict" if "predict" in signatures else "serving_default"]
    answer = ask(examples=examples)["probabilities"]
    return tf.concat([1 - answer, answer], axis=1) if answer.shape[1] == 1 else answer


def _example(row: dict[str, str], types: dict[str, int], place: str) -> bytes:
    features = {}
    for name in types.keys() & row.keys():
        cells = [row[name]] if row[name] else []
        try:
            if types[name] == schema_pb2.FLOAT:
                numbers = tf.train.FloatList(value=map(float, cells))
                features[name] = tf.train.Feature(float_list=numbers)
            elif types[name] == schema_pb2.INT:
                integers = tf.train.Int64List(value=map(int, cells))
                features[name] = tf.train.Feature(int64_list=integers)
            else:
                texts = tf.train.BytesList(value=[cell.encode() for cell in cells])
                features[name] = tf.train.Feature(bytes_list=texts)
        except ValueError as error:
            wanted = "an integer" if types[name] == schema_pb2.INT else "a number"
            raise UserError(f"{place}, column {name!r}: {cells[0]!r} is not {wanted}") from error
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
