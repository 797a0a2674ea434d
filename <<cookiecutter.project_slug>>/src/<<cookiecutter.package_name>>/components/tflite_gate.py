"""The component that stops a run if TensorFlow Lite does not predict what the SavedModel does."""

# TFX reads the annotations at run time, so they must not be postponed.
from pathlib import Path
from typing import TypedDict

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples, Model
from tfx.utils import path_utils

from ..console.errors import UserError
from ..features import parsing
from ..files import remote
from ..serving import prediction, tflite
from ..training import signatures, training_record

BATCH_SIZE = 1024
# Two predicted numbers differ if they are further apart than this many standard deviations.
CLOSE = 0.05


class Result(TypedDict):
    """What ML Metadata records: the share of different predictions."""

    differing: float


@component
def TFLiteGate(  # noqa: N802 (the function becomes a class)
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    tolerance: Parameter[float],
) -> Result:
    """Ask the SavedModel and its TensorFlow Lite version for the whole evaluation split.

    Args:
        examples: raw ones.
        model: of the Trainer.
        tolerance: the greatest share of different predictions.

    Returns:
        The share of different predictions.

    Raises:
        UserError: it is above the tolerance.
    """
    directory = remote.local_copy(path_utils.serving_model_path(model.uri))
    share = share_of_differing(directory, artifact_utils.get_split_uri([examples], "eval"))
    if share > tolerance:
        raise UserError(
            f"TensorFlow Lite predicts something else than the SavedModel for {share:.1%} of the "
            f"evaluation split; at most {tolerance:.1%} are tolerated"
        )
    return {"differing": share}


def share_of_differing(directory: Path, split: str) -> float:
    """Ask both models for each raw example of a split, a folder of TFRecord files."""
    saved_model = tf.saved_model.load(str(directory))
    to_features = signatures.to_features(saved_model)
    record = training_record.read(directory)
    classify = bool(record["classes"])
    expected, answers = [], []
    for batch in parsing.records([f"{split}/*.gz"]).batch(BATCH_SIZE):
        expected.append(prediction.ask(saved_model, batch, classify, record["output"]))
        answer = tflite.ask(directory, to_features(batch))
        answers.append(prediction.of_each_class(answer) if classify else answer)
    return differing(np.concatenate(expected), np.concatenate(answers), classify)


def differing(expected: np.ndarray, answers: np.ndarray, classify: bool) -> float:
    """Return the share of rows of which two models predict different things.

    Args:
        expected: probabilities of each class, [rows, classes], or numbers, [rows, 1].
        answers: the other model's.
        classify: whether it is probabilities that are compared, by the most probable class.
    """
    if classify:
        return float(np.mean(expected.argmax(axis=1) != answers.argmax(axis=1)))
    return float(np.mean(~(np.abs(expected - answers) <= CLOSE * expected.std())))
