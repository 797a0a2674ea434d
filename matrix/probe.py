"""Reads what a pipeline left behind, with none of the generated project's code.

Usage: python probe.py OUTPUT METRIC [loaders], in an environment that has TFX. Prints JSON:

  runs      {run id: {node: state}}, in the order of the runs, from ML Metadata
  blessed   the last run's ModelBlessing
  baseline  the folder of the model that the last run's was compared with, null if with none
  pushed    the versions in OUTPUT/serving
  recorded  the metric that the Evaluator wrote in the last run
  labels    of each example of the evaluation split, the class, by the order of `classes`, or
            the number
  scores    what the newest pushed model answers to these examples, serialized as they are
  nothing   what it answers to an example without any feature
  tflite    what its TensorFlow Lite version answers to the images of these examples, decoded
            here; null where there is none
  asked     with `loaders`: what matrix/loaders.py tells of the newest pushed model
  classes, strategy, replicas   what the model says of itself
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
    runs = {}
    for context in store.get_contexts_by_type("pipeline_run"):
        states = {
            each.id: mlmd.Execution.State.Name(each.last_known_state)
            for each in store.get_executions_by_context(context.id)
        }
        # A node is a context too, of all its executions, called by the pipeline's name and its own.
        runs[context.name] = {
            node.name.rpartition(".")[2]: states[each.id]
            for node in store.get_contexts_by_type("node")
            for each in store.get_executions_by_context(node.id)
            if each.id in states
        }
    last = max(store.get_contexts_by_type("pipeline_run"), key=lambda context: context.id)
    types = {each.id: each.name for each in store.get_execution_types()}
    (evaluator,) = [
        each
        for each in store.get_executions_by_context(last.id)
        if types[each.type_id].endswith("Evaluator")
    ]
    events = store.get_events_by_execution_ids([evaluator.id])
    (baseline,) = store.get_artifacts_by_id(
        [
            event.artifact_id
            for event in events
            if event.type == mlmd.Event.INPUT and event.path.steps[0].key == "baseline_model"
        ]
    ) or [None]
    written = store.get_artifacts_by_id(
        [event.artifact_id for event in events if event.type == mlmd.Event.OUTPUT]
    )
    by_type = {artifact.type: artifact for artifact in written}
    evaluation = tfma.load_eval_result(by_type["ModelEvaluation"].uri)
    versions = sorted((path for path in (output / "serving").iterdir()), key=lambda p: int(p.name))

    model = tf.saved_model.load(str(versions[-1]))
    said = json.loads((versions[-1] / "assets.extra" / "training.json").read_text())
    examples = [
        record.numpy()
        for file in sorted(output.glob("artifacts/*ExampleGen/examples/*/Split-eval/*.gz"))
        for record in tf.data.TFRecordDataset(str(file), compression_type="GZIP")
    ]
    asked = loaders.compare(versions[-1], model, examples) if "loaders" in options else None
    print(
        json.dumps(
            {
                "runs": runs,
                "blessed": by_type["ModelBlessing"].custom_properties["blessed"].int_value,
                "baseline": baseline.uri if baseline else None,
                "pushed": [version.name for version in versions],
                "recorded": evaluation.get_metrics_for_slice(())[KEYS[metric]]["doubleValue"],
                "labels": [_label(example, said) for example in examples],
                "scores": _ask(model, examples),
                "nothing": _ask(model, [tf.train.Example().SerializeToString()]),
                "tflite": _ask_tflite(versions[-1] / "assets.extra" / "tflite", examples),
                "asked": asked,
                **said,
            }
        )
    )


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
