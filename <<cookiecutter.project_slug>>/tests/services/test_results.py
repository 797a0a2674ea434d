from __future__ import annotations

import shutil
from pathlib import Path

from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
)

from << cookiecutter.package_name >>.services import results


def write(store: MetadataStore, folder: Path, kind: str = "Model") -> Path:
    """Let a component write a result, and record it."""
    (folder / "variables").mkdir(parents=True)
    for name in ("saved_model.pb", "variables/index"):
        (folder / name).write_text(name, encoding="utf-8")
    type_id = store.put_artifact_type(ArtifactType(name=kind))
    artifact = Artifact(type_id=type_id, uri=str(folder), state=Artifact.LIVE)
    results.seal(store, store.put_artifacts([artifact]))
    return folder


def states(store: MetadataStore) -> list[str]:
    return [Artifact.State.Name(artifact.state) for artifact in store.get_artifacts()]


def test_what_is_not_whole_is_used_no_more_until_it_is_back(
    store: MetadataStore, tmp_path: Path
) -> None:
    model, _ = write(store, tmp_path / "1"), write(store, tmp_path / "2")
    assert results.take_stock(store) == []
    (model / "variables").rename(tmp_path / "away")
    (line,) = results.take_stock(store)
    assert line == f"files of {model} are gone: what is needed of them is made anew"
    assert states(store) == ["DELETED", "LIVE"]
    assert results.take_stock(store) == []
    (tmp_path / "away").rename(model / "variables")
    assert results.take_stock(store) == []
    assert states(store) == ["LIVE", "LIVE"]


def test_what_is_not_there_at_all_is_counted(store: MetadataStore, tmp_path: Path) -> None:
    for number in range(3):
        shutil.rmtree(write(store, tmp_path / str(number)))
    (line,) = results.take_stock(store)
    assert line.startswith(f"files of {tmp_path}/0, and of 2 other results are gone:")


def test_what_is_written_by_halves_is_noticed(store: MetadataStore, tmp_path: Path) -> None:
    model = write(store, tmp_path / "1")
    (model / "variables" / "index").write_bytes(b"")
    assert len(results.take_stock(store)) == 1


def test_logs_may_be_thinned_out(store: MetadataStore, tmp_path: Path) -> None:
    run = write(store, tmp_path / "1", results.UNSEALED)
    (run / "saved_model.pb").unlink()
    assert results.take_stock(store) == []
