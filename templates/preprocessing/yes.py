"""Feature engineering with TensorFlow Transform, the same in training and in serving."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import tensorflow as tf
import tensorflow_transform as tft

from . import columns, parsing
from .columns import LABEL_FEATURE
from .parsing import Features, FeatureSpec
from .treatments import Buckets, Dense, Domain, Image, Treatment, Vocabulary

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs


def preprocessing_fn(inputs: Mapping[str, tf.SparseTensor]) -> Features:
    """Turn raw columns into model features: the callback of the Transform component.

    Args:
        inputs: sparse tensors [batch, 1] of the types that the schema gives.

    Returns:
        Tensors [batch, 1]: float32 for dense features, int64 ids for the others, and
        the label's class; [batch, height, width, 1], float32, for images.
    """
    cells = parsing.dense(inputs)
    outputs = {LABEL_FEATURE: parsing.label(inputs)}
    for (treatment, _), names in _groups().items():
        together = tf.concat([cells[name] for name in names], axis=1)
        outputs.update(zip(names, tf.split(_apply(treatment, together), len(names), axis=1)))
    return outputs


def _groups() -> dict[tuple[Treatment, str], list[str]]:
    """Put features of the same treatment together: one analyzer is faster than many.

    Vocabularies and images are of one feature alone, which the second part of the key names.
    """
    groups = collections.defaultdict(list)
    for column in columns.features():
        alone = column.feature if isinstance(column.treatment, (Image, Vocabulary)) else ""
        groups[column.treatment, alone].append(column.feature)
    return groups


def _apply(treatment: Treatment, cells: tf.Tensor) -> tf.Tensor:
    """Treat cells, [batch, features], float32 or string; return float32 or int64 ids.

    Of an image the cells are [batch, 1], and become float32 [batch, height, width, 1].
    """
    if isinstance(treatment, Image):
        return parsing.images(cells, treatment)
    if isinstance(treatment, Dense):
        scaled = tft.scale_to_z_score(cells, elementwise=True)
        return tf.where(parsing.missing(scaled), tf.zeros_like(scaled), scaled)
    if isinstance(treatment, Buckets):
        ids = _bucketize(cells, treatment.count)
    elif isinstance(treatment, Domain):
        ids = parsing.domain_index(cells, treatment.values)
    elif isinstance(treatment, Vocabulary):
        ids = tft.compute_and_apply_vocabulary(
            _in_one_line(cells), top_k=treatment.size, num_oov_buckets=1
        )
    else:
        ids = tft.hash_strings(cells, treatment.buckets)
    return tf.where(parsing.missing(cells), tf.zeros_like(ids), ids + 1)


def _in_one_line(cells: tf.Tensor) -> tf.Tensor:
    """Write line breaks as Python does, and so backslashes too: no two strings become the same.

    A vocabulary is a file with a value in each line, and lacks those of several lines.
    """
    for character, written in (("\\\\", r"\\\\"), ("\n", r"\\n"), ("\r", r"\\r")):
        cells = tf.strings.regex_replace(cells, character, written)
    return cells


def _bucketize(cells: tf.Tensor, count: int) -> tf.Tensor:
    """Return the quantile that each cell falls into, int64 [batch, features].

    tft.bucketize does the same with a dozen operations for each feature, and Transform traces
    them nine times.
    """
    tolerance = min(1 / count, 0.01)
    limits = tft.quantiles(cells, count, tolerance, reduce_instance_dims=False)
    by_feature = tf.searchsorted(limits, tf.transpose(cells), side="right", out_type=tf.int64)
    return tf.transpose(by_feature)


class Preprocessor:
    """What Transform has learned, for the Trainer.

    Attributes:
        record_spec: the feature spec of the records to train on, which Transform wrote.
    """

    def __init__(self, fn_args: FnArgs) -> None:
        self._transform = tft.TFTransformOutput(fn_args.transform_graph_path)
        self.record_spec: FeatureSpec = self._transform.transformed_feature_spec()

    def from_record(self, parsed: Features) -> Features:
        """Return the features and the label of parsed training records."""
        return parsed

    def from_raw(self) -> Callable[[Features], Features]:
        """Load the module that turns parsed raw records into features and label."""
        return Transformation(self._transform.transform_savedmodel_dir)


class Transformation(tf.Module):
    """What Transform has learned, as a function of parsed raw records.

    With the Keras layer that TensorFlow Transform offers, functions would be exported that nobody
    calls.
    """

    def __init__(self, directory: str) -> None:
        super().__init__()
        self._saved_model = tf.saved_model.load(directory)

    def __call__(self, parsed: Features) -> Features:
        """Return the features and the label."""
        return self._saved_model.transform_fn(parsed)
