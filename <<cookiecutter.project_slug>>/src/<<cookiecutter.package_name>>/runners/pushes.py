"""What was pushed, by ML Metadata and by what is in the folder of the pushed models."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ml_metadata.proto.metadata_store_pb2 import Artifact, Event

from ..components.pusher import SAVED_MODEL, remove_partial

if TYPE_CHECKING:
    from ml_metadata import MetadataStore
    from tfx.types import Artifact as TfxArtifact


class Push(NamedTuple):
    """A version, and whether all files are there that were pushed."""

    version: Path
    whole: bool

    @property
    def served(self) -> bool:
        """Whether servers take it, and no newer one."""
        versions = self.version.parent.glob("*")
        numbers = [int(each.name) for each in versions if each.name.isdecimal()]
        return self.whole and int(self.version.name) == max(numbers)


def by_blessing(store: MetadataStore, blessing: TfxArtifact) -> list[Push]:
    """List what was pushed because of a blessing, the last one last."""
    read = store.get_events_by_artifact_ids([blessing.id])
    readers = [event.execution_id for event in read if event.type == Event.INPUT]
    events = store.get_events_by_execution_ids(readers) if readers else []
    written = {event.artifact_id for event in events if event.type == Event.OUTPUT}
    artifacts = store.get_artifacts_by_id(sorted(written)) if written else []
    pushed = [each for each in sorted(artifacts, key=_id) if _is_pushed(each)]
    return [Push(_destination(each), _is_whole(each)) for each in pushed]


def withdraw(store: MetadataStore, serving: Path, since: float) -> None:
    """Remove what pushes have left that are not recorded.

    Args:
        store: knows those that are.
        serving: the folder of the versions.
        since: versions of this second or later go, of earlier ones those that are not whole.
    """
    pushes = store.get_artifacts_by_type("PushedModel")
    recorded = {_destination(push).name for push in pushes if _is_pushed(push)}
    versions = (each for each in serving.glob("*") if each.name.isdecimal())
    for version in versions:
        left = int(version.name) >= since or not (version / SAVED_MODEL).exists()
        if left and version.name not in recorded:
            shutil.rmtree(version)
    remove_partial(serving)


def _destination(push: Artifact) -> Path:
    return Path(push.custom_properties["pushed_destination"].string_value)


def _is_whole(push: Artifact) -> bool:
    """Whether a version has the files of the copy that is kept with the artifacts."""
    version, copy = _destination(push), Path(push.uri)
    files = [file for file in copy.rglob("*") if file.is_file()]
    there = {file: version / file.relative_to(copy) for file in files}
    return version.is_dir() and all(
        other.is_file() and other.stat().st_size == file.stat().st_size
        for file, other in there.items()
    )


def _id(artifact: Artifact) -> int:
    return artifact.id


def _is_pushed(artifact: Artifact) -> bool:
    return "pushed_destination" in artifact.custom_properties
