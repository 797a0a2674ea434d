"""What was pushed, by ML Metadata and by what is in the folder of the pushed models."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ml_metadata.proto.metadata_store_pb2 import Artifact, Event

from ..components.pusher import SAVED_MODEL, remove_partial

if TYPE_CHECKING:
    from ml_metadata import MetadataStore
    from tfx.types import Artifact as TfxArtifact


def by_blessing(store: MetadataStore, blessing: TfxArtifact) -> list[Path]:
    """List the versions that were pushed because of a blessing, the last one last."""
    read = store.get_events_by_artifact_ids([blessing.id])
    readers = [event.execution_id for event in read if event.type == Event.INPUT]
    events = store.get_events_by_execution_ids(readers) if readers else []
    written = {event.artifact_id for event in events if event.type == Event.OUTPUT}
    artifacts = store.get_artifacts_by_id(sorted(written)) if written else []
    return [_destination(each) for each in sorted(artifacts, key=_id) if _is_pushed(each)]


def is_newest(version: Path) -> bool:
    """Whether a version is there, and none that servers would take instead of it."""
    versions = [int(each.name) for each in version.parent.glob("*") if each.name.isdecimal()]
    return int(version.name) == max(versions, default=None)


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


def _id(artifact: Artifact) -> int:
    return artifact.id


def _is_pushed(artifact: Artifact) -> bool:
    return "pushed_destination" in artifact.custom_properties
