"""Results that were moved: ML Metadata names them by absolute paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import Artifact, Event

from . import results


def follow(store: MetadataStore, artifacts: Path) -> list[str]:
    """Let ML Metadata find the results of an output that was moved, or copied, to where it is now.

    What it says that a component has written to <old output>/artifacts is said to be in this
    output; so are the paths below the old output that it remembers. All is changed, or nothing.

    Args:
        store: a database of this output alone.
        artifacts: where its components write.

    Returns:
        A line for each place that the output was in before.
    """
    elsewhere = [each for each in store.get_artifacts() if not _is_below(each.uri, artifacts)]
    moved: dict[Path, list[Artifact]] = defaultdict(list)
    for artifact, root in _roots(store, elsewhere):
        if root.name == artifacts.name and not _is_same(root.parent, artifacts.parent):
            moved[root.parent].append(artifact)
    for old, changed in moved.items():
        for artifact in changed:
            _rebase(artifact, old, artifacts.parent)
    if moved:
        store.put_artifacts([artifact for changed in moved.values() for artifact in changed])
    return [
        f"{len(changed)} results of {old} are looked for in {artifacts.parent}, where the project "
        "was moved or copied to; what depends on paths runs anew"
        for old, changed in moved.items()
    ]


def _roots(store: MetadataStore, artifacts: list[Artifact]) -> Iterator[tuple[Artifact, Path]]:
    """Yield the artifacts that components have written, and the folder of all components' ones.

    Such a URI ends with the component, the name of the output, and the execution's number; for a
    value, the file follows.
    """
    numbers = [artifact.id for artifact in artifacts]
    written = {
        (event.artifact_id, event.path.steps[0].key, str(event.execution_id))
        for event in (store.get_events_by_artifact_ids(numbers) if numbers else [])
        if event.type == Event.OUTPUT
    }
    for artifact in artifacts:
        folder = results.folder(artifact)
        if (artifact.id, folder.parent.name, folder.name) in written:
            yield artifact, folder.parents[2]


def _rebase(artifact: Artifact, old: Path, new: Path) -> None:
    artifact.uri = str(new / Path(artifact.uri).relative_to(old))
    for properties in (artifact.properties, artifact.custom_properties):
        for value in properties.values():
            if _is_below(value.string_value, old):
                value.string_value = str(new / Path(value.string_value).relative_to(old))


def _is_same(old: Path, new: Path) -> bool:
    """Whether two paths lead to one folder, by a link."""
    return old.exists() and old.samefile(new)


def _is_below(path: str, folder: Path) -> bool:
    return path.startswith(f"{folder}/")
