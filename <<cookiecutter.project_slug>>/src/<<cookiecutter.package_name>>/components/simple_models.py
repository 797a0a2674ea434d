"""The component that measures what simple models are worth: a constant, and a linear one."""

# TFX reads the annotations at run time, so they must not be postponed.
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples, Schema, TransformGraph

from ..console.errors import in_other_words
from ..console.records import LOGGER
from ..features import parsing
from ..features.columns import LABEL_FEATURE, Columns
from ..features.preprocessing import Preprocessor
from ..features.schema import FILE_NAME
from ..files import remote
from ..metrics import catalog
from ..metrics.measures import Measure
from ..training.linear_model import LinearModel, is_too_large, most_rows

BATCH_SIZE = 1024
NONE = float("nan")


class Result(TypedDict):
    """What ML Metadata records.

    The metric of a model that answers the same for all rows, and of a linear one: not a number if
    it is undefined, or could not be measured, which a note says. And from how many of the rows of
    the training split they have learned.
    """

    constant: float
    linear: float
    learned: int
    rows: int
    notes: str


@component
def SimpleModels(  # noqa: N802 (the function becomes a class)
    examples: InputArtifact[Examples],
    schema: InputArtifact[Schema],
    metric: Parameter[str],
    seed: Parameter[int],
    transform_graph: InputArtifact[TransformGraph] = None,
) -> Result:
    """Measure a constant and a linear model on the whole evaluation split.

    They inform alone: whatever goes wrong is only told.

    Args:
        examples: what the Trainer reads.
        schema: that of the raw data.
        metric: its name.
        seed: of the rows that are learned from.
        transform_graph: of Transform, if there is one.
    """
    try:
        columns = Columns.read(str(remote.local_copy(f"{schema.uri}/{FILE_NAME}")))
        known = catalog.KNOWN[catalog.task_of(columns.classes)].get(metric)
        if not known:
            return _nothing(f"no simple models: they are not measured by {metric}")
        if is_too_large(columns):
            return _nothing("no simple models: of so many values and classes they are not simple")
        train, evaluation = (
            f"{artifact_utils.get_split_uri([examples], split)}/*.gz" for split in ("train", "eval")
        )
        graph = transform_graph.uri if transform_graph else None
        with tempfile.TemporaryDirectory() as folder:
            sample = Sample(train, most_rows(columns), seed, Path(folder))
            fn_args = FnArgs(train_files=[sample.files], transform_graph_path=graph)
            reader = Reader(columns, fn_args)
            constant, linear = measured(reader, sample.files, evaluation, known.measure)
    except Exception as error:
        LOGGER.exception("the simple models could not be measured")
        return _nothing(f"no simple models: {in_other_words(error, [])}")
    print(f"{metric} of a constant {constant}, of a linear model {linear}")
    return {
        "constant": constant,
        "linear": linear,
        "learned": sample.rows,
        "rows": sample.of,
        "notes": "",
    }


def _nothing(why: str) -> Result:
    return {"constant": NONE, "linear": NONE, "learned": 0, "rows": 0, "notes": why}


class Sample:
    """Records of gzipped files: all, or so many of them, drawn at random.

    Args:
        files: their pattern.
        most: how many records to take at most.
        seed: the same one takes the same records.
        folder: where those that are taken are written to, if not all are.

    Attributes:
        files: the pattern of the files that have them.
        rows: how many there are.
        of: of how many.
    """

    def __init__(self, files: str, most: int, seed: int, folder: Path) -> None:
        self.files = files
        self.rows = self.of = sum(map(len, _records(files)))
        if self.of <= most:
            return
        taken = np.zeros(self.of, bool)
        taken[np.random.default_rng(seed).choice(self.of, most, replace=False)] = True
        self.files, self.rows = str(folder / "sample.gz"), most
        first = 0
        with tf.io.TFRecordWriter(self.files, "GZIP") as writer:
            for batch in _records(files):
                for record in batch[taken[first : first + len(batch)]]:
                    writer.write(record)
                first += len(batch)


class Reader:
    """Reads features and labels as the Trainer does.

    Args:
        columns: those of the records.
        fn_args: the paths of what is learned from.
    """

    def __init__(self, columns: Columns, fn_args: FnArgs) -> None:
        self.columns = columns
        preprocessor = Preprocessor(fn_args, columns)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
        def parse(batch: tf.Tensor) -> parsing.Features:
            return preprocessor.from_record(tf.io.parse_example(batch, preprocessor.record_spec))

        self._parse = parse

    def batches(self, files: str) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
        """Yield features, [rows, *shape] each, and labels, [rows]."""
        for batch in _records(files):
            features = {name: each.numpy() for name, each in self._parse(batch).items()}
            yield features, features.pop(LABEL_FEATURE)[:, 0]


def measured(
    reader: Reader, learned: str, evaluation: str, measure: type[Measure]
) -> tuple[float, float]:
    """Return the metric of a constant and of a linear model.

    Args:
        reader: reads features and labels.
        learned: the pattern of the files to learn from.
        evaluation: that of the files to measure them on.
        measure: measures the metric.
    """
    batches, labels = zip(*reader.batches(learned))
    features = {name: np.concatenate([each[name] for each in batches]) for name in batches[0]}
    answers = constant(np.concatenate(labels), reader.columns.classes)
    linear_model = LinearModel(features, np.concatenate(labels), reader.columns)
    of_constant, of_linear = measure.summary(), measure.summary()
    for given, expected in reader.batches(evaluation):
        of_constant.count(expected, np.tile(answers, (len(expected), 1)))
        of_linear.count(expected, linear_model.predict(given))
    of_constant.fold()
    of_linear.fold()
    return measure.figure(of_constant), measure.figure(of_linear)


def constant(labels: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Return what to answer without knowing anything of a row.

    Returns:
        The mean of numbers, [1]; the share of the second of two classes, [1]; or that of each.
    """
    if not classes:
        return np.array([labels.mean(dtype=float)])
    shares = np.bincount(labels, minlength=len(classes)) / len(labels)
    return shares[1:] if len(classes) == 2 else shares


def _records(files: str) -> Iterator[np.ndarray]:
    """Yield the serialized records, in arrays of some."""
    return parsing.records([files]).batch(BATCH_SIZE).as_numpy_iterator()
