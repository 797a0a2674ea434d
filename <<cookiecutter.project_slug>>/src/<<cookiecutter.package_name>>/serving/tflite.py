"""The TensorFlow Lite version of a SavedModel, asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from ..console.errors import UserError
from ..features.parsing import Features
from ..training.tflite_export import MODEL


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
        (answer,) = interpreter.get_signature_runner()(**features).values()
    except RuntimeError as error:
        raise UserError(
            "this TensorFlow cannot run the TensorFlow Lite model, so it cannot be checked; set "
            f"tflite to False in settings.py, or take out of model.py what it lacks: {error}"
        ) from error
    return answer
