"""Runs the pipeline on this computer: the command `run`."""

from __future__ import annotations

import argparse
import datetime

from ..console.records import utc
from . import launch


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what this runner brings to the command line."""
    run = commands.add_parser("run", help="run the pipeline")
    run.set_defaults(command=_run)
    run.add_argument("--train-steps", metavar="N", help="batches to train on")
    run.add_argument("--eval-steps", metavar="N", help="batches that the Trainer evaluates on")
    run.add_argument("--output", metavar="DIR", help="artifacts, logs, models (default: output/)")
    run.add_argument("--no-cache", action="store_true", help="run unchanged components too")
    launch.add_options(run)


def _run(options: argparse.Namespace) -> int:
    run_id = utc(datetime.datetime.now(datetime.timezone.utc), "microseconds")
    with launch.prepared(options, run_id) as (settings, terminal):
        launch.import_tfx()
        from .pipeline_run import PipelineRun

        pipeline = PipelineRun(settings, run_id, enable_cache=not options.no_cache)
        launch.run_nodes(pipeline, pipeline.nodes, terminal, settings.parallel)
        launch.print_verdict(pipeline, pipeline.nodes, terminal)
    return 0
