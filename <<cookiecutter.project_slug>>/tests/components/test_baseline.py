"""A model that the candidate is not compared with is named, and why it is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import List

from ml_metadata.proto.metadata_store_pb2 import Artifact
from tfx.types.standard_artifacts import Model, ModelBlessing
from tfx.utils import path_utils

from << cookiecutter.package_name >>.components import baseline
from << cookiecutter.package_name >>.components.baseline import (
    LatestOtherBlessedModel,
)
from << cookiecutter.package_name >>.components.pusher import (
    SAVED_MODEL,
)
from << cookiecutter.package_name >>.training import training_record

RECORD = {"label": "kind", "classes": ["a", "b"], "columns": ["x"], "images": {}, "evaluation": {}}


def artifacts(folder: Path, number: int, blessed: bool = True, **other: object) -> List[Artifact]:
    """Make a model, with a record, and its blessing."""
    uri = str(folder / str(number))
    file = Path(path_utils.serving_model_path(uri)) / training_record.FILE
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({**RECORD, **other}))
    (file.parents[1] / SAVED_MODEL).touch()
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
    told = baseline.why_another(known, candidate(tmp_path))
    assert str(tmp_path / "2") in told
    assert told.endswith("its training.json differs in columns, evaluation")


def test_the_last_blessed_model_was_measured_on_another_split(tmp_path: Path) -> None:
    known, new = artifacts(tmp_path, 1, split="column:x"), candidate(tmp_path)
    assert baseline.why_another(known, new).endswith("its training.json differs in split")


def test_models_of_before_there_were_rules_are_compared_with(tmp_path: Path) -> None:
    artifacts(tmp_path, 1, split="content")
    new = Model()
    new.id, new.uri = 1, str(tmp_path / "1")
    assert not baseline.why_another(artifacts(tmp_path, 2), new)


def test_nothing_is_said_of_a_model_that_is_compared_with(tmp_path: Path) -> None:
    known = [*artifacts(tmp_path, 1), *artifacts(tmp_path, 2, columns=["y"])]
    assert not baseline.why_another(known, candidate(tmp_path))


def test_a_model_that_was_deleted_is_named_and_none_to_compare_with(tmp_path: Path) -> None:
    known = [*artifacts(tmp_path, 1), *artifacts(tmp_path, 2)]
    new = candidate(tmp_path)
    shutil.rmtree(tmp_path / "2")
    told = baseline.why_another(known, new)
    assert told.startswith(f"the last blessed model, {tmp_path / '2'}, is gone: ")
    assert told.endswith(f"compared with {tmp_path / '1'}")
    known[0].state = Artifact.DELETED
    assert baseline.why_another(known, new).endswith("compared with none")


def test_a_model_that_was_deleted_is_not_resolved(tmp_path: Path) -> None:
    def resolved() -> list[int]:
        found = LatestOtherBlessedModel().resolve_artifacts(
            None, {"candidate": [new], "model": models.copy(), "model_blessing": blessings}
        )
        return [model.id for model in found["model"]]

    for number in (1, 2):
        artifacts(tmp_path, number)
    new = candidate(tmp_path)
    models, blessings = [], []
    for number in (1, 2):
        models.append(Model())
        models[-1].uri = str(tmp_path / str(number))
        blessings.append(ModelBlessing())
        models[-1].id = number
        blessings[-1].set_int_custom_property("current_model_id", number)
        blessings[-1].set_int_custom_property("blessed", 1)
    assert resolved() == [2]
    shutil.rmtree(tmp_path / "2")
    assert resolved() == [1]
    shutil.rmtree(tmp_path / "1")
    assert resolved() == []


def test_nothing_is_said_of_the_first_model(tmp_path: Path) -> None:
    known = artifacts(tmp_path, 1, blessed=False)
    assert not baseline.why_another(known, candidate(tmp_path))


def test_a_model_with_other_types_is_not_compared_with(tmp_path: Path) -> None:
    known, new = artifacts(tmp_path, 1), candidate(tmp_path)
    write_schema(tmp_path, 9, "INT")
    assert not baseline.why_another(known, new)
    write_schema(tmp_path, 1, "INT")
    assert not baseline.why_another(known, new)
    write_schema(tmp_path, 1, "FLOAT")
    assert baseline.why_another(known, new).endswith("its training.json differs in types")
