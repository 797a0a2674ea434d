"""Feature engineering in the input pipeline and in the exported model, the same in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import tensorflow as tf

from . import parsing
from .columns import LABEL_FEATURE, Columns
from .learners import Ranks
from .parsing import Features, FeatureSpec
from .treatments import missing

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

BATCH_SIZE = 4096


class Preprocessor:
    """Turns raw records into model features, with what it learns from the training split.

    Args:
        fn_args: the paths of the records.
        columns: those of the records.

    Attributes:
        columns: as given.
        record_spec: the feature spec of the records to train on, the raw ones.
        learned: what `apply` of a column's treatment needs, by the name of its feature.
    """

    def __init__(self, fn_args: FnArgs, columns: Columns) -> None:
        self.columns = columns
        self.record_spec: FeatureSpec = parsing.raw_feature_spec(columns.schema)
        learners = {each.feature: each.treatment.learner() for each in columns.features}
        records = parsing.records(fn_args.train_files).batch(BATCH_SIZE).map(self._parse)
        for cells in records if any(learners.values()) else []:
            for name, learner in learners.items():
                if learner:
                    learner.update_state(tf.boolean_mask(cells[name], ~missing(cells[name])))
        self.learned = {name: each and each.result() for name, each in learners.items()}

    @property
    def vocabularies(self) -> dict[str, list[str]]:
        """The values that have ranks, by the name of the column."""
        learned = {each.name: self.learned[each.feature] for each in self.columns.listed}
        return {
            name: [value.decode(errors="replace") for value in each.vocabulary]
            for name, each in learned.items()
            if isinstance(each, Ranks)
        }

    def from_record(self, parsed: Features) -> Features:
        """Turn parsed records into model features, as plain TensorFlow operations.

        Returns:
            The features as columns.specs describes them, and the label: its class, or a number.
        """
        cells = self._prepare(parsed)
        features = {
            each.feature: tf.cast(
                each.treatment.apply(cells[each.feature], self.learned[each.feature]),
                each.treatment.dtype,
            )
            for each in self.columns.features
        }
        return {**features, LABEL_FEATURE: parsing.label(parsed, self.columns)}

    def from_raw(self) -> Callable[[Features], Features]:
        """Make the function that turns parsed raw records into features and label."""
        return self.from_record

    def _parse(self, batch: tf.Tensor) -> Features:
        return self._prepare(tf.io.parse_example(batch, self.record_spec))

    def _prepare(self, parsed: Features) -> Features:
        cells = parsing.dense(parsed, self.columns)
        return {
            each.feature: each.treatment.prepared(cells[each.feature])
            for each in self.columns.features
        }
