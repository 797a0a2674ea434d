from __future__ import annotations

from pathlib import Path

from << cookiecutter.package_name >> import columns
from << cookiecutter.package_name >>.pipeline import (
    create_pipeline,
    ingest,
)
from << cookiecutter.package_name >>.settings import Settings


def upstream(settings: Settings) -> dict[str, set[str]]:
    pipeline = create_pipeline(settings, columns.SCHEMA_FILE)
    return {
        component.id: {each.id for each in component.upstream_nodes}
        for component in pipeline.components
    }


def test_the_gate_is_before_all_that_learns(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path, tflite=False))
    for name in before.keys() & {"Transform", "Trainer"}:
        assert "DataGate" in before[name]
    assert "Trainer" in before["Evaluator"]
    assert before["Pusher"] == {"Trainer", "Evaluator"}


def test_tensorflow_lite_is_checked_before_the_push(tmp_path: Path) -> None:
    before = upstream(Settings(output=tmp_path, tflite=True))
    assert "Trainer" in before["TFLiteGate"]
    assert before["Pusher"] == {"Trainer", "Evaluator", "TFLiteGate"}


def test_the_kind_of_the_files_decides_what_reads_them(tmp_path: Path) -> None:
    assert type(ingest(tmp_path)).__name__ == "CsvExampleGen"
    (tmp_path / "toys.tfrecord.gz").touch()
    assert type(ingest(tmp_path)).__name__ == "ImportExampleGen"
