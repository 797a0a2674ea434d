"""Runs the command line as a user would, and asks ML Metadata what happened.

`pytest` leaves these tests out; `pytest -m e2e` runs them.
"""

from __future__ import annotations

import collections
import csv
import dataclasses
import io
import operator
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.schema import (
    domain_of,
    has_types,
    label_of,
    read_schema,
)
from << cookiecutter.package_name >>.files import (
    tables,
    tfrecord_files,
)
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not has_types(SCHEMA_FILE), reason="`schema infer` has not been called yet"),
]

PACKAGE, *_ = label_of.__module__.split(".")
SCHEMA = read_schema(SCHEMA_FILE)
COMPLETE = metadata_store_pb2.Execution.COMPLETE
CACHED = metadata_store_pb2.Execution.CACHED


@dataclasses.dataclass(frozen=True)
class Project:
    """The pipeline, run on a copy of the data into a folder of the test's own."""

    settings: Settings

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        prefix = Settings.model_config["env_prefix"]
        return subprocess.run(
            [sys.executable, "-m", PACKAGE, *arguments],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "src"),
                f"{prefix}DATA": str(self.settings.data),
                f"{prefix}OUTPUT": str(self.settings.output),
            },
            capture_output=True,
            text=True,
        )

    @property
    def data_file(self) -> Path:
        """The first file of the data."""
        return min(data_files(self.settings.data))

    @property
    def store(self) -> metadata_store.MetadataStore:
        """What ML Metadata knows."""
        return metadata_store.MetadataStore(
            sqlite_metadata_connection_config(str(self.settings.metadata))
        )

    def states_of_the_last_run(self) -> dict[str, int]:
        """Return the state of each node's execution."""
        run = max(
            self.store.get_contexts_by_type("pipeline_run"),
            key=lambda context: context.create_time_since_epoch,
        )
        executions = self.store.get_executions_by_context(run.id)
        states = {execution.id: execution.last_known_state for execution in executions}
        # A node is a context too, of all its executions, called by the pipeline's name and its own.
        return {
            node.name.rpartition(".")[2]: states[execution.id]
            for node in self.store.get_contexts_by_type("node")
            for execution in self.store.get_executions_by_context(node.id)
            if execution.id in states
        }

    def pushed_versions(self) -> list[str]:
        """List the pushed models."""
        return sorted(version.name for version in self.settings.serving.iterdir())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    data = folder / "data"
    data.mkdir()
    for file in data_files(Settings().data):
        (data / file.name).write_bytes(file.read_bytes())
    return Project(Settings(data=data, output=folder / "output"))


@pytest.fixture(scope="module")
def first_run(project: Project) -> subprocess.CompletedProcess[str]:
    ended = project.call("run")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def data_files(data: Path) -> list[Path]:
    if tfrecord_files.found(data):
        return sorted(data.glob(f"*{tfrecord_files.SUFFIX}"))
    return tables.files(data)


def records(file: Path) -> list[tf.train.Example]:
    return [
        tf.train.Example.FromString(record)
        for batch in tfrecord_files.batches(file)
        for record in batch
    ]


def known_labels(file: Path) -> list[str | None]:
    label = label_of(SCHEMA).name
    if file.suffix != ".gz":
        return [row[label] for row in rows(file)]
    features = [example.features.feature[label] for example in records(file)]
    values = [
        each for feature in features for each in getattr(feature, feature.WhichOneof("kind")).value
    ]
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def rows(file: Path) -> list[dict[str, str | None]]:
    return [row for batch in tables.record_batches(file) for row in batch.to_pylist()]


@pytest.mark.usefixtures("first_run")
def test_every_component_completes(project: Project) -> None:
    states = project.states_of_the_last_run()
    assert len(states) >= 9
    assert set(states.values()) == {COMPLETE}


@pytest.mark.usefixtures("first_run")
def test_the_model_is_blessed_and_pushed(project: Project) -> None:
    (blessing,) = project.store.get_artifacts_by_type("ModelBlessing")
    assert blessing.custom_properties["blessed"].int_value == 1
    assert len(project.pushed_versions()) == 1


def test_the_run_tells_what_it_did(
    project: Project, first_run: subprocess.CompletedProcess[str]
) -> None:
    log, *lines, metric, hurdle, compared, pushed = first_run.stdout.splitlines()
    assert Path(log.split()[1]).parent == project.settings.logs
    assert {line.split()[1] for line in lines} == {"done"}
    _, reached, sign, threshold, *_ = metric.split()
    assert float(threshold) == project.settings.threshold
    better = {"≤": operator.le, "≥": operator.ge}[sign]
    assert better(float(reached), project.settings.threshold)
    assert "≥" in hurdle
    assert compared.startswith(("the model is better than", "the model is no better than"))
    assert pushed.endswith(str(project.settings.serving / project.pushed_versions()[0]))


@pytest.mark.usefixtures("first_run")
def test_predictions_are_better_than_guesses(project: Project) -> None:
    predicted = project.call("predict", str(project.data_file))
    assert predicted.returncode == 0, predicted.stderr
    predictions = list(csv.DictReader(io.StringIO(predicted.stdout)))
    label = label_of(SCHEMA).name
    labels = known_labels(project.data_file)
    assert len(predictions) == len(labels)
    if classes := Columns.of(SCHEMA).classes:
        assert {each[label] for each in predictions} <= set(classes)
        right = sum(each[label] == known for each, known in zip(predictions, labels))
        ((_, most_frequent),) = collections.Counter(labels).most_common(1)
        assert right > most_frequent
    else:
        known = np.array(labels, float)
        errors = np.array([each[label] for each in predictions], float) - known
        assert np.sqrt(np.mean(errors**2)) < known.std()


@pytest.mark.usefixtures("first_run")
def test_a_second_run_only_looks_for_the_baseline_again(project: Project) -> None:
    before = project.pushed_versions()
    ended = project.call("run")
    assert ended.returncode == 0, ended.stderr
    states = project.states_of_the_last_run()
    repeated = {name for name, state in states.items() if state != CACHED}
    assert repeated == {"BaselineResolver"}
    assert project.pushed_versions() == before


def a_string_with_a_domain(feature: schema_pb2.Feature, described: schema_pb2.Schema) -> bool:
    return feature.type == schema_pb2.BYTES and bool(domain_of(feature, described))


def a_number(feature: schema_pb2.Feature, described: schema_pb2.Schema) -> bool:
    return feature.type in (schema_pb2.FLOAT, schema_pb2.INT)


@pytest.mark.usefixtures("first_run")
@pytest.mark.parametrize(
    ("kind", "stopped_by"), [(a_string_with_a_domain, "DataGate"), (a_number, "CsvExampleGen")]
)
def test_bad_data_stop_the_run_and_keep_the_model(
    project: Project,
    kind: Callable[[schema_pb2.Feature, schema_pb2.Schema], bool],
    stopped_by: str,
) -> None:
    if tfrecord_files.found(project.settings.data):
        pytest.skip("the data are no CSV files")
    names = [
        feature.name
        for feature in SCHEMA.feature
        if feature.name != label_of(SCHEMA).name and kind(feature, SCHEMA)
    ]
    if not names:
        pytest.skip(f"the data have no column that is {kind.__name__}")
    name, *_ = names
    before = project.pushed_versions()
    good = project.data_file.read_bytes()
    bad = [{**row, name: "nonsense"} for row in rows(project.data_file)]
    with project.data_file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, bad[0].keys())
        writer.writeheader()
        writer.writerows(bad)
    ended = project.call("run")
    project.data_file.write_bytes(good)
    assert ended.returncode == 4
    assert ended.stdout.splitlines()[-1].split()[:2] == [stopped_by, "failed"]
    assert f"column '{name}'" in ended.stderr
    assert "Trainer" not in project.states_of_the_last_run()
    assert project.pushed_versions() == before


@pytest.mark.usefixtures("first_run")
def test_records_without_a_label_stop_the_run_and_keep_the_model(project: Project) -> None:
    if not tfrecord_files.found(project.settings.data):
        pytest.skip("the data are no TFRecord files")
    before = project.pushed_versions()
    good = project.data_file.read_bytes()
    first, *others = records(project.data_file)
    for example in others:
        del example.features.feature[label_of(SCHEMA).name]
    with tf.io.TFRecordWriter(str(project.data_file), "GZIP") as writer:
        for example in (first, *others):
            writer.write(example.SerializeToString())
    ended = project.call("run")
    project.data_file.write_bytes(good)
    assert ended.returncode == 4
    assert ended.stdout.splitlines()[-1].split()[:2] == ["DataGate", "failed"]
    assert f"column '{label_of(SCHEMA).name}'" in ended.stderr
    assert "Trainer" not in project.states_of_the_last_run()
    assert project.pushed_versions() == before
