"""The attempts at a run, each of which is a run of its own in ML Metadata.

There a run has each node once: TFX takes whatever a node has written in a run for the input of
those after it, and runs no node twice. So what has to be done anew begins another run.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tfx.dsl.compiler import constants

if TYPE_CHECKING:
    from ml_metadata import MetadataStore


def begun(store: MetadataStore, run_id: str) -> list[str]:
    """List the attempts at a run, the last one last: at least the first, begun or not."""
    later = (name(run_id, number) for number in itertools.count(2))
    return [run_id, *itertools.takewhile(lambda each: _is_known(store, each), later)]


def name(run_id: str, number: int) -> str:
    """Return how an attempt is called: no run of Airflow may have such an id."""
    return f"{run_id}, attempt {number}" if number > 1 else run_id


def _is_known(store: MetadataStore, attempt: str) -> bool:
    kind = constants.PIPELINE_RUN_CONTEXT_TYPE_NAME
    return store.get_context_by_type_and_name(kind, attempt) is not None
