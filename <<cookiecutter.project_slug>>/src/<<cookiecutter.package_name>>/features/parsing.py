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

from .columns import Columns
from .treatments import domain_index

Features = dict[str, tf.Tensor]
FeatureSpec = Mapping[str, Union[tf.io.FixedLenFeature, tf.io.VarLenFeature]]


def records(file_patterns: Sequence[str]) -> tf.data.Dataset:
    """Read the serialized tf.Examples, scalars of dtype string, of gzipped TFRecord files."""
    files = tf.data.Dataset.list_files(list(file_patterns), shuffle=False)
    return tf.data.TFRecordDataset(files, compression_type="GZIP")


def raw_feature_spec(schema: schema_pb2.Schema) -> FeatureSpec:
    """Describe the schema's columns to tf.io.parse_example."""
    return schema_utils.schema_as_feature_spec(schema).feature_spec


def dense(raw: Mapping[str, tf.SparseTensor], columns: Columns) -> Features:
    """Take the model's columns, as floats or strings, whatever their treatments read."""
    shape = _of_one_cell(raw[columns.label])
    return {
        column.feature: _dense(raw[column.name], shape, column.treatment.raw_dtype)
        for column in columns.features
    }


def label(raw: Mapping[str, tf.SparseTensor], columns: Columns) -> tf.Tensor:
    """Return the label's class, int64, its place in columns.classes; or a number, float32."""
    column = raw[columns.label]
    dtype = tf.string if columns.classes else tf.float32
    cells = _dense(column, _of_one_cell(column), dtype)
    if not columns.classes:
        return cells
    return domain_index(cells, columns.classes, by_value=column.dtype == tf.string)


def _of_one_cell(column: tf.SparseTensor) -> tf.Tensor:
    """Return the shape [batch, 1]: a sparse column's own is [batch, 0] if no cell is known."""
    return tf.stack([column.dense_shape[0], 1])


def _dense(column: tf.SparseTensor, shape: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Fill in the missing cells of a column; a number that is not finite is missing."""
    values, filler = column.values, "" if dtype == tf.string else float("nan")
    if dtype != tf.string:
        numbers = tf.cast(values, dtype)
        values = tf.where(tf.math.is_finite(numbers), numbers, filler)
    elif values.dtype != dtype:
        values = tf.strings.as_string(values)
    return tf.sparse.to_dense(tf.SparseTensor(column.indices, values, shape), filler)
