"""The trained model in the format of TensorFlow Lite, written into its SavedModel."""

from __future__ import annotations

import json
from pathlib import Path

import tensorflow as tf

from ..console.errors import UserError
from ..features.columns import Columns
from ..files import remote
from . import signatures

# TensorFlow Serving and the Pusher leave this folder of a SavedModel as it is.
FOLDER = Path("assets.extra", "tflite")
MODEL = FOLDER / "model.tflite"
METADATA = FOLDER / "metadata.json"


def export(model_directory: str, columns: Columns) -> None:
    """Convert a SavedModel from its features on; describe what the result reads and answers.

    The weights of layers with more than a thousand are quantized to 8 bits; inputs, outputs and
    sums stay float32. Operations that TensorFlow Lite lacks, such as a canned Estimator's look-up
    of categories, are left to its Flex delegate, which the metadata say.

    Raises:
        UserError: the model has an operation that the Flex delegate lacks too.
    """
    saved_model = tf.saved_model.load(model_directory)
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [signatures.from_features(saved_model)], saved_model
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    try:
        content = converter.convert()
    except Exception as error:
        raise UserError(
            f"TensorFlow Lite cannot run this model; set tflite to False in settings.py: {error}"
        ) from error
    remote.write(f"{model_directory}/{MODEL}", content)
    # The delegate's operations are called FlexSparseReshape, and so on.
    metadata = json.dumps(
        {**_metadata(columns), "needs_flex_delegate": b"Flex" in content}, indent=2
    )
    remote.write(f"{model_directory}/{METADATA}", f"{metadata}\n".encode())


def _metadata(columns: Columns) -> dict[str, object]:
    return {
        "label": columns.label,
        "classes": columns.classes,
        "inputs": {
            column.feature: {
                "column": column.name,
                "treatment": str(column.treatment),
                "shape": column.spec.shape.as_list(),
                "dtype": column.spec.dtype.name,
            }
            for column in columns.features
        },
        "output": columns.output,
        "quantization": "dynamic range: the weights of large layers int8, all else float32",
    }
