from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
)

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.services import identity, results

from .conftest import new_store

shared_or_not = pytest.mark.parametrize("shared", [False, True])


def write(
    store: MetadataStore, artifacts: Path, state: Execution.State = Execution.COMPLETE
) -> Path:
    """Let a Trainer write a model, and record it if it is done."""
    node = Context(type_id=store.put_context_type(ContextType(name="node")), name="toys.Trainer")
    type_id = store.put_execution_type(ExecutionType(name="Trainer"))
    execution = Execution(type_id=type_id, last_known_state=state)
    number, _, _ = store.put_execution(execution, [], [node], reuse_context_if_already_exist=True)
    folder = artifacts / "Trainer" / "model" / str(number)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text("model", encoding="utf-8")
    if state == Execution.COMPLETE:
        model = store.put_artifact_type(ArtifactType(name="Model"))
        (artifact,) = store.put_artifacts([Artifact(type_id=model, uri=str(folder))])
        event = Event(type=Event.OUTPUT, artifact_id=artifact, execution_id=number)
        event.path.steps.add(key="model")
        store.put_events([event])
        results.seal(store, [artifact])
    return folder


@shared_or_not
def test_an_output_stays_with_its_database(
    store: MetadataStore, tmp_path: Path, shared: bool
) -> None:
    identity.settle(store, tmp_path, shared)
    write(store, tmp_path)
    identity.settle(store, tmp_path, shared)
    # Even if it has the same numbers, and says the same of them.
    other = new_store()
    write(other, tmp_path / "elsewhere")
    before = (tmp_path / identity.FILE).read_text(encoding="utf-8")
    with pytest.raises(UserError, match="are of another database than the one that is set: bring"):
        identity.settle(other, tmp_path, shared)
    assert (tmp_path / identity.FILE).read_text(encoding="utf-8") == before


@shared_or_not
def test_results_that_were_moved_away_leave_a_new_output(
    store: MetadataStore, tmp_path: Path, shared: bool
) -> None:
    artifacts = tmp_path / "artifacts"
    identity.settle(store, artifacts, shared)
    write(store, artifacts)
    artifacts.rename(tmp_path / "away")
    identity.settle(new_store(), artifacts, shared)
    with pytest.raises(UserError):
        identity.settle(store, artifacts, shared)


def test_outputs_may_share_a_database(store: MetadataStore, tmp_path: Path) -> None:
    for _ in range(2):
        for name in ("one", "two"):
            identity.settle(store, tmp_path / name, shared=True)
            write(store, tmp_path / name)


def test_a_copy_of_an_output_is_of_its_database_too(store: MetadataStore, tmp_path: Path) -> None:
    identity.settle(store, tmp_path / "one", shared=True)
    write(store, tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    identity.settle(store, tmp_path / "two", shared=True)


@shared_or_not
def test_an_older_copy_of_the_database_is_refused(
    store: MetadataStore, tmp_path: Path, shared: bool
) -> None:
    identity.settle(store, tmp_path, shared)
    write(store, tmp_path)
    (tmp_path / "Trainer" / "model" / "2").mkdir()
    (tmp_path / "schema" / "0123456789012345").mkdir(parents=True)
    with pytest.raises(UserError, match=r"runs of 1 results, .*/model/2 for one .*older copy"):
        identity.settle(store, tmp_path, shared)


@shared_or_not
def test_results_that_name_no_database_are_of_the_one_that_knows_them(
    store: MetadataStore, tmp_path: Path, shared: bool
) -> None:
    write(store, tmp_path)
    write(store, tmp_path, Execution.FAILED)
    with pytest.raises(UserError, match="does not know the runs of 2 results"):
        identity.settle(new_store(), tmp_path, shared)
    other = new_store()
    write(other, tmp_path / "elsewhere", Execution.FAILED)
    write(other, tmp_path / "elsewhere")
    with pytest.raises(UserError, match="does not know the runs of "):
        identity.settle(other, tmp_path, shared=True)
    identity.settle(store, tmp_path, shared)


def test_a_shared_database_must_know_their_files_too(store: MetadataStore, tmp_path: Path) -> None:
    (write(store, tmp_path) / "saved_model.pb").write_text("another", encoding="utf-8")
    with pytest.raises(UserError, match="does not know the runs of 1 results"):
        identity.settle(store, tmp_path, shared=True)


def test_a_database_of_ones_own_knows_results_that_were_moved_or_thinned_out(
    store: MetadataStore, tmp_path: Path
) -> None:
    (write(store, tmp_path / "old") / "saved_model.pb").unlink()
    (tmp_path / "old").rename(tmp_path / "new")
    identity.settle(store, tmp_path / "new", shared=False)
