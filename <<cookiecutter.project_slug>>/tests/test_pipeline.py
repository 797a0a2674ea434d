from __future__ import annotations

from pathlib import Path

from << cookiecutter.package_name >> import columns
from << cookiecutter.package_name >>.pipeline import create_pipeline
from << cookiecutter.package_name >>.settings import Settings


def test_the_gate_is_before_all_that_learns(tmp_path: Path) -> None:
    pipeline = create_pipeline(Settings(output=tmp_path), columns.SCHEMA_FILE)
    upstream = {
        component.id: {each.id for each in component.upstream_nodes}
        for component in pipeline.components
    }
    for name in upstream.keys() & {"Transform", "Trainer"}:
        assert "DataGate" in upstream[name]
    assert "Trainer" in upstream["Evaluator"]
    assert upstream["Pusher"] == {"Trainer", "Evaluator"}
