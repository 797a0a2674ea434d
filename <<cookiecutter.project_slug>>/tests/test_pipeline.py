from __future__ import annotations

import gc
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.compiler import compiler

from << cookiecutter.package_name >>.console.errors import (
    UserError,
)
from << cookiecutter.package_name >>.files.splits import Rule
from << cookiecutter.package_name >>.pipeline import (
    create_pipeline,
    read,
)
from << cookiecutter.package_name >>.runners import launch
from << cookiecutter.package_name >>.runners.pipeline_run import (
    PipelineRun,
)
from << cookiecutter.package_name >>.settings import (
    SCHEMA_FILE,
    Settings,
)


def upstream(settings: Settings) -> dict[str, set[str]]:
    pipeline = create_pipeline(settings, SCHEMA_FILE)
    return {
        component.id: {each.id for each in component.upstream_nodes}
        for component in pipeline.components
    }


def test_each_component_is_in_one_phase(tmp_path: Path) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    names = [name for phase in pipeline.phases.values() for name in phase]
    assert sorted(names) == sorted(component.id for component in pipeline.components)


def test_no_process_collects_what_was_imported() -> None:
    try:
        launch.import_tfx()
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()


def test_no_phase_needs_a_later_one(tmp_path: Path) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    before = upstream(Settings(output=tmp_path))
    done: set[str] = set()
    for names in pipeline.phases.values():
        done.update(names)
        assert set().union(*(before[name] for name in names)) <= done


def test_nothing_is_trained_before_the_data_are_validated(tmp_path: Path) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    before = upstream(Settings(output=tmp_path))
    assert {"DataGate"} <= {*pipeline.phases["validate"]} <= before["Trainer"]
    assert "Trainer" in before["Evaluator"]


def test_nodes_are_in_an_order_in_which_the_gate_is_before_transform(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    nodes = PipelineRun(settings, "one").nodes
    for name, needed in upstream(settings).items():
        assert needed <= {*nodes[: nodes.index(name)]}
    assert next(name for name in nodes if name in ("DataGate", "Transform")) == "DataGate"


def test_nothing_is_pushed_before_all_else_is_done(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path))
    assert set().union(*before.values()) == before.keys() - {"Pusher"}
# <% if cookiecutter.tflite == "yes" %>


def test_tensorflow_lite_is_checked_before_the_push_if_it_is_wanted(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path, tflite=True))
    assert "Trainer" in before["TFLiteGate"]
    assert "TFLiteGate" in before["Pusher"]
    assert "TFLiteGate" not in upstream(Settings(output=tmp_path, tflite=False))
# <% endif %>


def test_simple_models_are_measured_after_the_training_if_they_are_wanted(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path))
    assert "Trainer" in before["SimpleModels"]
    assert "SimpleModels" not in before["Evaluator"]
    assert "SimpleModels" not in upstream(Settings(output=tmp_path, simple_models=False))


def test_the_kind_of_the_files_decides_what_reads_them(
    tmp_path: Path, toy_schema: schema_pb2.Schema
) -> None:
    assert type(read(tmp_path, toy_schema, Rule(), None)).__name__ == "CsvExampleGen"
    (tmp_path / "toys.tfrecord.gz").touch()
    assert type(read(tmp_path, toy_schema, Rule(), None)).__name__ == "ImportExampleGen"


def test_tfrecords_are_split_by_content_alone(
    tmp_path: Path, toy_schema: schema_pb2.Schema
) -> None:
    (tmp_path / "toys.tfrecord.gz").touch()
    for setting in ("row", "column:size", "newest:size"):
        with pytest.raises(UserError, match=f"^split={setting}: TFRecords, .* by content alone"):
            read(tmp_path, toy_schema, Rule.of(setting), None)


def test_what_components_are_told_of_the_schema_can_be_kept_on_postgresql(tmp_path: Path) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    nodes = [each.pipeline_node for each in compiler.Compiler().compile(pipeline).nodes]
    told = [node.parameters.parameters["custom_config"].field_value.string_value for node in nodes]
    assert any(told)
    # ML Metadata writes it there in a way that ends the statement.
    assert [text for text in told if "\\" in text] == []
