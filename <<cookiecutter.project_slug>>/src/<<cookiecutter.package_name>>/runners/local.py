"""Runs the pipeline in this process, one node after the other: the command `run`."""

from __future__ import annotations

import argparse
import datetime
import time
from typing import TYPE_CHECKING, TextIO

from .. import garbage, logs
from ..errors import in_words
from ..options import settings_of

if TYPE_CHECKING:
    from ..settings import Settings


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what this runner brings to the command line."""
    run = commands.add_parser("run", help="run the pipeline")
    run.set_defaults(command=_run)
    run.add_argument("--train-steps", metavar="N", help="batches to train on")
    run.add_argument("--eval-steps", metavar="N", help="batches that the Trainer evaluates on")
    run.add_argument("--output", metavar="DIR", help="artifacts, logs, models (default: output/)")
    run.add_argument("--no-cache", action="store_true", help="run unchanged components too")


def _run(options: argparse.Namespace) -> int:
    from .. import columns, data_files

    settings = settings_of(options)
    with logs.redirected(settings.logs) as (terminal, log), in_words(log):
        print(f"log: {logs.shown(log)}", file=terminal)
        if not columns.described():
            print("schema/schema.pbtxt describes no columns yet: inferring", file=terminal)
            _infer(settings, terminal)
            settings = settings_of(options)
        if unused := columns.unused_treatments():
            print(f"features.py names columns that are not there: {unused}", file=terminal)
        data_files.check(settings.data)
        _launch_all(settings, terminal, enable_cache=not options.no_cache)
    return 0


def _infer(settings: Settings, terminal: TextIO) -> None:
    with garbage.kept():
        from ..schema_inference import infer

    for line in infer(settings.data, label=None):
        print(line, file=terminal)


def _launch_all(settings: Settings, terminal: TextIO, enable_cache: bool) -> None:
    """Run all nodes, a line each, then say what became of the model.

    Raises:
        UserError: a node failed, or the model was not blessed or not pushed.
    """
    with garbage.kept():
        from .nodes import PipelineRun

    pipeline = PipelineRun(settings, datetime.datetime.now().isoformat(), enable_cache)
    for name in pipeline.nodes:
        print(f"{name:<20}", end=" ", file=terminal, flush=True)
        started = time.monotonic()
        state = "failed"
        try:
            state = pipeline.launch(name)
        finally:
            print(f"{state:<7}{time.monotonic() - started:6.1f} s", file=terminal)
    for line in pipeline.verdict():
        print(line, file=terminal)
