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
from .features import LABEL

Features = dict[str, tf.Tensor]
FeatureSpec = Mapping[str, Union[tf.io.FixedLenFeature, tf.io.VarLenFeature]]


def records(file_patterns: Sequence[str]) -> tf.data.Dataset:
    """Read the serialized tf.Examples, scalars of dtype string, of gzipped TFRecord files."""
    files = tf.data.Dataset.list_files(list(file_patterns), shuffle=False)
    return tf.data.TFRecordDataset(files, compression_type="GZIP")


def raw_feature_spec(schema: schema_pb2.Schema) -> FeatureSpec:
    """Describe the schema's columns to tf.io.parse_example."""
    return schema_utils.schema_as_feature_spec(schema).feature_spec


def sparse(raw: Mapping[str, tf.SparseTensor]) -> dict[str, tf.SparseTensor]:
    """Take the model's columns, numeric ones as float32 and the others as strings."""
    return {
        column.feature: _cast(raw[column.name], tf.float32 if column.numeric else tf.string)
        for column in columns.features()
    }


def dense(raw: Mapping[str, tf.SparseTensor]) -> Features:
    """Like `sparse`, with NaN or the empty string where a cell is missing."""
    shape = column_shape(raw)
    return {
        name: to_dense(column, shape, float("nan") if column.dtype == tf.float32 else "")
        for name, column in sparse(raw).items()
    }


def column_shape(raw: Mapping[str, tf.SparseTensor]) -> tf.Tensor:
    """Give [batch, 1], int64, the shape that all columns of a batch share."""
    return tf.stack([raw[LABEL].dense_shape[0], 1])


def to_dense(column: tf.SparseTensor, shape: tf.Tensor, missing: float | str) -> tf.Tensor:
    """Fill in the missing cells of a column, whose own shape may be [batch, 0]."""
    return tf.sparse.to_dense(tf.SparseTensor(column.indices, column.values, shape), missing)


def label(raw: Mapping[str, tf.SparseTensor]) -> tf.Tensor:
    """Give the label's class, int64: its place in columns.classes()."""
    cells = to_dense(_cast(raw[LABEL], tf.string), column_shape(raw), "")
    return domain_index(cells, columns.classes())


def domain_index(cells: tf.Tensor, domain: Sequence[str]) -> tf.Tensor:
    """Give the place of each string in a list, int64; len(domain) where it is not in it."""
    matches = tf.equal(cells[..., tf.newaxis], tf.constant([*domain]))
    found = tf.reduce_any(matches, axis=-1)
    return tf.where(found, tf.argmax(matches, axis=-1), tf.constant(len(domain), tf.int64))


def _cast(column: tf.SparseTensor, dtype: tf.DType) -> tf.SparseTensor:
    if column.dtype == dtype:
        return column
    if dtype == tf.string:
        return column.with_values(tf.strings.as_string(column.values))
    return column.with_values(tf.cast(column.values, dtype))
