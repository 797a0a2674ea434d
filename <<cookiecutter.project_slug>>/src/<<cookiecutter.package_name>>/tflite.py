"""The model in the format of TensorFlow Lite, kept inside its SavedModel."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from . import buckets, columns, parsing, signatures
from .errors import UserError
from .parsing import Features

# TensorFlow Serving and the Pusher leave this folder of a SavedModel as it is.
FOLDER = Path("assets.extra", "tflite")
MODEL = FOLDER / "model.tflite"
METADATA = FOLDER / "metadata.json"


def export(model_directory: str) -> None:
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
    buckets.write(f"{model_directory}/{MODEL}", content)
    # The delegate's operations are called FlexSparseReshape, and so on.
    metadata = json.dumps({**_describe(), "needs_flex_delegate": b"Flex" in content}, indent=2)
    buckets.write(f"{model_directory}/{METADATA}", f"{metadata}\n".encode())


def ask(model_directory: Path, features: Features) -> np.ndarray:
    """Ask the converted model by TensorFlow Lite's interpreter.

    Args:
        model_directory: the SavedModel that it is in.
        features: as the preprocessing makes them, [batch, …].

    Returns:
        What the SavedModel answers: probabilities or predictions, [batch, …].

    Raises:
        UserError: the interpreter lacks an operation of the model.
    """
    # Newer TensorFlows want the package ai-edge-litert instead, which TFX does not bring.
    interpreter = tf.lite.Interpreter(str(model_directory / MODEL))
    try:
        answers = interpreter.get_signature_runner()(**features)
    except RuntimeError as error:
        raise UserError(
            "this TensorFlow cannot run the TensorFlow Lite model, so it cannot be checked; set "
            f"tflite to False in settings.py, or take out of model.py what it lacks: {error}"
        ) from error
    return answers[columns.output_name()]


def _describe() -> dict[str, object]:
    specs = parsing.feature_specs()
    classes = columns.classes()
    return {
        "label": columns.label_name(),
        "classes": classes,
        "inputs": {
            column.feature: {
                "column": column.name,
                "treatment": str(column.treatment),
                "shape": specs[column.feature].shape.as_list(),
                "dtype": specs[column.feature].dtype.name,
            }
            for column in columns.features()
        },
        "output": columns.output_name(),
        "quantization": "dynamic range: the weights of large layers int8, all else float32",
    }
