"""Feature engineering with TensorFlow Transform, the same in training and in serving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import tensorflow as tf
import tensorflow_transform as tft

from . import columns, parsing
from .columns import LABEL_FEATURE, Column
from .parsing import Features, FeatureSpec
from .treatments import Buckets, Dense, Domain, Vocabulary

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs


def preprocessing_fn(inputs: Mapping[str, tf.SparseTensor]) -> Features:
    """Turn raw columns into model features: the callback of the Transform component.

    Args:
        inputs: sparse tensors [batch, 1] of the types that the schema gives.

    Returns:
        Tensors [batch, 1]: float32 for dense features, int64 ids for the others, and
        the label's class.
    """
    cells = parsing.sparse(inputs)
    shape = parsing.column_shape(inputs)
    outputs = {
        column.feature: parsing.to_dense(_apply(column, cells[column.feature]), shape, 0)
        for column in columns.features()
    }
    return {**outputs, LABEL_FEATURE: parsing.label(inputs)}


def _apply(column: Column, cells: tf.SparseTensor) -> tf.SparseTensor:
    treatment = column.treatment
    if isinstance(treatment, Dense):
        return tft.scale_to_z_score(cells)
    if isinstance(treatment, Buckets):
        ids = tft.bucketize(cells, treatment.count)
    elif isinstance(treatment, Domain):
        ids = cells.with_values(parsing.domain_index(cells.values, treatment.values))
    elif isinstance(treatment, Vocabulary):
        ids = tft.compute_and_apply_vocabulary(
            cells, top_k=treatment.size, num_oov_buckets=1, vocab_filename=column.name
        )
    else:
        ids = tft.hash_strings(cells, treatment.buckets)
    return ids.with_values(ids.values + 1)


class Preprocessor:
    """What Transform has learned, for the Trainer.

    Attributes:
        record_spec: the feature spec of the records to train on, which Transform wrote.
    """

    def __init__(self, fn_args: FnArgs) -> None:
        self._transform = tft.TFTransformOutput(fn_args.transform_graph_path)
        self.record_spec: FeatureSpec = self._transform.transformed_feature_spec()

    def from_record(self, parsed: Features) -> Features:
        """Give the features and the label of parsed training records."""
        return parsed

    def from_raw(self) -> Callable[[Features], Features]:
        """Make the Keras layer that turns parsed raw records into features and label."""
        return self._transform.transform_features_layer()
