"""What is worth knowing of a trained model later, kept inside its SavedModel."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import tensorflow as tf
from google.protobuf import json_format

from ..features.columns import Columns
from ..files import remote
from .model_spec import model_spec

# TensorFlow Serving and the Pusher leave this folder of a SavedModel as it is.
FILE = Path("assets.extra", "training.json")


def write(model_directory: str, columns: Columns, strategy: tf.distribute.Strategy) -> None:
    """Record the columns, the classes in the model's order, the strategy in force, the Keras.

    Of what is no single number or id, such as an image, the shape is recorded too; of the exported
    model, how the Evaluator asks it.
    """
    record = {
        "label": columns.label,
        "classes": columns.classes,
        "columns": [column.name for column in columns.features],
        "shapes": {
            column.name: column.treatment.shape
            for column in columns.features
            if column.treatment.shape != (1,)
        },
        "evaluation": json_format.MessageToDict(model_spec(columns)),
        "strategy": type(strategy).__name__,
        "replicas": strategy.num_replicas_in_sync,
        "devices": list(strategy.extended.worker_devices),
        "keras": keras_version(),
    }
    remote.write(f"{model_directory}/{FILE}", (json.dumps(record, indent=2) + "\n").encode())


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
    return {"shapes": record.get("images"), **record}
