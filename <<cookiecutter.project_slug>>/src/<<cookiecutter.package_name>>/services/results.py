"""Whether what ML Metadata says that components have written is there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ml_metadata.metadata_store import ListOptions, MetadataStore, OrderByField
from ml_metadata.proto.metadata_store_pb2 import Artifact

from ..console.errors import UserError

# What it is to be recognized by: the names and the sizes of its files.
SEAL = "files"
# Logs and checkpoints, which nothing reads but TensorBoard, and which are often thinned out.
UNSEALED = "ModelRun"


def require_known(store: MetadataStore, artifacts: Path) -> None:
    """Require that all results are of runs that ML Metadata knows.

    The folders of results have the executions' numbers: a database that starts again would let
    components write into, and read from, those of others.

    Raises:
        UserError: there are results of an execution that it is still to number.
    """
    newest = ListOptions(limit=1, order_by=OrderByField.ID, is_asc=False)
    last = max((each.id for each in store.get_executions(newest)), default=0)
    unknown = [
        folder
        for folder in artifacts.glob("*/*/*")
        if folder.name.isdecimal() and int(folder.name) > last
    ]
    if unknown:
        raise UserError(
            f"ML Metadata does not know the runs of {len(unknown)} results, {min(unknown)} for one "
            "(was the database deleted, or is it another one?): bring their database back, or move "
            f"them away, best all of {artifacts}"
        )


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
        sealed = artifact.custom_properties[SEAL].string_value
        if sealed and artifact.state in (Artifact.LIVE, Artifact.DELETED):
            intact = sealed == _digest(Path(artifact.uri))
            state = Artifact.LIVE if intact else Artifact.DELETED
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
