"""Which model a candidate has to be as good as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)

if TYPE_CHECKING:
    from ml_metadata import MetadataStore
    from tfx.types import Artifact


class LatestOtherBlessedModel(LatestBlessedModelStrategy):
    """Resolves the latest blessed model that is not the candidate itself.

    A candidate that comes from the cache may have been blessed by an earlier run. Compared
    with itself it would be evaluated and pushed once more, although nothing has changed.
    """

    def resolve_artifacts(
        self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
    ) -> dict[str, list[Artifact]]:
        """Resolve `model` and `model_blessing`, given also the `candidate`."""
        candidates = input_dict["candidate"]
        own = {candidate.id for candidate in candidates}
        others = {
            "model": [model for model in input_dict["model"] if model.id not in own],
            "model_blessing": input_dict["model_blessing"],
        }
        return {"candidate": candidates, **super().resolve_artifacts(store, others)}
