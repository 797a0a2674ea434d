"""Reads what a pipeline left behind, with none of the generated project's code.

Usage: python probe.py OUTPUT METRIC [loaders], in an environment that has TFX. Prints JSON:

  runs      of each run that has come to its Evaluator, in their order, from ML Metadata:
    id        its name
    states    {node: state}
    blessed   its ModelBlessing
    baseline  the folder of the model that its model was compared with, null if with none
    recorded  the metric that its Evaluator wrote, null if it wrote another
    pushed    the version in OUTPUT/serving that its Pusher names, null if none
  labels    of each example of the evaluation split, the class, by the order of `classes`, or
            the number
  models    of each version in OUTPUT/serving:
    scores    what it answers to these examples, serialized as they are
    nothing   what it answers to an example without any feature
    tflite    what its TensorFlow Lite version answers to the images of these examples, decoded
              here; null where there is none
    classes, strategy, replicas, …   what it says of itself
  asked     with `loaders`: what matrix/loaders.py tells of the newest pushed model
"""

from __future__ import annotations

import json
import pathlib
import sys

import tensorflow as tf
import tensorflow_model_analysis as tfma
from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

import loaders

# How the Evaluator calls them.
KEYS = {
    "AUC": "auc",
    "RootMeanSquaredError": "root_mean_squared_error",
    "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
}


def main(output: pathlib.Path, metric: str, *options: str) -> None:
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(output / "metadata.sqlite")
    store = MetadataStore(config)
    contexts = sorted(store.get_contexts_by_type("pipeline_run"), key=lambda context: context.id)
    runs = [_run(store, context, metric) for context in contexts]
    examples = [
        record.numpy()
        for file in sorted(output.glob("artifacts/*ExampleGen/examples/*/Split-eval/*.gz"))
        for record in tf.data.TFRecordDataset(str(file), compression_type="GZIP")
    ]
    models, asked = {}, None
    for folder in sorted((output / "serving").iterdir(), key=lambda path: int(path.name)):
        said = json.loads((folder / "assets.extra" / "training.json").read_text())
        model = tf.saved_model.load(str(folder))
        models[folder.name] = {
            "scores": _ask(model, examples),
            "nothing": _ask(model, [tf.train.Example().SerializeToString()]),
            "tflite": _ask_tflite(folder / "assets.extra" / "tflite", examples),
            **said,
        }
    labels = [_label(example, said) for example in examples]
    if "loaders" in options:
        asked = loaders.compare(folder, model, examples)
    print(json.dumps({"runs": runs, "labels": labels, "models": models, "asked": asked}))


def _run(store: MetadataStore, run: mlmd.Context, metric: str) -> dict:
    executions = {each.id: each for each in store.get_executions_by_context(run.id)}
    # A node is a context too, of all its executions, called by the pipeline's name and its own.
    nodes = {
        node.name.rpartition(".")[2]: executions[each.id]
        for node in store.get_contexts_by_type("node")
        for each in store.get_executions_by_context(node.id)
        if each.id in executions
    }
    found = {
        "id": run.name,
        "states": {
            name: mlmd.Execution.State.Name(execution.last_known_state)
            for name, execution in nodes.items()
        },
    }
    if "Evaluator" not in nodes:
        return found
    inputs, outputs = (
        _artifacts(store, nodes["Evaluator"], kind)
        for kind in (mlmd.Event.INPUT, mlmd.Event.OUTPUT)
    )
    metrics = tfma.load_eval_result(outputs["evaluation"].uri).get_metrics_for_slice(())
    pushed = _artifacts(store, nodes["Pusher"], mlmd.Event.OUTPUT)["pushed_model"]
    version = pathlib.Path(pushed.custom_properties["pushed_destination"].string_value).name
    baseline = inputs.get("baseline_model")
    return {
        **found,
        "blessed": outputs["blessing"].custom_properties["blessed"].int_value,
        "baseline": baseline.uri if baseline else None,
        # Of older releases, the metric has another name.
        "recorded": metrics.get(KEYS[metric], {}).get("doubleValue"),
        "pushed": version or None,
    }


def _artifacts(store: MetadataStore, execution: mlmd.Execution, kind: int) -> dict:
    """Find what a node has read or written, by the names of its channels."""
    return {
        event.path.steps[0].key: artifact
        for event in store.get_events_by_execution_ids([execution.id])
        if event.type == kind
        for artifact in store.get_artifacts_by_id([event.artifact_id])
    }


def _label(example: bytes, said: dict) -> float:
    feature = tf.train.Example.FromString(example).features.feature[said["label"]]
    (value,) = getattr(feature, feature.WhichOneof("kind")).value
    if not said["classes"]:
        return float(value)
    return said["classes"].index(value.decode() if isinstance(value, bytes) else str(value))


def _ask(model: tf.Module, examples: list) -> list:
    name, output = loaders.asked_of(model)
    return loaders.ask(model.signatures[name], examples)[output].tolist()


def _ask_tflite(folder: pathlib.Path, examples: list) -> list | None:
    if not folder.is_dir():
        return None
    described = json.loads((folder / "metadata.json").read_text())
    ((name, described_input),) = described["inputs"].items()
    images = []
    for example in examples:
        features = tf.train.Example.FromString(example).features.feature
        (png,) = features[described_input["column"]].bytes_list.value
        images.append(tf.io.decode_png(png, channels=1).numpy() / 255)
    interpreter = tf.lite.Interpreter(str(folder / "model.tflite"))
    ask = interpreter.get_signature_runner()
    assert list(described_input["shape"][1:]) == list(images[0].shape)
    stacked = tf.stack(images).numpy().astype(described_input["dtype"])
    return ask(**{name: stacked})[described["output"]].tolist()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
