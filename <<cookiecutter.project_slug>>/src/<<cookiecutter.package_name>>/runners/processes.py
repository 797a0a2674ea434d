"""Runs nodes side by side: each in a process of its own, as soon as those before it are done."""

from __future__ import annotations

import contextlib
import graphlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from ..console.errors import TryAgainError, UnexpectedError, UserError, in_other_words
from ..console.records import LOGGER, origin
from ..console.termination import deferred, unheeded

if TYPE_CHECKING:
    from .pipeline_run import PipelineRun

# By others, as the exit codes of a process; what it does to itself, such as to crash, is none.
KILLED = {-number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)}


class Call:
    """Calls a function in a process that is forked from this one, and so imports nothing anew.

    Nothing that leaves threads at work may have been used here before, such as Beam or
    TensorFlow's runtime: the new process would wait for threads that it does not have.

    Args:
        name: what messages call it.
        function: what is called.
        arguments: what it is called with.

    Attributes:
        answered: can be waited for; it is ready when the call has ended.
    """

    def __init__(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        fork = multiprocessing.get_context("fork")
        self.answered, sender = fork.Pipe(duplex=False)
        self._process = fork.Process(target=_answer, name=name, args=(sender, function, *arguments))
        with deferred():
            self._process.start()
        sender.close()

    def result(self) -> Any:
        """Wait for what the function returns.

        Raises:
            UserError: the function has raised it.
            TryAgainError: the process was killed.
            UnexpectedError: the function has raised something else, or ended the process.
        """
        try:
            answer = self.answered.recv()
        except EOFError:
            raise self._unexpected_end() from None
        self._process.join()
        if isinstance(answer, UserError):
            raise answer
        return answer

    def kill(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _unexpected_end(self) -> UserError:
        self._process.join()
        name, code = self._process.name, self._process.exitcode
        hint = "; is there enough memory?" if code == -signal.SIGKILL else ""
        kind = TryAgainError if code in KILLED else UnexpectedError
        return kind(f"{name} failed: its process ended with exit code {code}{hint}")


@contextlib.contextmanager
def side_by_side(
    pipeline: PipelineRun, names: Collection[str]
) -> Iterator[Callable[[str], tuple[str, float]]]:
    """Run nodes, each as soon as those of them that it depends on are done.

    Yields:
        What waits for a node and gives what `timed` does, or raises it; to be called for each
        after those that it depends on. The end of the block ends what is still running.
    """
    # The processes share the GPUs, and by default the first would take all their memory.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    graph = graphlib.TopologicalSorter(
        {name: pipeline.upstream(name).intersection(names) for name in names}
    )
    graph.prepare()
    running: dict[str, Call] = {}
    done: dict[str, tuple[str, float]] = {}
    failed: dict[str, UserError] = {}

    def finish(name: str) -> tuple[str, float]:
        while name not in done:
            if name in failed:
                raise failed[name]
            for ready in graph.get_ready():
                running[ready] = Call(ready, timed, pipeline, ready)
            answered = wait([call.answered for call in running.values()])
            for each in [each for each, call in running.items() if call.answered in answered]:
                try:
                    done[each] = running.pop(each).result()
                    graph.done(each)
                except UserError as error:
                    failed[each] = error
        return done[name]

    try:
        yield finish
    finally:
        for name, call in running.items():
            call.kill()
            pipeline.clear_away(name)


def timed(pipeline: PipelineRun, name: str) -> tuple[str, float]:
    """Run a node; return its state, and the seconds that it took."""
    started = time.monotonic()
    return pipeline.launch(name), time.monotonic() - started


def _answer(sender: Any, function: Callable[..., Any], *arguments: Any) -> None:
    unheeded()
    origin.component = multiprocessing.current_process().name
    parent = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        answer = function(*arguments)
    except (Exception, SystemExit) as error:
        name = multiprocessing.current_process().name
        told = in_other_words(error, [])
        LOGGER.exception(told)
        answer = error if isinstance(error, UserError) else told.retold(f"{name} failed: {told}")
    sender.send(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    # Neither waits for threads, nor takes TensorFlow's objects apart.
    os._exit(0)


def _end_with(parent: BaseProcess) -> None:
    """Let nothing go on after the parent was killed."""
    parent.join()
    os._exit(1)
