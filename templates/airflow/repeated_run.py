"""A run whose tasks may be repeated: each goes on with what earlier ones have done.

ML Metadata has each node of a run once: TFX takes whatever a node has written in a run for the
input of those after it, and runs no node twice. So what has to be done anew begins another attempt
at the run, which is a run of its own there.
"""

from __future__ import annotations

import copy
from collections.abc import Collection

from tfx.dsl.compiler import constants

from ..settings import Settings
from . import cache_keys
from .pipeline_run import PipelineRun


class RepeatedRun(PipelineRun):
    """The pipeline, for the last attempt at the run of one name.

    Args:
        settings: the knobs.
        run_id: names the first attempt in ML Metadata.

    Raises:
        UserError: as a PipelineRun.
    """

    def __init__(self, settings: Settings, run_id: str) -> None:
        super().__init__(settings, run_id)
        self._run_id = run_id
        self._earlier: list[PipelineRun] = []
        while self._is_known(self._next_attempt):
            self._begin_next_attempt()
        self._done_before = {*filter(self.is_done, self.nodes)}

    def renew(self, names: Collection[str]) -> str:
        """Begin another attempt, if what the last one has done would be done otherwise now.

        What is the same comes from the cache there.

        Args:
            names: of the nodes that are looked at.

        Returns:
            The name of the first node that would be; none if there is none.
        """
        for name in self.nodes:
            if name in names and not self._is_current(name):
                self._begin_next_attempt()
                self._done_before.clear()
                return name
        return ""

    def launch(self, name: str) -> str:
        """Run a node, unless the last attempt has done so before.

        Returns:
            Its state: `kept` if this run has its results from before, else as a PipelineRun.

        Raises:
            UserError: as a PipelineRun.
        """
        if self.is_done(name):
            return "kept"
        state = super().launch(name)
        return "kept" if state == "cached" and self._is_of_earlier_attempt(name) else state

    def told(self, name: str) -> list[str]:
        """Return what a node that is done has to tell, unless this run has told it before."""
        if name in self._done_before or self._is_of_earlier_attempt(name):
            return []
        return super().told(name)

    def clear_away(self, name: str) -> None:
        """Remove what is not recorded as done, of all attempts."""
        for attempt in [*self._earlier, self]:
            PipelineRun.clear_away(attempt, name)

    @property
    def _next_attempt(self) -> str:
        """How it is called: no run of Airflow may have such an id."""
        return f"{self._run_id}, attempt {len(self._earlier) + 2}"

    def _is_known(self, attempt: str) -> bool:
        kind = constants.PIPELINE_RUN_CONTEXT_TYPE_NAME
        with self._metadata as metadata:
            return metadata.store.get_context_by_type_and_name(kind, attempt) is not None

    def _begin_next_attempt(self) -> None:
        attempt = self._next_attempt
        self._earlier.append(copy.copy(self))
        self._begin(attempt)

    def _is_current(self, name: str) -> bool:
        """Say whether all that the last attempt has to do with a node would be the same now."""
        launch = cache_keys.Launch(self._nodes[name], self._ir, self._deployment)
        executions = self._executions(name)
        with self._metadata as metadata:
            if not all(cache_keys.is_current(metadata, launch, each) for each in executions):
                return False
        return name != "Pusher" or not self.is_done(name) or self._is_served()

    def _is_of_earlier_attempt(self, name: str) -> bool:
        """Say whether a node has, from the cache, what an earlier attempt had."""
        results = cache_keys.numbers(self._outputs(name))
        earlier = [each._outputs(name) for each in self._earlier if each.is_done(name)]
        return results in map(cache_keys.numbers, earlier)
