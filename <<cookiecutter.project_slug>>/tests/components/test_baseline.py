"""A model that the candidate is not compared with is named, and why it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import List

from ml_metadata.proto.metadata_store_pb2 import Artifact
from tfx.types.standard_artifacts import Model
from tfx.utils import path_utils

from << cookiecutter.package_name >>.components import baseline
from << cookiecutter.package_name >>.training import training_record

RECORD = {"label": "kind", "classes": ["a", "b"], "columns": ["x"], "images": {}, "evaluation": {}}


def artifacts(folder: Path, number: int, blessed: bool = True, **other: object) -> List[Artifact]:
    """Make a model, with a record, and its blessing."""
    uri = str(folder / str(number))
    file = Path(path_utils.serving_model_path(uri)) / training_record.FILE
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({**RECORD, **other}))
    model = Artifact(id=number, type="Model", uri=uri)
    blessing = Artifact(id=100 + number, type="ModelBlessing")
    blessing.custom_properties["current_model_id"].int_value = number
    blessing.custom_properties["blessed"].int_value = int(blessed)
    return [model, blessing]


def write_schema(folder: Path, number: int, kind: str) -> None:
    """Let a model have a schema, whose column is of this type."""
    model = Path(path_utils.serving_model_path(str(folder / str(number))))
    file = model / training_record.SCHEMA_FILE
    file.write_text(f'feature {{ name: "x" type: {kind} }}', encoding="utf-8")


def candidate(folder: Path) -> Model:
    artifacts(folder, 9)
    result = Model()
    result.id = 9
    result.uri = str(folder / "9")
    return result


def test_the_last_blessed_model_has_other_columns(tmp_path: Path) -> None:
    known = [
        *artifacts(tmp_path, 1, columns=["x", "y"]),
        *artifacts(tmp_path, 2, columns=["y"], evaluation=None),
        *artifacts(tmp_path, 3, blessed=False),
    ]
    told = baseline.why_none(known, candidate(tmp_path))
    assert str(tmp_path / "2") in told
    assert told.endswith("its training.json has other columns, evaluation")


def test_nothing_is_said_of_a_model_that_is_compared_with(tmp_path: Path) -> None:
    known = [*artifacts(tmp_path, 1), *artifacts(tmp_path, 2, columns=["y"])]
    assert not baseline.why_none(known, candidate(tmp_path))


def test_nothing_is_said_of_the_first_model(tmp_path: Path) -> None:
    known = artifacts(tmp_path, 1, blessed=False)
    assert not baseline.why_none(known, candidate(tmp_path))


def test_a_model_with_other_types_is_not_compared_with(tmp_path: Path) -> None:
    known, new = artifacts(tmp_path, 1), candidate(tmp_path)
    write_schema(tmp_path, 9, "INT")
    assert not baseline.why_none(known, new)
    write_schema(tmp_path, 1, "INT")
    assert not baseline.why_none(known, new)
    write_schema(tmp_path, 1, "FLOAT")
    assert baseline.why_none(known, new).endswith("its training.json has other types")
