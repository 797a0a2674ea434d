"""Which model a candidate has to be as good as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.utils import path_utils

from . import training_record

if TYPE_CHECKING:
    from ml_metadata import MetadataStore
    from tfx.types import Artifact


COMPARED = ("label", "classes", "columns", "images", "evaluation")


class LatestOtherBlessedModel(LatestBlessedModelStrategy):
    """Resolves the latest blessed model that can be compared with the candidate, and is not it.

    A candidate that comes from the cache may have been blessed by an earlier run. Compared
    with itself it would be evaluated and pushed once more, although nothing has changed.

    Other columns mean another split of the rows, and so a model that has been trained on a
    part of what it would be evaluated on. A model of another API may be exported in another
    way, and the Evaluator asks both in the same.
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
                if model.id != candidate.id and _comparable(model, candidate)
            ],
            "model_blessing": input_dict["model_blessing"],
        }
        return {"candidate": [candidate], **super().resolve_artifacts(store, others)}


def _comparable(model: Artifact, candidate: Artifact) -> bool:
    one, other = (
        training_record.read(Path(path_utils.serving_model_path(each.uri)))
        for each in (model, candidate)
    )
    return all(one.get(key) == other.get(key) for key in COMPARED)
