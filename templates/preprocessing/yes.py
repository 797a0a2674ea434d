"""Feature engineering with TensorFlow Transform, the same in training and in serving."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import tensorflow as tf
import tensorflow_transform as tft

from . import parsing
from .columns import LABEL_FEATURE, Columns
from .parsing import Features, FeatureSpec
from .schema import of_property
from .treatments import Treatment, from_one_line

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

# Of the file that Transform writes for tft.compute_and_apply_vocabulary in a scope.
VOCABULARY_FILE = "vocab_{scope}_compute_and_apply_vocabulary_vocabulary"


def preprocessing_fn(
    inputs: Mapping[str, tf.SparseTensor], custom_config: Mapping[str, str]
) -> Features:
    """Turn raw columns into model features: the callback of the Transform component.

    Args:
        inputs: sparse tensors [batch, 1] of the types that the schema gives.
        custom_config: holds `schema`, as to_property writes it.
    """
    return preprocess(inputs, Columns.of(of_property(custom_config["schema"])))


def preprocess(inputs: Mapping[str, tf.SparseTensor], columns: Columns) -> Features:
    """Turn raw columns into model features.

    Args:
        inputs: sparse tensors [batch, 1].
        columns: what is to become of them.

    Returns:
        The features as columns.specs describes them, and the label: its class, or a number.
    """
    cells = parsing.dense(inputs, columns)
    outputs = {LABEL_FEATURE: parsing.label(inputs, columns)}
    for (treatment, _), names in _groups(columns).items():
        together = treatment.prepared(tf.concat([cells[name] for name in names], axis=1))
        # By the scope, Transform names the file of a vocabulary.
        with tf.name_scope(names[0]):
            features = treatment.apply(together, treatment.analyze(together))
        split = tf.split(tf.cast(features, treatment.dtype), len(names), axis=1)
        outputs.update(zip(names, split))
    return outputs


def _groups(columns: Columns) -> dict[tuple[Treatment, str], list[str]]:
    """Put features of the same treatment together: one analyzer is faster than many.

    A feature that is treated alone is named by the second part of the key.
    """
    groups = collections.defaultdict(list)
    for column in columns.features:
        alone = "" if column.treatment.side_by_side else column.feature
        groups[column.treatment, alone].append(column.feature)
    return groups


class Preprocessor:
    """What Transform has learned, for the Trainer.

    Args:
        fn_args: the path of what Transform has written.
        columns: those of the records.

    Attributes:
        columns: as given.
        record_spec: the feature spec of the records to train on, which Transform wrote.
    """

    def __init__(self, fn_args: FnArgs, columns: Columns) -> None:
        self.columns = columns
        self._transform = tft.TFTransformOutput(fn_args.transform_graph_path)
        self.record_spec: FeatureSpec = self._transform.transformed_feature_spec()

    @property
    def vocabularies(self) -> dict[str, list[str]]:
        """The values that have ranks, by the name of the column."""
        files = {
            each.name: VOCABULARY_FILE.format(scope=each.feature) for each in self.columns.listed
        }
        return {
            name: [
                from_one_line(value.decode(errors="replace"))
                for value in self._transform.vocabulary_by_name(file)
            ]
            for name, file in files.items()
            if self._transform.vocabulary_file_by_name(file)
        }

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
