from __future__ import annotations

from pathlib import Path

from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.compiler import compiler

from << cookiecutter.package_name >>.pipeline import (
    create_pipeline,
    ingest,
)
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


def test_the_gate_is_before_what_learns(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path, tflite=False))
    assert "DataGate" in before["Trainer"]
    assert "Trainer" in before["Evaluator"]


def test_nodes_are_in_an_order_in_which_the_gate_is_before_transform(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    nodes = PipelineRun(settings, "one").nodes
    for name, needed in upstream(settings).items():
        assert needed <= {*nodes[: nodes.index(name)]}
    assert next(name for name in nodes if name in ("DataGate", "Transform")) == "DataGate"


def test_nothing_is_pushed_before_all_else_is_done(tmp_path: Path) -> None:
    for tflite in (True, False):
        before = upstream(Settings(output=tmp_path, tflite=tflite))
        needed = set().union(*before.values())
        assert needed == before.keys() - {"Pusher"}


def test_tensorflow_lite_is_checked_before_the_push(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path, tflite=True))
    assert "Trainer" in before["TFLiteGate"]
    assert "TFLiteGate" in before["Pusher"]


def test_the_kind_of_the_files_decides_what_reads_them(
    tmp_path: Path, toy_schema: schema_pb2.Schema
) -> None:
    assert type(ingest(tmp_path, toy_schema)).__name__ == "CsvExampleGen"
    (tmp_path / "toys.tfrecord.gz").touch()
    assert type(ingest(tmp_path, toy_schema)).__name__ == "ImportExampleGen"


def test_what_components_are_told_of_the_schema_can_be_kept_on_postgresql(tmp_path: Path) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), SCHEMA_FILE)
    nodes = [each.pipeline_node for each in compiler.Compiler().compile(pipeline).nodes]
    told = [node.parameters.parameters["custom_config"].field_value.string_value for node in nodes]
    assert any(told)
    # ML Metadata writes it there in a way that ends the statement.
    assert [text for text in told if "\\" in text] == []
