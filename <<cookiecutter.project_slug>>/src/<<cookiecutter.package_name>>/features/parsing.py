"""Serialized tf.Examples to tensors, as the schema describes them.

Every tensor is [batch, 1]. A missing cell is absent from a sparse tensor, and NaN or
the empty string in a dense one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Union

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import schema_utils

from . import columns
from .columns import Column
from .treatments import Dense, Image

Features = dict[str, tf.Tensor]
FeatureSpec = Mapping[str, Union[tf.io.FixedLenFeature, tf.io.VarLenFeature]]


def records(file_patterns: Sequence[str]) -> tf.data.Dataset:
    """Read the serialized tf.Examples, scalars of dtype string, of gzipped TFRecord files."""
    files = tf.data.Dataset.list_files(list(file_patterns), shuffle=False)
    return tf.data.TFRecordDataset(files, compression_type="GZIP")


def raw_feature_spec(schema: schema_pb2.Schema) -> FeatureSpec:
    """Describe the schema's columns to tf.io.parse_example."""
    return schema_utils.schema_as_feature_spec(schema).feature_spec


def feature_specs() -> dict[str, tf.TensorSpec]:
    """Describe the model's features: what comes out of the preprocessing, without the label."""
    return {column.feature: _feature_spec(column) for column in columns.features()}


def dense(raw: Mapping[str, tf.SparseTensor]) -> Features:
    """Take the model's columns, numeric ones as float32 and the others as strings."""
    shape = _of_one_cell(raw[columns.label_name()])
    return {
        column.feature: _dense(raw[column.name], shape, tf.float32 if column.numeric else tf.string)
        for column in columns.features()
    }


def missing(cells: tf.Tensor) -> tf.Tensor:
    """Return which cells are missing, float32 or string; bool, of the same shape."""
    return tf.math.is_nan(cells) if cells.dtype == tf.float32 else tf.equal(cells, "")


def images(cells: tf.Tensor, treatment: Image) -> tf.Tensor:
    """Decode PNG files, string [batch, 1]; a missing one is black.

    Returns:
        Grey levels in [0, 1], float32 [batch, height, width, 1].

    Raises:
        tf.errors.InvalidArgumentError: a cell is no PNG file, or of another size.
    """
    black = tf.io.encode_png(tf.zeros(treatment.shape, tf.uint8))
    files = tf.reshape(tf.where(missing(cells), black, cells), [-1])
    levels = tf.map_fn(
        lambda file: tf.ensure_shape(tf.io.decode_png(file, channels=1), treatment.shape),
        files,
        fn_output_signature=tf.TensorSpec(treatment.shape, tf.uint8),
    )
    return tf.cast(levels, tf.float32) / 255


def label(raw: Mapping[str, tf.SparseTensor]) -> tf.Tensor:
    """Return the label's class, int64, its place in columns.classes(); or a number, float32."""
    column = raw[columns.label_name()]
    dtype = tf.string if columns.classes() else tf.float32
    cells = _dense(column, _of_one_cell(column), dtype)
    return domain_index(cells, columns.classes()) if columns.classes() else cells


def domain_index(cells: tf.Tensor, domain: Sequence[str]) -> tf.Tensor:
    """Return the place of each string in a list, int64; len(domain) where it is not in it."""
    matches = tf.equal(cells[..., tf.newaxis], tf.constant([*domain]))
    found = tf.reduce_any(matches, axis=-1)
    return tf.where(found, tf.argmax(matches, axis=-1), tf.constant(len(domain), tf.int64))


def _feature_spec(column: Column) -> tf.TensorSpec:
    treatment = column.treatment
    shape = treatment.shape if isinstance(treatment, Image) else (1,)
    dtype = tf.float32 if isinstance(treatment, (Dense, Image)) else tf.int64
    return tf.TensorSpec([None, *shape], dtype, column.feature)


def _of_one_cell(column: tf.SparseTensor) -> tf.Tensor:
    """Return the shape [batch, 1]: a sparse column's own is [batch, 0] if no cell is known."""
    return tf.stack([column.dense_shape[0], 1])


def _dense(column: tf.SparseTensor, shape: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Fill in the missing cells of a column."""
    values = column.values
    if values.dtype != dtype:
        values = tf.strings.as_string(values) if dtype == tf.string else tf.cast(values, dtype)
    filler = "" if dtype == tf.string else float("nan")
    return tf.sparse.to_dense(tf.SparseTensor(column.indices, values, shape), filler)
