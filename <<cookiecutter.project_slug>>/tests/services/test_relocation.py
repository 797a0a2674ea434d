from __future__ import annotations

from pathlib import Path

from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Event,
    Execution,
    ExecutionType,
)

from << cookiecutter.package_name >>.services import relocation


def write(store: MetadataStore, folder: Path, key: str, *file: str, **said: str) -> int:
    """Let a component write a result, whose folder is called by the execution's number."""
    (execution,) = store.put_executions(
        [Execution(type_id=store.put_execution_type(ExecutionType(name="Component")))]
    )
    uri = str(folder.joinpath("Component", key, str(execution), *file))
    return record(store, uri, execution, key, **said)


def record(store: MetadataStore, uri: str, execution: int, key: str, **said: str) -> int:
    type_id = store.put_artifact_type(ArtifactType(name="Result"))
    artifact = Artifact(type_id=type_id, uri=uri)
    for name, text in said.items():
        artifact.custom_properties[name].string_value = text
    (number,) = store.put_artifacts([artifact])
    event = Event(type=Event.OUTPUT, artifact_id=number, execution_id=execution)
    event.path.steps.add(key=key)
    store.put_events([event])
    return number


def of(store: MetadataStore, number: int) -> Artifact:
    (artifact,) = store.get_artifacts_by_id([number])
    return artifact


def test_results_of_a_moved_project_are_found_again(store: MetadataStore, tmp_path: Path) -> None:
    old, new = tmp_path / "old" / "output", tmp_path / "new" / "output"
    model = write(store, old / "artifacts", "model")
    rows = write(store, old / "artifacts", "rows", "value")
    pushed = write(
        store, old / "artifacts", "push", destination=f"{old}/serving/7", older=f"{old}er"
    )
    (line,) = relocation.follow(store, new / "artifacts")
    assert line.startswith(f"3 results of {old} are looked for in {new},")
    assert of(store, model).uri == f"{new}/artifacts/Component/model/1"
    assert of(store, rows).uri == f"{new}/artifacts/Component/rows/2/value"
    properties = of(store, pushed).custom_properties
    assert properties["destination"].string_value == f"{new}/serving/7"
    assert properties["older"].string_value == f"{old}er"
    assert relocation.follow(store, new / "artifacts") == []


def test_what_was_brought_from_elsewhere_stays_there(store: MetadataStore, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine" / "artifacts", tmp_path / "other" / "artifacts"
    known = write(store, mine, "model")
    brought = record(store, f"{other}/Trainer/model/7", 1, "result")
    assert relocation.follow(store, mine) == []
    assert of(store, known).uri == f"{mine}/Component/model/1"
    assert of(store, brought).uri == f"{other}/Trainer/model/7"


def test_an_output_that_is_reached_by_a_link_was_not_moved(
    store: MetadataStore, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (tmp_path / "link").symlink_to(output)
    model = write(store, tmp_path / "link" / "artifacts", "model")
    assert relocation.follow(store, output / "artifacts") == []
    assert of(store, model).uri == f"{tmp_path}/link/artifacts/Component/model/1"
