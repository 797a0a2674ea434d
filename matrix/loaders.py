"""Asks a pushed model the same in each of TensorFlow's loaders."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import session_loader

ROWS = 100
UNKNOWN = {"bytes_list": [b"never seen", "nie gesehen: Ö, 未見".encode()], "int64_list": [-7, 4321]}
PNG = b"\x89PNG"


def compare(folder: Path, model: tf.Module, examples: list[bytes]) -> dict[str, Any]:
    """Ask what `predict` of a project asks, of usual rows, of odd ones, and of one alone.

    Args:
        folder: the pushed model.
        model: what tf.saved_model.load makes of it.
        examples: serialized tf.Examples.

    Returns:
        version: the folder's name.
        signature, output: what was asked.
        batches: lists of examples, base64.
        loaders: for each loader the type, shapes and values of its answers, or its error.
        repeated: for each signature of examples, whether it gives the same when asked again.
        initializers: what the model wants to be run to fill its tables, if it is an Estimator's.
    """
    name, output = asked_of(model)
    batches = [examples[:ROWS], _odd_rows(max(examples, key=len)), examples[:1]]

    def python() -> list[np.ndarray]:
        return [ask(model.signatures[name], batch)[output] for batch in batches]

    loaders = {
        "tf.saved_model.load": python,
        "tf.compat.v1.saved_model.load": lambda: _ask_v1(folder, name, output, batches),
        "TF_LoadSessionFromSavedModel": lambda: session_loader.ask(folder, name, output, batches),
    }
    return {
        "version": folder.name,
        "signature": name,
        "output": output,
        "batches": [[base64.b64encode(each).decode() for each in batch] for batch in batches],
        "loaders": {loader: _answers(ask) for loader, ask in loaders.items()},
        "repeated": {
            name: all(_is_repeated(signature, batch) for batch in batches)
            for name, signature in model.signatures.items()
            if _takes_examples(signature)
        },
        "initializers": _initializers(folder),
    }


def asked_of(model: tf.Module) -> tuple[str, str]:
    """Name the signature and the output that tell a label's classes or its number."""
    name = "predict" if "predict" in model.signatures else "serving_default"
    outputs = model.signatures[name].structured_outputs
    return name, "probabilities" if "probabilities" in outputs else "predictions"


def ask(
    signature: tf.types.experimental.ConcreteFunction, batch: list[bytes]
) -> dict[str, np.ndarray]:
    """Ask a signature of serialized tf.Examples."""
    (argument,) = signature.structured_input_signature[1]
    answers = signature(**{argument: tf.constant(batch)})
    return {output: answer.numpy() for output, answer in answers.items()}


def _answers(ask: Callable[[], list[np.ndarray]]) -> dict[str, Any]:
    try:
        answers = ask()
    except (session_loader.SessionError, tf.errors.OpError) as error:
        return {"error": str(error)}
    return {
        "types": sorted({answer.dtype.name for answer in answers}),
        "shapes": [answer.shape for answer in answers],
        "values": [value for answer in answers for value in answer.ravel().tolist()],
    }


def _ask_v1(folder: Path, name: str, output: str, batches: list[list[bytes]]) -> list[np.ndarray]:
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
        signature = loaded.signature_def[name]
        (source,) = signature.inputs.values()
        asked = signature.outputs[output].name
        return [session.run(asked, {source.name: batch}) for batch in batches]


def _initializers(folder: Path) -> list[str]:
    written = (folder / "saved_model.pb").read_bytes()
    (graph,) = saved_model_pb2.SavedModel.FromString(written).meta_graphs
    return [*graph.collection_def["table_initializer"].node_list.value]


def _takes_examples(signature: tf.types.experimental.ConcreteFunction) -> bool:
    arguments = [*signature.structured_input_signature[1].values()]
    return [(each.dtype, each.shape.rank) for each in arguments] == [(tf.string, 1)]


def _is_repeated(signature: tf.types.experimental.ConcreteFunction, batch: list[bytes]) -> bool:
    first, second = ask(signature, batch), ask(signature, batch)
    return all(np.array_equal(first[output], second[output]) for output in first)


def _odd_rows(serialized: bytes) -> list[bytes]:
    """Take all cells from an example, and one at a time; put unknown categories in their place."""
    rows = [tf.train.Example()]
    for name in sorted(tf.train.Example.FromString(serialized).features.feature):
        row = tf.train.Example.FromString(serialized)
        cell = row.features.feature.pop(name)
        rows.append(row)
        kind = cell.WhichOneof("kind")
        if kind == "bytes_list" and cell.bytes_list.value[0].startswith(PNG):
            continue
        for unknown in UNKNOWN.get(kind, []):
            row = tf.train.Example.FromString(serialized)
            getattr(row.features.feature[name], kind).value[:] = [unknown]
            rows.append(row)
    return [row.SerializeToString() for row in rows]
