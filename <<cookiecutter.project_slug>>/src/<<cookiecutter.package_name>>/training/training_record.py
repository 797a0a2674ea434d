"""What is worth knowing of a trained model later, kept inside its SavedModel."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from ..features import schema
from ..files import remote

if TYPE_CHECKING:
    from ..features.preprocessing import Preprocessor

# TensorFlow Serving and the Pusher leave this folder of a SavedModel as it is.
FILE = Path("assets.extra", "training.json")
SCHEMA_FILE = FILE.with_name(schema.FILE_NAME)
VOCABULARIES_FILE = FILE.with_name("vocabularies.json")
# How releases of the template before 0.10.0 split.
BEFORE_THERE_WERE_RULES = "content"
# Of what Keras and Estimators measure, what a line has room for.
SHOWN = ("loss", "auc", "accuracy", "root_mean_squared_error")


@dataclass(frozen=True)
class Course:
    """How a training went.

    Attributes:
        rows: how many the model has learned from.
        held_out_rows: how many of the training split it has not, to see when to stop.
        batch_size: of all replicas together.
        most_steps: it was to end after so many.
        patience: or when so many evaluations in a row were no better.
        steps: after which it has ended.
        best_step: after which the model was exported; 0 if no step made it any better.
        best: its loss and metrics on what was held out.
    """

    rows: int
    held_out_rows: int
    batch_size: int
    most_steps: int
    patience: int
    steps: int
    best_step: int
    best: Mapping[str, float]

    def __str__(self) -> str:
        """Say it in a line."""
        figures = ", ".join(f"{name} {self.best[name]:.4g}" for name in SHOWN if name in self.best)
        which = f"of step {self.best_step:,}" if self.best_step else "that it began with"
        return (
            f"trained {self.steps:,} of {self.most_steps:,} steps; exported is the model {which}, "
            f"the best on {self.held_out_rows:,} rows held out: {figures}"
        )


def write(
    model_directory: str,
    preprocessor: Preprocessor,
    strategy: tf.distribute.Strategy,
    unknown: Mapping[str, float],
    split: str,
    course: Course,
) -> None:
    """Record the columns, the classes in the model's order, how it was trained, by which Keras.

    Of what is no single number or id, such as an image, the shape is recorded too; of the exported
    model, how the Evaluator asks it. Beside the record stand the schema of the training and the
    vocabularies.

    Args:
        model_directory: of the SavedModel.
        preprocessor: made the model's features.
        strategy: the one in force.
        unknown: in which share of the eval split's rows a column's value has no id of its own.
        split: the rule by which rows were set aside for the evaluation.
        course: of the training.
    """
    # Its TFMA takes seconds to import, and makes a temporary file, of which reading needs neither.
    from .model_spec import model_spec

    columns = preprocessor.columns
    record = {
        "label": columns.label,
        "classes": columns.classes,
        "columns": [column.name for column in columns.features],
        "shapes": {
            column.name: column.treatment.shape
            for column in columns.features
            if column.treatment.shape != (1,)
        },
        "unknown": unknown,
        "split": split,
        "output": columns.output,
        "evaluation": json_format.MessageToDict(model_spec(columns)),
        "strategy": type(strategy).__name__,
        "replicas": strategy.num_replicas_in_sync,
        "devices": list(strategy.extended.worker_devices),
        "keras": keras_version(),
        "training": dataclasses.asdict(course),
    }
    _write_json(f"{model_directory}/{FILE}", record)
    _write_json(f"{model_directory}/{VOCABULARIES_FILE}", preprocessor.vocabularies)
    text = text_format.MessageToString(columns.schema, as_utf8=True)
    remote.write(f"{model_directory}/{SCHEMA_FILE}", text.encode())


def _write_json(file: str, content: Any) -> None:
    remote.write(file, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def keras_version() -> str:
    """Return the version of what tf.keras is: of the package keras, or of tf_keras."""
    package, *_ = tf.keras.Model.__module__.split(".")
    return importlib.import_module(package).__version__


def read(model_directory: Path) -> dict[str, Any]:
    """Read the record of a model.

    Raises:
        FileNotFoundError: the folder holds no model of this project.
    """
    record = json.loads((model_directory / FILE).read_text(encoding="utf-8"))
    # As releases of the template before 0.7.0 called them.
    before = {"shapes": record.get("images"), "unknown": {}, "split": BEFORE_THERE_WERE_RULES}
    return {**before, **record}


def read_course(model_directory: Path) -> Course | None:
    """Read how a training went; None of a model without a record of it, as before 0.10.0."""
    if not (model_directory / FILE).is_file():
        return None
    recorded = read(model_directory).get("training")
    return Course(**recorded) if recorded else None


def read_schema(model_directory: Path) -> schema_pb2.Schema | None:
    """Read the schema that a model was trained with; None before release 0.7.0 of the template."""
    file = model_directory / SCHEMA_FILE
    return schema.read_schema(file) if file.is_file() else None


def read_vocabularies(model_directory: Path) -> dict[str, list[str]]:
    """Read the values that have ranks, by column; none before release 0.8.0 of the template."""
    file = model_directory / VOCABULARIES_FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
