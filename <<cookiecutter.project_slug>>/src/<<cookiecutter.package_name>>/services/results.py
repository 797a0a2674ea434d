"""Whether what ML Metadata says that components have written is there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import Artifact

# What it is to be recognized by: the names and the sizes of its files.
SEAL = "files"
# Logs and checkpoints, which nothing reads but TensorBoard, and which are often thinned out.
UNSEALED = "ModelRun"
# The file that a value is.
VALUE = "value"


def folder(artifact: Artifact) -> Path:
    """Return the folder of a result, of which a value is a file."""
    place = Path(artifact.uri)
    return place.parent if place.name == VALUE else place


def is_intact(artifact: Artifact) -> bool:
    """Whether the files are there that it consisted of when it was sealed, if it was."""
    sealed = artifact.custom_properties[SEAL].string_value
    return sealed in ("", _digest(Path(artifact.uri)))


def seal(store: MetadataStore, numbers: Iterable[int]) -> None:
    """Record of which files results consist, now that they are complete.

    Args:
        store: where it is recorded.
        numbers: of the artifacts.
    """
    new = [
        artifact
        for artifact in store.get_artifacts_by_id(list(numbers))
        if SEAL not in artifact.custom_properties and artifact.type != UNSEALED
    ]
    for artifact in new:
        artifact.custom_properties[SEAL].string_value = _digest(Path(artifact.uri))
    if new:
        store.put_artifacts(new)


def take_stock(store: MetadataStore) -> list[str]:
    """Let nobody use results of which files are gone, or were changed; what is back may be used.

    Returns:
        A line if there are any that were not known to be.
    """
    changed = []
    for artifact in store.get_artifacts():
        if SEAL in artifact.custom_properties and artifact.state in (
            Artifact.LIVE,
            Artifact.DELETED,
        ):
            state = Artifact.LIVE if is_intact(artifact) else Artifact.DELETED
            if state != artifact.state:
                artifact.state = state
                changed.append(artifact)
    if changed:
        store.put_artifacts(changed)
    gone = [artifact.uri for artifact in changed if artifact.state == Artifact.DELETED]
    if not gone:
        return []
    others = f", and of {len(gone) - 1} other results" if len(gone) > 1 else ""
    return [f"files of {gone[0]}{others} are gone: what is needed of them is made anew"]


def _digest(place: Path) -> str:
    sizes = sorted(f"{file.relative_to(place)} {file.lstat().st_size}" for file in _files(place))
    return hashlib.sha256("\n".join(sizes).encode()).hexdigest() if place.exists() else "gone"


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for folder, _, names in os.walk(place):
        yield from (Path(folder, name) for name in names)
