"""Runs some nodes of the pipeline, as a task of Airflow does: the command `run-node`."""

from __future__ import annotations

import argparse
import os
import sys

from ..console.errors import UnexpectedError, UserError
from . import launch


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what this runner brings to the command line."""
    node = commands.add_parser(
        "run-node",
        help="run some nodes of the pipeline, in parts of one run",
        epilog="The exit code is 1 if a second try is useless, 75 if it may end well.",
    )
    node.set_defaults(command=_run_nodes)
    node.add_argument(
        "--node", dest="nodes", nargs="+", required=True, metavar="NODE", help="their names"
    )
    node.add_argument("--run-id", required=True, metavar="ID", help="the same for all parts")


def _run_nodes(options: argparse.Namespace) -> int:
    try:
        with launch.prepared(options) as (settings, terminal):
            pipeline = launch.create_run(settings, options.run_id)
            if unknown := [name for name in options.nodes if name not in pipeline.nodes]:
                raise UserError(
                    f"there is no node {', '.join(unknown)}; nodes: {', '.join(pipeline.nodes)}"
                )
            if pipeline.nodes[0] in options.nodes and pipeline.complete:
                raise UserError(
                    f"the run {options.run_id} is complete already; start one with another --run-id"
                )
            launch.run_nodes(pipeline, options.nodes, terminal, settings.parallel)
    except UnexpectedError as error:
        print(error, file=sys.stderr)
        return os.EX_TEMPFAIL
    return 0
