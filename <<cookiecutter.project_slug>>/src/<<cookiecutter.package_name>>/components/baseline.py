"""Which model a candidate has to be as good as."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ml_metadata.proto.metadata_store_pb2 import Artifact as Record
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.utils import path_utils

from ..console.logs import shown
from ..features.schema import types_of
from ..training import training_record
from .pusher import SAVED_MODEL

if TYPE_CHECKING:
    from ml_metadata import MetadataStore
    from tfx.types import Artifact


COMPARED = ("label", "classes", "columns", "shapes", "evaluation", "split")


class LatestOtherBlessedModel(LatestBlessedModelStrategy):
    """Resolves the latest blessed model that can be compared with the candidate, and is not it.

    A candidate that comes from the cache may have been blessed by an earlier run. Compared
    with itself it would be evaluated and pushed once more, although nothing has changed.

    Other columns, or another rule, mean another split of the rows, and so a model that has been
    trained on a part of what it would be evaluated on. A model of another API may be exported in
    another way, and the Evaluator asks both in the same. A model whose files were deleted is none.
    """

    def resolve_artifacts(
        self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
    ) -> dict[str, list[Artifact]]:
        """Resolve `model` and `model_blessing`, given also the `candidate`."""
        (candidate,) = input_dict["candidate"]
        others = {
            "model": [
                model
                for model in input_dict["model"]
                if model.id != candidate.id and _is_there(model) and _comparable(model, candidate)
            ],
            "model_blessing": input_dict["model_blessing"],
        }
        return {"candidate": [candidate], **super().resolve_artifacts(store, others)}


def why_another(artifacts: Iterable[Record], candidate: Artifact) -> str:
    """Return why the last blessed model is not compared with; empty if it is, or if there is none.

    Args:
        artifacts: all of the pipeline, as ML Metadata has them.
        candidate: the model that was evaluated.
    """
    by_id = {artifact.id: artifact for artifact in artifacts}
    blessed = {
        artifact.custom_properties["current_model_id"].int_value
        for artifact in by_id.values()
        if artifact.type == "ModelBlessing" and artifact.custom_properties["blessed"].int_value
    }
    others = [by_id[number] for number in sorted(blessed - {candidate.id}) if number in by_id]
    if not others:
        return ""
    *_, last = others
    there = [each for each in others if each.state != Record.DELETED and _is_there(each)]
    compared = [each for each in there if _comparable(each, candidate)]
    if last not in there:
        other = shown(Path(compared[-1].uri)) if compared else "none"
        return f"the last blessed model, {shown(Path(last.uri))}, is gone: compared with {other}"
    if compared:
        return ""
    return (
        f"not compared with the last blessed model, {shown(Path(last.uri))}: its "
        f"{training_record.FILE.name} differs in {', '.join(_differences(last, candidate))}"
    )


def _is_there(model: Artifact) -> bool:
    folder = Path(path_utils.serving_model_path(model.uri))
    return all((folder / name).is_file() for name in (SAVED_MODEL, training_record.FILE))


def _comparable(model: Artifact, candidate: Artifact) -> bool:
    return not _differences(model, candidate)


def _differences(model: Artifact, candidate: Artifact) -> list[str]:
    """Name what of two models' records must be the same and is not."""
    folders = [Path(path_utils.serving_model_path(each.uri)) for each in (model, candidate)]
    one, other = map(training_record.read, folders)
    found = [key for key in COMPARED if one.get(key) != other.get(key)]
    schemas = [*map(training_record.read_schema, folders)]
    # Of before release 0.7.0 of the template, a model does not tell its types.
    if not found and all(schemas) and types_of(schemas[0]) != types_of(schemas[1]):
        return ["types"]
    return found
